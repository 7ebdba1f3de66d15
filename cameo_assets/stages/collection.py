"""`unified_jsonl`: all corpora side by side, and what changed since the last version."""

from __future__ import annotations

from typing import Any

import msgspec

from cameo_assets.audio.batch import read_inspections
from cameo_assets.collection import files
from cameo_assets.collection.rows import jsonl, schema
from cameo_assets.collection.unify import Collection, Part, change, unify
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.provenance import read_record, version_of
from cameo_assets.stages import utterances
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, output_of
from cameo_assets.stages.current import corpora


def inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The versions of every corpus whose audio has been normalised, and what is known of the licences."""
    names = corpora(platform)
    if not names:
        raise NotReady("no corpus has been normalised yet; materialise normalized_audio first")
    versions = {}
    for corpus in names:
        versions[f"utterances/{corpus}"] = output_of(platform.store, "utterances", corpus)
        versions[f"audio/{corpus}"] = output_of(platform.store, "normalized_audio", corpus)
    versions["licences"] = _licences(names)
    return versions


def _licences(corpora: list[str]) -> str:
    """Changes with the licence of a known corpus; drop-ins state it in files that have versions."""
    specs = [known()[corpus] for corpus in corpora if corpus in known()]
    return version_of(
        [(each.slug, each.licence, each.licence_doubt, each.attribution, each.citation) for each in specs]
    )


def make(platform: Platform, _partition: str) -> Made:
    """Joins the corpora and writes the collection; a version that was there is kept beside it.

    Raises:
        BadInput: Two corpora claim the same id.
    """
    store = platform.store
    names = corpora(platform)
    collection = unify([_part(platform, corpus) for corpus in names])
    before = files.read_rows(store).to_pylist() if store.exists(files.TABLE) else []
    difference = change(before, collection.rows)
    version = _version(collection)
    details = _details(collection)
    details["change"] = msgspec.to_builtins(difference)
    details["columns"] = version_of(collection.rows)
    _write(platform, collection, version)
    return Made(version, details)


def _part(platform: Platform, corpus: str) -> Part:
    record = read_record(platform.store, "utterances", corpus)
    assert record is not None  # inputs has seen it
    return Part(
        spec=spec_for(corpus, platform.landing),
        utterances=utterances.read(platform.store, corpus),
        inspections=read_inspections(platform.store, corpus),
        refused=record.details["reasons"],
        sample=record.details["sample"],
    )


def _version(collection: Collection) -> str:
    """Changes with what is evaluated: ids, labels, texts, audio, clusters and options."""
    rows = [(jsonl([row]).decode(), row["pcm_md5"], row["group_id"]) for row in collection.rows]
    return version_of(rows, collection.corpora)


def _details(collection: Collection) -> dict[str, Any]:
    entries = collection.corpora
    return {
        "utterances": len(collection.rows),
        "corpora": len(entries),
        "languages": len({entry.language for entry in entries}),
        "emotions": len({emotion for entry in entries for emotion in entry.utterances}),
        "seconds": round(sum(entry.seconds for entry in entries), 3),
    }


def _write(platform: Platform, collection: Collection, version: str) -> None:
    import pyarrow as pa

    store = platform.store
    table = pa.Table.from_pylist(collection.rows, schema=schema())
    taken = [name.split("-")[1].removesuffix(".parquet") for name in store.names("collection", "versions")]
    if not taken or taken[-1] != version:
        store.write_table(table, "collection", "versions", f"{len(taken) + 1:05d}-{version}.parquet")
    store.write_bytes(jsonl(collection.rows), files.JSONL)
    store.write_table(table, files.TABLE)
    entries = msgspec.json.format(msgspec.json.encode(collection.corpora), indent=1)
    store.write_bytes(entries, files.CORPORA)


def products(_partition: str) -> tuple[str, ...]:
    """What must exist."""
    return (files.JSONL, files.TABLE, files.CORPORA)


def columns(platform: Platform) -> str:
    """Changes with any column of `utterances.parquet`, also with votes and others that no score rests on."""
    record = read_record(platform.store, STAGE.name)
    return str(record.details.get("columns", "")) if record else ""


STAGE = Stage(name="unified_jsonl", code_version="3", inputs=inputs, make=make, products=products)
