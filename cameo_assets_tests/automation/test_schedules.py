"""What the schedules request, and that Dagster can launch it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from cameo_assets.automation.schedules import SCHEDULES, reconcile, weekly_verification
from cameo_assets.definitions import build
from cameo_assets.resources import Cameo
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make, out_of_date

WHEN = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture
def cameo(tmp_path: Path) -> Cameo:
    """A home with two corpora in the landing zone, one of which has been looked at."""
    for corpus in ("alpha", "beta"):
        small.drop_in(tmp_path / "landing" / corpus)
    cameo = Cameo(home=str(tmp_path), workers=1)
    make("raw", cameo.platform(), "alpha")
    (tmp_path / "dagster").mkdir()
    return cameo


def evaluate(schedule: dg.ScheduleDefinition, cameo: Cameo, when: datetime = WHEN) -> list[dg.RunRequest]:
    """The run requests of one tick, as the daemon gets them."""
    with dg.DagsterInstance.local_temp(str(Path(cameo.home, "dagster"))) as instance:
        for name in ("corpora", "drop_in_corpora"):
            instance.add_dynamic_partitions(name, ["alpha", "beta"])
        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=when,
            resources={"cameo": cameo},
            repository_def=build(cameo).get_repository_def(),
        ) as context:
            return list(schedule.evaluate_tick(context).run_requests or ())


def asked(requests: list[dg.RunRequest]) -> list[tuple[str, str | None]]:
    return [
        (key.to_user_string(), request.partition_key)
        for request in requests
        for key in request.asset_selection or ()
    ]


def test_reconcile_requests_the_first_stale_product_of_each_chain(cameo: Cameo) -> None:
    assert [(each.product, each.partition) for each in out_of_date(cameo.platform())] == [
        ("raw", "beta"),
        ("utterances", "alpha"),
    ]
    assert asked(evaluate(reconcile, cameo)) == [("raw/drop_in", "beta"), ("utterances", "alpha")]


def test_every_tick_has_run_keys_of_its_own(cameo: Cameo) -> None:
    first, second = (evaluate(reconcile, cameo, when) for when in (WHEN, WHEN.replace(minute=15)))
    keys = [request.run_key for request in (*first, *second)]
    assert None not in keys
    assert len(set(keys)) == len(keys) == 4


def test_the_weekly_verification_has_every_byte_read_again(cameo: Cameo) -> None:
    requests = evaluate(weekly_verification, cameo)
    assert asked(requests) == [("raw/drop_in", "alpha"), ("raw/drop_in", "beta")]
    job = build(cameo).resolve_implicit_global_asset_job_def()
    index = Path(cameo.home) / "landing_index" / "alpha.json"
    before = index.stat().st_mtime_ns
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("drop_in_corpora", ["alpha"])
        done = job.execute_in_process(
            instance=instance,
            asset_selection=list(requests[0].asset_selection or ()),
            partition_key=requests[0].partition_key,
            run_config=requests[0].run_config,
        )
    assert done.success
    assert index.stat().st_mtime_ns > before


def test_all_schedules_are_on_and_their_jobs_are_there() -> None:
    definitions = build()
    for schedule in SCHEDULES:
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
        assert definitions.get_repository_def().has_job(schedule.job_name)
