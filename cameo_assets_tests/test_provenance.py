"""Records and versions: what was made from what, and when it has to be made again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.errors import BadInput, Refusal
from cameo_assets.provenance import (
    WHOLE,
    Record,
    read_record,
    version_of,
    version_of_tables,
    write_record,
)
from cameo_assets.store import Store

RECORD = Record(
    product="utterances", partition="nemo", inputs={"raw": "1", "code": "2"}, output="3", details={"rows": 4}
)


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path if request.param == "local" else f"memory://{tmp_path.name}")


def test_a_record_is_read_as_it_was_written(store: Store) -> None:
    write_record(store, RECORD)
    assert read_record(store, "utterances", "nemo") == RECORD


def test_what_was_never_made_has_no_record(store: Store) -> None:
    assert read_record(store, "utterances", "nemo") is None
    assert read_record(store, "leaderboard") is None


def test_a_stage_without_partitions_has_one_record(store: Store) -> None:
    whole = Record(product="board", partition=WHOLE, inputs={}, output="1")
    write_record(store, whole)
    assert read_record(store, "board") == whole
    assert store.names("records", "board") == ["all.json"]


def test_the_same_record_is_the_same_file(store: Store) -> None:
    write_record(store, RECORD)
    before = store.read_bytes("records/utterances/nemo.json")
    turned = Record(**{**_fields(RECORD), "inputs": dict(reversed(RECORD.inputs.items()))})
    write_record(store, turned)
    assert store.read_bytes("records/utterances/nemo.json") == before


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.parametrize("content", [b"", b"{", bytes(40), b"\xff\xfe", b'{"stage": 1}', b"[]"])
def test_a_broken_record_is_named_and_counts_as_missing(content: bytes, store: Store) -> None:
    store.write_bytes(content, "records/utterances/nemo.json")
    complaints: list[BadInput] = []
    assert read_record(store, "utterances", "nemo", complaints) is None
    (complaint,) = complaints
    assert complaint.path == "records/utterances/nemo.json"
    assert "counts as missing" in complaint.expected


def test_a_record_of_an_earlier_version_is_read_and_says_so(store: Store) -> None:
    old = (
        b'{"details": {}, "inputs": {"code": "1"}, "output": "3", "partition": "nemo", "stage": "utterances"}'
    )
    store.write_bytes(old, "records/utterances/nemo.json")
    record = read_record(store, "utterances", "nemo")
    assert record is not None
    assert (record.output, record.format, record.made) == ("3", 1, {})


# Versions of values.

REFUSAL = Refusal(corpus="a", path="b", rule="c", seen="d", expected="e")
VALUES: list[tuple[object, ...]] = [
    (),
    (None,),
    ("",),
    ("a",),
    ("a", 1),
    ("a1",),
    ("a", "1"),
    (("a", 1),),
    ({"a": 1},),
    ({"a": 1, "b": 2},),
    ([1, 2, 3],),
    ([3, 2, 1],),
    (1.5,),
    (REFUSAL,),
]


def test_other_values_have_other_versions() -> None:
    versions = [version_of(*value) for value in VALUES]
    assert len(set(versions)) == len(VALUES)
    assert all(len(version) == 16 and set(version) <= set("0123456789abcdef") for version in versions)


def test_the_order_of_keys_does_not_matter() -> None:
    assert version_of({"a": 1, "b": 2}) == version_of({"b": 2, "a": 1})


def test_versions_are_the_same_in_every_process() -> None:
    program = (
        "from cameo_assets.provenance import version_of;"
        "print(version_of({'b': 1, 'a': {'y', 'x', 'z'}}, frozenset('hello'), 'ż'))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


# Versions of tables.

BASE = {"id": ["a", "b", None], "n": [1, None, 3]}
TABLE = pa.table(BASE)
OTHERS = {
    "value": pa.table({**BASE, "n": [1, None, 4]}),
    "null": pa.table({**BASE, "n": [1, 0, 3]}),
    "empty for null": pa.table({**BASE, "id": ["a", "b", ""]}),
    "type": pa.table({"id": BASE["id"], "n": pa.array(BASE["n"], pa.int32())}),
    "name": pa.table({"id": BASE["id"], "m": BASE["n"]}),
    "column order": TABLE.select(["n", "id"]),
    "row order": TABLE.take([1, 0, 2]),
    "fewer rows": TABLE.slice(0, 2),
    "more columns": TABLE.append_column("more", pa.array([1, 2, 3])),
    "no rows": TABLE.slice(0, 0),
}


def test_another_table_has_another_version() -> None:
    versions = {version_of_tables(table) for table in [TABLE, *OTHERS.values()]}
    assert len(versions) == len(OTHERS) + 1
    assert version_of_tables(TABLE, OTHERS["type"]) != version_of_tables(OTHERS["type"], TABLE)
    assert version_of_tables(TABLE.select(["id"]), TABLE.select(["n"])) != version_of_tables(TABLE)


def test_metadata_of_a_table_has_no_part_in_it() -> None:
    assert version_of_tables(TABLE.replace_schema_metadata({"pandas": "3"})) == version_of_tables(TABLE)


def test_a_table_has_the_same_version_after_a_round_through_parquet(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_table(TABLE, "t.parquet")
    assert version_of_tables(store.read_table("t.parquet")) == version_of_tables(TABLE)


_CELLS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.none() | st.text(max_size=3),
    pa.int64(): st.none() | st.integers(-9, 9),
    pa.float64(): st.none() | st.floats(allow_nan=False, width=32),
    pa.bool_(): st.none() | st.booleans(),
    pa.list_(pa.string()): st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3),
}


@st.composite
def _columns(draw: st.DrawFn) -> tuple[pa.DataType, list[Any], list[Any], list[Any]]:
    kind = draw(st.sampled_from(list(_CELLS)))
    cells = st.lists(_CELLS[kind], max_size=9)
    return kind, draw(cells), draw(cells), draw(cells)


@settings(deadline=None)
@given(_columns(), st.integers(0, 9))
def test_how_a_table_lies_in_memory_does_not_matter(
    column: tuple[pa.DataType, list[Any], list[Any], list[Any]], cut: int
) -> None:
    kind, before, values, after = column
    plain = pa.table({"x": pa.array(values, kind)})
    slice_ = pa.table({"x": pa.array([*before, *values, *after], kind)}).slice(len(before), len(values))
    chunks = pa.concat_tables([slice_.slice(0, cut), slice_.slice(cut)])
    assert version_of_tables(slice_) == version_of_tables(chunks) == version_of_tables(plain)


def test_what_stands_under_a_null_does_not_matter() -> None:
    bits = pa.py_buffer(b"\x05")
    numbers = [pa.py_buffer(bytes([1, hidden, 3])) for hidden in (0, 9)]
    tables = [pa.table({"x": pa.Array.from_buffers(pa.int8(), 3, [bits, data])}) for data in numbers]
    assert tables[0] == tables[1]
    assert version_of_tables(tables[0]) == version_of_tables(tables[1])
