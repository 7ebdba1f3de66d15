"""Corpora that are fetched into the landing zone: whole or not at all, and nobody's copy is touched."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cameo_assets.acquisition import acquire as module
from cameo_assets.acquisition.acquire import ASIDE, acquire, by_hand, downloadable, lacking, receipts
from cameo_assets.acquisition.web import Web
from cameo_assets.corpora.landing import corpora
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import Archive, CorpusSpec
from cameo_assets.errors import BadInput
from cameo_assets_tests.acquisition.publisher import File, Publisher, cut_after, publishing, slow, status
from cameo_assets_tests.corpora.making import lay, zipped

SOUND = zipped({f"{number}.wav": bytes([number]) * 9_000 for number in range(9)})
TABLE = b"a,b\n1,2\n"
QUICK = Web(sleep=lambda _: None, read_seconds=5)


def spec(archives: tuple[Archive, ...]) -> CorpusSpec:
    return CorpusSpec(
        slug="alpha",
        name="Alpha",
        language="English",
        licence="CC0 1.0",
        citation="Alpha (2020)",
        homepage="https://alpha.example",
        labels={"a": "anger"},
        find=lambda *_: [],
        describe=lambda *_: None,  # type: ignore[arg-type, return-value]
        archives=archives,
        obtain="sound.zip and table.csv",
    )


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        found.files["/sound.zip"] = File(SOUND)
        found.files["/table.csv"] = File(TABLE, kind="text/csv")
        yield found


@pytest.fixture
def alpha(publisher: Publisher) -> CorpusSpec:
    names = ("sound.zip", "table.csv")
    return spec(tuple(Archive(name=name, url=publisher.of(name)) for name in names))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WHOLE = {"sound.zip": SOUND, "table.csv": TABLE}


def test_a_corpus_comes_whole(alpha: CorpusSpec, tmp_path: Path) -> None:
    found = acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE
    assert [receipt.name for receipt in found] == ["sound.zip", "table.csv"]
    assert receipts(tmp_path, "alpha") == {receipt.name: receipt for receipt in found}
    assert corpora(tmp_path) == ["alpha"]  # what lies aside is no corpus


def test_what_is_there_is_not_asked_for_again(
    alpha: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    acquire(alpha, tmp_path, web=QUICK)
    before = len(publisher.requests)
    assert acquire(alpha, tmp_path, web=QUICK) == []
    assert len(publisher.requests) == before


def test_no_file_is_seen_before_all_are_whole(
    alpha: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files["/table.csv"].always = status(404)
    with pytest.raises(BadInput):
        acquire(alpha, tmp_path, web=QUICK)
    assert not (tmp_path / "alpha").exists()
    publisher.files["/table.csv"].always = None
    acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE
    assert publisher.ranges("sound.zip") == [""]  # once


@pytest.mark.parametrize(
    "there", [{}, {".DS_Store": b"junk"}, {"table.csv": TABLE}, {"sound.zip": b"PK mine"}]
)
def test_the_rest_is_fetched_beside_some_of_the_files(
    there: dict[str, bytes], alpha: CorpusSpec, tmp_path: Path
) -> None:
    lay(tmp_path / "alpha", there)
    found = acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE | there
    assert {receipt.name for receipt in found} == WHOLE.keys() - there.keys()


@pytest.mark.parametrize(
    "there",
    [
        {"1.wav": b"unpacked"},
        {"table.csv": TABLE, "unpacked/1.wav": b""},
        {"around/sound.zip": SOUND},
        {"other.zip": SOUND},
        {"table.csv": TABLE, "SAMPLE.txt": b"spoken"},
        {"sound.zip": zipped({"SAMPLE.txt": b"spoken"})},
        {"old_version.zip": SOUND},
    ],
)
def test_a_persons_copy_is_left_alone(
    there: dict[str, bytes], alpha: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    old = Archive(name="old_version.zip", url=publisher.of("old_version.zip"), optional=True)
    alpha = msgspec.structs.replace(alpha, archives=(*alpha.archives, old))
    lay(tmp_path / "alpha", there)
    assert acquire(alpha, tmp_path, web=QUICK) == []
    assert tree(tmp_path) == {f"alpha/{path}": data for path, data in there.items()}
    assert publisher.requests == []


def test_optional_files_are_not_fetched(alpha: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    more = Archive(name="more.zip", url=publisher.of("more.zip"), optional=True)
    alpha = msgspec.structs.replace(alpha, archives=(*alpha.archives, more))
    acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE


def test_nothing_is_fetched_where_a_person_is_needed_for_one_file(
    alpha: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    form = Archive(name="behind_a_form.zip")
    alpha = msgspec.structs.replace(alpha, archives=(*alpha.archives, form))
    assert not downloadable(alpha)
    assert acquire(alpha, tmp_path, web=QUICK) == []
    assert publisher.requests == []
    assert not tmp_path.joinpath(ASIDE).exists()


def test_names_with_accents_are_found_however_they_are_spelled(publisher: Publisher, tmp_path: Path) -> None:
    composed, apart = "Or\u00e9au.zip", "Ore\u0301au.zip"
    archive = Archive(name=composed, url=publisher.of("sound.zip"))
    lay(tmp_path / "alpha", {apart: SOUND})
    assert lacking(spec((archive,)), tmp_path / "alpha") == []


# Records of publishers.


def with_record(publisher: Publisher, **options: str) -> CorpusSpec:
    publisher.files["/record"] = publisher.record("sound.zip")
    return spec((Archive(name="sound.zip", record=publisher.of("record"), **options),))


def test_a_record_says_size_checksum_and_place(publisher: Publisher, tmp_path: Path) -> None:
    (receipt,) = acquire(with_record(publisher), tmp_path, web=QUICK)
    assert receipt.against == f"size and MD5 of {publisher.of('record')}"
    assert receipt.url == publisher.of("sound.zip")


def test_what_the_record_says_is_checked(publisher: Publisher, tmp_path: Path) -> None:
    alpha = with_record(publisher)
    publisher.files["/sound.zip"] = File(SOUND[:-1] + b"!")
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path, web=QUICK)
    assert error.value.rule == "checksum"
    assert not (tmp_path / "alpha").exists()


def test_no_record_is_asked_where_the_corpus_file_knows(publisher: Publisher, tmp_path: Path) -> None:
    alpha = with_record(publisher, url=publisher.of("sound.zip"), md5=publisher.files["/sound.zip"].md5)
    acquire(alpha, tmp_path, web=QUICK)
    assert publisher.ranges("record") == []


def test_a_record_is_asked_for_again(publisher: Publisher, tmp_path: Path) -> None:
    alpha = with_record(publisher)
    publisher.files["/record"].habits = [status(429, Retry_After="1"), cut_after(10)]
    assert len(acquire(alpha, tmp_path, web=QUICK)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"files": []}',
        b'{"files": {"entries": {}}}',
        b'{"files": [{"key": "other.zip", "size": 1, "links": {"self": "x"}}]}',
        b'{"files": [{"key": "sound.zip", "size": "1", "links": {"self": "x"}}]}',
        b'{"files": [{"key": "sound.zip", "size": 1}]}',
    ],
)
def test_a_record_of_another_shape_is_named(body: bytes, publisher: Publisher, tmp_path: Path) -> None:
    alpha = with_record(publisher)
    publisher.files["/record"] = File(body)
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path, web=QUICK)
    assert (error.value.path, error.value.rule) == (publisher.of("record"), "record")
    assert "sound.zip" in error.value.expected


# Complaints say what to do.


def test_a_complaint_says_what_to_put_where(alpha: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/sound.zip"].always = status(403)
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path, web=QUICK)
    assert error.value.path == publisher.of("sound.zip")
    assert by_hand(alpha, tmp_path / "alpha") in error.value.expected
    assert str(tmp_path / "alpha") in error.value.expected
    assert "sound.zip and table.csv (https://alpha.example)" in error.value.expected


def test_room_for_all_files_is_asked_for_before_the_first(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = [
        Archive(name=name, url=publisher.of(name), size=size)
        for name, size in (("sound.zip", len(SOUND)), ("table.csv", 10**18))
    ]
    with pytest.raises(BadInput) as error:
        acquire(spec(tuple(archives)), tmp_path, web=QUICK)
    assert error.value.rule == "disk_full"
    assert f"{10**18 + len(SOUND)} bytes for Alpha" in error.value.expected
    assert publisher.requests == []


def test_a_landing_zone_that_cannot_be_written_to_is_named(alpha: CorpusSpec, tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("a file")
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path / "landing", web=QUICK)
    assert error.value.rule == "unwritable"


@pytest.mark.parametrize("laid", [{"sound.zip": b"mine"}, {"unpacked/1.wav": b"mine"}])
def test_what_a_person_lays_meanwhile_is_neither_written_over_nor_added_to(
    laid: dict[str, bytes], alpha: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    def meanwhile(*_: object) -> bool:
        lay(tmp_path / "alpha", laid)
        return False

    publisher.files["/table.csv"].habits = [meanwhile]
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path, web=QUICK)
    assert (error.value.path, error.value.rule) == (str(tmp_path / "alpha"), "laid_meanwhile")
    assert tree(tmp_path / "alpha") == laid


def test_a_landing_folder_on_another_disk_is_copied_to(
    alpha: CorpusSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "alpha", {".DS_Store": b""})
    rename = Path.rename

    def across(source: Path, target: Path) -> Path:
        if source.parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", across)
    acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE | {".DS_Store": b""}
    assert list((tmp_path / ASIDE / "alpha" / "ready").iterdir()) == []


# Two at once, and one that dies.


def test_a_second_run_keeps_out(alpha: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/sound.zip"].habits = [slow(0.005)]
    first = threading.Thread(target=acquire, args=(alpha, tmp_path), kwargs={"web": QUICK})
    first.start()
    while not publisher.requests:
        time.sleep(0.001)
    with pytest.raises(BadInput) as error:
        acquire(alpha, tmp_path, web=QUICK)
    first.join()
    assert error.value.rule == "under_way"
    assert "process " in error.value.seen
    assert tree(tmp_path / "alpha") == WHOLE
    assert publisher.ranges("sound.zip") == [""]


FETCH = """
import sys
from pathlib import Path
from cameo_assets.corpora.spec import Archive
from cameo_assets.acquisition.acquire import acquire
from cameo_assets_tests.acquisition.test_acquire import spec
archives = tuple(Archive(name=name, url=sys.argv[2] + "/" + name) for name in ("sound.zip", "table.csv"))
acquire(spec(archives), Path(sys.argv[1]))
"""


def test_a_killed_download_is_gone_on_with(alpha: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/sound.zip"].habits = [slow(0.02)]
    part = tmp_path / ASIDE / "alpha" / "sound.zip.part"
    command = [sys.executable, "-c", FETCH, str(tmp_path), publisher.url]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    end = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 20_000):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.005)
    process.kill()
    process.wait()
    there = part.stat().st_size
    assert not (tmp_path / "alpha").exists()
    acquire(alpha, tmp_path, web=QUICK)
    assert tree(tmp_path / "alpha") == WHOLE
    assert publisher.ranges("sound.zip") == ["", f"bytes={there}-"]


# Progress.


def test_progress_counts_what_comes_now(
    alpha: CorpusSpec, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MB", 1)
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_WORDS", 0.0)
    publisher.files["/sound.zip"].habits = [cut_after(30_000)]
    publisher.files["/sound.zip"].always = status(404)
    with pytest.raises(BadInput):
        acquire(alpha, tmp_path, web=QUICK)
    publisher.files["/sound.zip"].always = None
    told: list[tuple[int, int, str]] = []
    acquire(alpha, tmp_path, lambda *words: told.append(words), QUICK)
    assert told[0][:2] == (0, 0)  # the size of the second file is not known yet
    assert [total for _, total, _ in told][-1] == len(SOUND) - 30_000 + len(TABLE)
    assert told[-1][0] == told[-1][1]
    done = [done for done, _, _ in told]
    assert done == sorted(done)
    assert all(text.startswith("MB; ") and text.endswith(" MB/s") for _, _, text in told)


def test_a_pause_is_told(alpha: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/table.csv"].habits = [status(503, Retry_After="30")]
    told: list[tuple[int, int, str]] = []
    acquire(alpha, tmp_path, lambda *words: told.append(words), QUICK)
    assert [text for *_, text in told if "status" in text] == [
        f"MB; status 503; the next try is in {left} s" for left in (30, 20, 10)
    ]


# The corpora of CAMEO.


@pytest.mark.parametrize("slug", known())
def test_archives_are_declared_so_that_they_can_be_fetched(slug: str) -> None:
    found = known()[slug]
    names = [archive.name for archive in found.archives]
    assert len(set(names)) == len(names)
    for archive in found.archives:
        assert archive.name == Path(archive.name).name
        assert all(place.startswith("https://") for place in (archive.url, archive.record) if place)
        assert archive.md5 is None or len(archive.md5) == 32
        assert archive.sha256 is None or len(archive.sha256) == 64
    assert found.obtain


def test_two_corpora_need_a_person() -> None:
    assert [slug for slug, found in known().items() if not downloadable(found)] == ["crema_d", "jl_corpus"]


def test_receipts_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    lay(tmp_path / ASIDE / "alpha", {"receipts.json": json.dumps({"not": "a list"}).encode()})
    assert receipts(tmp_path, "alpha") == {}
