"""When an asset is materialised without anybody asking. Each operand is here for a reason.

Dagster's ready-made `eager()` loses an update that lands while a run is in progress, never retries, and one
evaluation that fails for the first time would keep the leaderboard from ever being made again.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

_AC = dg.AutomationCondition

_QUIET: Final = (
    # Work that is about to be superseded would be done twice.
    ~_AC.any_deps_in_progress() & ~_AC.in_progress()
)

_WANTED: Final = (
    # `newly_missing` and not `missing`, latched, so that keys added before the first look are seen as well;
    # reset by a request and not by an update, so that a change during a run asks for another run.
    (_AC.newly_missing() | _AC.any_deps_updated() | _AC.code_version_changed()).since(_AC.newly_requested())
    # Newly and not merely failed, outside the latch: one retry. A bare `execution_failed()` retries for ever.
    | _AC.execution_failed().newly_true()
)

LISTED: Final = (_WANTED & _QUIET).with_label("listed")
"""For `utterances`: of its many upstream assets, one for each corpus, a partition has only its own."""

KEEP_CURRENT: Final = (_WANTED & ~_AC.any_deps_missing() & _QUIET).with_label("keep_current")
"""For a partition that follows its own upstream partition."""

WHEN_SETTLED: Final = (
    # No `any_deps_missing`: one evaluation that fails must not keep all others from the board.
    (
        _AC.any_deps_match(_AC.newly_updated()).since(_AC.newly_requested())
        | _AC.code_version_changed()
        | _AC.execution_failed().newly_true()
    )
    & _QUIET
).with_label("when_settled")
"""For what looks at all partitions at once: once, after the last of them."""
