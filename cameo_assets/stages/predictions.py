"""`predictions`: raw answers of the models, asked only where none is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec

from cameo_assets.collection import files
from cameo_assets.errors import BadInput
from cameo_assets.models import parity
from cameo_assets.models.engines import engine_class
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.outcome import EvaluationOutcome
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.registry import evaluations
from cameo_assets.models.spec import Condition, ModelSpec, fingerprint, gate_version
from cameo_assets.models.taxonomy import taxonomy
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

Turn = Callable[[ModelSpec], AbstractContextManager[object]]
"""Gives what is entered before a model is loaded: it may wait there until there is room for it."""


class Failed(msgspec.Struct, frozen=True):
    """An evaluation that could not be finished; what was answered is kept.

    Attributes:
        error: What stopped it.
        parity: If that was the parity gate, what came of it for this evaluation (see `_parity`).
    """

    error: Exception
    parity: dict[str, Any] = {}


def no_turn(_spec: ModelSpec) -> AbstractContextManager[object]:
    """Whoever comes loads a model at once."""
    return nullcontext()


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
    outcome = _evaluate(platform, spec, [condition], no_turn)
    return _made(platform, outcome, spec, condition)


def run_together(
    platform: Platform, keys: Sequence[str], turn: Turn = no_turn
) -> Iterator[tuple[str, Outcome | Failed]]:
    """Runs several evaluations: each model is loaded once, and its conditions share their work.

    Models that need no accelerator come first, the cheapest before the others. An evaluation that fails keeps
    no other from being run.

    Args:
        platform: The platform.
        keys: Evaluations, in any order.
        turn: What a model waits for before it is loaded.

    Yields:
        Key and what it came to, as each model ends.

    Raises:
        NotReady: There is no collection yet.
    """
    models: dict[str, list[str]] = {}
    for key in keys:
        models.setdefault(key.partition("@")[0], []).append(key)
    for group in sorted(models.values(), key=lambda group: _price(platform, group[0])):
        yield from _run_model(platform, group, turn)


def _price(platform: Platform, key: str) -> tuple[Any, ...]:
    """The less a model costs, the smaller; one that cannot be asked at all costs nothing."""
    try:
        spec = of_key(platform, key)[0]
    except BadInput:
        return ()
    kind = engine_class(spec.engine)
    learns = kind.scope == "corpus"
    return (spec.needs.gpu_memory_gib, kind.pinned, learns, spec.parameters or 0, spec.id)


def _run_model(platform: Platform, keys: Sequence[str], turn: Turn) -> Iterator[tuple[str, Outcome | Failed]]:
    """What evaluations of one model come to; whatever its engine raises stops this model alone."""
    try:
        stale = [key for key in keys if not _done(platform, key)]
        versions = {key: wanted(STAGE, platform, key) for key in stale}
    except NotReady:
        raise
    except Exception as error:
        yield from ((key, Failed(error)) for key in keys)
        return
    for key in keys:
        if key not in versions:
            yield key, Outcome(_record(platform, key), changed=False)
    while stale:
        try:
            made = _ask(platform, stale, turn)
        except NotReady:
            raise
        except Exception as error:
            stopped = _stopped(platform, stale, error)
            for key in stopped:
                failed(STAGE, platform, key, versions[key], error)
                yield key, _failed(platform, key, error)
            stale = [key for key in stale if key not in stopped]
        else:
            for key, product in made.items():
                yield key, keep(STAGE, platform, key, versions[key], product)
            return


def _ask(platform: Platform, keys: Sequence[str], turn: Turn) -> dict[str, Made]:
    spec = of_key(platform, keys[0])[0]
    conditions = {key: of_key(platform, key)[1] for key in keys}
    outcome = _evaluate(platform, spec, list(conditions.values()), turn)
    return {key: _made(platform, outcome, spec, condition) for key, condition in conditions.items()}


def _stopped(platform: Platform, keys: Sequence[str], error: Exception) -> list[str]:
    """Which evaluations an error stops: one method's parity gate stops only those by that method."""
    if not isinstance(error, parity.ParityFailed):
        return list(keys)
    return [key for key in keys if _barred(platform, key)] or list(keys)


def _barred(platform: Platform, key: str) -> bool:
    spec, condition = of_key(platform, key)
    gate = parity.read(platform.store, spec, condition.method)
    return gate is not None and not gate.passed


def _done(platform: Platform, key: str) -> bool:
    """Whether nothing is to be done; somebody may have removed what came of the gate."""
    spec, condition = of_key(platform, key)
    return is_current(STAGE, platform, key) and not parity.obstacle(platform.store, spec, condition.method)


def _failed(platform: Platform, key: str, error: Exception) -> Failed:
    if isinstance(error, parity.ParityFailed):
        return Failed(error, _parity(platform, *of_key(platform, key)))
    return Failed(error)


def _record(platform: Platform, key: str) -> Record:
    record = read_record(platform.store, STAGE.name, key)
    assert record is not None  # it is current
    return record


def _evaluate(
    platform: Platform, spec: ModelSpec, conditions: list[Condition], turn: Turn
) -> EvaluationOutcome:
    return evaluate(
        platform.store,
        spec,
        conditions,
        files.read_rows(platform.store),
        files.options(platform.store),
        progress=platform.progress,
        heartbeat=platform.heartbeat,
        turn=turn(spec),
    )


def _made(platform: Platform, outcome: EvaluationOutcome, spec: ModelSpec, condition: Condition) -> Made:
    part = outcome.parts[condition]
    details = {
        "answers": part.wanted,
        "asked": part.asked,
        "reused": part.reused,
        "missing": part.missing,
        "errors": {kind: number for kind, number in part.errors.items() if kind != FINAL},
        "not applicable": part.errors.get(FINAL, 0),
        "kinds": msgspec.to_builtins(taxonomy(part.table)),
        "parity": _parity(platform, spec, condition),
        "spent": part.spent,
        "seconds": round(outcome.seconds, 3),
    }
    return Made(part.version, details)


def _parity(platform: Platform, spec: ModelSpec, condition: Condition) -> dict[str, Any]:
    """What came of the parity gate of an evaluation; empty where there is none to pass."""
    gate = parity.read(platform.store, spec, condition.method) if parity.gated(spec) else None
    if gate is None:
        return {}
    found: dict[str, Any] = msgspec.to_builtins(gate)
    return {**found, "agreed": gate.agreed, "passed": gate.passed}


def settled(record: Record) -> bool:
    """Whether nothing is left to ask; what failed is asked again by the next run."""
    return bool(record.details["missing"] == 0)


STAGE = Stage(
    name="predictions",
    code_version="2",
    inputs=inputs,
    make=make,
    products=lambda _key: (),
    settled=settled,
)
