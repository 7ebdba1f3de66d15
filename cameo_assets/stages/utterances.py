"""`utterances`: one typed record for each utterance of a corpus, and a table of what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import Refusal
from cameo_assets.provenance import version_of
from cameo_assets.stages.base import Made, Platform, Stage, output_of
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def inputs(platform: Platform, corpus: str) -> dict[str, str]:
    """The fingerprint of the raw corpus and the version of the file that reads it."""
    spec = spec_for(corpus, platform.landing)
    found = {"raw": output_of(platform.store, "raw", corpus), "reader": spec.code_version}
    if spec.in_cameo is not None:
        found["left out"] = "what CAMEO lacks" if platform.compatible else "nothing"
    return found


def make(platform: Platform, corpus: str) -> Made:
    """Lists the corpus and writes both tables.

    Raises:
        BadInput: A side file is missing or broken, or the folder holds no clip of this corpus.
    """
    spec = spec_for(corpus, platform.landing)
    source = Source(platform.landing / corpus)
    listing = list_corpus(spec, source, cameo_compatible=platform.compatible)
    write(platform.store, corpus, listing)
    details: dict[str, Any] = {
        "utterances": len(listing.utterances),
        "refused": len(listing.refusals),
        "reasons": listing.reasons,
        "ignored": listing.ignored,
        "counts": listing.counts,
        "speakers": len({u.speaker_id for u in listing.utterances if u.speaker_id}),
        "sample": listing.sample,
        "as_cameo": platform.compatible and spec.in_cameo is not None,
        **texts(listing.utterances),
    }
    return Made(
        version_of([row.source_name for row in listing.utterances], details, _facts(listing)), details
    )


def texts(rows: Sequence[Utterance], rarest: int = 20) -> dict[str, Any]:
    """What is said in a corpus: how many different texts, how many utterances without, the rarest texts.

    Args:
        rows: The utterances.
        rarest: How many of the rarest texts to name.
    """
    times = Counter(row.transcription for row in rows if row.transcription is not None)
    return {
        "texts": len(times),
        "without_text": len(rows) - times.total(),
        "rarest_texts": sorted(times.items(), key=lambda item: (item[1], item[0]))[:rarest],
    }


def _facts(listing: Listing) -> list[tuple[object, ...]]:
    """All that is said of the utterances, without the time stamps of their files."""
    hidden = Utterance.__struct_fields__.index("source_version")
    rows = ([getattr(row, name) for name in Utterance.__struct_fields__] for row in listing.utterances)
    return [(*row[:hidden], *row[hidden + 1 :]) for row in rows]


def write(store: Store, corpus: str, listing: Listing) -> None:
    """Writes `utterances/<corpus>.parquet` and `refused/<corpus>.parquet`."""
    import pyarrow as pa

    rows = [_row(utterance) for utterance in listing.utterances]
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), "utterances", f"{corpus}.parquet")
    refused = [{name: getattr(row, name) for name in Refusal.__struct_fields__} for row in listing.refusals]
    text = pa.schema([(name, pa.string()) for name in Refusal.__struct_fields__])
    store.write_table(pa.Table.from_pylist(refused, schema=text), "refused", f"{corpus}.parquet")


def read(store: Store, corpus: str) -> list[Utterance]:
    """The utterances of a corpus, sorted by file_id."""
    rows = store.read_table("utterances", f"{corpus}.parquet").to_pylist()
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


def products(corpus: str) -> tuple[str, ...]:
    """What must exist."""
    return (f"utterances/{corpus}.parquet", f"refused/{corpus}.parquet")


STAGE = Stage(name="utterances", code_version="3", inputs=inputs, make=make, products=products)
