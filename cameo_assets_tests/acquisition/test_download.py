"""Downloads from a server that cuts, lies, forgets and refuses."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.acquisition import download as module
from cameo_assets.acquisition.download import download
from cameo_assets.acquisition.published import Receipt, Wanted
from cameo_assets.acquisition.web import AGENT, Web, retry_after
from cameo_assets.errors import BadInput
from cameo_assets_tests.acquisition.publisher import (
    File,
    Habit,
    Handler,
    Publisher,
    changed,
    cut_after,
    publishing,
    slow,
    stalled,
    status,
)

CONTENT = b"PK" + random.Random(0).randbytes(50_000)
OTHER = b"PK" + random.Random(1).randbytes(60_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "speech.zip"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


class Fetched:
    """One download, with the pauses that it took."""

    def __init__(self, publisher: Publisher, folder: Path, **published: object) -> None:
        self.part = folder / f"{NAME}.part"
        self.pauses: list[float] = []
        self.told: list[tuple[int, int | None]] = []
        self.words: list[str] = []
        self.web = Web(sleep=self.pauses.append, tell=self.words.append, read_seconds=2, connect_seconds=2)
        facts = {"name": NAME, "url": publisher.of(NAME), "by_hand": "by hand", **published}
        self.wanted = msgspec.convert(facts, Wanted)

    def run(self) -> Receipt:
        return download(self.wanted, self.part, self.web, lambda *told: self.told.append(told))

    def fails(self) -> BadInput:
        with pytest.raises(BadInput) as error:
            self.run()
        assert "by hand" in error.value.expected
        return error.value


def state_of(part: Path) -> Path:
    return part.with_name(part.name + ".json")


# A good server.


def test_a_file_comes_whole_and_says_what_it_was_compared_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = file = File(CONTENT)
    fetched = Fetched(publisher, tmp_path, size=len(CONTENT), md5=file.md5, sha256=SHA256)
    receipt = fetched.run()
    assert fetched.part.read_bytes() == CONTENT
    assert (receipt.name, receipt.url, receipt.size) == (NAME, publisher.of(NAME), len(CONTENT))
    assert receipt.sha256 == SHA256
    assert receipt.against == "size and MD5 and SHA-256 of the corpus file"
    assert datetime.fromisoformat(receipt.verified).tzinfo is not None
    assert publisher.agents == {AGENT}
    assert "cameo_assets" in AGENT
    assert fetched.told[0] == (0, len(CONTENT))
    assert fetched.told[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize(
    ("facts", "says_size", "headers", "against"),
    [
        ({}, True, {}, "size in the server's headers"),
        ({}, False, {}, "nothing: neither publisher nor server gives a size or checksum"),
        ({"size": len(CONTENT)}, True, {}, "size of the corpus file"),
        ({"sha256": SHA256}, False, {}, "SHA-256 of the corpus file"),
        (
            {},
            True,
            {"X-Linked-Size": str(len(CONTENT)), "X-Linked-Etag": f'"{SHA256}"'},
            "size and SHA-256 in the server's headers",
        ),
    ],
)
def test_what_nobody_publishes_is_not_claimed(
    facts: dict[str, object],
    says_size: bool,
    headers: dict[str, str],
    against: str,
    publisher: Publisher,
    tmp_path: Path,
) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, says_size=says_size, headers=headers)
    assert Fetched(publisher, tmp_path, **facts).run().against == against


def test_hashes_that_are_told_before_a_redirect_count(publisher: Publisher, tmp_path: Path) -> None:
    linked = {"X_Linked_Size": str(len(CONTENT)), "X_Linked_Etag": f'"{SHA256}"'}
    publisher.files[f"/{NAME}"] = File(b"", always=status(302, Location="/cdn/blob", **linked))
    publisher.files["/cdn/blob"] = File(CONTENT[:-1] + b"!")
    error = Fetched(publisher, tmp_path).fails()
    assert error.rule == "checksum"
    publisher.files["/cdn/blob"] = File(CONTENT)
    assert Fetched(publisher, tmp_path).run().against == "size and SHA-256 in the server's headers"


# Interruptions.


def test_a_cut_connection_is_gone_on_with_where_it_was_cut(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[cut_after(20_000), cut_after(5_000)])
    fetched = Fetched(publisher, tmp_path)
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", "bytes=20000-", "bytes=25000-"]
    assert [condition for _, _, condition in publisher.requests] == ["", '"1"', '"1"']
    assert len(fetched.pauses) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, len(CONTENT)), max_size=6),
    ranges=st.booleans(),
    says_size=st.booleans(),
    etag=st.sampled_from(['"1"', 'W/"1"', ""]),
)
def test_however_often_it_is_cut_the_bytes_are_those_of_the_publisher(
    cuts: list[int], ranges: bool, says_size: bool, etag: str, publisher: Publisher, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    habits: list[Habit] = [cut_after(cut) for cut in cuts]
    publisher.files[f"/{NAME}"] = File(CONTENT, etag=etag, says_size=says_size, ranges=ranges, habits=habits)
    fetched = Fetched(publisher, tmp_path)
    fetched.web = Web(sleep=lambda _: None, tries=10)
    assert fetched.run().sha256 == SHA256


def test_a_server_that_knows_no_ranges_is_begun_with_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, ranges=False, habits=[cut_after(20_000)])
    fetched = Fetched(publisher, tmp_path)
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", "bytes=20000-"]


def test_two_states_of_a_file_are_never_put_together(publisher: Publisher, tmp_path: Path) -> None:
    habits = [cut_after(20_000), changed(OTHER, '"2"')]
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=habits)
    fetched = Fetched(publisher, tmp_path)
    fetched.run()
    assert fetched.part.read_bytes() == OTHER


def test_a_server_that_ignores_the_condition_is_found_out(publisher: Publisher, tmp_path: Path) -> None:
    def careless(handler: object, file: File) -> bool:
        file.content, file.etag = OTHER, '"2"'
        handler.headers.replace_header("If-Range", '"2"')  # type: ignore[attr-defined]
        return False

    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[cut_after(20_000), careless])
    fetched = Fetched(publisher, tmp_path)
    fetched.run()
    assert fetched.part.read_bytes() == OTHER
    assert publisher.ranges(NAME) == ["", "bytes=20000-", ""]


def test_without_a_mark_or_a_checksum_nothing_is_gone_on_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, etag="", habits=[cut_after(20_000)])
    assert Fetched(publisher, tmp_path).run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", ""]


def test_a_checksum_stands_in_for_a_mark(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, etag="", habits=[cut_after(20_000)])
    assert Fetched(publisher, tmp_path, sha256=SHA256).run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", "bytes=20000-"]


def test_a_part_of_another_address_is_not_gone_on_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/old.zip"] = File(OTHER, habits=[cut_after(30_000)], always=status(404))
    old = Fetched(publisher, tmp_path, url=publisher.of("old.zip"))
    old.fails()
    assert old.part.stat().st_size == 30_000
    publisher.files[f"/{NAME}"] = File(CONTENT)
    fetched = Fetched(publisher, tmp_path)
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == [""]


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_part_that_is_whole_already_is_only_verified(
    size: int | None, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    Fetched(publisher, tmp_path).run()
    again = Fetched(publisher, tmp_path, **({"size": size} if size else {}))
    assert again.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", *([] if size else [f"bytes={len(CONTENT)}-"])]


def test_a_part_longer_than_the_file_is_begun_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    fetched = Fetched(publisher, tmp_path)
    fetched.run()
    with fetched.part.open("ab") as file:
        file.write(b"more")
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", f"bytes={len(CONTENT) + 4}-", ""]


def test_an_unreadable_state_is_begun_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[cut_after(100)])
    fetched = Fetched(publisher, tmp_path)
    fetched.part.write_bytes(b"PK of something else")
    state_of(fetched.part).write_bytes(b"{")
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME)[0] == ""


def test_a_slow_body_comes_whole(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[slow(0.005)])
    fetched = Fetched(publisher, tmp_path)
    assert fetched.run().sha256 == SHA256
    assert fetched.pauses == []


def test_a_body_that_stalls_is_asked_for_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[stalled(1.0)])
    fetched = Fetched(publisher, tmp_path)
    fetched.web = Web(sleep=fetched.pauses.append, read_seconds=0.2)
    assert fetched.run().sha256 == SHA256
    first, second = publisher.ranges(NAME)
    # What had not filled a piece when time was up is lost.
    assert first == "" and len(CONTENT) // 4 < int(second[len("bytes=") : -1]) <= len(CONTENT) // 2


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
    from cameo_assets.acquisition.web import _next

    with pytest.raises(BadInput, match="from https to http"):
        _next("https://a/x", "https://a/x", "http://a/x", "by hand")
    assert _next("http://a/x", "http://a/x", "https://b/y", "by hand") == "https://b/y"


# Something else than the file.


@pytest.mark.parametrize(
    ("content", "kind", "seen"),
    [
        (b"<!DOCTYPE html><html>Sign in", "text/html; charset=utf-8", "an HTML page"),
        (b"<html>Sign in", "application/zip", "an HTML page"),
        (b'{"message": "gone"}', "application/json", "a JSON message"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "text/plain", "a Git LFS pointer"),
        (b"Too many downloads today", "text/plain", "a file that begins with b'Too many downloa'"),
    ],
)
def test_a_page_in_place_of_the_file_is_told_apart(
    content: bytes, kind: str, seen: str, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"] = File(content, kind=kind)
    fetched = Fetched(publisher, tmp_path)
    error = fetched.fails()
    assert (error.path, error.rule, error.seen) == (publisher.of(NAME), "pretender", seen)
    assert not fetched.part.exists()
    assert len(publisher.requests) == 1


@pytest.mark.parametrize(
    "page",
    [
        File(b"<!DOCTYPE html><html>Sign in", kind="text/html", etag='"portal"'),
        File(b"<html>Sign in", etag='"portal"'),
        File(b"Sign in", kind="text/plain", etag=""),
        File(CONTENT, headers={"Content-Encoding": "gzip"}),
    ],
    ids=["said", "seen", "text", "packed"],
)
def test_a_page_on_the_way_costs_nothing_of_what_is_there(
    page: File, publisher: Publisher, tmp_path: Path
) -> None:
    def portal(handler: Handler, _: File) -> bool:
        handler.hand_out(dataclasses.replace(page, ranges=False))
        return True

    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[cut_after(20_000), portal])
    fetched = Fetched(publisher, tmp_path)
    assert fetched.fails().rule == "pretender"
    there = fetched.part.stat().st_size
    assert there > 0
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", f"bytes={there}-", f"bytes={there}-"]


def test_a_body_packed_for_the_way_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT, headers={"Content-Encoding": "gzip"})
    assert Fetched(publisher, tmp_path).fails().seen == "a body packed as gzip"


# Lies about size and content.


def test_another_size_than_published_is_refused_before_it_is_downloaded(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    fetched = Fetched(publisher, tmp_path, size=123)
    error = fetched.fails()
    assert (error.rule, error.seen) == ("size", f"a file of {len(CONTENT)} bytes")
    assert error.expected.startswith("123 bytes, as the corpus file says")
    assert not fetched.part.exists()


def test_a_body_longer_than_published_is_not_read_to_its_end(publisher: Publisher, tmp_path: Path) -> None:
    endless = b"PK" + bytes(5_000_000)
    publisher.files[f"/{NAME}"] = File(endless, says_size=False)
    fetched = Fetched(publisher, tmp_path, size=1000)
    error = fetched.fails()
    assert error.seen == "more than 1000 bytes, twice"
    assert max(done for done, _ in fetched.told) < len(endless)
    assert not fetched.part.exists()
    assert len(publisher.requests) == 2


def test_a_length_that_never_comes_is_given_up(publisher: Publisher, tmp_path: Path) -> None:
    liar = File(CONTENT, ranges=False, headers={"Content-Length": str(len(CONTENT) + 10)})
    publisher.files[f"/{NAME}"] = liar
    assert "the connection ended too early" in Fetched(publisher, tmp_path).fails().seen


def test_a_length_that_never_comes_is_mended_by_the_next_answer(publisher: Publisher, tmp_path: Path) -> None:
    def too_long(handler: object, file: File) -> bool:
        lie = File(CONTENT, headers={"Content-Length": str(len(CONTENT) + 10)})
        handler.hand_out(lie)  # type: ignore[attr-defined]
        return True

    publisher.files[f"/{NAME}"] = File(CONTENT, habits=[too_long])
    assert Fetched(publisher, tmp_path).run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize(
    ("facts", "rule", "seen"),
    [
        ({"md5": "0" * 32}, "checksum", "MD5 "),
        ({"sha256": "0" * 64}, "checksum", "SHA-256 "),
        ({"md5": hashlib.md5(CONTENT).hexdigest(), "sha256": "0" * 64}, "checksum", "SHA-256 "),
    ],
)
def test_a_wrong_checksum_is_tried_once_more(
    facts: dict[str, str], rule: str, seen: str, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    fetched = Fetched(publisher, tmp_path, **facts)
    error = fetched.fails()
    assert (error.path, error.rule) == (publisher.of(NAME), rule)
    assert error.seen.startswith(seen) and error.seen.endswith(", twice")
    assert "0" * 32 in error.expected
    assert publisher.ranges(NAME) == ["", ""]
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_went_bad_on_the_way_are_fetched_anew(publisher: Publisher, tmp_path: Path) -> None:
    bad = File(CONTENT[:-1] + b"!", habits=[])
    bad.habits = [lambda *_: False, changed(CONTENT, '"1"')]
    publisher.files[f"/{NAME}"] = bad
    assert Fetched(publisher, tmp_path, sha256=SHA256).run().sha256 == SHA256


def test_a_part_that_went_bad_on_the_disk_is_fetched_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    fetched = Fetched(publisher, tmp_path, sha256=SHA256)
    fetched.run()
    fetched.part.write_bytes(b"PK" + bytes(20_000))
    assert fetched.run().sha256 == SHA256
    assert publisher.ranges(NAME) == ["", "bytes=20002-", ""]


def test_an_empty_file_is_no_file(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[f"/{NAME}"] = File(b"")
    assert Fetched(publisher, tmp_path).fails().seen == "an empty file, twice"


# The disk.


def test_a_disk_without_room_is_seen_before(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files[f"/{NAME}"] = File(CONTENT)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    fetched = Fetched(publisher, tmp_path)
    with pytest.raises(BadInput) as error:
        fetched.run()
    assert (error.value.rule, error.value.seen) == ("disk_full", "1000 bytes free")
    assert error.value.expected == f"{len(CONTENT)} bytes for {NAME}"
    assert not fetched.part.exists()


def test_a_disk_that_fills_up_meanwhile_is_named(tmp_path: Path) -> None:
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("needs /dev/full")
    with publishing() as publisher:
        publisher.files[f"/{NAME}"] = File(CONTENT)
        fetched = Fetched(publisher, tmp_path)
        fetched.part.symlink_to("/dev/full")
        with pytest.raises(BadInput) as error:
            fetched.run()
    assert error.value.rule == "disk_full"
    assert NAME in error.value.expected
