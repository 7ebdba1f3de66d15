"""What a landing folder may hold: honest files are listed, everything else is named and left alone."""

import errno
import gzip
import os
import pickle
import socket
import stat
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.archives import safety
from cameo_assets.corpora.archives.forward import Forward
from cameo_assets.corpora.landing import scan
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.samples.rar import rar
from cameo_assets_tests.corpora.making import Files, lay, tarred, zipped

Attack = Callable[[], bytes]


def entry(name: str, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = kind << 16
    return info


def holding(*infos: zipfile.ZipInfo, data: bytes = b"data", deflated: bool = False) -> bytes:
    """A zip with these entries, whatever their names."""
    import io

    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for info in infos:
            info.compress_type = archive.compression
            archive.writestr(info, data)
    return sink.getvalue()


def named(name: str) -> Attack:
    # Written under a name of the same length, since ZipInfo mends what it is given.
    plain = "".join("x" for _ in name)
    return lambda: holding(entry(plain)).replace(plain.encode(), name.encode())


def flagged(bit: int) -> bytes:
    data = bytearray(holding(entry("a.wav")))
    data[data.index(b"PK\x01\x02") + 8] |= bit
    return bytes(data)


def twice(first: str, second: str) -> Attack:
    return lambda: holding(entry(first), entry(second.encode().decode()))


def nameless() -> bytes:
    return holding(entry(""))


UNSAFE: dict[str, tuple[Attack, str]] = {
    "parent": (named("../../a.wav"), "'..' in its path"),
    "parent inside": (named("a/../b.wav"), "'..' in its path"),
    "absolute": (named("/etc/a.wav"), "an absolute path"),
    "drive": (named("C:/a.wav"), "a drive letter"),
    "backslash": (named("a\\b.wav"), "a backslash"),
    "NUL": (named("a.wav\0.txt"), "a NUL"),
    "no name": (nameless, "no name"),
    "link": (lambda: holding(entry("a.wav", stat.S_IFLNK | 0o777)), "a link"),
    "device": (lambda: holding(entry("a.wav", stat.S_IFCHR | 0o666)), "a device"),
    "pipe": (lambda: holding(entry("a.wav", stat.S_IFIFO | 0o666)), "a device"),
    "encrypted": (lambda: flagged(0x1), "encrypted"),
    "same name": (twice("a.wav", "a.wav"), "the same name as 'a.wav'"),
    "same but for case": (twice("a.wav", "A.WAV"), "the same name as 'a.wav'"),
    "same but for accents": (twice("\u00e9.wav", "e\u0301.wav"), "the same name as 'é.wav'"),
    "bomb": (lambda: holding(entry("a.wav"), data=bytes(2**21), deflated=True), "expanding "),
}

NO_ARCHIVES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "an empty file"),
    "web page": (b"<!DOCTYPE html><html><title>Sign in", "an HTML page"),
    "LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        "a Git LFS pointer",
    ),
    "error message": (b'{"message": "rate limit"}', "a JSON message"),
    "text": (b"hello", "File is not a zip file"),
    "cut": (zipped({"a.wav": bytes(1000)})[:-30], "File is not a zip file"),
}


def evil(folder: Path, data: bytes) -> Source:
    """A landing folder with this as `evil.zip`, beside a good archive and a good file."""
    return Source(lay(folder, {"evil.zip": data, "good.zip": zipped({"b.wav": b"B"}), "c.wav": b"C"}))


def the_rest_goes_on(source: Source) -> bool:
    paths = [member.path for member in source.members]
    return paths == ["c.wav", "good.zip/b.wav"] and source.read("good.zip/b.wav") == b"B"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("attack", UNSAFE)
def test_an_unsafe_archive_is_refused_as_a_whole(attack: str, tmp_path: Path) -> None:
    make, reason = UNSAFE[attack]
    source = evil(tmp_path, make())
    (error,) = source.refused
    assert (error.path, error.rule) == ("evil.zip", "unsafe_archive")
    assert error.seen.startswith("member ")
    assert reason in error.seen
    assert error.expected == "plain files with relative, distinct names"
    assert the_rest_goes_on(source)


@pytest.mark.parametrize("what", NO_ARCHIVES)
def test_what_is_no_archive_is_named(what: str, tmp_path: Path) -> None:
    data, seen = NO_ARCHIVES[what]
    source = evil(tmp_path, data)
    (error,) = source.refused
    assert (error.path, error.rule) == ("evil.zip", "not_an_archive")
    assert seen in error.seen
    assert the_rest_goes_on(source)


def test_an_archive_without_its_front_is_noticed_when_read(tmp_path: Path) -> None:
    # The list of members stands at the end, and is whole.
    source = Source(lay(tmp_path, {"x.zip": zipped({"a.wav": bytes(1000)})[60:]}))
    assert [member.path for member in source.members] == ["x.zip/a.wav"]
    with pytest.raises(BadInput, match=r"^x\.zip/a\.wav: archive_member: "):
        source.read("x.zip/a.wav")


def test_more_than_the_archive_can_hold_is_refused(tmp_path: Path) -> None:
    # Reading would set so much memory aside first.
    data = zipped({"a.wav": bytes(1000)})
    directory = data.index(b"PK\x01\x02")
    huge = data[: directory + 20] + (2**31).to_bytes(4, "little") * 2 + data[directory + 28 :]
    (error,) = evil(tmp_path, huge).refused
    assert (error.rule, error.seen) == ("not_an_archive", "2147483648 bytes of 'a.wav'")


def test_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MOST_BYTES", 100)
    source = evil(tmp_path, zipped({"a.wav": bytes(60), "b.wav": bytes(60)}))
    (error,) = source.refused
    assert (error.rule, error.seen) == ("too_large", "120 bytes unpacked")


def test_text_may_deflate_well(tmp_path: Path) -> None:
    lay(tmp_path, {"t.zip": holding(entry("t.csv"), data=b"0" * 900_000, deflated=True)})
    assert len(Source(tmp_path).read("t.zip/t.csv")) == 900_000


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


def corrupted(data: bytes, content: bytes) -> bytes:
    at = data.index(content)
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("deflated", [False, True])
def test_a_wrong_checksum_concerns_its_member_alone(deflated: bool, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4
    data = holding(entry("a.wav"), entry("b.wav"), data=content, deflated=deflated)
    stored = zlib.compressobj(wbits=-15)
    body = stored.compress(content) + stored.flush() if deflated else content
    source = Source(lay(tmp_path, {"x.zip": corrupted(data, body)}))
    assert source.refused == []
    with pytest.raises(BadInput) as error:
        source.read("x.zip/a.wav")
    assert (error.value.path, error.value.rule) == ("x.zip/a.wav", "archive_member")
    assert source.read("x.zip/b.wav") == content


def test_a_member_that_lies_about_its_size_is_not_expanded(tmp_path: Path) -> None:
    honest = holding(entry("a.wav"), data=bytes(2**26), deflated=True)
    size = (2**26).to_bytes(4, "little")
    source = Source(lay(tmp_path, {"x.zip": honest.replace(size, (5000).to_bytes(4, "little"))}))
    assert source.refused == []
    tracemalloc.start()
    with pytest.raises(BadInput, match="archive_member"):
        source.read("x.zip/a.wav")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


def test_a_member_that_lies_about_being_empty_is_noticed(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.wav": b"RIFF"}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = bytes(4)
    source = Source(lay(tmp_path, {"x.zip": bytes(data)}))
    with pytest.raises(BadInput, match=r"x\.zip/a\.wav: archive_member: seen no bytes"):
        source.read("x.zip/a.wav")


# Names. By the book they are in code page 437, unless marked as UTF-8; several programs forget the mark.


def unmarked(name: bytes) -> bytes:
    """A zip with one member of this name, without the mark of UTF-8."""
    plain = "x" * len(name)
    return holding(entry(plain)).replace(plain.encode(), name)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Colère/01.wav".encode("cp437"), "Colère/01.wav"),
        ("Colère/01.wav".encode(), "Colère/01.wav"),
        ("Cole\u0300re/01.wav".encode(), "Cole\u0300re/01.wav"),
        ("żółw.wav".encode(), "żółw.wav"),
        (b"plain.wav", "plain.wav"),
        (b"\x82\x83.wav", "éâ.wav"),
    ],
)
def test_names_are_recovered(raw: bytes, shown: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.zip": unmarked(raw)}))
    assert [member.path for member in source.members] == [f"x.zip/{shown}"]
    assert source.read(f"x.zip/{shown}") == b"data"


@pytest.mark.parametrize("text", ["Colère", "żółw", "é", "ﬁn", "日本"])
def test_a_marked_name_is_taken_as_it_is(text: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.zip": zipped({f"{text}.wav": b"A"})}))
    assert [member.path for member in source.members] == [f"x.zip/{text}.wav"]


def test_names_that_are_equal_when_recovered_are_refused(tmp_path: Path) -> None:
    first, second = "é.wav".encode(), "x.wav "
    data = holding(entry("y" * len(first)), entry(second)).replace(b"y" * len(first), first)
    marked = data.replace(second.encode(), first)
    (error,) = Source(lay(tmp_path, {"x.zip": marked})).refused
    assert "the same name as 'é.wav'" in error.seen


@pytest.mark.parametrize(
    ("data", "seen"), [(b"Rar!\x1a\x07\x01\0", "a RAR archive"), (b"\x1f\x8b\x08\0", "a gzip file")]
)
def test_another_archive_under_this_name_is_named(data: bytes, seen: str, tmp_path: Path) -> None:
    (error,) = evil(tmp_path, data).refused
    assert (error.rule, error.seen, error.expected) == ("not_an_archive", seen, "a zip archive")


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


SEED = zipped({"Actor_01/a.wav": b"RIFF" * 20, "Actor_02/b.wav": b"WAVE" * 20})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(SEED)),
)
def test_no_damage_leads_to_anything_but_a_complaint(
    tmp_path: Path, flips: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(SEED)
    for place, value in flips:
        data[place] = value
    lay(tmp_path, {"x.zip": bytes(data if length % 2 else data[:length])})
    source = Source(tmp_path)
    for member in source.members:
        try:
            content = source.read(member.path)
        except BadInput as error:
            assert error.path == member.path
        else:
            assert zlib.crc32(content) == int(member.version[3:11], 16)


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
