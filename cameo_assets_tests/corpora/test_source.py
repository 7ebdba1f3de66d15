"""What a landing folder may hold: honest files are listed, everything else is named and left alone.

What an archive may hold is tested for each format, in `test_archives_*`.
"""

import errno
import gzip
import os
import pickle
import socket
from pathlib import Path
from unittest.mock import Mock

import pytest

from cameo_assets.corpora.archives import safety
from cameo_assets.corpora.archives.forward import Forward
from cameo_assets.corpora.landing import scan
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.samples.rar import rar
from cameo_assets_tests.corpora.making import Files, lay, tarred, zipped


def test_an_archive_in_an_archive_is_named(tmp_path: Path) -> None:
    lay(tmp_path, {"outer.zip": zipped({"inner.zip": zipped({"a.wav": b"A"}), "b.wav": b"B"})})
    (error,) = Source(tmp_path).refused
    assert (error.path, error.rule) == ("outer.zip/inner.zip", "nested_archive")


def test_a_folder_may_be_called_zip(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.zip/a.wav": b"A", "x.zip/y.zip": zipped({"b.wav": b"B"})}))
    assert {member.path: source.read(member.path) for member in source.members} == {
        "x.zip/a.wav": b"A",
        "x.zip/y.zip/b.wav": b"B",
    }


def test_a_nested_archive_of_any_kind_is_named(tmp_path: Path) -> None:
    inner = ("a.zip", "b.tar.gz", "c.RAR", "d.parquet", "e.tar", "f.txz")
    source = Source(lay(tmp_path, {"x.zip": zipped(dict.fromkeys((*inner, "g.gz", "h.wav"), b""))}))
    assert sorted(error.path for error in source.refused) == [f"x.zip/{name}" for name in inner]
    assert {error.rule for error in source.refused} == {"nested_archive"}


def test_places_put_the_members_of_an_archive_in_its_order(tmp_path: Path) -> None:
    files = {"x.zip": zipped({"b.wav": b"B", "a.wav": b"A"}), "c.wav": b"", "y.zip": zipped({"a.wav": b""})}
    source = Source(lay(tmp_path, files))
    paths = sorted((member.path for member in source.members), key=source.place)
    assert paths == ["c.wav", "x.zip/b.wav", "x.zip/a.wav", "y.zip/a.wav"]


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (OSError(errno.EIO, "Input/output error"), "unreadable"),
        (OSError(errno.ESTALE, "Stale file handle"), "unreadable"),
        (OSError(errno.EINVAL, "Invalid argument"), "archive_member"),
        (gzip.BadGzipFile("CRC check failed"), "archive_member"),
        (EOFError(), "archive_member"),
    ],
)
def test_a_fault_of_the_machine_is_told_from_one_of_the_archive(error: Exception, rule: str) -> None:
    assert safety.broken("x.zip/a.wav", error).rule == rule


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz", "rar"])
def test_a_drive_that_goes_away_is_no_fault_of_a_member(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(lay(tmp_path, FORMS[form]))
    paths = [member.path for member in source.members]
    for where in ("zipfile.ZipExtFile.read", "rarfile.RarFile.read", f"{Forward.__module__}.Forward.read"):
        monkeypatch.setattr(where, Mock(side_effect=OSError(errno.EIO, "Input/output error")))
    with pytest.raises(BadInput, match=r"large\.flac: unreadable: seen Input/output error; expected a file"):
        source.read(paths[0])


FULL = {"large.flac": bytes(101), "small.wav": bytes(100)}
FORMS: dict[str, Files] = {
    "plain": {f"x/{path}": data for path, data in FULL.items()},
    "zip": {"x.zip": zipped(FULL)},
    "tar": {"x.tar": tarred(FULL)},
    "tar.gz": {"x.tar.gz": gzip.compress(tarred(FULL))},
    "rar": {"x.rar": rar(FULL)},
}


@pytest.mark.parametrize("form", FORMS)
def test_what_memory_cannot_hold_is_not_read(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "MOST_AT_ONCE", 100)
    source = Source(lay(tmp_path, FORMS[form]))
    large, small = (member.path for member in source.members)
    for path in (small, large, small):  # forth and back
        if path == small:
            assert source.read(path) == FULL["small.wav"]
            continue
        with pytest.raises(BadInput) as error:
            source.read(path)
        assert (error.value.path, error.value.rule) == (path, "too_large")
        assert error.value.seen == "101 bytes to read at once"
        assert "unpacked" in error.value.expected


def test_a_long_file_on_the_disk_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MOST_AT_ONCE", 100)
    source = Source(lay(tmp_path, FORMS["plain"]))
    with source.open("x/large.flac") as file:
        assert len(file.read()) == 101


def test_places_say_what_reading_holds_in_memory(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.zip": zipped({"a.wav": bytes(10)}), "b.wav": bytes(10)}))
    assert [source.place(path).held for path in ("x.zip/a.wav", "b.wav")] == [10, 0]


def test_what_is_not_there_any_more_is_a_complaint(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"a.wav": b"A", "x.zip": zipped({"b.wav": b"B"})}))
    paths = [member.path for member in source.members]
    (tmp_path / "a.wav").unlink()
    (tmp_path / "x.zip").unlink()
    for path in paths:
        with pytest.raises(BadInput, match=path):
            source.read(path)


def test_a_source_travels_to_a_worker(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.zip": zipped({"b.wav": b"B"})}))
    assert source.read("x.zip/b.wav") == b"B"
    assert pickle.loads(pickle.dumps(source)).read("x.zip/b.wav") == b"B"


def test_versions_change_with_the_content(tmp_path: Path) -> None:
    def versions() -> dict[str, str]:
        return {member.path: member.version for member in Source(tmp_path).members}

    lay(tmp_path, {"a.wav": b"A", "x.zip": zipped({"b.wav": b"B", "c.wav": b"C"})})
    before = versions()
    lay(tmp_path, {"a.wav": b"AA", "x.zip": zipped({"b.wav": b"X", "c.wav": b"C"})})
    assert {path for path, version in versions().items() if before[path] != version} == {
        "a.wav",
        "x.zip/b.wav",
    }


def test_side_files_are_found_highest_first(tmp_path: Path) -> None:
    source = Source(
        lay(tmp_path, {"z/data.tsv": b"", "a/b/data.tsv": b"", "x.zip": zipped({"data.tsv": b""})})
    )
    found = source.named("data.tsv")
    assert found is not None
    assert found.path == "x.zip/data.tsv"
    assert source.named("other.tsv") is None


@pytest.mark.parametrize("place", ["SAMPLE.txt", "around/SAMPLE.txt", "x.zip"])
def test_a_sample_is_known_wherever_its_mark_lies(place: str, tmp_path: Path) -> None:
    lay(tmp_path, {place: zipped({"SAMPLE.txt": b""}) if place.endswith("zip") else b""})
    assert Source(tmp_path).is_sample
    assert not Source(lay(tmp_path / "none", {"a.txt": b"", "sample.txt": b""})).is_sample


# Folders.


def complaint(folder: Path) -> tuple[str, str]:
    """The one thing that is refused beside the good file, both to the reader and to the sensor."""
    source = Source(folder)
    assert [member.path for member in source.members] == ["good.wav"]
    assert scan(folder).files == 1
    (error,) = source.refused
    return error.path, error.rule


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("nowhere", "dangling_link"),
        ("link.wav", "dangling_link"),
        (".", "linked_folder"),
        ("/dev/zero", "special_file"),
    ],
)
def test_links_that_lead_to_no_file_are_named(target: str, rule: str, tmp_path: Path) -> None:
    lay(tmp_path, {"good.wav": b""})
    (tmp_path / "link.wav").symlink_to(target)
    assert complaint(tmp_path) == ("link.wav", rule)


def test_pipes_and_sockets_are_named_and_never_read(tmp_path: Path) -> None:
    lay(tmp_path, {"good.wav": b""})
    os.mkfifo(tmp_path / "pipe.wav")
    assert complaint(tmp_path) == ("pipe.wav", "special_file")
    (tmp_path / "pipe.wav").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "s.wav"))
        assert complaint(tmp_path) == ("s.wav", "special_file")


@pytest.mark.parametrize("path", [b"w\xfctend.wav", b"w\xfctend/a.wav"])
def test_a_name_that_is_not_utf_8_is_shown_with_escapes(path: bytes, tmp_path: Path) -> None:
    lay(tmp_path, {"good.wav": b""})
    target = os.path.join(os.fsencode(tmp_path), path)  # noqa: PTH118
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        Path(os.fsdecode(target)).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    shown, rule = complaint(tmp_path)
    assert (shown, rule) == (path.decode("utf-8", "backslashreplace"), "file_name_encoding")
    assert shown.encode().decode() == shown
    (error,) = Source(tmp_path).refused
    assert error.seen == repr(path)  # the folder may be what is wrong


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    lay(tmp_path / "there", {"a.wav": b"A"})
    (tmp_path / "here").symlink_to("there")
    assert Source(tmp_path / "here").read("a.wav") == b"A"


def test_a_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    lay(tmp_path, {"elsewhere/a.wav": b"A", "corpus/.keep": b""})
    (tmp_path / "corpus" / "b.wav").symlink_to("../elsewhere/a.wav")
    source = Source(tmp_path / "corpus")
    assert [(member.path, member.size) for member in source.members] == [("b.wav", 1)]
    assert source.read("b.wav") == b"A"


@pytest.mark.parametrize(
    "path", ["two words.wav", " .wav/ a .wav", "żółw/ü.wav", "a\nb.wav", "/".join(["deep"] * 60) + "/a.wav"]
)
def test_odd_names_are_names(path: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {path: b"A"}))
    assert [member.path for member in source.members] == [path]
    assert source.read(path) == b"A"


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"good.wav": b"", "shut/a.wav": b""})
    look = os.scandir

    def refused(folder: Path) -> object:  # permissions would not stop root, who runs the tests in CI
        if folder == tmp_path / "shut":
            raise PermissionError(errno.EACCES, "Permission denied")
        return look(folder)

    monkeypatch.setattr(os, "scandir", refused)
    assert complaint(tmp_path) == ("shut", "unreadable_folder")


def test_a_missing_folder_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _ = Source(tmp_path / "nowhere").members
