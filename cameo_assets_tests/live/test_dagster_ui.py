"""The platform as a person meets it: Dagster's own pages, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cameo_assets.samples import SAMPLES, lay
from cameo_assets_tests.browser import chromium
from cameo_assets_tests.live.platform import Running, platform

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.live

CORPUS = "ravdess"
CLIPS = len(SAMPLES[CORPUS].clips)
EVALUATIONS = ("chance@0", "majority@0")
GROUPS = ("raw", "corpora", "collection", "evaluations", "board", "analysis", "hub")
ASSETS = (CORPUS, "utterances", "normalized_audio", "unified_jsonl", "predictions", "leaderboard", "results")
PATIENCE = 45_000
"""Milliseconds. A run takes seconds; the machine may be busy."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def running(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform with one spoken sample in its landing zone, where nothing happens unasked.

    It takes the browser so that nothing is started in vain where there is none.
    """
    folder = tmp_path_factory.mktemp("platform")
    lay(folder / "data" / "landing", [CORPUS])
    with platform(folder, environment={"CAMEO_SENSOR_SECONDS": "3600"}) as found:
        found.switch_off_automation()
        for partitions in (f"raw_{CORPUS}", "corpora"):
            found.add_partition(partitions, CORPUS)
        for evaluation in EVALUATIONS:
            found.add_partition("evaluations", evaluation)
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; not `chromium_page`, because Dagster's own pages do write warnings to the console."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    context.set_default_timeout(PATIENCE)
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    # Dagster greets whoever comes first, and asks for their address.
    page.add_locator_handler(page.get_by_role("button", name="Skip"), lambda skip: skip.click())
    try:
        yield page
    finally:
        context.close()
    assert not faults


def materialize_by_clicking(page: Page, running: Running, asset: str, *, upstream_missing: bool) -> None:
    """Opens an asset and clicks through to the end of a successful run over one corpus."""
    page.goto(f"{running.url}/assets/{asset}")
    page.get_by_role("button", name="Materialize").first.click()
    if upstream_missing:
        page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Select a partition").click()
    page.get_by_role("menuitem", name=CORPUS).click()
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_role("link", name="View", exact=True).click()
    page.get_by_text("RUN_SUCCESS").wait_for()
    assert page.get_by_text("Success", exact=True).is_visible()


def see_partition(page: Page, running: Running, asset: str) -> None:
    """Opens what the UI knows of a corpus in an asset."""
    page.goto(f"{running.url}/assets/{asset}?view=partitions&partition={CORPUS}")
    page.get_by_role("row", name="made from").first.wait_for()


def value(page: Page, key: str, column: int = 1) -> str:
    """The metadata that is shown under a name; Dagster fills some cells after it has drawn the row."""
    cells = page.get_by_role("row").filter(has=page.get_by_role("cell", name=key, exact=True))
    cell = cells.first.get_by_role("cell").nth(column)
    cell.filter(has_text=re.compile(r"\S")).wait_for()
    return cell.inner_text().strip()


def test_the_lineage_leads_from_the_raw_corpora_to_the_hub(page: Page, running: Running) -> None:
    page.goto(f"{running.url}/asset-groups")
    for group in GROUPS:
        page.get_by_text(group, exact=True).first.wait_for()
    assert not page.get_by_text("unified_jsonl", exact=True).count()
    page.keyboard.press("Alt+KeyE")  # opens all groups
    for asset in ASSETS:
        page.get_by_text(asset, exact=True).first.wait_for()


def test_a_corpus_is_materialized_by_clicking(page: Page, running: Running) -> None:
    before = len(running.runs())
    materialize_by_clicking(page, running, f"raw/{CORPUS}", upstream_missing=False)
    see_partition(page, running, f"raw/{CORPUS}")
    assert int(value(page, "files")) == files_in(running.landing / CORPUS)
    assert value(page, "spoken sample") == "true"

    # Dagster warns, because the other corpora have not been materialised.
    materialize_by_clicking(page, running, "utterances", upstream_missing=True)
    see_partition(page, running, "utterances")
    assert int(value(page, "dagster/row_count")) == CLIPS
    assert value(page, "refused") == "0"
    assert "surprise" in value(page, "utterances by emotion")

    page.goto(f"{running.url}/assets/utterances?view=checks")
    for check, verdict in (("nothing_refused", "Succeeded"), ("published_counts", "Failed")):
        # Dagster writes a name twice, once for the eye and once to measure its width.
        page.get_by_text(re.compile(rf"^({check}\s*)+{verdict}$")).first.wait_for()

    assert len(running.runs()) == before + 2, "something ran that nobody clicked"


def test_the_board_lies_where_the_page_asset_says(page: Page, running: Running) -> None:
    if CORPUS not in running.materialized("utterances"):
        running.materialize(f"raw/{CORPUS}", partitions=[CORPUS])
        running.materialize("utterances", partitions=[CORPUS])
    running.materialize("normalized_audio", partitions=[CORPUS])
    running.materialize("unified_jsonl")
    running.materialize("predictions", partitions=EVALUATIONS)
    running.materialize("answers", "metrics", partitions=EVALUATIONS)
    running.materialize("leaderboard", "board_page")

    page.goto(f"{running.url}/assets/board_page")
    board = running.folder / value(page, "page", column=2)  # after the time
    assert board == running.home / "board" / "index.html"
    page.goto(board.absolute().as_uri())

    def shown() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            "#view-overall [data-item]:not([hidden])", "all => all.map(one => one.dataset.evaluation)"
        )
        return found

    assert sorted(shown()) == sorted(EVALUATIONS)
    unsorted = shown()
    heading = page.locator('#view-overall th[data-key="macro_f1"]')
    for direction in ("descending", "ascending"):
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == direction
    assert shown() == unsorted[::-1]
    for view in ("by-corpus", "by-emotion", "confusion", "corpora", "how"):
        page.get_by_test_id(f"tab-{view}").click()
        assert page.locator(f"#view-{view}").is_visible()
        assert not page.locator("#view-overall").is_visible()


def files_in(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))
