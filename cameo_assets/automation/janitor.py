"""Ends runs whose process is gone, because after a power cut nothing else does.

Without it such a run counts as started for ever: it holds its slot, and its partition counts as in progress,
so that nothing is ever requested for it again.
"""

from __future__ import annotations

from typing import Any, Final

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster._core.launcher import DefaultRunLauncher

from cameo_assets.settings import Settings

_UNDER_WAY: Final = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def bury_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Fails every run of this machine whose process no longer lives, and frees what it held.

    Runs that another launcher started elsewhere are left alone.

    Returns:
        Ids of the runs that were ended.
    """
    if not isinstance(instance.run_launcher, DefaultRunLauncher):
        return []
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNDER_WAY)):
        run = record.dagster_run
        started = _process(instance, run.run_id)
        if started is None or _lives(*started):
            continue
        instance.report_run_failed(run, f"the process of this run ({started[0]}) is gone")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def _process(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """Process id of a run and when it said so, or None where it has not come so far."""
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.ENGINE_EVENT).records
    for record in records:
        event = record.event_log_entry.dagster_event
        data: Any = event.event_specific_data if event else None
        pid = data.metadata.get("pid") if data else None
        if pid is not None and str(pid.value).isdecimal():
            return int(pid.value), record.timestamp
    return None


def _lives(pid: int, since: float) -> bool:
    """Whether the process that had this id then is still the one that has it."""
    import psutil

    try:
        # After a restart of the machine the id may belong to another process, which is younger.
        return psutil.Process(pid).create_time() <= since + 1 and psutil.Process(pid).status() != "zombie"
    except psutil.NoSuchProcess:
        return False


@dg.sensor(
    minimum_interval_seconds=Settings.from_environment().sensor_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends runs whose process is gone, so that they hold neither slot nor partition.",
)
def janitor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Looks for runs without a process."""
    ended = bury_dead_runs(context.instance)
    for run_id in ended:
        context.log.warning(f"ended run {run_id}: its process is gone")
    return dg.SkipReason(f"{len(ended)} runs had no process any more")
