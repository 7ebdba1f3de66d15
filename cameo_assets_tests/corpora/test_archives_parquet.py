"""Parquet tables with recordings: an archive whose files are rows."""

from __future__ import annotations

import errno
import io
import pickle
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import Mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.archives import safety
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import lay, zipped

AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

Rows = list[dict[str, Any]]


def table(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def speech(*recordings: tuple[bytes | None, str | None] | None) -> pa.Array:
    rows = [None if entry is None else {"bytes": entry[0], "path": entry[1]} for entry in recordings]
    return pa.array(rows, AUDIO)


def resd(count: int = 5, **options: Any) -> bytes:
    """A table in the shape of RESD's, each recording other bytes."""
    recordings = speech(*((bytes([row]) * (row + 1), f"{row}.wav") for row in range(count)))
    names = [f"clip {row}" for row in range(count)]
    return table({"name": names, "speech": recordings, "emotion": ["anger"] * count}, **options)


def source(folder: Path, data: bytes, name: str = "train.parquet") -> Source:
    return Source(lay(folder, {name: data}))


def complaint(folder: Path, data: bytes) -> BadInput:
    """Why a table is not taken; nothing of it is listed."""
    found = source(folder, data)
    assert found.members == []
    (error,) = found.refused
    assert error.path == "train.parquet"
    return error


@pytest.mark.parametrize("group", [1, 2, 1000])
@pytest.mark.parametrize("name", ["train.parquet", "data/train-00000-of-00001-1f5fe7.parquet", "X.PARQUET"])
def test_rows_are_files(name: str, group: int, tmp_path: Path) -> None:
    found = source(tmp_path, resd(row_group_size=group), name)
    assert found.refused == []
    assert found.parquets == [name]
    assert [member.path for member in found.members] == [f"{name}/{row:06d}.wav" for row in range(5)]
    assert [found.read(member.path) for member in found.members] == [
        bytes([row]) * (row + 1) for row in range(5)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 29), max_size=12), st.integers(1, 30))
def test_rows_are_read_in_any_order(tmp_path: Path, rows: list[int], group: int) -> None:
    found = source(tmp_path, resd(30, row_group_size=group))
    for row in rows:
        assert found.read(f"train.parquet/{row:06d}.wav") == bytes([row]) * (row + 1)


def test_the_suffix_comes_from_the_path_inside(tmp_path: Path) -> None:
    paths = ["a.FLAC", "b/c.mp3", "no suffix", None, "odd.suf fix", "C:\\x\\y.wav"]
    data = table({"audio": speech(*((b"x", path) for path in paths))})
    names = [member.name for member in source(tmp_path, data).members]
    expected = [".flac", ".mp3", ".wav", ".wav", ".wav", ".wav"]
    assert names == [f"{row:06d}{suffix}" for row, suffix in enumerate(expected)]


def test_columns_are_read_by_name(tmp_path: Path) -> None:
    found = source(tmp_path, resd(2))
    assert list(found.records("train.parquet", ["emotion", "name"])) == [
        ("train.parquet/000000.wav", {"emotion": "anger", "name": "clip 0"}),
        ("train.parquet/000001.wav", {"emotion": "anger", "name": "clip 1"}),
    ]


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    columns = {"text": ["a", "b"], "speech": speech((b"x", ""), (b"y", "")), "name": ["1", "2"]}
    for number, order in enumerate((list(columns), list(reversed(columns)))):
        found = source(tmp_path / str(number), table({name: columns[name] for name in order}))
        assert [values for _, values in found.records("train.parquet", ["name"])] == [
            {"name": "1"},
            {"name": "2"},
        ]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    found = source(tmp_path, resd())
    with pytest.raises(BadInput) as error:
        list(found.records("train.parquet", ["name", "text"]))
    assert (error.value.path, error.value.rule) == ("train.parquet", "columns")
    assert error.value.seen == "no 'text' among 'name', 'speech', 'emotion'"


def test_records_are_of_a_table(tmp_path: Path) -> None:
    lay(tmp_path, {"x.zip": zipped({"a.wav": b""})})
    with pytest.raises(BadInput, match=r"x\.zip: not_a_table"):
        list(Source(tmp_path).records("x.zip", ["name"]))


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("absent", [None, (None, "1.wav")])
def test_a_row_without_bytes_is_refused(
    absent: tuple[None, str] | None, statistics: bool, tmp_path: Path
) -> None:
    columns = {"audio": speech((b"0", ""), absent, (b"2", "")), "name": ["a", "b", "c"]}
    found = source(tmp_path, table(columns, write_statistics=statistics))
    (error,) = found.refused
    assert (error.path, error.rule) == ("train.parquet/000001.wav", "no_bytes")
    assert [found.read(member.path) for member in found.members] == [b"0", b"2"]
    assert [path for path, _ in found.records("train.parquet", ["name"])] == [
        "train.parquet/000000.wav",
        "train.parquet/000002.wav",
    ]
    with pytest.raises(BadInput, match="no_bytes"):
        found.read(error.path)


OTHERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "samples": ({"speech": [[0.5, 0.25]]}, "audio_as_numbers", "column 'speech' of list"),
    "samples in a struct": (
        {"speech": [{"array": [0.5], "path": "a.wav", "sampling_rate": 16000}]},
        "audio_as_numbers",
        "column 'speech' of struct",
    ),
    "paths alone": ({"audio": [{"path": "a.wav"}]}, "audio_elsewhere", "column 'audio' of struct"),
    "two recordings a row": (
        {"near": speech((b"a", "")), "far": speech((b"b", ""))},
        "several_audio_columns",
        "'near', 'far'",
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_recordings_in_another_form_are_refused(what: str, tmp_path: Path) -> None:
    columns, rule, seen = OTHERS[what]
    error = complaint(tmp_path, table(columns))
    assert error.rule == rule
    assert error.seen.startswith(seen)


def test_a_table_without_recordings_is_a_plain_file(tmp_path: Path) -> None:
    data = table({"name": ["a"], "path": ["a.wav"], "votes": [[1, 2]]})
    found = source(tmp_path, data)
    assert [member.path for member in found.members] == ["train.parquet"]
    assert (found.parquets, found.refused) == ([], [])
    assert found.read("train.parquet") == data


def test_a_folder_may_be_called_like_a_table(tmp_path: Path) -> None:
    found = source(tmp_path, resd(1), "all.parquet/part.parquet")
    assert found.parquets == ["all.parquet/part.parquet"]
    assert found.read("all.parquet/part.parquet/000000.wav") == b"\0"


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "an empty file"),
        (b"<html>Sign in", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (zipped({"a.wav": b""}), "a zip archive"),
        (b"hello", "a file that begins with b'hello'"),
        (resd()[:-20], "Parquet magic bytes not found in footer"),
        (b"PAR1", ""),
    ],
    ids=["empty", "web page", "pointer", "zip", "text", "cut", "magic alone"],
)
def test_what_is_no_table_is_named(data: bytes, seen: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, data)
    assert error.rule == "not_an_archive"
    assert seen in error.seen


def test_a_table_that_expands_beyond_measure_is_refused(tmp_path: Path) -> None:
    data = table({"audio": speech((bytes(2**22), "a.wav"))}, compression="zstd")
    error = complaint(tmp_path, data)
    assert error.rule == "unsafe_archive"
    assert "expanding" in error.seen


def test_a_table_in_a_zip_is_named(tmp_path: Path) -> None:
    found = Source(lay(tmp_path, {"x.zip": zipped({"train.parquet": resd()})}))
    assert [error.rule for error in found.refused] == ["nested_archive"]


@pytest.mark.parametrize("name", ["000009.wav", "000001.mp3", "1.wav", "-00001.wav", "x", "²", ""])
def test_only_listed_names_are_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"archive_member: seen no such row; expected one of 5 rows"):
        source(tmp_path, resd()).read(f"train.parquet/{name}")


def test_versions_change_with_the_file(tmp_path: Path) -> None:
    first = {member.version for member in source(tmp_path, resd(3)).members}
    assert len(first) == 3
    assert not first & {member.version for member in source(tmp_path, resd(4)).members}


def test_a_table_travels_to_a_worker(tmp_path: Path) -> None:
    found = source(tmp_path, resd())
    assert found.read("train.parquet/000001.wav") == b"\1\1"
    assert pickle.loads(pickle.dumps(found)).read("train.parquet/000003.wav") == b"\3" * 4


def test_neither_listing_nor_one_recording_reads_all_into_memory(tmp_path: Path) -> None:
    random = Random(1)
    recordings = speech(*((random.randbytes(2**20), "a.wav") for _ in range(64)))
    found = source(tmp_path, table({"audio": recordings}, use_dictionary=False, row_group_size=8))
    del recordings
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    assert len(found.members) == 64
    for row in (0, 1, 20):
        assert len(found.read(f"train.parquet/{row:06d}.wav")) == 2**20
    assert tracemalloc.get_traced_memory()[1] < 24 * 2**20
    tracemalloc.stop()
    assert pa.total_allocated_bytes() - before < 24 * 2**20


def test_a_recording_holds_its_row_group(tmp_path: Path) -> None:
    # A page of it, to be exact, packed and unpacked; how large its pages are, a table does not say.
    recordings = speech(*((bytes(100_000), "a.wav") for _ in range(8)))
    data = table({"audio": recordings}, use_dictionary=False, row_group_size=4, compression="none")
    found = source(tmp_path, data)
    assert {found.place(member.path).held // 100_000 for member in found.members} == {2 * 4}


def test_a_recording_that_memory_cannot_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "MOST_AT_ONCE", 3)
    found = source(tmp_path, resd())
    assert found.read("train.parquet/000002.wav") == b"\2" * 3
    with pytest.raises(BadInput, match=r"train\.parquet/000003\.wav: too_large: seen 4 bytes"):
        found.read("train.parquet/000003.wav")


def test_a_drive_that_goes_away_is_no_fault_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = source(tmp_path, resd())
    assert len(found.members) == 5
    gone = Mock(side_effect=OSError(errno.EIO, "Input/output error"))
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", gone)
    with pytest.raises(
        BadInput, match=r"train\.parquet: unreadable: seen Input/output error; expected a file"
    ):
        found.read("train.parquet/000001.wav")


SEED = resd(6, row_group_size=3)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(SEED) - 1), st.integers(1, 255), st.integers(0, len(SEED)), st.booleans())
def test_no_damage_leads_to_anything_but_a_complaint(
    tmp_path: Path, place: int, flip: int, length: int, cut: bool
) -> None:
    data = bytearray(SEED)
    data[place] ^= flip
    found = source(tmp_path, SEED[:length] if cut else bytes(data))
    for member in found.members:
        if member.path == "train.parquet":
            continue  # without its column, it is a table like any other
        try:
            found.read(member.path)
        except BadInput as error:
            assert error.path.startswith("train.parquet")
    for path in found.parquets:
        try:
            list(found.records(path, ["name"]))
        except BadInput as error:
            assert error.path == "train.parquet"


def test_a_flipped_byte_in_a_table_with_checksums_is_noticed(tmp_path: Path) -> None:
    content = bytes(range(256)) * 32  # too long to be in the statistics
    data = table(
        {"audio": speech((content, "a.wav"))},
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
    )
    at = data.index(content)
    found = source(tmp_path, data[:at] + b"\xff" + data[at + 1 :])
    (member,) = found.members
    with pytest.raises(BadInput, match="CRC"):
        found.read(member.path)
