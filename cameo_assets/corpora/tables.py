"""Text tables that publishers and users ship beside their audio."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from cameo_assets.errors import BadInput


def rows(path: str, text: str, **form: Any) -> Iterator[tuple[int, list[str]]]:
    """Splits a delimited table into rows of fields; blank lines are passed over.

    Args:
        path: What to call the table in complaints.
        text: The table.
        **form: As `csv.reader` takes it, such as `delimiter`.

    Yields:
        The line that the row ends on, counted from 1, and the fields.

    Raises:
        BadInput: It is no such table.
    """
    # Not str.splitlines, which also splits at characters that may stand in a sentence, such as U+2028.
    reader = csv.reader(io.StringIO(text, newline=""), **form)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path} line {reader.line_num}", "csv", str(error), "rows of fields") from error
        if row:
            yield reader.line_num, row


def records(
    path: str,
    text: str,
    columns: Sequence[str],
    refused: list[BadInput],
    *,
    more: bool = False,
    **form: Any,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Reads a delimited table with a header; a row of another length concerns itself alone.

    Args:
        path: What to call the table in complaints.
        text: The table.
        columns: Names of columns that must be there.
        refused: Takes the complaints about rows.
        more: Whether there may be other columns, and the order is free.
        **form: As for `rows`.

    Yields:
        Table and line of a row, and all its cells by column.

    Raises:
        BadInput: It is no such table, or its columns are others.
    """
    table = rows(path, text, **form)
    _, header = next(table, (0, []))
    if not set(columns) <= set(header) if more else header != list(columns):
        seen = repr(header) if header else "an empty table"
        raise BadInput(path, "columns", seen, f"{'at least ' * more}{list(columns)}")
    for line, row in table:
        where = f"{path} line {line}"
        if len(row) == len(header):
            yield where, dict(zip(header, row, strict=True))
        else:
            refused.append(BadInput(where, "columns", f"{len(row)} fields", f"{len(header)} fields"))


def cells(
    path: str, text: str, columns: Sequence[str], refused: list[BadInput], **options: Any
) -> Iterator[tuple[str, list[str]]]:
    """As `records`, but yields the cells of a row in the order of `columns`."""
    for where, row in records(path, text, columns, refused, **options):
        yield where, [row[column] for column in columns]


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields every line that is not blank, with its number, counted from 1."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line
