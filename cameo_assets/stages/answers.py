"""`answers`: every raw answer as every reader reads it. No model is asked, so this takes seconds."""

from __future__ import annotations

from cameo_assets.answers.batch import answers_table
from cameo_assets.answers.registry import READERS, READERS_VERSION
from cameo_assets.collection import files
from cameo_assets.models.evaluate import stored
from cameo_assets.provenance import read_record, version_of_tables
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, output_of
from cameo_assets.stages.predictions import of_key


def inputs(platform: Platform, key: str) -> dict[str, str]:
    """The raw answers and the readers.

    Raises:
        NotReady: The raw answers are missing, or belong to another version of the collection.
    """
    version = output_of(platform.store, "predictions", key)
    record = read_record(platform.store, "predictions", key)
    collection = output_of(platform.store, "unified_jsonl")
    if record is None or record.inputs["collection"] != collection:
        raise NotReady(
            f"predictions of {key} are not those of collection {collection}; materialise them first"
        )
    return {"predictions": version, "collection": collection, "readers": READERS_VERSION}


def make(platform: Platform, key: str) -> Made:
    """Reads the raw answers."""
    import pyarrow.compute as pc

    store = platform.store
    spec, condition = of_key(platform, key)
    options = files.options(store)
    raw = stored(store, spec, [condition], files.read_rows(store), options).answers(condition)
    table = answers_table(raw, options, READERS)
    store.write_table(table, "answers", f"{key}.parquet")
    unresolved = {}
    for reader in READERS:
        own = table.filter(pc.equal(table["reader"], reader.name))
        unresolved[reader.name] = 1 - pc.mean(own["resolved"]).as_py() if own.num_rows else 0.0
    first = table.filter(pc.equal(table["reader"], READERS[0].name))
    reasons = {row["values"]: row["counts"] for row in pc.value_counts(first["reason"]).to_pylist()}
    details = {"answers": raw.num_rows, "unresolved": unresolved, "reasons": dict(sorted(reasons.items()))}
    return Made(version_of_tables(table), details)


STAGE = Stage(
    name="answers",
    code_version="1",
    inputs=inputs,
    make=make,
    products=lambda key: (f"answers/{key}.parquet",),
)
