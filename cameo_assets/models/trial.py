"""A model tried on a few utterances before anyone pays for all of them.

The answers of a trial are ordinary ones: they are stored under their request keys and not asked again.
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import engine_class, family_of
from cameo_assets.models.engines.base import Answer, Ask, Engine, Reference
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.excerpt import smallest_corpus, spread
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import conditions, evaluation_key
from cameo_assets.models.spending import total
from cameo_assets.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

CLIPS: Final = 20
"""How many utterances a model is tried on."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """What this trial took.

    Attributes:
        loading: Seconds until the model was loaded.
        answering: Seconds from the first question to the last answer. Where a parity gate came first, which
            warms the model up, only what came after it counts.
        clips: Utterances that were asked about in that time.
        answers: Answers that the model gave in that time.
        memory: Largest memory that this process ever had, in bytes.
        accelerator_memory: Largest memory that its tensors had on the accelerator, in bytes; None without.
    """

    loading: float
    answering: float
    clips: int
    answers: int
    memory: int
    accelerator_memory: int | None

    @property
    def clips_per_second(self) -> float:
        """Utterances a second, after loading."""
        return self.clips / self.answering

    @property
    def seconds_per_answer(self) -> float:
        """Seconds for each answer, after loading."""
        return self.answering / self.answers


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What more answers will take, by those of the trial.

    Attributes:
        answers: How many.
        seconds: Loading and answering; None where this trial asked nothing.
        paid: Tokens and cost, as far as the details of the trial's answers have them.
    """

    answers: int
    seconds: float | None
    paid: dict[str, float]

    @classmethod
    def of(cls, answers: int, timing: Timing | None, paid: Mapping[str, float], by: int) -> Estimate:
        """Carries on what was paid for some answers (`by`), and what the trial took."""
        return cls(
            answers=answers,
            seconds=timing.loading + timing.seconds_per_answer * answers if timing else None,
            paid={name: value / by * answers for name, value in paid.items()},
        )


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a trial.

    Attributes:
        model: Id.
        engine: Engine family.
        versions: Versions of the libraries that matter; empty where nothing was asked.
        whole_corpus: The corpus that was tried as a whole, as the engine learns from whole corpora; or empty.
        clips: Ids of the utterances.
        seconds_of_audio: Their duration.
        timing: What it took; None where every answer was there already.
        paid: Tokens and cost of the answers, where their details have them.
        utterances: Size of the collection.
        full: What a full pass over it takes.
        left: What is left of that.
        answers: The answers by evaluation: columns as of `predictions.Row`.
    """

    model: str
    engine: str
    versions: dict[str, str]
    whole_corpus: str
    clips: tuple[str, ...]
    seconds_of_audio: float
    timing: Timing | None
    paid: dict[str, float]
    utterances: int
    full: Estimate
    left: Estimate
    answers: dict[str, pa.Table]


def try_out(
    store: Store,
    spec: ModelSpec,
    collection: pa.Table,
    options_by_corpus: Mapping[str, Sequence[str]],
    *,
    clips: int = CLIPS,
    progress: Progress | None = None,
) -> Trial:
    """Asks a model about a few utterances, under all its conditions.

    Args:
        store: Where audio and answers are.
        spec: The model; it need not be enabled.
        collection: Columns of `plan.Subject`.
        options_by_corpus: The emotions of each corpus.
        clips: How many utterances. An engine that learns from whole corpora is tried on the smallest one.
        progress: As of `evaluate`.

    Raises:
        BadInput: The collection is empty, or the model has no pinned revision.
        Exception: Whatever stops the engine. What it had answered is in the store.
    """
    kind = engine_class(spec.engine)
    if kind.pinned and not spec.revision:
        # Its answers would belong to no revision, and be asked again as soon as there is one.
        expected = f"a pinned revision (`cameo models pin {spec.id} --off` looks it up)"
        raise BadInput(f"{spec.id}: revision", "missing_revision", "nothing", expected)
    rows = collection.select(["file_id", "corpus", "emotion", "seconds"]).to_pylist()
    if not rows:
        raise BadInput("collection", "empty", "no utterance", "at least one")
    whole = smallest_corpus(rows) if kind.scope == "corpus" else ""
    chosen = [row["file_id"] for row in rows if row["corpus"] == whole] if whole else spread(rows, clips)
    only = frozenset(chosen)
    engine = _Timed(spec, store.home)
    with contextlib.closing(engine):
        outcome = evaluate(
            store,
            spec,
            conditions(spec),
            collection,
            options_by_corpus,
            only=only,
            engine=cast(Engine, engine),
            progress=progress,
        )
        timing = engine.timing() if engine.answers else None
        versions = dict(engine.versions) if timing else {}
    answers = {
        evaluation_key(spec, condition): _about(part.table, chosen)
        for condition, part in outcome.parts.items()
    }
    paid, number = _paid(answers.values())
    return Trial(
        model=spec.id,
        engine=family_of(spec),
        versions=versions,
        whole_corpus=whole,
        clips=tuple(chosen),
        seconds_of_audio=math.fsum(row["seconds"] for row in rows if row["file_id"] in only),
        timing=timing,
        paid=paid,
        utterances=len(rows),
        full=Estimate.of(sum(part.wanted for part in outcome.parts.values()), timing, paid, number),
        left=Estimate.of(outcome.missing, timing, paid, number),
        answers=answers,
    )


class _Timed:
    """An engine that is loaded when it is needed, and notes what that took and what its answers took."""

    def __init__(self, spec: ModelSpec, store_home: str) -> None:
        self.family = family_of(spec)
        self.scope = engine_class(spec.engine).scope
        self.answers = 0
        self._spec, self._store_home = spec, store_home
        self._clips: set[str] = set()
        self._loading = self._answering = 0.0  # seconds
        self._engine: Engine | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded(), name)

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        engine = self._loaded()
        self.answers, self._answering, self._clips = 0, 0.0, set()
        last = time.perf_counter()
        for answer in engine.answer(asks, references):
            now = time.perf_counter()
            self._answering, last = self._answering + now - last, now
            self._clips.add(answer.file_id)
            self.answers += 1
            yield answer

    def close(self) -> None:
        if (close := getattr(self._engine, "close", None)) is not None:
            close()

    def timing(self) -> Timing:
        late = getattr(self._engine, "late_loading", 0.0)
        return Timing(
            loading=self._loading + late,
            answering=self._answering - late,
            clips=len(self._clips),
            answers=self.answers,
            memory=_peak_memory(),
            accelerator_memory=_peak_accelerator_memory(),
        )

    def _loaded(self) -> Engine:
        if self._engine is None:
            start = time.perf_counter()
            self._engine = build_engine(self._spec, self._store_home)
            self._loading = time.perf_counter() - start
        return self._engine


def _about(table: pa.Table, chosen: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["file_id"], value_set=pa.array(chosen, pa.string())))


def _paid(tables: Iterable[pa.Table]) -> tuple[dict[str, float], int]:
    """Sums of what the details of answers say was paid, and the number of answers."""
    details = [text for table in tables for text in table["details"].to_pylist()]
    found = total(details)
    names = {"tokens_in": "tokens_in", "written": "tokens_out", "cost": "cost"}
    return {ours: found[name] for name, ours in names.items() if name in found}, len(details)


def _peak_memory() -> int:
    """The largest memory that this process ever had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, `getrusage` tells the peak of whoever started this process, too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _peak_accelerator_memory() -> int | None:
    torch = sys.modules.get("torch")  # who has not loaded it has nothing on the accelerator
    if torch is None or not torch.cuda.is_available():
        return None
    peak: int = torch.cuda.max_memory_allocated()
    return peak
