"""Schedules: sweep up what the conditions missed, refresh the board, look at the raw files again."""

import dagster as dg

from cameo_assets.corpora.registry import known
from cameo_assets.resources import Cameo

_ON = dg.DefaultScheduleStatus.RUNNING
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
ALL_ASSETS = "__ASSET_JOB"
"""Dagster's own job over all assets; a job that we define could hold one partitioning only."""
ASSETS_OF_STAGES = {
    "postprocessing_ablation": dg.AssetKey(["analysis", "postprocessing_ablation"]),
    "hub_dataset": dg.AssetKey(["hub", "dataset"]),
    "hub_results": dg.AssetKey(["hub", "results"]),
    "hub_board": dg.AssetKey(["hub", "board"]),
}
"""The stages whose asset has another name."""


def asset_of(stage: str, partition: str) -> dg.AssetKey:
    """The asset that covers a stage."""
    if stage == "raw":
        return dg.AssetKey(["raw", partition if partition in known() else "drop_in"])
    return ASSETS_OF_STAGES.get(stage, dg.AssetKey(stage))


@dg.schedule(
    cron_schedule="*/15 * * * *",
    default_status=_ON,
    job_name=ALL_ASSETS,
    description=(
        "Requests whatever is out of date, by comparing what every product was made from with what it would "
        "be made from now. Finds what the conditions missed: an update during a run, a failure after its "
        "retry, a model or corpus that was taken out."
    ),
)
def reconcile(context: dg.ScheduleEvaluationContext, cameo: Cameo) -> list[dg.RunRequest] | dg.SkipReason:
    """Requests what is out of date and not under way; without run keys, which Dagster would drop for ever."""
    from cameo_assets.provenance import WHOLE
    from cameo_assets.stages.graph import out_of_date

    busy = {
        key
        for run in context.instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
        for key in run.asset_selection or ()
    }
    requests = []
    for stale in out_of_date(cameo.platform()):
        if stale.reason:
            context.log.warning(f"{stale.stage} of {stale.partition} cannot be made: {stale.reason}")
            continue
        key = asset_of(stale.stage, stale.partition)
        if key not in busy:
            partition = None if stale.partition == WHOLE else stale.partition
            requests.append(dg.RunRequest(asset_selection=[key], partition_key=partition))
    return requests or dg.SkipReason("everything is current or under way")


nightly = dg.ScheduleDefinition(
    name="nightly_board",
    cron_schedule="0 3 * * *",
    default_status=_ON,
    target=dg.AssetSelection.groups("board", "analysis", "hub"),
    description="Makes leaderboard, analyses, page and publication anew, whatever the long runs are doing.",
)


@dg.schedule(
    cron_schedule="0 4 * * 0",
    default_status=_ON,
    job_name=ALL_ASSETS,
    description="Hashes every raw file anew, and so notices what went bad on the disk.",
)
def weekly_verification(context: dg.ScheduleEvaluationContext, cameo: Cameo) -> list[dg.RunRequest]:
    """Requests every raw corpus with the order to read all bytes."""
    from cameo_assets.stages.current import landed

    present = set(context.instance.get_dynamic_partitions("corpora"))
    return [
        dg.RunRequest(
            asset_selection=[asset_of("raw", corpus)],
            partition_key=corpus,
            run_config={
                "ops": {asset_of("raw", corpus).to_python_identifier(): {"config": {"verify": True}}}
            },
        )
        for corpus in landed(cameo.platform())
        if corpus in present
    ]


SCHEDULES = [reconcile, nightly, weekly_verification]
