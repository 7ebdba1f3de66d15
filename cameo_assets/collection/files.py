"""Where the collection lies in the store, and how others read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from cameo_assets import places
from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.collection.splits import Assignment
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

JSONL = places.JSONL.of()
TABLE = places.COLLECTION.of()
CORPORA = places.CORPORA.of()
SPLITS = places.SPLITS.of()
SPLITS_PAGE = places.SPLITS_PAGE.of()


def read_rows(store: Store) -> pa.Table:
    """The collection, sorted by corpus and file_id, with the columns of `rows.schema`."""
    return store.read_table(TABLE)


def read_corpora(store: Store) -> list[CorpusEntry]:
    """The corpora of the collection, sorted by slug."""
    return msgspec.json.decode(store.read_bytes(CORPORA), type=list[CorpusEntry])


def options(store: Store) -> dict[str, tuple[str, ...]]:
    """The emotions of each corpus: the options that a model is offered."""
    return {entry.slug: entry.emotions for entry in read_corpora(store)}


def read_splits(store: Store) -> pa.Table:
    """The folds, sorted by corpus and file_id: the columns of `splits.Assignment`."""
    return store.read_table(SPLITS)


def write_splits(store: Store, assignments: Iterable[Assignment]) -> None:
    """Writes the folds."""
    import pyarrow as pa

    columns = [(name, pa.int32() if name == "fold" else pa.string()) for name in Assignment.__struct_fields__]
    rows = [msgspec.structs.asdict(each) for each in assignments]
    store.write_table(pa.Table.from_pylist(rows, schema=pa.schema(columns)), SPLITS)
