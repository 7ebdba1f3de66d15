"""When an asset is materialised without anybody asking. Each operand is here for a reason.

Dagster's ready-made `eager()` loses an update that lands while a run is in progress, and one evaluation that
fails for the first time would keep the leaderboard from ever being made again. What failed is tried again by
the sensor `retries`, as conditions cannot count.
"""

from __future__ import annotations

from typing import Any, Final

import dagster as dg

from cameo_assets.lineage.declaration import KeepCurrent, WhenSettled

_AC = dg.AutomationCondition
Condition = dg.AutomationCondition[Any]

_QUIET: Final = (
    # Work that is about to be superseded would be done twice.
    ~_AC.any_deps_in_progress() & ~_AC.in_progress()
)


def _updated(following: str) -> Condition:
    """An upstream asset was updated, or is about to be in the same run; of all upstream assets, or of one."""
    updated = _AC.any_deps_updated()
    return (
        updated.allow(dg.AssetSelection.assets(dg.AssetKey(following.split("/")))) if following else updated
    )


def _latched(wanted: Condition) -> Condition:
    """Holds what is wanted until it is requested.

    Dagster takes a request for made at the tick after it. What becomes wanted between the two came too late
    for that request, and would be lost if it were reset with it, until `reconcile` finds it.
    """
    return wanted.since(_AC.newly_requested() & ~wanted)


def condition_of(by_itself: KeepCurrent | WhenSettled | None) -> Condition | None:
    """The condition that a product declares."""
    if isinstance(by_itself, KeepCurrent):
        return keep_current(by_itself.following, with_upstream=by_itself.with_upstream)
    return when_settled(by_itself.following) if by_itself is not None else None


def keep_current(following: str = "", *, with_upstream: bool = False) -> Condition:
    """For a partition that follows its own upstream partition.

    Args:
        following: The upstream asset whose updates count; those of the others reach this one by it later, so
            that to follow them as well would do the work twice. By default all count.
        with_upstream: Whether it is made in the same run as its upstream partition. Of many partitions,
            Dagster recognises that of the last one alone, so what comes right after a request is taken for
            its own run there.
    """
    # `newly_missing` and not `missing`, latched, so that keys added before the first look are seen as well;
    # reset by a request and not by an update, so that a change during a run asks for another run.
    wanted = _AC.newly_missing() | _updated(following) | _AC.code_version_changed()
    ready = ~_AC.any_deps_missing() & _QUIET
    latched = wanted.since(_AC.newly_requested()) if with_upstream else _latched(wanted)
    return (latched & ready).with_label("keep_current")


def when_settled(following: str = "") -> Condition:
    """For what looks at all partitions at once: once, after the last of them.

    Without `any_deps_missing`, since one evaluation that fails must not keep all others from the board.

    Args:
        following: As in `keep_current`.
    """
    wanted = _updated(following) | _AC.code_version_changed()
    return (_latched(wanted) & _QUIET).with_label("when_settled")
