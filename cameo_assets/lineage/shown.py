"""What people see of a product: plain values, which the UI and the terminal render in their own ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec


class Table(msgspec.Struct, frozen=True):
    """Rows under headings; `None` shows as a word where there are none.

    Attributes:
        columns: Headings.
        rows: Cells; numbers stay numbers.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Markdown(msgspec.Struct, frozen=True):
    """A text with marks."""

    text: str


class Picture(msgspec.Struct, frozen=True):
    """A plot as PNG."""

    png: bytes


class Located(msgspec.Struct, frozen=True):
    """A file or folder of the store or of the landing zone, by its full path."""

    path: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    Attributes:
        name: As declared by the product.
        passed: Whether all is well.
        warn: Whether a failure is only to be known and nobody has to mend it.
        description: One sentence, where there is something to say.
        metadata: What was looked at.
    """

    name: str
    passed: bool
    warn: bool = False
    description: str | None = None
    metadata: Mapping[str, Any] = {}


class Shown(msgspec.Struct, frozen=True):
    """What is shown of a product.

    Attributes:
        metadata: Values by name: numbers, texts, and the types of this module.
        checks: One for each declared check.
    """

    metadata: Mapping[str, Any]
    checks: tuple[Check, ...] = ()


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table of any rows."""
    return Table(tuple(columns), tuple(tuple(row) for row in rows))


def times(counts: Mapping[str, int]) -> str:
    """How often what happened, in one line, such as `3 file_name, 1 spelling`."""
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def check(
    name: str,
    passed: bool,
    *,
    warn: bool = False,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Check:
    """The result of one check; `warn` is for what a person should know and nobody has to mend."""
    return Check(name=name, passed=passed, warn=warn, metadata=metadata or {}, description=description)
