"""Structs as tables: every type that a column may have, and what is refused."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.arrow import Float32, Int32, Width, from_table, schema_of, to_table
from cameo_assets.audio.inspect import Inspection
from cameo_assets.collection.splits import Assignment
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import BadInput, Refusal


class Wide(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    perhaps: str | None
    whole: int
    fold: Int32
    number: float | None
    small: Float32
    yes: bool
    words: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    votes: dict[str, int] | None = None
    basis: Literal["speaker", "text"] = "speaker"


COLUMNS = {
    "text": pa.string(),
    "perhaps": pa.string(),
    "whole": pa.int64(),
    "fold": pa.int32(),
    "number": pa.float64(),
    "small": pa.float32(),
    "yes": pa.bool_(),
    "words": pa.list_(pa.string()),
    "span": pa.list_(pa.float64(), 2),
    "votes": pa.map_(pa.string(), pa.int32()),
    "basis": pa.string(),
}

NUMBERS = st.floats(allow_nan=False)
ROWS = st.builds(
    Wide,
    text=st.text(),
    perhaps=st.none() | st.text(),
    whole=st.integers(-(2**63), 2**63 - 1),
    fold=st.integers(-(2**31), 2**31 - 1),
    number=st.none() | NUMBERS,
    small=st.floats(allow_nan=False, width=32),
    yes=st.booleans(),
    words=st.lists(st.text()).map(tuple),
    span=st.none() | st.tuples(NUMBERS, NUMBERS),
    votes=st.none() | st.dictionaries(st.text(), st.integers(0, 2**31 - 1)),
    basis=st.sampled_from(["speaker", "text"]),
)


def of(annotation: object) -> pa.DataType:
    return schema_of(msgspec.defstruct("One", [("x", annotation)]))[0].type


def test_a_column_for_each_field_in_order() -> None:
    assert schema_of(Wide) == pa.schema(list(COLUMNS.items()))


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (Int32 | None, pa.int32()),
        (Annotated[int | None, Width(8)], pa.int8()),
        (Optional[str], pa.string()),  # noqa: UP045
        (Annotated[str, "a remark"], pa.string()),
        (Annotated[Int32, "a remark"], pa.int32()),
        (Literal["a", None], pa.string()),
        (Literal["a"] | Literal["b"] | str, pa.string()),
        (Literal[1, 2], pa.int64()),
        (list[Int32], pa.list_(pa.int32())),
        (tuple[int, int, int], pa.list_(pa.int64(), 3)),
        (dict[str, Annotated[int, Width(64)]], pa.map_(pa.string(), pa.int64())),
        (dict[str, tuple[str, ...]], pa.map_(pa.string(), pa.list_(pa.string()))),
    ],
)
def test_spellings(annotation: object, kind: pa.DataType) -> None:
    assert of(annotation) == kind


@pytest.mark.parametrize(
    "annotation",
    [
        bytes,
        str | int,
        Literal["a", 1],
        tuple[str, int],
        tuple[()],
        set[str],
        list,
        None,
        Annotated[int, Width(7)],
    ],
)
def test_what_has_no_column_is_refused_by_name(annotation: object) -> None:
    with pytest.raises(TypeError, match=r"^One\.x: "):
        of(annotation)


def test_a_type_may_be_told_from_outside() -> None:
    assert schema_of(Assignment, fold="int32").field("fold").type == pa.int32()
    assert schema_of(Assignment).field("fold").type == pa.int64()
    with pytest.raises(TypeError, match="Assignment has no field 'folds'"):
        schema_of(Assignment, folds="int32")
    with pytest.raises(TypeError, match=r"Assignment\.fold: "):
        schema_of(Assignment, fold="int33")


def test_columns_without_null_are_those_of_fields_that_are_never_none() -> None:
    assert all(field.nullable for field in schema_of(Wide))
    nullable = [field.name for field in schema_of(Wide, nullable=False) if field.nullable]
    assert nullable == ["perhaps", "number", "span", "votes"]
    assert not any(field.nullable for field in schema_of(Inspection, nullable=False))


def test_structs_of_others_have_tables() -> None:
    assert schema_of(Refusal) == pa.schema([(name, pa.string()) for name in Refusal.__struct_fields__])
    special = {"span": COLUMNS["span"], "votes": COLUMNS["votes"], "flags": COLUMNS["words"]}
    assert schema_of(Utterance) == pa.schema(
        [(name, special.get(name, pa.string())) for name in Utterance.__struct_fields__]
    )


@given(st.lists(ROWS, max_size=4))
def test_structs_come_back_from_their_table(rows: list[Wide]) -> None:
    table = to_table(iter(rows), Wide)
    assert table.schema == schema_of(Wide)
    assert from_table(table, Wide) == rows


def test_columns_are_found_by_name() -> None:
    rows = [Refusal(corpus="c", path="p", rule="r", seen="s", expected="e")]
    table = to_table(rows, Refusal, nullable=False)
    assert not table.schema.field("path").nullable
    turned = table.select(table.column_names[::-1]).append_column("more", [["x"]])
    assert from_table(turned, Refusal) == rows


def test_a_missing_column_is_named() -> None:
    table = to_table([], Refusal).drop_columns(["seen"])
    with pytest.raises(BadInput, match="table of Refusal: columns: seen no seen; expected corpus, path"):
        from_table(table, Refusal)


def test_values_that_a_field_does_not_take_are_named() -> None:
    table = pa.table({name: pa.array([None], pa.string()) for name in Refusal.__struct_fields__})
    with pytest.raises(BadInput, match=r"table of Refusal: values: .*corpus"):
        from_table(table, Refusal)
