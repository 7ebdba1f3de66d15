"""Schedules: sweep up what the conditions missed, refresh the board, look at the raw files again."""

import dagster as dg

from cameo_assets.automation.requests import ALL_ASSETS, asset_of, request, requests
from cameo_assets.resources import Cameo

_ON = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(
    cron_schedule="*/15 * * * *",
    default_status=_ON,
    job_name=ALL_ASSETS,
    description=(
        "Requests whatever is out of date, by comparing what every product was made from with what it would "
        "be made from now. Finds what the conditions missed: an update during a run, a model or a corpus "
        "that was taken out."
    ),
)
def reconcile(context: dg.ScheduleEvaluationContext, cameo: Cameo) -> list[dg.RunRequest] | dg.SkipReason:
    """Requests what is out of date and not under way."""
    from cameo_assets.stages.graph import out_of_date

    stale = out_of_date(cameo.platform())
    for each in stale:
        if each.reason:
            context.log.warning(f"{each.stage} of {each.partition} is not made: {each.reason}")
    wanted = [each for each in stale if each.due]
    tick = context.scheduled_execution_time.isoformat()
    return requests(context.instance, wanted, tick) or dg.SkipReason("everything is current or under way")


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
    tick = context.scheduled_execution_time.isoformat()
    found = []
    for corpus in landed(cameo.platform()):
        key = asset_of("raw", corpus)
        config = {"ops": {key.to_python_identifier(): {"config": {"verify": True}}}}
        if corpus in present:
            found.append(request(key, corpus, tick, run_config=config))
    return found


SCHEDULES = [reconcile, nightly, weekly_verification]
