"""The metadata of a drop-in corpus: one row for each recording, as JSON Lines or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.tables import lines, rows
from cameo_assets.errors import BadInput

METADATA: Final = ("metadata.jsonl", "metadata.csv")
_NEEDED: Final = ("path", "emotion")

Row = tuple[str, dict[str, Any] | BadInput]
"""Where a row stands, and what it says or why it could not be read."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a row of the metadata may say; `path` is relative to the folder of the corpus."""

    path: str
    emotion: str
    transcription: str | None = None
    speaker: str | None = None
    gender: str | None = None
    age: str | None = None
    group: str | None = None


class Tables(msgspec.Struct, frozen=True):
    """Rows by path with where each stands, and the rows that could not be read."""

    entries: dict[str, tuple[str, Entry]]
    refused: list[BadInput]


def read_tables(source: Source) -> Tables:
    """Reads the metadata.

    Raises:
        BadInput: There is none, or both kinds, or its header is wrong.
    """
    found = [name for name in METADATA if (source.folder / name).is_file()]
    if len(found) != 1:
        seen = " and ".join(found) or "no metadata file"
        raise BadInput(source.folder.name, "metadata", seen, f"one of {' or '.join(METADATA)}")
    name = found[0]
    text = source.text(Member(name, 0, ""))
    entries: dict[str, tuple[str, Entry]] = {}
    refused: list[BadInput] = []
    for where, row in _jsonl(name, text) if name.endswith(".jsonl") else _csv(name, text):
        try:
            entry = _entry(where, row)
            if entry.path in entries:
                expected = f"one row, already at {entries[entry.path][0]}"
                raise BadInput(where, "repeated_row", repr(entry.path), expected)
        except BadInput as error:
            refused.append(error)
        else:
            entries[entry.path] = (where, entry)
    return Tables(entries, refused)


def _jsonl(name: str, text: str) -> Iterator[Row]:
    for number, line in lines(text):
        where = f"{name} line {number}"
        try:
            yield where, msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            yield where, BadInput(where, "json", str(error), "one JSON object")


def _csv(name: str, text: str) -> Iterator[Row]:
    table = rows(name, text)
    _, header = next(table, (0, []))
    missing = [column for column in _NEEDED if column not in header]
    if missing:
        raise BadInput(name, "columns", repr(header), f"also {', '.join(missing)}")
    if len(set(header)) < len(header):
        raise BadInput(name, "columns", repr(header), "each column once")
    for column in header:
        if column not in Entry.__struct_fields__:
            raise unknown_key(name, column, Entry.__struct_fields__)
    for number, fields in table:
        where = f"{name} line {number}"
        if len(fields) == len(header):
            yield where, {key: value for key, value in zip(header, fields, strict=True) if value}
        else:
            yield where, BadInput(where, "columns", f"{len(fields)} fields", f"{len(header)} fields")


def _entry(where: str, row: dict[str, Any] | BadInput) -> Entry:
    if isinstance(row, BadInput):
        raise row
    for key in row:
        if key not in Entry.__struct_fields__:
            raise unknown_key(where, key, Entry.__struct_fields__)
    try:
        entry = msgspec.convert({key: _as_text(value) for key, value in row.items()}, Entry)
    except msgspec.ValidationError as error:
        raise BadInput(where, "value", str(error), "path and emotion, and every value as text") from error
    odd = {"", ".", ".."} & set(entry.path.split("/"))
    if odd or "\\" in entry.path:
        expected = "a path inside the folder, with forward slashes"
        raise BadInput(where, "path", repr(entry.path), expected)
    return entry


def _as_text(value: Any) -> Any:
    """A number as age or speaker is what people write; pandas makes 34.0 of it where others are missing."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def unknown_key(where: str, key: object, known: tuple[str, ...]) -> BadInput:
    """The complaint about a key that nobody reads, with the one that was probably meant."""
    close = get_close_matches(str(key), known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return BadInput(where, "unknown_key", repr(key), f"one of {', '.join(known)}{hint}")
