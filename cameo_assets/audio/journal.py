"""The inspection table of a corpus, and the journal that makes a killed run resumable.

    inspection/<corpus>.parquet                 the table: one row for each utterance, sorted by file id
    inspection/<corpus>.parts/part-NNNNN.parquet   the journal, while a run is under way
    audio/<corpus>.sha256                       digests of the FLACs, which the journal has in its rows

A run that has something to do first journals the rows that still hold. From then on the journal and not the
table says what is known, so a row can never speak of a FLAC that a later, killed run has overwritten. The
journal goes when the new table is there.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.audio.digests import read_digests, write_digests
from cameo_assets.audio.inspect import Inspection
from cameo_assets.audio.policy import AUDIO_VERSION
from cameo_assets.places import AUDIO, INSPECTION, INSPECTION_PARTS
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An inspection, and what it rests on.

    Attributes:
        inspection: What was found.
        source_version: Version of the file that the clip was read from.
        made_from: Version of all that decides the result: source, span, policy and code.
        bytes: Size of the FLAC; 0 where the clip was refused.
        sha256: Hex digest of the FLAC; empty where the clip was refused, or nobody took it.
    """

    inspection: Inspection
    source_version: str
    made_from: str
    bytes: int = 0
    sha256: str = ""


def read_inspections(store: Store, corpus: str) -> list[Inspection]:
    """The inspection table of a corpus, sorted by file id.

    Raises:
        FileNotFoundError: The corpus was never normalised.
    """
    return [entry.inspection for entry in _entries(store.read_table(INSPECTION.of(corpus)))]


class Journal:
    """What is known of the clips of one corpus.

    Args:
        store: Where it lives.
        corpus: Slug.
    """

    def __init__(self, store: Store, corpus: str) -> None:
        self._store = store
        self._corpus = corpus
        self._parts = INSPECTION_PARTS.of(corpus)
        self._next = 0

    def known(self) -> dict[str, Entry]:
        """All rows that were kept, by file id: those of a run that was cut short, else those of the table.

        A table that is damaged counts as missing, and so does what it would say.
        """
        names = self._store.names(self._parts, suffix=".parquet")
        if names:
            entries = [entry for name in names for entry in self._read(self._parts + name)]
        else:
            digests = read_digests(self._store, self._corpus) or {}
            entries = [
                msgspec.structs.replace(entry, sha256=digests.get(entry.inspection.file_id, ""))
                for entry in self._read(INSPECTION.of(self._corpus))
            ]
        return {entry.inspection.file_id: entry for entry in entries}

    def _read(self, path: str) -> list[Entry]:
        import pyarrow as pa

        try:
            return _entries(self._store.read_table(path))
        except (OSError, pa.ArrowException, msgspec.ValidationError):
            return []

    def begin(self, entries: Iterable[Entry]) -> None:
        """Starts the journal with the rows that still hold; whatever else was known is forgotten."""
        old = self._store.names(self._parts, suffix=".parquet")
        self._next = 0
        self.append(entries)
        for name in old:
            if name != _part(0):
                self._store.remove(self._parts + name)

    def append(self, entries: Iterable[Entry]) -> None:
        """Adds rows, durably. The FLACs must be durable before (see `settle`)."""
        self._store.write_table(_table(entries, with_digests=True), self._parts + _part(self._next))
        self._next += 1

    def finish(self, entries: Iterable[Entry]) -> bool:
        """Writes the digests and the table, and ends the journal.

        Returns:
            Whether the table is new or changed.
        """
        rows = list(entries)
        digests = {row.inspection.file_id: row.sha256 for row in rows if row.bytes}
        write_digests(self._store, self._corpus, digests)
        changed = self._store.write_table(_table(rows), INSPECTION.of(self._corpus))
        self._store.remove(self._parts)
        return changed


def settle(store: Store, corpus: str, names: Iterable[str]) -> None:
    """Waits until the disk has the FLACs of these names, so that a journalled row never outlives its FLAC."""
    if not store.local:
        return
    import os

    if platform.system() == "Linux":
        os.sync()  # waits on Linux alone; for a chunk of files it is quicker than a wait for each
        return
    for name in names:
        with open(str(store.path(AUDIO.of(corpus, name))), "r+b") as file:  # noqa: PTH123 - a Path or a UPath
            os.fsync(file.fileno())


def _part(number: int) -> str:
    return f"part-{number:05d}.parquet"


def _schema(*, with_digests: bool = False) -> pa.Schema:
    import pyarrow as pa

    kinds: Mapping[str, Any] = {
        "str": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "tuple[str, ...]": pa.list_(pa.string()),
    }
    fields = [
        pa.field(name, kinds.get(kind, pa.string()), nullable=False)
        for name, kind in Inspection.__annotations__.items()
    ]
    ours = {"source_version": "str", "audio_version": "str", "made_from": "str", "bytes": "int"}
    ours |= {"sha256": "str"} if with_digests else {}
    return pa.schema(fields + [pa.field(name, kinds[kind], nullable=False) for name, kind in ours.items()])


def _table(entries: Iterable[Entry], *, with_digests: bool = False) -> pa.Table:
    import pyarrow as pa

    rows = [
        msgspec.structs.asdict(entry.inspection)
        | {
            "source_version": entry.source_version,
            "audio_version": AUDIO_VERSION,
            "made_from": entry.made_from,
            "bytes": entry.bytes,
            "sha256": entry.sha256,
        }
        for entry in sorted(entries, key=lambda entry: entry.inspection.file_id)
    ]
    return pa.Table.from_pylist(rows, schema=_schema(with_digests=with_digests))


def _entries(table: pa.Table) -> list[Entry]:
    """The rows of a table; none where other code wrote other columns, so that all is made anew."""
    if table.schema.names not in (_schema().names, _schema(with_digests=True).names):
        return []
    names = Inspection.__struct_fields__
    return [
        Entry(
            inspection=msgspec.convert({name: row[name] for name in names}, Inspection),
            source_version=row["source_version"],
            made_from=row["made_from"],
            bytes=row["bytes"],
            sha256=row.get("sha256", ""),
        )
        for row in table.to_pylist()
    ]
