"""Text tables that publishers and users ship beside their audio."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
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


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields every line that is not blank, with its number, counted from 1."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line
