"""`predictions`: raw answers of the models, asked only where none is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cameo_assets.collection import files
from cameo_assets.errors import BadInput
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.registry import evaluations
from cameo_assets.models.spec import Condition, ModelSpec, fingerprint, gate_version
from cameo_assets.provenance import Record, read_record
from cameo_assets.stages.base import (
    Made,
    NotReady,
    Outcome,
    Platform,
    Stage,
    failed,
    is_current,
    keep,
    output_of,
    wanted,
)
from cameo_assets.stages.current import registry


class Failed(msgspec.Struct, frozen=True):
    """An evaluation that could not be finished; what was answered is kept.

    Attributes:
        error: What stopped it.
    """

    error: Exception


def of_key(platform: Platform, key: str) -> tuple[ModelSpec, Condition]:
    """The spec and the condition of an evaluation.

    Raises:
        BadInput: No enabled model has this evaluation, or its spec is broken.
    """
    found = registry(platform)
    current = evaluations(found)
    if key in current:
        return current[key]
    model = key.partition("@")[0]
    for error in found.errors:
        if model in found.broken and f"/{model}." in error.path:
            raise error
    raise BadInput(key, "unknown_evaluation", repr(key), f"one of {', '.join(current)}")


def inputs(platform: Platform, key: str) -> dict[str, str]:
    """The collection, what in the model's file shapes its answers, and what its parity gate depends on."""
    spec, condition = of_key(platform, key)
    gate = gate_version(spec)
    return {
        "collection": output_of(platform.store, "unified_jsonl"),
        "spec": fingerprint(spec, condition),
        **({"gate": gate} if gate else {}),
    }


def make(platform: Platform, key: str) -> Made:
    """Asks for what is missing of one evaluation."""
    spec, condition = of_key(platform, key)
    outcome = _evaluate(platform, spec, [condition])
    return _made(outcome, condition)


def run_together(platform: Platform, keys: Sequence[str]) -> Iterator[tuple[str, Outcome | Failed]]:
    """Runs several evaluations: each model is loaded once, and its conditions share their work.

    An evaluation that fails keeps no other from being run.

    Args:
        platform: The platform.
        keys: Evaluations, in any order.

    Yields:
        Key and what it came to, as each model ends.

    Raises:
        NotReady: There is no collection yet.
    """
    models: dict[str, list[str]] = {}
    for key in keys:
        models.setdefault(key.partition("@")[0], []).append(key)
    for group in models.values():
        try:
            outcomes = _run_model(platform, group)
        except NotReady:
            raise
        except Exception as error:  # whatever an engine raises stops its own model alone
            yield from ((key, Failed(error)) for key in group)
        else:
            yield from outcomes.items()


def _run_model(platform: Platform, keys: Sequence[str]) -> dict[str, Outcome]:
    stale = [key for key in keys if not is_current(STAGE, platform, key)]
    found = {}
    if stale:
        spec = of_key(platform, stale[0])[0]
        conditions = {key: of_key(platform, key)[1] for key in stale}
        versions = {key: wanted(STAGE, platform, key) for key in stale}
        try:
            outcome = _evaluate(platform, spec, list(conditions.values()))
        except Exception as error:
            for key in stale:
                failed(STAGE, platform, key, versions[key], error)
            raise
        for key, condition in conditions.items():
            found[key] = keep(STAGE, platform, key, versions[key], _made(outcome, condition))
    for key in keys:
        if key not in found:
            found[key] = Outcome(_record(platform, key), changed=False)
    return found


def _record(platform: Platform, key: str) -> Record:
    record = read_record(platform.store, STAGE.name, key)
    assert record is not None  # it is current
    return record


def _evaluate(platform: Platform, spec: ModelSpec, conditions: list[Condition]) -> EvaluationOutcome:
    return evaluate(
        platform.store,
        spec,
        conditions,
        files.read_rows(platform.store),
        files.options(platform.store),
        progress=platform.progress,
    )


def _made(outcome: EvaluationOutcome, condition: Condition) -> Made:
    part = outcome.parts[condition]
    details = {
        "answers": part.wanted,
        "asked": part.asked,
        "reused": part.reused,
        "missing": part.missing,
        "errors": {kind: number for kind, number in part.errors.items() if kind != FINAL},
        "not applicable": part.errors.get(FINAL, 0),
        "seconds": round(outcome.seconds, 3),
    }
    return Made(part.version, details)


def settled(record: Record) -> bool:
    """Whether nothing is left to ask; what failed is asked again by the next run."""
    return bool(record.details["missing"] == 0)


STAGE = Stage(
    name="predictions",
    code_version="1",
    inputs=inputs,
    make=make,
    products=lambda _key: (),
    settled=settled,
)
