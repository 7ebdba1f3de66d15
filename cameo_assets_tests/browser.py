"""A real browser for tests: Playwright driving the machine's own Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser. Without one the test is skipped, but under CI=true it fails."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _without("playwright is not installed")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _without(f"no browser: none of {', '.join(_NAMES)} on the path, and CHROMIUM is not set")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def chromium_page(browser: Browser | None = None, **context: Any) -> Iterator[Page]:
    """A page in a fresh context (own storage); the test fails if the page wrote errors to its console.

    Args:
        browser: Shared by several tests; one is started, and ended, where none is given.
        **context: Options of Playwright's `new_context`, such as `viewport` or `color_scheme`.
    """
    if browser is None:
        with chromium() as own, chromium_page(own, **context) as page:
            yield page
        return
    opened = browser.new_context(**context)
    complaints: list[str] = []
    try:
        page = opened.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        yield page
    finally:
        opened.close()
    assert not complaints


def _without(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)
