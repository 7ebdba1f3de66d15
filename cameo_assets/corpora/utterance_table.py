"""The utterances of a corpus and what was refused of it, as tables of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import Refusal
from cameo_assets.places import REFUSED, UTTERANCES
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def write(store: Store, corpus: str, listing: Listing) -> None:
    """Writes `utterances/<corpus>.parquet` and `refused/<corpus>.parquet`."""
    import pyarrow as pa

    rows = [_row(utterance) for utterance in listing.utterances]
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), UTTERANCES.of(corpus))
    refused = [{name: getattr(row, name) for name in Refusal.__struct_fields__} for row in listing.refusals]
    text = pa.schema([(name, pa.string()) for name in Refusal.__struct_fields__])
    store.write_table(pa.Table.from_pylist(refused, schema=text), REFUSED.of(corpus))


def read(store: Store, corpus: str) -> list[Utterance]:
    """The utterances of a corpus, sorted by file_id."""
    rows = store.read_table(UTTERANCES.of(corpus)).to_pylist()
    return [
        Utterance(
            **{
                **row,
                "span": tuple(row["span"]) if row["span"] else None,
                "votes": dict(row["votes"]) if row["votes"] is not None else None,
                "flags": tuple(row["flags"]),
            }
        )
        for row in rows
    ]


def _row(utterance: Utterance) -> dict[str, Any]:
    row = {name: getattr(utterance, name) for name in Utterance.__struct_fields__}
    return {**row, "flags": list(utterance.flags), "span": list(utterance.span) if utterance.span else None}


def schema() -> pa.Schema:
    """Columns of `utterances/<corpus>.parquet`, as in `Utterance`."""
    import pyarrow as pa

    types = {
        "span": pa.list_(pa.float64(), 2),
        "votes": pa.map_(pa.string(), pa.int32()),
        "flags": pa.list_(pa.string()),
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in Utterance.__struct_fields__])
