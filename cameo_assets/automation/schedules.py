"""Schedules: sweep up what the conditions missed, refresh the board, look at the raw files again."""

import dagster as dg

from cameo_assets.assets.common import key_of
from cameo_assets.automation.requests import ALL_ASSETS, request, requests
from cameo_assets.automation.verification import verification
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
    from cameo_assets.lineage.graph import out_of_date

    snapshot = cameo.snapshot()
    stale = out_of_date(snapshot)
    for complaint in snapshot.complaints:
        context.log.warning(str(complaint))
    for each in stale:
        if each.reason:
            context.log.warning(f"{each.product} of {each.partition} is not made: {each.reason}")
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
    present = set(context.instance.get_dynamic_partitions("corpora"))
    tick = context.scheduled_execution_time.isoformat()
    found = []
    for corpus in cameo.snapshot().landed:
        key = key_of("raw", corpus)
        config = {"ops": {key.to_python_identifier(): {"config": {"anew": True}}}}
        if corpus in present:
            found.append(request(key, corpus, tick, run_config=config))
    return found


weekly_products = dg.ScheduleDefinition(
    name="weekly_products",
    cron_schedule="0 5 * * 0",
    default_status=_ON,
    job=verification,
    description="Reads every byte of every product, and has made anew what is not what its record says.",
)

SCHEDULES = [reconcile, nightly, weekly_verification, weekly_products]
