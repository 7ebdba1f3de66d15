"""`splits`: speaker-disjoint folds of every corpus, and what they guarantee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.collection import files
from cameo_assets.collection.splits import Assignment, Balance, Splits, split
from cameo_assets.collection.splits_page import page
from cameo_assets.provenance import version_of
from cameo_assets.stages.base import Made, Platform, Stage, output_of
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ["file_id", "corpus", "emotion", "transcription", "speaker_id", "group_id", "pcm_md5"]


def inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The version of the collection."""
    return {"unified_jsonl": output_of(platform.store, "unified_jsonl")}


def make(platform: Platform, _partition: str) -> Made:
    """Splits the collection and writes the table and its rationale."""
    store = platform.store
    names = {entry.slug: entry.name for entry in files.read_corpora(store)}
    splits = split(store.read_table(files.TABLE, columns=_COLUMNS).to_pylist())
    text = page(splits.balances, names)
    write(store, splits)
    store.write_bytes(text, files.SPLITS_PAGE)
    rows = [(each.file_id, each.corpus, each.fold, each.basis) for each in splits.assignments]
    details: dict[str, Any] = {"balances": msgspec.to_builtins(splits.balances)}
    return Made(version_of(rows, text.decode()), details)


def write(store: Store, splits: Splits) -> None:
    """Writes `splits.parquet`."""
    import pyarrow as pa

    rows = [msgspec.structs.asdict(each) for each in splits.assignments]
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), files.SPLITS)


def schema() -> pa.Schema:
    """Columns of `splits.parquet`, as in `splits.Assignment`."""
    import pyarrow as pa

    return pa.schema(
        [(name, pa.int32() if name == "fold" else pa.string()) for name in Assignment.__struct_fields__]
    )


def balances(details: dict[str, Any]) -> list[Balance]:
    """How even the folds are, out of the details of a record."""
    return msgspec.convert(details["balances"], list[Balance])


STAGE = Stage(
    name="splits",
    code_version="1",
    inputs=inputs,
    make=make,
    products=lambda _partition: (files.SPLITS, files.SPLITS_PAGE),
)
