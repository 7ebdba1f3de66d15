"""Turns what is out of date into run requests, without asking twice for what is under way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import dagster as dg

from cameo_assets.corpora.registry import known

if TYPE_CHECKING:
    from cameo_assets.stages.graph import Stale

ALL_ASSETS: Final = "__ASSET_JOB"
"""Dagster's own job over all assets; a job that we define could hold one partitioning only."""
_ASSETS: Final = {
    "postprocessing_ablation": dg.AssetKey(["analysis", "postprocessing_ablation"]),
    "hub_dataset": dg.AssetKey(["hub", "dataset"]),
    "hub_results": dg.AssetKey(["hub", "results"]),
    "hub_board": dg.AssetKey(["hub", "board"]),
}
_UNDER_WAY: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def asset_of(stage: str, partition: str) -> dg.AssetKey:
    """The asset that covers a stage."""
    if stage == "raw":
        return dg.AssetKey(["raw", partition if partition in known() else "drop_in"])
    return _ASSETS.get(stage, dg.AssetKey(stage))


def requests(instance: dg.DagsterInstance, stale: Iterable[Stale]) -> list[dg.RunRequest]:
    """Run requests for products that are out of date and not under way.

    They carry no run key: Dagster would drop a key that it has seen for ever.
    """
    from cameo_assets.provenance import WHOLE

    busy = {
        # A run over a range of partitions names no single one; it counts for all.
        (key, run.tags.get("dagster/partition"))
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
        for key in run.asset_selection or ()
    }
    found = []
    for each in stale:
        key = asset_of(each.stage, each.partition)
        partition = None if each.partition == WHOLE else each.partition
        if (key, partition) not in busy and (key, None) not in busy:
            found.append(dg.RunRequest(asset_selection=[key], partition_key=partition))
    return found
