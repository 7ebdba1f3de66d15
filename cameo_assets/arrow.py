"""Arrow tables of msgspec structs: a struct is the whole truth of its table.

A column for each field, in order. Where a type of Python leaves the width open, a marker closes it:

    class Fold(msgspec.Struct):
        file_id: str
        fold: Int32
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


class Width(msgspec.Struct, frozen=True):
    """Marks a number that is stored with other than 64 bits."""

    bits: int


Int32 = Annotated[int, Width(32)]
Float32 = Annotated[float, Width(32)]

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_NAMES: Final = {str: "string", bool: "bool", int: "int", float: "float"}
_NONE: Final = type(None)


def schema_of(struct: type[msgspec.Struct], *, nullable: bool = True, **types: str) -> pa.Schema:
    """The columns of a table of such structs.

    Text, truth values, whole numbers (64 bits unless marked) and doubles; `tuple[X, ...]` and `list[X]` are
    lists, `tuple[X, X]` is a list of fixed size, `dict` is a map, whose whole numbers are counts of 32 bits.
    A `Literal` is as its values are.

    Args:
        struct: The struct.
        nullable: Whether all columns are declared as nullable; else only those of fields that may be None.
        types: Arrow's name of the type of a column, where the field of another's struct does not say it.

    Raises:
        TypeError: A field has a type that has no column, or there is no field of a name in `types`.
    """
    return _schema(struct, nullable, tuple(sorted(types.items())))


def to_table(
    rows: Iterable[_Struct], struct: type[_Struct], *, nullable: bool = True, **types: str
) -> pa.Table:
    """The structs as a table, a row for each; see `schema_of` for its columns."""
    import pyarrow as pa

    schema = schema_of(struct, nullable=nullable, **types)
    columns = list(zip(*map(msgspec.structs.astuple, rows), strict=True))
    return (
        pa.table(dict(zip(schema.names, columns, strict=True)), schema) if columns else schema.empty_table()
    )


def from_table(table: pa.Table, struct: type[_Struct]) -> list[_Struct]:
    """The rows of a table as structs; columns without a field are left out.

    Args:
        table: With a column for each field, in any order.
        struct: The struct.

    Raises:
        BadInput: A column is missing, or has values that its field does not take.
    """
    names = struct.__struct_fields__
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise BadInput(f"table of {struct.__name__}", "columns", f"no {missing[0]}", ", ".join(names))
    columns = [_values(table[name]) for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    try:
        return msgspec.convert(rows, list[struct])  # type: ignore[valid-type]
    except msgspec.ValidationError as fault:
        raise BadInput(f"table of {struct.__name__}", "values", str(fault), "rows of the struct") from fault


def _values(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        return [None if value is None else dict(value) for value in values]
    return values


@cache
def _schema(struct: type[msgspec.Struct], nullable: bool, types: tuple[tuple[str, str], ...]) -> pa.Schema:
    import pyarrow as pa

    told = dict(types)
    unknown = sorted(told.keys() - set(struct.__struct_fields__))
    if unknown:
        raise TypeError(f"{struct.__name__} has no field {unknown[0]!r}")
    fields = []
    for field in msgspec.structs.fields(struct):
        try:
            name = told.get(field.name)
            kind = _column_type(field.type) if name is None else pa.type_for_alias(name)
        except (TypeError, ValueError) as fault:
            raise TypeError(f"{struct.__name__}.{field.name}: {fault}") from fault
        fields.append(pa.field(field.name, kind, nullable=nullable or _may_be_none(field.type)))
    return pa.schema(fields)


def _column_type(annotation: Any, bits: int = 64) -> pa.DataType:
    """The type of a column whose numbers have so many bits unless they are marked."""
    import pyarrow as pa

    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marks = [mark.bits for mark in annotation.__metadata__ if isinstance(mark, Width)]
        return _column_type(parts[0], *(marks or [bits]))
    if origin in (Union, UnionType):
        return _one_of({_column_type(part, bits) for part in parts if part is not _NONE}, annotation)
    if origin is Literal:
        values = {type(value) for value in parts} - {_NONE}
        return _one_of({_column_type(value, bits) for value in values}, annotation)
    if origin is list or (origin is tuple and parts[1:] == (Ellipsis,)):
        return pa.list_(_column_type(parts[0], bits))
    if origin is tuple:
        return pa.list_(_one_of({_column_type(part, bits) for part in parts}, annotation), len(parts))
    if origin is dict:
        # Whole numbers by name are counts of few things.
        return pa.map_(_column_type(parts[0]), _column_type(parts[1], 32 if parts[1] is int else bits))
    name = _NAMES.get(annotation) if isinstance(annotation, type) else None
    if name is None:
        raise TypeError(f"no column has the type {annotation}")
    return pa.type_for_alias(f"{name}{bits}" if annotation in (int, float) else name)


def _one_of(kinds: set[pa.DataType], annotation: Any) -> pa.DataType:
    if len(kinds) != 1:
        raise TypeError(f"no column has the type {annotation}")
    return kinds.pop()


def _may_be_none(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _may_be_none(get_args(annotation)[0])
    return annotation is _NONE or any(part is _NONE or part is None for part in get_args(annotation))
