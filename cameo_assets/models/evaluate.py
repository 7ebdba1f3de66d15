"""Asks a model what it has not answered yet, and keeps each answer as it comes.

The unit of resumption is one answer. A run that dies loses at most the answers after its last shard; the next
run asks for those and for nothing else.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.models import parity, predictions
from cameo_assets.models.comparison import Comparison
from cameo_assets.models.engines import engine_class, family_of
from cameo_assets.models.engines.base import Answer, Ask, Engine, Method, Sampling
from cameo_assets.models.excerpt import spread
from cameo_assets.models.heartbeat import Heartbeat, quiet
from cameo_assets.models.outcome import Answered, EvaluationOutcome, read_outcome
from cameo_assets.models.plan import Plan, Wanted, make_plan
from cameo_assets.models.promise import BrokenPromise, kept
from cameo_assets.models.registry import build_engine
from cameo_assets.models.shards import Shards
from cameo_assets.models.spec import Condition
from cameo_assets.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

__all__ = ["Answered", "BrokenPromise", "EvaluationOutcome", "evaluate", "stored"]


def stored(
    store: Store,
    spec: ModelSpec,
    conditions: Iterable[Condition],
    collection: pa.Table | Iterable[Mapping[str, Any]],
    options_by_corpus: Mapping[str, Sequence[str]],
) -> EvaluationOutcome:
    """What the store has of an evaluation, without asking anything; arguments and errors as of `evaluate`."""
    return read_outcome(store, make_plan(spec, conditions, collection, options_by_corpus))


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
    heartbeat: Heartbeat | None = None,
    turn: contextlib.AbstractContextManager[object] | None = None,
    shard_rows: int = 5000,
    shard_seconds: float | None = None,
    beat_seconds: float = 1.0,
) -> EvaluationOutcome:
    """Asks about every utterance and draw that has no settled answer with the right request key.

    A gated engine has to pass the parity gate first (see `parity`); its answers to the probe set count. With
    `only`, these utterances are the probe set: no gate is written of it, but a later one asks for the rest.

    Args:
        store: Where audio and answers are.
        spec: The model.
        conditions: Some of the model's conditions; all draws of an utterance are asked together.
        collection: Rows with the fields of `plan.Subject`.
        options_by_corpus: The emotions of each corpus.
        only: Ids of the utterances to ask about; by default all. Their answers are stored as any others.
        engine: A loaded model, which stays open; by default it is loaded if anything has to be asked, and not
            else, and closed in the end.
        progress: Told before the first answer, after each shard, and at most every second in between.
        heartbeat: Told when a phase begins, and at most every `beat_seconds` in between.
        turn: Entered before the model is loaded and left after it is closed; neither where it is not loaded.
        shard_rows: Most answers held in memory.
        shard_seconds: Answers are written with the first one that comes this long after the last shard; by
            default 30, and 5 where they come from a server, as they may have been paid for.
        beat_seconds: Shortest time between two beats of a phase.

    Returns:
        What the store has now. Faults of single utterances are in it as errors; they are asked again by the
        next run, unless their kind is `predictions.FINAL`.

    Raises:
        BadInput: The input is wrong (see `make_plan`) or a part of the stored answers is damaged.
        ParityFailed: The engine does not pass the gate of a method. Nothing that it answered by it is kept.
        BrokenPromise: The engine did not answer exactly what it was asked.
        Exception: Whatever stops the engine. What it had answered is in the store.
    """
    start = time.perf_counter()
    plan = make_plan(spec, conditions, collection, options_by_corpus)
    open_requests = [each for each in _unsettled(store, plan) if only is None or each.subject.file_id in only]
    if open_requests or (only is None and plan.subjects and _barred(store, plan)):
        shards = Shards(
            store,
            spec,
            done=len(plan.wanted) - len(open_requests),
            total=len(plan.wanted),
            tell=progress or silent,
            heartbeat=heartbeat or quiet,
            most=shard_rows,
            seconds=_shard_seconds(spec) if shard_seconds is None else shard_seconds,
            beat_seconds=beat_seconds,
        )
        with turn or contextlib.nullcontext(), _loaded(spec, store, engine) as loaded:
            _Run(store, plan, loaded, open_requests, shards).ask(only)
    parity.sweep(store, spec)
    predictions.compact(store, spec)  # also what a process left that was killed when all was answered
    outcome = read_outcome(store, plan, asked={each.key for each in open_requests})
    return msgspec.structs.replace(outcome, seconds=time.perf_counter() - start)


def _shard_seconds(spec: ModelSpec) -> float:
    return 5.0 if engine_class(spec.engine).served else 30.0


def _unsettled(store: Store, plan: Plan) -> list[Wanted]:
    done = predictions.settled_keys(store, plan.spec)
    return [each for each in plan.wanted if each.key not in done]


def _methods(plan: Plan) -> list[Method]:
    return sorted({condition.method for condition in plan.conditions})


def _barred(store: Store, plan: Plan) -> bool:
    """Whether a gate is still to be passed, though all is answered."""
    return any(parity.obstacle(store, plan.spec, method) for method in _methods(plan))


@contextlib.contextmanager
def _loaded(spec: ModelSpec, store: Store, engine: Engine | None) -> Iterator[Engine]:
    """The engine, closed in the end if it was loaded here."""
    if engine is not None:
        yield engine
        return
    engine = build_engine(spec, store.home)
    try:
        yield engine
    finally:
        if (close := getattr(engine, "close", None)) is not None:
            close()


class _Run:
    """One pass of an engine over what is open."""

    def __init__(
        self, store: Store, plan: Plan, engine: Engine, open_requests: Sequence[Wanted], shards: Shards
    ) -> None:
        self._store, self._plan, self._engine, self._shards = store, plan, engine, shards
        self._open: dict[tuple[str, Sampling], Wanted] = {
            (each.subject.file_id, each.sampling): each for each in open_requests
        }
        if engine.family != family_of(plan.spec):
            raise BrokenPromise(
                f"{plan.spec.id} is asked by {family_of(plan.spec)}, and not by {engine.family}"
            )

    def ask(self, only: Collection[str] | None) -> None:
        """Passes the gate, where there is one, then asks for all that is open."""
        try:
            self._pass_gate(only)
            if not self._open:
                return
            self._shards.begin("asking")
            asks = list(self._plan.asks(self._store, self._open.values()))
            references = self._plan.references(self._store, {ask.item.corpus for ask in asks})
            if (report_to := getattr(self._engine, "report_to", None)) is not None:
                report_to(self._shards.say)
            answers = kept(self._engine.family, asks, self._engine.answer(asks, references))
            with contextlib.closing(answers):
                for answer in answers:
                    self._take(answer, self._engine.versions)
        finally:  # also when the engine or the user stops: what was answered is kept
            self._shards.flush()
            self._shards.begin("ended")

    def _take(self, answer: Answer, versions: Mapping[str, str]) -> None:
        wanted = self._open.pop((answer.file_id, answer.sampling))
        row = predictions.row(
            answer,
            wanted.subject,
            request_key=wanted.key,
            prompt_id=self._plan.spec.prompt,
            family=self._engine.family,
            versions=versions,
        )
        self._shards.add(row, answer)

    def _pass_gate(self, only: Collection[str] | None) -> None:
        spec = self._plan.spec
        methods = [method for method in _methods(self._plan) if self._must_compare(method)]
        if not methods:
            return
        self._shards.begin("parity gate")
        probes, keys = self._probes(methods, only)
        comparison = Comparison(self._store, spec, keys, self._engine.versions, self._shards.say)
        gates, answers = parity.compare(spec, self._engine, probes, comparison)
        passed = {gate.method for gate in gates if gate.passed}
        for answer in answers:
            if answer.sampling.method in passed and (answer.file_id, answer.sampling) in self._open:
                self._take(answer, gates[0].versions)
        # In this order, a process that is killed in between asks nothing twice.
        self._shards.flush()
        if only is None:
            for gate in gates:
                parity.write(self._store, spec, gate)
        if only is None or len(passed) < len(gates):
            comparison.drop()
        parity.demand(gates)

    def _must_compare(self, method: Method) -> bool:
        spec = self._plan.spec
        if not parity.gated(spec):
            return False
        gate = parity.read(self._store, spec, method)
        return gate is None or not gate.holds(self._engine.versions)

    def _probes(
        self, methods: Sequence[Method], only: Collection[str] | None
    ) -> tuple[list[Ask], dict[tuple[str, Sampling], str]]:
        """The probe set with its request keys: it depends on nothing but the collection."""
        subjects = {
            each.file_id: each for each in self._plan.subjects if only is None or each.file_id in only
        }
        rows = [msgspec.structs.asdict(subject) for subject in subjects.values()]
        samplings = tuple(parity.greedy(self._plan.spec, method) for method in methods)
        chosen = spread(rows, parity.PROBES)
        asks = [
            Ask(item=self._plan.item(self._store, subjects[file_id]), samplings=samplings)
            for file_id in chosen
        ]
        keys = {
            (file_id, sampling): self._plan.key(subjects[file_id], sampling)
            for file_id in chosen
            for sampling in samplings
        }
        return asks, keys
