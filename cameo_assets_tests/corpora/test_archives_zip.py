"""Zip archives: honest ones are read as they lie, and what could do harm is refused as a whole."""

import io
import stat
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.archives import safety
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import lay, zipped

Attack = Callable[[], bytes]


def entry(name: str, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = kind << 16
    return info


def holding(*infos: zipfile.ZipInfo, data: bytes = b"data", deflated: bool = False) -> bytes:
    """A zip with these entries, whatever their names."""
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
