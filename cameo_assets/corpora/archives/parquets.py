"""Parquet tables that hold recordings, as Hugging Face ships them: a column of bytes and paths.

Such a table counts as an archive whose files are called by the numbers of their rows. The other columns are
read by `Parquet.records`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from cameo_assets.corpora.archives import Entry
from cameo_assets.corpora.archives.safety import Inventory, broken, refuse_bomb, refuse_large, refuse_stand_in
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_AT_ONCE: Final = 8
"""Recordings handed over at once. Arrow holds a page of them beside, which is a row group at most."""

_COPIES: Final = 2
"""Of a page, packed and unpacked: 0.8 GB for 1,400 recordings of 340 kB in one row group, measured."""

_BUFFER: Final = 2**20
"""Bytes of a column that are read ahead; without a buffer, a column of a row group is read whole."""

_UNREADABLE: Final = (OSError, ValueError, LookupError, ArithmeticError, MemoryError, NotImplementedError)
"""What pyarrow raises for broken tables; its own exceptions are among these or are `ArrowException`."""


def opened(path: Path, name: str) -> Parquet | None:
    """Opens a table; arguments and errors as for `archives.opened`.

    Returns:
        None for a table without recordings.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    refuse_stand_in(path, name, "a Parquet table")
    try:
        stamp = path.stat()
        # Metadata apart, nothing is read yet. Not pre-buffered, which would hold whole row groups.
        file = pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
        column = _audio_column(file.schema_arrow, name)
        chunks = _chunks(file.metadata, f"{column}.bytes")
    except (*_UNREADABLE, pa.ArrowException) as error:
        raise BadInput(name, "not_an_archive", _first_line(error), "a complete Parquet table") from error
    if column is None:
        file.close()
        return None
    return Parquet(file, name, column, chunks, f"{stamp.st_size}:{stamp.st_mtime_ns}")


class Parquet:
    """An `archives.Archive`.

    Args:
        file: The open table.
        name: What to call it in complaints.
        column: The column of recordings.
        chunks: Metadata of the recordings of each row group.
        version: Changes when the file does; a Parquet table has no checksum for a row.
    """

    def __init__(
        self, file: pq.ParquetFile, name: str, column: str, chunks: Sequence[Any], version: str
    ) -> None:
        self._file = file
        self._name = name
        self._column = column
        self._chunks = chunks
        self._version = version
        # The first row of each row group.
        self._starts = list(accumulate((chunk.num_values for chunk in chunks), initial=0))[:-1]
        self._group = -1
        self._following: Iterator[tuple[int, bytes | None]] = iter(())
        self._next = 0

    def entries(self) -> Iterator[Entry | BadInput]:
        """As `archives.Archive` says; a row without bytes is a complaint."""
        for column in self._chunks:
            refuse_bomb(
                self._name, self._column, column.total_uncompressed_size, column.total_compressed_size
            )
        inventory = Inventory(self._name)
        held = _COPIES * max((column.total_uncompressed_size for column in self._chunks), default=0)
        for row, (inner, there) in enumerate(self._by_row(self._names, self._has_bytes)):
            if there:
                inventory.take(inner, 0)
                yield Entry(inner, 0, f"{self._version}:{row}", row, held)
            else:
                where = f"{self._name}/{inner}"
                yield BadInput(where, "no_bytes", "a row without a recording", "the bytes of a recording")

    def records(self, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Reads columns by name.

        Yields:
            For each row that has a recording: the name of its file, and its values by column.

        Raises:
            BadInput: A column is missing, or the table is damaged.
        """
        there = self._file.schema_arrow.names
        missing = [column for column in columns if column not in there]
        if missing:
            seen = f"no {', '.join(map(repr, missing))} among {', '.join(map(repr, there))}"
            raise BadInput(self._name, "columns", seen, f"columns {', '.join(columns)}")
        rows = self._rows(list(columns))
        for inner, has_bytes, values in self._by_row(self._names, self._has_bytes, rows):
            if has_bytes:
                yield inner, values

    def read(self, inner: str) -> bytes:
        """As `archives.Archive` says; rows in order cost one pass."""
        where = f"{self._name}/{inner}"
        number = inner.partition(".")[0]
        row = int(number) if number.isascii() and number.isdigit() else -1
        if not 0 <= row < len(self._names) or self._names[row] != inner:
            raise BadInput(where, "archive_member", "no such row", f"one of {len(self._names)} rows")
        data = self._recording(row)
        if data is None:
            raise BadInput(where, "no_bytes", "a row without a recording", "the bytes of a recording")
        refuse_large(where, len(data))
        return data

    def close(self) -> None:
        """Lets go of the file."""
        self._following = iter(())
        self._file.close()

    @cached_property
    def _names(self) -> list[str]:
        """A file name for each row: its number, and the suffix of the path in it."""
        rows = (values[self._column] or {} for values in self._rows([f"{self._column}.path"]))
        return [f"{row:06d}{_suffix(values.get('path') or '')}" for row, values in enumerate(rows)]

    @cached_property
    def _has_bytes(self) -> list[bool]:
        """Whether each row has bytes; from the statistics of a row group where these say that all have."""
        found: list[bool] = []
        for group, chunk in enumerate(self._chunks):
            statistics = chunk.statistics
            if statistics and statistics.has_null_count and statistics.null_count == 0:
                found += [True] * chunk.num_values
            else:
                found += [data is not None for _, data in self._recordings(group)]
        return found

    def _recording(self, row: int) -> bytes | None:
        """The bytes of a row; goes on from the last one where it can."""
        group = bisect_right(self._starts, row) - 1
        if group != self._group or row < self._next:
            self._following = self._recordings(group)
            self._group = group
        for found, data in self._following:
            if found == row:
                self._next = row + 1
                return data
        raise BadInput(self._name, "not_an_archive", f"no row {row}", "as many rows as its metadata says")

    def _recordings(self, group: int) -> Iterator[tuple[int, bytes | None]]:
        """Yields number and bytes of each row of a row group."""
        rows = self._rows([f"{self._column}.bytes"], [group])
        for row, values in enumerate(rows, start=self._starts[group]):
            yield row, (values[self._column] or {}).get("bytes")

    def _by_row(self, *columns: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        try:
            yield from zip(*columns, strict=True)
        except ValueError as error:
            seen = "columns of different lengths"
            raise BadInput(self._name, "not_an_archive", seen, "a complete Parquet table") from error

    def _rows(self, columns: list[str], groups: list[int] | None = None) -> Iterator[dict[str, Any]]:
        """Yields rows, few at a time; a column with a dot is a field of a column.

        Raises:
            BadInput: The table is damaged.
        """
        import pyarrow as pa

        try:
            batches = self._file.iter_batches(
                _AT_ONCE if groups else 1024, row_groups=groups, columns=columns, use_threads=False
            )
            for batch in batches:
                yield from batch.to_pylist()
        except (*_UNREADABLE, pa.ArrowException) as error:
            raise broken(self._name, error, "a complete Parquet table", "not_an_archive") from error


def _audio_column(schema: Any, name: str) -> str | None:
    """The one column of recordings; None where the table has nothing of the kind.

    Raises:
        BadInput: There are several, or their recordings are not in the table.
    """
    import pyarrow as pa

    found = [field.name for field in schema if _has_field(field.type, "bytes", pa)]
    if len(found) > 1:
        raise BadInput(name, "several_audio_columns", ", ".join(map(repr, found)), "one column of recordings")
    if found:
        return str(found[0])
    expected = "a column of structs with `bytes` and `path`, as data sets of Hugging Face have today"
    for field in schema:
        if _is_numbers(field.type, pa):
            raise BadInput(name, "audio_as_numbers", f"column {field.name!r} of {field.type}", expected)
        if pa.types.is_struct(field.type) and field.type.get_field_index("path") >= 0:
            raise BadInput(name, "audio_elsewhere", f"column {field.name!r} of {field.type}", expected)
    return None


def _chunks(metadata: Any, path: str) -> list[Any]:
    """Metadata of a column in each row group."""
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    columns = (group.column(at) for group in groups for at in range(group.num_columns))
    return [column for column in columns if column.path_in_schema == path]


def _has_field(kind: Any, field: str, pa: Any) -> bool:
    if not pa.types.is_struct(kind) or kind.get_field_index(field) < 0 or kind.get_field_index("path") < 0:
        return False
    inner = kind.field(kind.get_field_index(field)).type
    return bool(pa.types.is_binary(inner) or pa.types.is_large_binary(inner))


def _is_numbers(kind: Any, pa: Any) -> bool:
    """Whether a column holds samples: a list of floats, or a struct with one."""
    if pa.types.is_struct(kind):
        return any(_is_numbers(kind.field(at).type, pa) for at in range(kind.num_fields))
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(is_list and pa.types.is_floating(kind.value_type))


def _suffix(path: str) -> str:
    """The extension of a recording; WAV where its path says nothing."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix[1:].isalnum() else ".wav"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
