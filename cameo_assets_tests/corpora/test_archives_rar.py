"""RAR archives, written here byte by byte, since no free program writes them."""

from __future__ import annotations

import pickle
import struct
import zlib
from pathlib import Path

import pytest
import rarfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.archives import safety
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.samples.rar import rar
from cameo_assets_tests.corpora.making import lay, zipped

SIGNATURE = b"Rar!\x1a\x07\x01\x00"


def number(value: int) -> bytes:
    more = value >> 7
    return bytes([value & 0x7F | 0x80]) + number(more) if more else bytes([value])


def block(kind: int, fields: bytes, data: bytes | None = None, extra: bytes = b"") -> bytes:
    flags = bool(extra) | (data is not None) << 1
    sizes = (number(len(extra)) if extra else b"") + (number(len(data)) if data is not None else b"")
    header = number(kind) + number(flags) + sizes + fields + extra
    sized = number(len(header)) + header
    return struct.pack("<I", zlib.crc32(sized)) + sized + (data or b"")


def member(
    name: bytes, data: bytes = b"data", *, method: int = 0, size: int | None = None, extra: bytes = b""
) -> bytes:
    """A file's block; `method` 0 is stored, 1 to 5 are compressed."""
    facts = number(len(data) if size is None else size) + number(0o100644)
    fields = number(4) + facts + struct.pack("<I", zlib.crc32(data)) + number(method << 7) + number(1)
    return block(2, fields + number(len(name)) + name, data, extra)


def record(kind: int, body: bytes) -> bytes:
    """An extra record of a file's block."""
    return number(len(number(kind) + body)) + number(kind) + body


def archive(*members: bytes, flags: int = 0) -> bytes:
    return SIGNATURE + block(1, number(flags)) + b"".join(members) + block(5, number(0))


LINK = record(5, number(1) + number(0) + number(9) + b"elsewhere")
HARD_LINK = record(5, number(4) + number(0) + number(5) + b"a.wav")
ENCRYPTED = record(1, number(0) + number(0) + bytes([15]) + bytes(32))

UNSAFE: dict[str, tuple[bytes, str]] = {
    "parent": (rar({"../../a.wav": b""}), "'..' in its path"),
    "absolute": (rar({"/etc/a.wav": b""}), "an absolute path"),
    "drive": (rar({"C:/a.wav": b""}), "a drive letter"),
    "backslash": (rar({"a\\b.wav": b""}), "a backslash"),
    "no name": (archive(member(b"")), "no name"),
    "link": (archive(member(b"a.wav", extra=LINK)), "a link"),
    "hard link": (archive(member(b"a.wav"), member(b"b.wav", extra=HARD_LINK)), "a link"),
    "encrypted": (archive(member(b"a.wav", extra=ENCRYPTED)), "encrypted"),
    "same name": (archive(member(b"a.wav"), member(b"a.wav")), "the same name as 'a.wav'"),
    "same but for case": (rar({"a.wav": b"", "A.WAV": b""}), "the same name as 'a.wav'"),
    "same but for accents": (rar({"\u00e9.wav": b"", "e\u0301.wav": b""}), "the same name as 'é.wav'"),
    "bomb": (archive(member(b"a.wav", method=3, size=2**21)), "expanding "),
}


def complaint(folder: Path, data: bytes) -> BadInput:
    """Why an archive is not taken; what lies beside it goes on."""
    source = Source(lay(folder, {"evil.rar": data, "good.rar": rar({"b.wav": b"B"})}))
    assert [member.path for member in source.members] == ["good.rar/b.wav"]
    assert source.read("good.rar/b.wav") == b"B"
    (error,) = source.refused
    assert error.path == "evil.rar"
    return error


@pytest.mark.parametrize("name", ["OréauFR_01.rar", "Ore\u0301auFR_01.RAR", "around/x.rar"])
def test_members_are_listed_and_read(name: str, tmp_path: Path) -> None:
    files = {"f/a/10a02Ja.wav": b"RIFF" * 100, "Ore\u0301au/b c.wav": b"B", "Oréau/d.wav": b""}
    source = Source(lay(tmp_path, {name: rar({"f/": b"", **files})}))
    assert source.refused == []
    assert {member.path: source.read(member.path) for member in source.members} == {
        f"{name}/{path}": data for path, data in files.items()
    }
    assert {member.path: member.size for member in source.members} == {
        f"{name}/{path}": len(data) for path, data in files.items()
    }


@pytest.mark.parametrize("attack", UNSAFE)
def test_an_unsafe_archive_is_refused_as_a_whole(attack: str, tmp_path: Path) -> None:
    data, reason = UNSAFE[attack]
    error = complaint(tmp_path, data)
    assert error.rule == "unsafe_archive"
    assert reason in error.seen


def test_a_name_ends_at_its_first_nul(tmp_path: Path) -> None:
    # `rarfile` shows no more of it; what is read is the member all the same, and nothing is ever written.
    source = Source(lay(tmp_path, {"x.rar": archive(member(b"a.wav\0.txt"))}))
    assert [member.path for member in source.members] == ["x.rar/a.wav"]
    assert source.read("x.rar/a.wav") == b"data"
    twice = archive(member(b"a.wav\0.txt"), member(b"a.wav"))
    assert "the same name as 'a.wav'" in complaint(tmp_path / "twice", twice).seen


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b'{"message": "rate limit"}', "a JSON message"),
        (zipped({"a.wav": b""}), "a zip archive"),
        (b"hello", "a file that begins with b'hello'"),
        (rar({"a.wav": bytes(1000)})[:-500], "Unexpected EOF"),
        (rar({"a.wav": bytes(1000)})[:-8], "Unexpected EOF"),
        (SIGNATURE, "Unexpected EOF"),
        (archive(block(9, b"")), "no end"),
        (archive(member(b"a.wav", size=2**40)), ""),
    ],
    ids=[
        *("empty", "web page", "pointer", "message", "zip", "text"),
        *("cut", "without its end", "signature alone", "unknown block", "lying size"),
    ],
)
def test_what_is_no_archive_is_named(data: bytes, seen: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, data)
    assert error.rule in {"not_an_archive", "unsafe_archive", "too_large"}
    assert seen in error.seen


def test_one_volume_of_several_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path, archive(member(b"a.wav"), flags=1)).rule == "archive_volume"


def test_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MOST_BYTES", 100)
    assert complaint(tmp_path, rar({"a.wav": bytes(60), "c.wav": bytes(60)})).rule == "too_large"


@pytest.fixture
def no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarfile, "CURRENT_SETUP", None)
    for tool in ("UNRAR_TOOL", "UNAR_TOOL", "SEVENZIP_TOOL", "SEVENZIP2_TOOL", "BSDTAR_TOOL"):
        monkeypatch.setattr(rarfile, tool, "no-such-program")


@pytest.mark.usefixtures("no_tool")
def test_a_compressed_archive_says_which_tool_it_needs(tmp_path: Path) -> None:
    error = complaint(tmp_path, archive(member(b"a.wav", method=3)))
    assert error.rule == "needs_tool"
    assert "'a.wav'" in error.seen
    assert "unrar or unar installed" in error.expected
    assert "unpacked by hand" in error.expected


def tool(folder: Path, does: str) -> str:
    """A program that stands in for one that knows the compression."""
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("no_tool")
def test_a_tool_that_fails_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad").mkdir()
    monkeypatch.setattr(rarfile, "UNRAR_TOOL", tool(tmp_path / "bad", "echo no"))
    monkeypatch.setattr(rarfile, "SEVENZIP_TOOL", tool(tmp_path, "printf data"))
    source = Source(
        lay(tmp_path / "x", {"x.rar": archive(member(b"a.wav", method=3), member(b"b.wav", method=3))})
    )
    assert [source.read(member.path) for member in source.members] == [b"data", b"data"]


@pytest.mark.usefixtures("no_tool")
def test_what_no_tool_reads_is_a_complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarfile, "UNAR_TOOL", tool(tmp_path, "printf dada"))
    source = Source(lay(tmp_path / "x", {"x.rar": archive(member(b"a.wav", method=3))}))
    with pytest.raises(BadInput, match=r"x\.rar/a\.wav: archive_member: seen unar: .*CRC") as error:
        source.read("x.rar/a.wav")
    assert "unrar knows all of RAR's compression" in error.value.expected


@pytest.mark.usefixtures("no_tool")
@pytest.mark.parametrize(("good", "listed"), [(b"b.wav", 2), (b"", 0)])
def test_a_tool_that_unpacks_a_member_is_good_enough(
    good: bytes, listed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What stands in for the tool gets an archive of one member, and knows nothing but one.
    knows = f"grep -qa '{good.decode()}' \"$6\" && printf data" if good else "echo Unsupported >&2; exit 2"
    monkeypatch.setattr(rarfile, "SEVENZIP_TOOL", tool(tmp_path, f'[ "$1" = i ] || {{ {knows}; }}'))
    members = [member(b"a.wav", b"data", method=3), member(b"b.wav", b"data", method=3)]
    source = Source(lay(tmp_path / "x", {"x.rar": archive(*members)}))
    assert len(source.members) == listed
    assert [error.rule for error in source.refused] == ([] if listed else ["needs_tool"])


def test_a_wrong_checksum_concerns_its_member_alone(tmp_path: Path) -> None:
    data = rar({"a.wav": b"AAAA", "b.wav": b"BBBB"}).replace(b"AAAA", b"AAAa")
    source = Source(lay(tmp_path, {"x.rar": data}))
    assert source.refused == []
    assert source.read("x.rar/b.wav") == b"BBBB"
    with pytest.raises(BadInput) as error:
        source.read("x.rar/a.wav")
    assert (error.value.path, error.value.rule) == ("x.rar/a.wav", "archive_member")


def test_a_member_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.rar": rar({"a.wav": b""})}))
    with pytest.raises(BadInput, match=r"x\.rar/b\.wav: archive_member"):
        source.read("x.rar/b.wav")


def test_versions_are_checksums(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.rar": rar({"a.wav": b"A"})}))
    assert [member.version for member in source.members] == [f"crc{zlib.crc32(b'A'):08x}:1"]


def test_an_archive_travels_to_a_worker(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.rar": rar({"a.wav": b"A"})}))
    assert source.read("x.rar/a.wav") == b"A"
    assert pickle.loads(pickle.dumps(source)).read("x.rar/a.wav") == b"A"


SEED = rar({"f/a.wav": b"RIFF" * 20, "m/b.wav": b"WAVE" * 20})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=3),
    st.integers(0, len(SEED)),
)
def test_no_damage_leads_to_anything_but_a_complaint(
    tmp_path: Path, flips: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(SEED)
    for place, value in flips:
        data[place] = value
    source = Source(lay(tmp_path, {"x.rar": bytes(data if length % 2 else data[:length])}))
    for found in source.members:
        try:
            content = source.read(found.path)
        except BadInput as error:
            assert error.path == found.path
        else:
            assert zlib.crc32(content) == int(found.version[3:11], 16)
    if not source.refused:
        assert len(source.members) == 2
