"""Makes the pictures of the README anew, with a real platform and a real browser; run by hand.

    python docs/pictures.py                              # spoken samples
    python docs/pictures.py ../corpora/ravdess ...       # or these corpora

It takes the corpora through the whole graph in a temporary folder, then photographs Dagster's lineage and the
board into `docs/images`. It needs the development dependencies and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, it finds its own folder only

from cameo_assets_tests.browser import chromium
from cameo_assets_tests.live.platform import Running, platform

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).parent / "images"
QUIET_SECONDS = 15
"""Time for several looks of each sensor."""


def main(corpora: list[Path]) -> None:
    """Takes all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        folder = Path(scratch)
        for corpus in corpora:
            shutil.copytree(corpus, folder / "landing" / corpus.name)
        _demo(folder, samples=not corpora)
        with platform(
            folder, landing=folder / "landing", environment={"CAMEO_HOME": ".", "CAMEO_SENSOR_SECONDS": "2"}
        ) as running:
            _settle(running)
            _lineage(browser, running, IMAGES / "lineage.png")
        board = folder / "board" / "index.html"
        _board(browser, board, "light", IMAGES / "board.png")
        _board(browser, board, "dark", IMAGES / "board-dark.png")


def _demo(folder: Path, *, samples: bool) -> None:
    """Runs `cameo demo` in a process of its own, as it changes the current folder."""
    command = [sys.executable, "-c", "from cameo_assets.cli import main; main()", "demo"]
    subprocess.run(
        [*command, "--folder", str(folder), "--samples" if samples else "--no-samples"], check=True
    )


def _settle(running: Running) -> None:
    """Waits until automation has looked at everything and nothing has run for a while; then stops it."""
    running.wait(120, "report of the models", lambda: running.materialized("model_specs"))
    seen, since = "", time.monotonic()

    def still() -> bool:
        nonlocal seen, since
        runs = running.runs()
        now = str(sorted((run["id"], run["status"]) for run in runs))
        if now != seen or any(run["status"] != "SUCCESS" for run in runs):
            seen, since = now, time.monotonic()
        return time.monotonic() - since > QUIET_SECONDS

    running.wait(300, "end of all runs", still)
    running.switch_off_automation()


def _lineage(browser: Browser, running: Running, target: Path) -> None:
    # Dagster fits the graph into the window, right edge under its buttons; so the window grows afterwards.
    context = browser.new_context(viewport={"width": 1230, "height": 1060}, device_scale_factor=1.25)
    page = context.new_page()
    page.add_locator_handler(page.get_by_role("button", name="Skip"), lambda skip: skip.click())
    page.goto(f"{running.url}/asset-groups")
    page.get_by_text("raw", exact=True).first.wait_for()
    page.get_by_text("Hide navigation").click()
    page.get_by_role("button").filter(has=page.get_by_label("panel_show_right")).last.click()
    page.wait_for_timeout(1000)  # until the side bar is gone
    page.keyboard.press("Alt+KeyE")  # opens all groups
    page.get_by_text("unified_jsonl", exact=True).first.wait_for()
    page.wait_for_timeout(5000)  # the states of the assets arrive one after the other
    page.set_viewport_size({"width": 1280, "height": 1060})
    page.mouse.move(600, 20)
    page.wait_for_timeout(2000)
    page.screenshot(path=target)
    context.close()


def _board(browser: Browser, board: Path, scheme: Literal["light", "dark"], target: Path) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 740}, device_scale_factor=1.25, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(board.as_uri())
    page.get_by_test_id("tab-overall").wait_for()
    page.screenshot(path=target)
    context.close()


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
