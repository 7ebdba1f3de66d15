"""`predictions`: raw answers of the models, asked only where none is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import msgspec

from cameo_assets.audio.digests import verify_audio
from cameo_assets.collection import files
from cameo_assets.lineage.declaration import KeepCurrent, Made, Product, Read, Setting
from cameo_assets.lineage.integrity import absent
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Check, Shown, check, table
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.models import parity
from cameo_assets.models import predictions as answers_kept
from cameo_assets.models.engines.base import AUDIO
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.outcome import EvaluationOutcome
from cameo_assets.models.parity import Gate
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.spec import Condition, ModelSpec, fingerprint, gate_version
from cameo_assets.models.taxonomy import Kind, taxonomy
from cameo_assets.places import FEATURES, PARITY, PREDICTIONS
from cameo_assets.provenance import FORMAT, Digest, Record
from cameo_assets.store import Store

Turn = Callable[[ModelSpec], AbstractContextManager[object]]
"""Gives what is entered before a model is loaded: it may wait there until there is room for it."""


def no_turn(_spec: ModelSpec) -> AbstractContextManager[object]:
    """Whoever comes loads a model at once."""
    return nullcontext()


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What the store has of an evaluation.

    Attributes:
        answers: How many are wanted.
        missing: How many the next run would ask for.
        errors: Answers without text by kind of fault.
        not_applicable: Answers that there will never be.
        kinds: What became of the requests, by kind.
        parity: The last comparison of the model's way of asking; None where there is none to pass.
        spent: What servers counted: tokens in and out, and cost.
        set_aside: Parts that were damaged; their answers were asked for again.
    """

    answers: int
    missing: int
    errors: dict[str, int]
    not_applicable: int
    kinds: dict[str, Kind]
    parity: Gate | None
    spent: dict[str, float]
    set_aside: tuple[str, ...] = ()


def shapes(snapshot: Snapshot, key: str) -> Mapping[str, str]:
    """What in the model's file shapes its answers, and what its parity gate depends on.

    Raises:
        BadInput: No enabled model has this evaluation, or its file is broken.
    """
    spec, condition = snapshot.evaluation(key)
    gate = gate_version(spec)
    return {"spec": fingerprint(spec, condition), **({"gate": gate} if gate else {})}


def make(job: Job) -> Made:
    """Asks for what is missing of one evaluation."""
    return ask(job, [job.partition], no_turn)[job.partition]


def ask(job: Job, keys: Sequence[str], turn: Turn) -> dict[str, Made]:
    """Asks for what is missing of some evaluations of one model, which is loaded once.

    Parts of the stored answers that are damaged are set aside and named first: what was in them counts as
    never asked.

    Args:
        job: Of one of the evaluations, which knows of the others.
        keys: The evaluations.
        turn: What the model waits for before it is loaded.

    Raises:
        ParityFailed: The engine does not pass the gate of a method.
        Exception: Whatever stops the engine; what it answered is kept.
    """
    spec = job.evaluation_of(keys[0])[0]
    conditions = {key: job.evaluation_of(key)[1] for key in keys}
    platform = job.snapshot.platform
    others = _whole_records(job, spec, keys)
    set_aside = answers_kept.set_aside(job.store, spec)
    outcome = evaluate(
        job.store,
        spec,
        list(conditions.values()),
        files.read_rows(job.store),
        files.options(job.store),
        progress=platform.progress,
        heartbeat=platform.heartbeat,
        turn=turn(spec),
    )
    _mark_damaged_audio(job, outcome)
    parts = _parts(job, spec)
    if not set_aside:
        # The answers of all conditions lie in the same parts, which have been merged with the new ones.
        for record in others:
            if record.made != parts:
                job.snapshot.keep(msgspec.structs.replace(record, made=parts))
    return {
        key: _made(job, outcome, spec, condition, parts, set_aside) for key, condition in conditions.items()
    }


def _mark_damaged_audio(job: Job, outcome: EvaluationOutcome) -> None:
    """Has the audio of a corpus made anew where a model met a recording that is not the one of its row."""
    corpora = {
        corpus
        for part in outcome.parts.values()
        for corpus, error in zip(*(part.table[name].to_pylist() for name in ("corpus", "error")), strict=True)
        if error and answers_kept.kind_of(error) == AUDIO
    }
    for corpus in sorted(corpora):
        if found := verify_audio(job.store, corpus):
            job.snapshot.mark_damaged("normalized_audio", corpus, f"damaged: {'; '.join(found[:3])}")


def _whole_records(job: Job, spec: ModelSpec, keys: Sequence[str]) -> list[Record]:
    """Records of the model's other evaluations, of which nothing is missing."""
    found = (
        job.snapshot.record("predictions", key)
        for key, (other, _) in job.evaluations.items()
        if other.id == spec.id and key not in keys
    )
    return [
        record
        for record in found
        if record is not None and record.format == FORMAT and not absent(job.store, record)
    ]


def _parts(job: Job, spec: ModelSpec) -> dict[str, Digest]:
    return {path: Digest.of(job.store.read_bytes(path)) for path in answers_kept.parts(job.store, spec)}


def _made(
    job: Job,
    outcome: EvaluationOutcome,
    spec: ModelSpec,
    condition: Condition,
    parts: Mapping[str, Digest],
    set_aside: Sequence[str],
) -> Made:
    part = outcome.parts[condition]
    details = Details(
        answers=part.wanted,
        missing=part.missing,
        errors={kind: number for kind, number in part.errors.items() if kind != FINAL},
        not_applicable=part.errors.get(FINAL, 0),
        kinds=taxonomy(part.table),
        parity=gate_of(job.store, spec, condition),
        spent=part.spent,
        set_aside=tuple(set_aside),
    )
    passing = {
        "asked in this run": part.asked,
        "answered before": part.reused,
        "seconds": round(outcome.seconds, 3),
    }
    return Made(part.version, details, parts, passing)


def gate_of(store: Store, spec: ModelSpec, condition: Condition) -> Gate | None:
    """The parity gate of an evaluation as it was last passed or failed; None where there is none to pass."""
    return parity.read(store, spec, condition.method) if parity.gated(spec) else None


def show(_job: Job, details: Details) -> Shown:
    """How much there is, and what became of the requests."""
    errors = sum(details.errors.values())
    return Shown(
        {
            "dagster/row_count": details.answers,
            **details.spent,
            "what became of the requests": table(
                # The utterance last, as its name is so long that it hides what stands behind it.
                ["kind", "answers", "for example", "said of"],
                [(kind, each.count, each.example, each.file_id) for kind, each in details.kinds.items()],
            ),
            "errors": table(["kind", "answers"], details.errors.items()),
        },
        (
            check("coverage", not details.missing, metadata={"missing": details.missing}),
            check("no_engine_errors", not errors, metadata={"errors": errors}),
            check(
                "none_lost",
                not details.set_aside,
                warn=True,
                description=_lost(details.set_aside),
                metadata={"set aside": ", ".join(details.set_aside) or "none"},
            ),
            parity_check(details.parity),
        ),
    )


def _lost(set_aside: Sequence[str]) -> str | None:
    if not set_aside:
        return None
    return f"damaged and set aside: {', '.join(set_aside)}; what was in there was asked for again"


def parity_check(gate: Gate | None) -> Check:
    """The parity gate as a check; None where there is none to pass."""
    if gate is None:
        return check("parity", True, description="It needs no gate: it answers one by one anyway.")
    return check(
        "parity",
        gate.passed,
        metadata={
            "compared": gate.compared,
            "agreed": gate.agreed,
            "asked by": table(["option", "value"], gate.settings.items()),
            "disagreements": table(
                ["corpus", "together", "alone", "utterance"],
                [(each.corpus, each.together, each.alone, each.file_id) for each in gate.disagreements],
            ),
            "versions": table(["library", "version"], sorted(gate.versions.items())),
        },
        description=f"{gate.agreed} of {gate.compared} answers agree.",
    )


def settled(details: Any) -> bool:
    """Whether nothing is left to ask; what failed is asked again by the next run."""
    return bool(details.missing == 0)


PRODUCT: Final = Product(
    name="predictions",
    about=(
        "Raw answers, kept for ever. Asks only what this evaluation has not answered yet. One run takes any "
        "number of evaluations, loads each model once, and shares work among temperatures. While it runs, "
        "observations show how far it is and what the model says."
    ),
    group="evaluations",
    kinds=("python", "parquet"),
    partitions="evaluation",
    reads=(
        Read("unified_jsonl"),
        Read("normalized_audio", lambda snapshot: snapshot.normalized, vouched_by="unified_jsonl"),
        Setting.MODELS,
    ),
    places=(PREDICTIONS,),
    caches=(PARITY, FEATURES),
    code_version="3",
    make=make,
    details=Details,
    show=show,
    checks={
        "coverage": "Every utterance of the collection has its answers.",
        "no_engine_errors": "No answer is missing because of a fault of the engine.",
        "none_lost": "No stored answer was damaged; what was is named, and asked for again.",
        "parity": (
            "Asked about many at once, the engine answers a probe set as it does one by one, greedily: at "
            "least 19 of 20 answers agree. An engine that answers one by one anyway needs no such gate."
        ),
    },
    by_itself=KeepCurrent(),
    also=shapes,
    settled=settled,
)
