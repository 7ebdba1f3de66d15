"""Which evaluations can be compared, and why the others wait."""

from __future__ import annotations

import msgspec

from cameo_assets.lineage.declaration import NotReady
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.models import parity


class Standing(msgspec.Struct, frozen=True):
    """Which evaluations can be compared.

    Attributes:
        scored: Those that were scored on the collection of now.
        waiting: Why the others cannot be compared, by evaluation.
    """

    scored: tuple[str, ...]
    waiting: dict[str, str]


def standing(snapshot: Snapshot) -> Standing:
    """Sorts the evaluations of all enabled models into those that can be compared and those that wait."""
    return snapshot.memo("standing", lambda: _standing(snapshot))


def _standing(snapshot: Snapshot) -> Standing:
    collection = snapshot.output_of("unified_jsonl")
    scored = []
    waiting = dict.fromkeys(snapshot.registry.broken, "its file is broken")
    for key, (spec, condition) in snapshot.evaluations.items():
        barred = parity.obstacle(snapshot.store, spec, condition.method)
        scores = snapshot.record("metrics", key)
        answered = snapshot.record("answers", key)
        if scores is None or answered is None:
            waiting[key] = f"not evaluated yet; {barred}" if barred else "not evaluated yet"
        elif barred:
            waiting[key] = barred
        elif any(each.inputs.get("unified_jsonl") != collection for each in (scores, answered)):
            waiting[key] = "evaluated on an older version of the collection"
        elif scores.inputs.get(f"answers/{key}") != answered.output:
            waiting[key] = "its answers have been read anew and not been scored yet"
        else:
            scored.append(key)
    return Standing(tuple(scored), waiting)


def scored(snapshot: Snapshot) -> list[str]:
    """The evaluations that can be compared.

    Raises:
        NotReady: There is none.
    """
    found = standing(snapshot).scored
    if not found:
        raise NotReady("no evaluation has been scored on the collection of now; materialise metrics first")
    return list(found)
