"""Downloads from a server that cuts, lies, forgets and refuses."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.acquisition import download as module
from cameo_assets.acquisition.web import AGENT, Web
from cameo_assets.errors import BadInput
from cameo_assets_tests.acquisition.fetching import CONTENT, NAME, SHA256, Fetched
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

OTHER = b"PK" + random.Random(1).randbytes(60_000)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


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
