"""Servers that ask for patience, refuse, or send elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cameo_assets.acquisition.web import _next, retry_after
from cameo_assets.errors import BadInput
from cameo_assets_tests.acquisition.fetching import CONTENT, NAME, SHA256, Fetched
from cameo_assets_tests.acquisition.publisher import File, Habit, Publisher, cut_after, publishing, status


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


# Patience.


def test_pauses_grow_and_end(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, always=status(503))
    fetched = Fetched(publisher, tmp_path)
    error = fetched.fails()
    assert (error.path, error.rule) == (publisher.of(NAME), "download")
    assert error.seen == "status 503, 5 times in a row"
    assert len(publisher.requests) == 5
    for pause, longest in zip(fetched.pauses, (1, 2, 4, 8), strict=True):
        assert longest / 2 <= pause <= longest


def test_progress_renews_patience(publisher: Publisher, tmp_path: Path) -> None:
    habits: list[Habit] = []
    for _ in range(6):
        habits += [cut_after(5_000), status(503), status(503), status(503)]
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=habits)
    assert Fetched(publisher, tmp_path).run().sha256 == SHA256


def test_the_same_half_again_and_again_is_no_progress(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, ranges=False, always=cut_after(25_000))
    error = Fetched(publisher, tmp_path).fails()
    assert "the connection ended too early" in error.seen
    assert len(publisher.requests) == 5


@pytest.mark.parametrize("code", [408, 425, 429, 500, 503])
def test_a_server_may_ask_for_time(code: int, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[status(code, Retry_After="7")])
    fetched = Fetched(publisher, tmp_path)
    assert fetched.run().sha256 == SHA256
    assert fetched.pauses == [7.0]


def test_no_server_may_ask_for_more_than_five_minutes(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[status(429, Retry_After="86400")])
    fetched = Fetched(publisher, tmp_path)
    fetched.run()
    assert sum(fetched.pauses) == 300.0
    # A long pause is no silence.
    assert fetched.words[:2] == [f"status 429; the next try is in {left} s" for left in (300, 290)]
    assert len(fetched.words) == 30


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("Fri, 02 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0.0),
        ("-5", None),
        ("", None),
        ("later", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(text, datetime(2026, 1, 2, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_argued_with(code: int, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, always=status(code))
    error = Fetched(publisher, tmp_path).fails()
    assert error.seen.startswith(f"status {code}")
    assert len(publisher.requests) == 1


def test_a_missing_file_says_so(publisher: Publisher, tmp_path: Path) -> None:
    error = Fetched(publisher, tmp_path).fails()
    assert error.seen == "status 404 (nothing is there any more)"


def test_a_host_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with publishing() as gone:
        pass
    error = Fetched(gone, tmp_path).fails()
    assert error.path == gone.of(NAME)
    assert "127.0.0.1 could not be reached" in error.seen
    assert "refused" in error.seen


# Redirects.


def test_redirects_are_followed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(b"", always=status(302, Location="a/b"))
    publisher.files["/a/b"] = File(b"", always=status(307, Location=publisher.of("c")))
    publisher.files["/c"] = File(CONTENT, habits=[cut_after(20_000)])
    assert Fetched(publisher, tmp_path).run().sha256 == SHA256
    # An address that was signed for a few minutes is asked for anew.
    assert [path for path, _, _ in publisher.requests] == [f"/{NAME}", "/a/b", "/c"] * 2


@pytest.mark.parametrize(
    ("location", "seen"),
    [("file:///etc/passwd", "from http to file"), (NAME, "more than 10 redirects")],
)
def test_redirects_have_limits(location: str, seen: str, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(b"", always=status(302, Location=location))
    error = Fetched(publisher, tmp_path).fails()
    assert error.rule == "redirects"
    assert seen in error.seen


def test_a_protected_connection_is_not_given_up() -> None:
    with pytest.raises(BadInput, match="from https to http"):
        _next("https://a/x", "https://a/x", "http://a/x", "by hand")
    assert _next("http://a/x", "http://a/x", "https://b/y", "by hand") == "https://b/y"
