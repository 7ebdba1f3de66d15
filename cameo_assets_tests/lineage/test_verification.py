"""Once a week every byte of every product is read; what is damaged is named and made anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg

from cameo_assets.automation.verification import verification
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.resources import Cameo
from cameo_assets_tests.products.made import stale


def verified(platform: Platform) -> dg.ExecuteInProcessResult:
    return verification.execute_in_process(
        resources={"cameo": Cameo(home=platform.store.home)},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def test_a_whole_store_passes(copy: Callable[[], Platform]) -> None:
    assert verified(copy()).success


def test_what_is_damaged_fails_the_job_by_name_and_is_to_be_made_anew(
    copy: Callable[[], Platform],
) -> None:
    platform = copy()
    page = Path(platform.store.home) / "board" / "index.html"
    page.write_bytes(page.read_bytes().replace(b"CAMEO", b"CAMEL", 1))
    assert stale(platform) == []
    done = verified(platform)
    assert not done.success
    (event,) = (event for event in done.all_events if event.is_step_failure)
    assert event.step_failure_data.user_failure_data
    assert "board_page: board/index.html: SHA-256" in (
        event.step_failure_data.user_failure_data.description or ""
    )
    assert ("board_page", "all") in stale(platform)
