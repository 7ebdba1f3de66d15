"""Several evaluations in one run: each model is loaded once, and its conditions share their work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from cameo_assets.lineage.declaration import NotReady
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.run import Outcome, current, failed, keep, reason_to_make, wanted
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.models import parity
from cameo_assets.models.engines import engine_class
from cameo_assets.models.parity import Gate
from cameo_assets.products.predictions import PRODUCT, Turn, ask, gate_of, no_turn


class Failed(msgspec.Struct, frozen=True):
    """An evaluation that could not be finished; what was answered is kept.

    Attributes:
        error: What stopped it.
        gate: If that was the parity gate, the comparison that failed.
    """

    error: Exception
    gate: Gate | None = None


class _Due(msgspec.Struct, frozen=True):
    """An evaluation that is to be made: from which inputs, and why."""

    inputs: dict[str, str]
    why: str


def run_together(
    snapshot: Snapshot, keys: Sequence[str], turn: Turn = no_turn, *, anew: bool = False
) -> Iterator[tuple[str, Outcome | Failed]]:
    """Runs several evaluations.

    Models that need no accelerator come first, the cheapest before the others. An evaluation that fails keeps
    no other from being run.

    Args:
        snapshot: The platform.
        keys: Evaluations, in any order.
        turn: What a model waits for before it is loaded.
        anew: Whether to go through all of them whatever their records say; stored answers are used again.

    Yields:
        Key and what it came to, as each model ends.

    Raises:
        NotReady: There is no collection yet.
    """
    models: dict[str, list[str]] = {}
    for key in keys:
        models.setdefault(key.partition("@")[0], []).append(key)
    for group in sorted(models.values(), key=lambda group: _price(snapshot, group[0])):
        yield from _run_model(snapshot, group, turn, anew)


def _price(snapshot: Snapshot, key: str) -> tuple[Any, ...]:
    """The less a model costs, the smaller; one that cannot be asked at all costs nothing."""
    if key not in snapshot.evaluations:
        return ()
    spec = snapshot.evaluations[key][0]
    kind = engine_class(spec.engine)
    learns = kind.scope == "corpus"
    return (spec.needs.gpu_memory_gib, kind.pinned, learns, spec.parameters or 0, spec.id)


def _run_model(
    snapshot: Snapshot, keys: Sequence[str], turn: Turn, anew: bool
) -> Iterator[tuple[str, Outcome | Failed]]:
    """What evaluations of one model come to; whatever its engine raises stops this model alone."""
    try:
        due = {key: _Due(*_state(snapshot, key, anew)) for key in keys}
    except NotReady:
        raise
    except Exception as error:
        yield from ((key, Failed(error)) for key in keys)
        return
    for key, each in due.items():
        if not each.why:
            yield key, current(PRODUCT, snapshot, key)
    open_keys = [key for key, each in due.items() if each.why]
    while open_keys:
        job = Job(PRODUCT, snapshot, open_keys[0], others=open_keys[1:], anew=anew)
        try:
            made = ask(job, open_keys, turn)
        except NotReady:
            raise
        except Exception as error:
            stopped = _stopped(snapshot, open_keys, error)
            for key in stopped:
                failed(PRODUCT, snapshot, key, due[key].inputs, error)
                yield key, _failed(snapshot, key, error)
            open_keys = [key for key in open_keys if key not in stopped]
        else:
            for key, product in made.items():
                yield key, keep(PRODUCT, snapshot, key, due[key].inputs, product, {}, due[key].why)
            return


def _state(snapshot: Snapshot, key: str, anew: bool) -> tuple[dict[str, str], str]:
    """The inputs of an evaluation and why it is to be run; somebody may have removed its parity gate."""
    inputs = wanted(PRODUCT, snapshot, key)
    if anew:
        return inputs, "asked for anew"
    spec, condition = snapshot.evaluation(key)
    why = reason_to_make(PRODUCT, snapshot, key, inputs)
    return inputs, why or parity.obstacle(snapshot.store, spec, condition.method)


def _stopped(snapshot: Snapshot, keys: Sequence[str], error: Exception) -> list[str]:
    """Which evaluations an error stops: one method's parity gate stops only those by that method."""
    if not isinstance(error, parity.ParityFailed):
        return list(keys)
    return [key for key in keys if _barred(snapshot, key)] or list(keys)


def _barred(snapshot: Snapshot, key: str) -> bool:
    gate = gate_of(snapshot.store, *snapshot.evaluation(key))
    return gate is not None and not gate.passed


def _failed(snapshot: Snapshot, key: str, error: Exception) -> Failed:
    if not isinstance(error, parity.ParityFailed) or key not in snapshot.evaluations:
        return Failed(error)
    return Failed(error, gate_of(snapshot.store, *snapshot.evaluation(key)))
