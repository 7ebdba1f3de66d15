"""Asks a model what it has not answered yet, and keeps each answer as it comes.

The unit of resumption is one answer. A run that dies loses at most the answers after its last shard; the next
run asks for those and for nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.models import predictions
from cameo_assets.models.engines import family_of
from cameo_assets.models.engines.base import Answer, Ask, Engine, Sampling
from cameo_assets.models.plan import Plan, Wanted, make_plan
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import Condition
from cameo_assets.progress import Progress, silent
from cameo_assets.provenance import version_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

_SECONDS_BETWEEN_WORDS: Final = 1.0


class BrokenPromise(RuntimeError):  # noqa: N818 - it names what is wrong
    """An engine answered what it was not asked, or did not answer what it was."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answers under one condition that are wanted now, as the store has them.

    Attributes:
        condition: Of all of them.
        wanted: How many are wanted.
        asked: How many of them this run got from the engine.
        table: A row for each answer, sorted by corpus, file_id and sample; columns as of `predictions.Row`.
            A fault has no text and an error. What was never asked has no row.
    """

    condition: Condition
    wanted: int
    asked: int
    table: pa.Table

    @property
    def reused(self) -> int:
        """How many answers were there before this run."""
        rows: int = self.table.num_rows
        return rows - self.asked

    @property
    def missing(self) -> int:
        """How many answers the next run would ask for: never asked, or faults."""
        return self.wanted - sum(predictions.settled(error) for error in self._errors())

    @property
    def coverage(self) -> float:
        """Share of the wanted answers that have a text; 1 where none is wanted."""
        return self._errors().count("") / self.wanted if self.wanted else 1.0

    @property
    def errors(self) -> dict[str, int]:
        """Answers without text by kind of error, `predictions.FINAL` among them."""
        return dict(sorted(Counter(predictions.kind_of(error) for error in self._errors() if error).items()))

    @property
    def version(self) -> str:
        """Hash over what was said."""
        keys, texts = self.table["request_key"].to_pylist(), self.table["text"].to_pylist()
        return version_of(sorted(zip(keys, texts, strict=True)))

    def _errors(self) -> list[str]:
        errors: list[str] = self.table["error"].to_pylist()
        return errors


class EvaluationOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation came to.

    Attributes:
        model: Id.
        parts: What there is under each condition.
        seconds: How long it took, loading the model included.
    """

    model: str
    parts: dict[Condition, Answered]
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        """How many answers the engine gave in this run."""
        return sum(part.asked for part in self.parts.values())

    @property
    def reused(self) -> int:
        """How many answers were there before this run."""
        return sum(part.reused for part in self.parts.values())

    @property
    def missing(self) -> int:
        """How many answers the next run would ask for."""
        return sum(part.missing for part in self.parts.values())

    @property
    def errors(self) -> dict[str, int]:
        """Answers without text by kind of error."""
        return dict(sorted(sum((Counter(part.errors) for part in self.parts.values()), Counter()).items()))

    def answers(self, condition: Condition) -> pa.Table:
        """The wanted answers under a condition (see `Answered.table`)."""
        return self.parts[condition].table

    def version(self, condition: Condition) -> str:
        """Hash over what was said under a condition."""
        return self.parts[condition].version

    def coverage(self, condition: Condition) -> float:
        """Share of the wanted answers under a condition that have a text."""
        return self.parts[condition].coverage


def stored(
    store: Store,
    spec: ModelSpec,
    conditions: Iterable[Condition],
    collection: pa.Table | Iterable[Mapping[str, Any]],
    options_by_corpus: Mapping[str, Sequence[str]],
) -> EvaluationOutcome:
    """What the store has of an evaluation, without asking anything; arguments and errors as of `evaluate`."""
    return _outcome(store, make_plan(spec, conditions, collection, options_by_corpus), asked=set())


def evaluate(
    store: Store,
    spec: ModelSpec,
    conditions: Iterable[Condition],
    collection: pa.Table | Iterable[Mapping[str, Any]],
    options_by_corpus: Mapping[str, Sequence[str]],
    *,
    only: Collection[str] | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    shard_rows: int = 1000,
    shard_seconds: float = 30.0,
) -> EvaluationOutcome:
    """Asks about every utterance and draw that has no settled answer with the right request key.

    Args:
        store: Where audio and answers are.
        spec: The model.
        conditions: Some of the model's conditions; all draws of an utterance are asked together.
        collection: Rows with the fields of `plan.Subject`.
        options_by_corpus: The emotions of each corpus.
        only: Ids of the utterances to ask about; by default all. Their answers are stored as any others.
        engine: A loaded model; by default it is loaded if anything has to be asked, and not else.
        progress: Told before the first answer, after each shard, and at most every second in between.
        shard_rows: Most answers held in memory.
        shard_seconds: Answers are written with the first one that comes this long after the last shard.

    Returns:
        What the store has now. Faults of single utterances are in it as errors; they are asked again by the
        next run, unless their kind is `predictions.FINAL`.

    Raises:
        BadInput: The input is wrong (see `make_plan`) or a part of the stored answers is damaged.
        BrokenPromise: The engine did not answer exactly what it was asked.
        Exception: Whatever stops the engine. What it had answered is in the store.
    """
    start = time.perf_counter()
    plan = make_plan(spec, conditions, collection, options_by_corpus)
    open_requests = [each for each in _unsettled(store, plan) if only is None or each.subject.file_id in only]
    if open_requests:
        tell = progress or silent
        shards = _Shards(store, plan, len(plan.wanted) - len(open_requests), tell, shard_rows, shard_seconds)
        _ask(engine or build_engine(spec, store.home), store, plan, open_requests, shards)
        predictions.compact(store, spec)
    outcome = _outcome(store, plan, asked={each.key for each in open_requests})
    return msgspec.structs.replace(outcome, seconds=time.perf_counter() - start)


class _Shards:
    """Holds answers until there are enough for a part."""

    def __init__(
        self, store: Store, plan: Plan, done: int, tell: Progress, most: int, seconds: float
    ) -> None:
        self._store, self._plan, self._tell = store, plan, tell
        self._most, self._seconds = most, seconds
        self._rows: list[predictions.Row] = []
        self._done, self._faults = done, 0
        self._report()

    def add(self, row: predictions.Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= self._most or time.monotonic() - self._last >= self._seconds:
            self.flush()
        elif time.monotonic() - self._told >= _SECONDS_BETWEEN_WORDS:
            self._say()

    def flush(self) -> None:
        if self._rows:
            predictions.append(self._store, self._plan.spec, self._rows)
            self._done += len(self._rows)
            self._faults += sum(bool(row.error) for row in self._rows)
            self._rows = []
            self._report()

    def _report(self) -> None:
        self._last = time.monotonic()
        self._say()

    def _say(self) -> None:
        self._told = time.monotonic()
        done, total = self._done + len(self._rows), len(self._plan.wanted)
        faulty = self._faults + sum(bool(row.error) for row in self._rows)
        faults = f", {faulty:,} faults" if faulty else ""
        self._tell(done, total, f"{self._plan.spec.id}: {done:,} of {total:,} answers{faults}")


def _unsettled(store: Store, plan: Plan) -> list[Wanted]:
    done = predictions.settled_keys(store, plan.spec)
    return [each for each in plan.wanted if each.key not in done]


def _ask(engine: Engine, store: Store, plan: Plan, open_requests: Sequence[Wanted], shards: _Shards) -> None:
    family = engine.family
    if family != family_of(plan.spec):
        raise BrokenPromise(f"{plan.spec.id} is asked by {family_of(plan.spec)}, and not by {family}")
    asks = list(plan.asks(store, open_requests))
    asked: dict[str, Ask] = {ask.item.file_id: ask for ask in asks}
    keys = {(each.subject.file_id, each.sampling): each.key for each in open_requests}
    references = plan.references(store, {ask.item.corpus for ask in asks})
    try:
        for answer in engine.answer(asks, references):
            key = _take(keys, answer, family)
            item = asked[answer.file_id].item
            shards.add(
                predictions.row(
                    answer,
                    item,
                    request_key=key,
                    prompt_id=plan.spec.prompt,
                    family=family,
                    versions=engine.versions,
                )
            )
    finally:  # also when the engine or the user stops: what was answered is kept
        shards.flush()
    if keys:
        file_id, sampling = next(iter(keys))
        raise BrokenPromise(
            f"{family} left {len(keys)} requests without answer, the first {file_id} {sampling}"
        )


def _take(keys: dict[tuple[str, Sampling], str], answer: Answer, family: str) -> str:
    """The request key of an answer, which must be one that is still open."""
    key = keys.pop((answer.file_id, answer.sampling), None)
    if key is None:
        raise BrokenPromise(
            f"{family} answered {answer.file_id} {answer.sampling}, that is answered already or was not asked"
        )
    if (answer.text is None) != bool(answer.error) or (answer.finish_reason == "error") != bool(answer.error):
        raise BrokenPromise(
            f"{family} answered {answer.file_id} with text {answer.text!r}, error {answer.error!r} and "
            f"finish reason {answer.finish_reason!r}, where a text excludes an error"
        )
    return key


def _outcome(store: Store, plan: Plan, asked: set[str]) -> EvaluationOutcome:
    import pyarrow as pa

    table = predictions.load(store, plan.spec)
    place = {key: position for position, key in enumerate(table["request_key"].to_pylist())}
    wanted: dict[Condition, list[Wanted]] = {condition: [] for condition in plan.conditions}
    for each in plan.wanted:
        wanted[Condition(each.sampling.temperature, each.sampling.method)].append(each)
    order = [(column, "ascending") for column in ("corpus", "file_id", "sample")]
    parts = {
        condition: Answered(
            condition=condition,
            wanted=len(group),
            asked=sum(each.key in asked for each in group),
            table=table.take(pa.array(_places(group, place), pa.int64())).sort_by(order),
        )
        for condition, group in wanted.items()
    }
    return EvaluationOutcome(model=plan.spec.id, parts=parts)


def _places(group: Iterable[Wanted], place: Mapping[str, int]) -> list[int]:
    return [place[each.key] for each in group if each.key in place]
