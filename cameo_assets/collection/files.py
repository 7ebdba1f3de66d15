"""Where the collection lies in the store, and how other stages read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

JSONL = "collection/cameo.jsonl"
TABLE = "collection/utterances.parquet"
CORPORA = "collection/corpora.json"
SPLITS = "collection/splits.parquet"
SPLITS_PAGE = "collection/splits.md"


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
