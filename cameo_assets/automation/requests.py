"""Turns what is out of date into run requests, without asking twice for what is under way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from cameo_assets.assets.common import key_of

if TYPE_CHECKING:
    from cameo_assets.lineage.graph import Stale

ALL_ASSETS: Final = "__ASSET_JOB"
"""Dagster's own job over all assets; a job that we define could hold one partitioning only."""
_UNDER_WAY: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def request(key: dg.AssetKey, partition: str | None, tick: str = "", **options: Any) -> dg.RunRequest:
    """One run of one asset.

    Args:
        key: The asset.
        partition: Its partition, or None.
        tick: The time of a schedule's tick. A schedule's run requests need keys, which differ from tick to
            tick, because Dagster drops for ever what it has seen before; those of a sensor need none.
        **options: Further options of the run request.
    """
    run_key = f"{key.to_user_string()} {partition or ''} {tick}" if tick else None
    return dg.RunRequest(run_key=run_key, asset_selection=[key], partition_key=partition, **options)


def requests(instance: dg.DagsterInstance, stale: Iterable[Stale], tick: str = "") -> list[dg.RunRequest]:
    """Run requests for products that are out of date and not under way; `tick` as in `request`."""
    from cameo_assets.provenance import WHOLE

    busy = {
        # A run over a range of partitions names no single one; it counts for all.
        (key, run.tags.get("dagster/partition"))
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
        for key in run.asset_selection or ()
    }
    found = []
    for each in stale:
        partition = None if each.partition == WHOLE else each.partition
        key = key_of(each.product, partition)
        if (key, partition) not in busy and (key, None) not in busy:
            found.append(request(key, partition, tick))
    return found
