"""Tar archives, plain and compressed: what is refused, and what reading costs."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import pickle
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.archives import forward, safety
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import lay, zipped

PACK: dict[str, Callable[[bytes], bytes]] = {
    "x.tar": bytes,
    "x.tar.gz": lambda data: gzip.compress(data, mtime=0),
    "x.tgz": lambda data: gzip.compress(data, mtime=0),
    "x.tar.xz": lzma.compress,
    "X.TXZ": lzma.compress,
}
"""Names and how such a file is made of a plain tar."""

FILES = {
    "raw_webm/b.webm": b"B" * 700,
    "raw_webm/é.webm": b"E" * 512,
    "a.csv": b"",
    "long/" + "n" * 120: b"N",
}


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.type = kind
    info.linkname = "elsewhere" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return info


def holding(*entries: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar with these entries, each of zeros."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        for info in entries:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return sink.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        for path, data in files.items():
            archive.addfile(entry(path, len(data)), io.BytesIO(data))
    return sink.getvalue()


def named(name: str) -> bytes:
    """A tar whose one member has a name that `tarfile` would not write."""
    info = entry("placeholder")
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[:100] = name.encode().ljust(100, b"\0")
    return signed(header) + bytes(1024)


def signed(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def sparse() -> bytes:
    header = bytearray(entry("a.wav").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:482] = b"00000000000\0" * 8
    header[482:483] = b"\0"
    header[483:495] = b"00000000000\0"
    return signed(header) + bytes(1024)


UNSAFE: dict[str, tuple[bytes, str]] = {
    "parent": (named("../../a.wav"), "'..' in its path"),
    "absolute": (named("/etc/a.wav"), "an absolute path"),
    "drive": (named("C:/a.wav"), "a drive letter"),
    "backslash": (named("a\\b.wav"), "a backslash"),
    "NUL": (holding(entry("é\0.wav")), "a NUL"),
    "no name": (named("."), "no name"),
    "link": (holding(entry("a.wav", kind=tarfile.SYMTYPE)), "a link"),
    "hard link": (holding(entry("a.wav", kind=tarfile.LNKTYPE)), "a link"),
    "device": (holding(entry("a.wav", kind=tarfile.CHRTYPE)), "a device"),
    "pipe": (holding(entry("a.wav", kind=tarfile.FIFOTYPE)), "a device"),
    "holes": (sparse(), "a file with holes"),
    "same name": (holding(entry("a.wav"), entry("a.wav")), "the same name as 'a.wav'"),
    "same but for dots": (holding(entry("x/a.wav"), entry("./x//./a.wav")), "the same name as 'x/a.wav'"),
    "same but for case": (holding(entry("a.wav"), entry("A.WAV")), "the same name as 'a.wav'"),
    "same but for accents": (holding(entry("\u00e9.wav"), entry("e\u0301.wav")), "the same name as 'é.wav'"),
}


def complaint(folder: Path, data: bytes, name: str = "evil.tar") -> BadInput:
    """Why an archive is not taken; what lies beside it goes on."""
    source = Source(lay(folder, {name: data, "good.tar": tarred({"b.wav": b"B"})}))
    assert [member.path for member in source.members] == ["good.tar/b.wav"]
    assert source.read("good.tar/b.wav") == b"B"
    (error,) = source.refused
    assert error.path == name
    return error


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", PACK)
def test_members_are_listed_and_read_in_any_order(name: str, form: int, tmp_path: Path) -> None:
    files = FILES if form != tarfile.USTAR_FORMAT else {path: FILES[path] for path in list(FILES)[:3]}
    source = Source(lay(tmp_path, {name: PACK[name](tarred(files, form))}))
    assert source.refused == []
    assert [member.path for member in source.members] == sorted(f"{name}/{path}" for path in files)
    for path, data in (*files.items(), *reversed(files.items()), *files.items()):
        assert source.read(f"{name}/{path}") == data
    assert {member.path: member.size for member in source.members} == {
        f"{name}/{path}": len(data) for path, data in files.items()
    }


def test_a_packed_folder_may_begin_with_a_dot(tmp_path: Path) -> None:
    folder = entry(".", kind=tarfile.DIRTYPE)
    data = holding(folder, entry("./raw", kind=tarfile.DIRTYPE), entry("./raw/a.wav", 9))
    source = Source(lay(tmp_path, {"x.tar": data}))
    assert [member.path for member in source.members] == ["x.tar/raw/a.wav"]
    assert source.read("x.tar/raw/a.wav") == bytes(9)


@pytest.mark.parametrize("packed", ["evil.tar", "evil.tar.xz"])
@pytest.mark.parametrize("attack", UNSAFE)
def test_an_unsafe_archive_is_refused_as_a_whole(attack: str, packed: str, tmp_path: Path) -> None:
    data, reason = UNSAFE[attack]
    error = complaint(tmp_path, lzma.compress(data) if packed.endswith("xz") else data, packed)
    assert error.rule == "unsafe_archive"
    assert reason in error.seen


@pytest.mark.parametrize("name", ["evil.tar", "evil.tar.gz", "evil.tar.xz"])
@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b'{"message": "rate limit"}', "a JSON message"),
        (zipped({"a.wav": b""}), "a zip archive"),
        (b"hello", ""),
        (b"hello" * 200, ""),
    ],
    ids=["empty", "web page", "pointer", "message", "zip", "text", "long text"],
)
def test_what_is_no_archive_is_named(data: bytes, seen: str, name: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, data, name)
    assert error.rule == "not_an_archive"
    assert seen in error.seen


@pytest.mark.parametrize(
    ("name", "data", "seen"),
    [
        ("evil.tar", gzip.compress(tarred(FILES)), "a gzip file"),
        ("evil.tar", lzma.compress(tarred(FILES)), "an xz file"),
        ("evil.tar.gz", lzma.compress(tarred(FILES)), "an xz file"),
        ("evil.tar.gz", tarred(FILES), "a file that begins with"),
        ("evil.tar.xz", gzip.compress(tarred(FILES)), "a gzip file"),
        ("evil.tar.xz", lzma.compress(zipped({"a": b""})), "truncated header"),
    ],
)
def test_the_suffix_must_tell_the_truth(name: str, data: bytes, seen: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, data, name)
    assert error.rule == "not_an_archive"
    assert seen in error.seen


@pytest.mark.parametrize("kept", [100, 511, 512, 1024, 1100, 1536, 2048])
@pytest.mark.parametrize("name", ["evil.tar", "evil.tar.gz", "evil.tar.xz"])
def test_a_tar_that_is_cut_anywhere_is_refused(name: str, kept: int, tmp_path: Path) -> None:
    whole = tarred({"a.wav": bytes(512), "b.wav": bytes(512)})
    pack = PACK[name.replace("evil", "x")]
    assert complaint(tmp_path, pack(whole[:kept]), name).rule == "not_an_archive"


@pytest.mark.parametrize("name", ["evil.tar.gz", "evil.tar.xz"])
@pytest.mark.parametrize("left", [1, 4, 12, 40])
def test_a_compressed_file_that_is_cut_is_refused(name: str, left: int, tmp_path: Path) -> None:
    data = PACK[name.replace("evil", "x")](tarred({"a.wav": bytes(512)}))
    assert complaint(tmp_path, data[:-left], name).rule == "not_an_archive"


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    data = bytearray(tarred({"a.wav": bytes(512), "b.wav": bytes(512)}))
    data[1024] ^= 1
    error = complaint(tmp_path, bytes(data))
    assert (error.rule, error.seen) == ("not_an_archive", "bad checksum")


def test_nothing_hides_behind_the_end(tmp_path: Path) -> None:
    error = complaint(tmp_path, tarred({"a.wav": b""}) + tarred({"b.wav": b""}))
    assert (error.rule, error.seen) == ("not_an_archive", "data behind the end of the archive")


def sized(size: bytes) -> bytes:
    """A tar with a member whose header claims this size."""
    header = bytearray(entry("a.wav", 5).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = size
    return signed(header) + bytes(2048)


@pytest.mark.parametrize("name", ["evil.tar", "evil.tar.xz"])
@pytest.mark.parametrize(
    "size",
    [
        b"77777777777\0",
        b"\x80" + bytes(5) + b"\x01" + bytes(5),
        b"\xff" * 11 + b"\x01",
        b"-0000000512\0",
        b"nonsense!!!\0",
    ],
    ids=["8 GiB", "a TiB", "negative, binary", "negative, octal", "no number"],
)
def test_a_size_that_lies_is_refused_at_once(size: bytes, name: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, PACK[name.replace("evil", "x")](sized(size)), name)
    assert error.rule in {"not_an_archive", "too_large"}


def test_a_chain_of_extended_headers_is_refused(tmp_path: Path) -> None:
    link = entry("././@LongLink", 512, tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) + bytes(512)
    assert complaint(tmp_path, link * 5000 + bytes(1024)).rule == "not_an_archive"


@pytest.mark.parametrize("name", ["evil.tar.gz", "evil.tar.xz"])
def test_a_bomb_is_refused_before_it_has_burst(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "SMALL", 2**12)
    data = PACK[name.replace("evil", "x")](holding(entry("a.wav", 2**24)))
    tracemalloc.start()
    error = complaint(tmp_path, data, name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.rule == "unsafe_archive"
    assert "unpacked" in error.seen
    assert peak < 12 * 2**20  # of which xz needs 8 by itself


def test_an_xz_that_asks_for_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "_MOST_MEMORY", 2**20)
    error = complaint(tmp_path, lzma.compress(tarred(FILES), preset=9), "evil.tar.xz")
    assert (error.rule, error.seen) == ("not_an_archive", "Memory usage limit exceeded")


def test_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MOST_BYTES", 100)
    assert complaint(tmp_path, holding(entry("a.wav", 60), entry("c.wav", 60))).rule == "too_large"


def test_a_name_that_is_not_utf_8_concerns_its_member_alone(tmp_path: Path) -> None:
    info = entry("w\udcfctend.wav", 3)
    data = holding(info, entry("b.wav"), form=tarfile.GNU_FORMAT)
    source = Source(lay(tmp_path, {"x.tar": data}))
    assert [member.path for member in source.members] == ["x.tar/b.wav"]
    (error,) = source.refused
    assert (error.path, error.rule) == ("x.tar/w\\udcfctend.wav", "file_name_encoding")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar.xz"])
def test_several_streams_in_a_row_are_one_file(name: str, tmp_path: Path) -> None:
    whole = tarred(FILES)
    data = PACK[name](whole[:700]) + PACK[name](whole[700:]) + bytes(8)
    source = Source(lay(tmp_path, {name: data}))
    assert source.refused == []
    assert source.read(f"{name}/raw_webm/b.webm") == FILES["raw_webm/b.webm"]


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar.xz"])
def test_the_version_in_a_compressed_tar_is_a_checksum(name: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {name: PACK[name](tarred({"a.wav": b"A"}))}))
    assert [member.version for member in source.members] == [f"crc{zlib.crc32(b'A'):08x}:1"]


def test_the_version_in_a_plain_tar_changes_with_the_file(tmp_path: Path) -> None:
    def versions() -> set[str]:
        return {member.version for member in Source(tmp_path).members}

    lay(tmp_path, {"x.tar": tarred({"a.wav": b"A", "b.wav": b"B"})})
    os.utime(tmp_path / "x.tar", ns=(0, 1))
    before = versions()
    assert len(before) == 2
    lay(tmp_path, {"x.tar": tarred({"a.wav": b"a", "b.wav": b"b"})})
    os.utime(tmp_path / "x.tar", ns=(0, 2))
    assert not before & versions()


@pytest.mark.parametrize("name", PACK)
def test_what_is_not_there_is_a_complaint(name: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {name: PACK[name](tarred(FILES))}))
    for _ in range(2):
        with pytest.raises(BadInput, match=r"/b\.wav: archive_member: seen no such member"):
            source.read(f"{name}/b.wav")
        assert source.read(f"{name}/a.csv") == b""


@pytest.mark.parametrize("name", PACK)
def test_a_tar_travels_to_a_worker(name: str, tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {name: PACK[name](tarred(FILES))}))
    assert source.read(f"{name}/raw_webm/é.webm") == b"E" * 512
    assert pickle.loads(pickle.dumps(source)).read(f"{name}/raw_webm/b.webm") == b"B" * 700


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.xz"])
def test_members_in_the_order_of_their_places_cost_one_pass(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = list(range(300))
    Random(1).shuffle(numbers)
    whole = tarred({f"{number:03d}.wav": bytes([number % 256]) * 1000 for number in numbers})
    source = Source(lay(tmp_path, {name: PACK[name](whole)}))
    paths = sorted((member.path for member in source.members), key=source.place)
    assert paths == [f"{name}/{number:03d}.wav" for number in numbers]
    read = []
    original = forward.Forward.read

    def counted(self: forward.Forward, size: int) -> bytes:
        read.append(size)
        return original(self, size)

    monkeypatch.setattr(forward.Forward, "read", counted)
    for path, number in zip(paths, numbers, strict=True):
        assert source.read(path) == bytes([number % 256]) * 1000
    assert sum(read) <= len(whole)


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    random = Random(1)
    files = {f"{number}.wav": random.randbytes(2**20) for number in range(24)}
    data = lzma.compress(tarred(files), preset=0)
    del files
    source = Source(lay(tmp_path, {"x.tar.xz": data}))
    del data
    tracemalloc.start()
    for member in source.members:
        assert len(source.read(member.path)) == 2**20
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20


SEED = tarred({"raw/a.wav": b"RIFF" * 20, "raw/b.wav": b"WAVE" * 20})[: 6 * 512]


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.xz"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=2), kept=st.floats(0.01, 2))
def test_no_damage_leads_to_anything_but_a_complaint(
    name: str, tmp_path: Path, flips: list[tuple[float, int]], kept: float
) -> None:
    whole = PACK[name](SEED)
    data = bytearray(whole)
    for place, flip in flips:
        data[int(place * (len(data) - 1))] ^= flip
    source = Source(lay(tmp_path, {name: bytes(data[: max(1, int(kept * len(data)))])}))
    honest = {f"{name}/raw/a.wav": b"RIFF" * 20, f"{name}/raw/b.wav": b"WAVE" * 20}
    for member in source.members:
        content = source.read(member.path)
        # A plain tar has a checksum for its headers alone.
        assert name == "x.tar" or content == honest[member.path]
    assert source.refused or [member.path for member in source.members] == sorted(honest)
