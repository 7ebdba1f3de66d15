"""The collection as a dataset repo: audio where the licence allows it, metadata for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.collection.files import (
    CORPORA,
    JSONL,
    SPLITS,
    SPLITS_PAGE,
    TABLE,
    read_corpora,
    read_rows,
    read_splits,
)
from cameo_assets.collection.rows import OURS, CorpusEntry
from cameo_assets.collection.rows import jsonl as lines_of
from cameo_assets.corpora.spec import CAMEO_FIELDS
from cameo_assets.errors import BadInput
from cameo_assets.hub import dataset_card, licences
from cameo_assets.hub.audio_parquet import SHARD_BYTES, write_shards
from cameo_assets.hub.plan import Plan
from cameo_assets.hub.rulings import read_rulings
from cameo_assets.hub.tree import Tree, publish
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

NAME: Final = "cameo"
_MOST_SHOWN: Final = 200
ABOUT: Final = ("file_id", *(name for name in OURS if name not in ("source_name", "source_path", "span")))
"""Columns of `metadata/utterances.parquet`: ours, without the publishers' file names, as some name people."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to find one clip at its publisher, for a corpus whose audio is not published here.

    It has the publisher's own file names, also where these name people (SUBESCO's speakers by their first
    names): without them, the clip could not be found.

    Attributes:
        file_id: Id of the utterance.
        source_name: What the id is the SHA-256 of.
        source_path: Path inside what the publisher published.
        span: Start and end in seconds where the clip is a part of that file, else None.
        seconds: Duration.
        pcm_md5: MD5 of the decoded samples after conversion to 16 kHz, 16 bit, mono.
    """

    file_id: str
    source_name: str
    source_path: str
    span: tuple[float, float] | None
    seconds: float
    pcm_md5: str


def build_dataset(store: Store, shard_bytes: int = SHARD_BYTES) -> Plan:
    """Builds `publish/datasets/cameo` from the collection and its audio, and the plan beside it.

    The same collection gives the same bytes; a tree that would not change is left alone.

    Args:
        store: A store in a local folder, with a collection.
        shard_bytes: Upper bound for a Parquet file.

    Returns:
        The plan, with the changes that this build made.

    Raises:
        BadInput: The store is not local, the audio of a row is missing, the files of the collection don't
            belong together, or what people decided about licences cannot be read.
        FileNotFoundError: There is no collection, or it has no folds.
    """
    import pyarrow.parquet as pq

    corpora = read_corpora(store)
    rows = read_rows(store)
    jsonl = store.read_bytes(JSONL)
    _check(rows, jsonl, corpora)
    _check_splits(store, rows)
    decisions = licences.decide(corpora, read_rulings(store, corpora))

    def fill(tree: Tree) -> None:
        shards: dict[str, list[str]] = {}
        for entry, decision in zip(corpora, decisions, strict=True):
            own = _rows_of(rows, entry)
            if decision.audio and own.num_rows:
                shards[entry.slug] = write_shards(tree, store, entry.slug, own, shard_bytes)
            elif own.num_rows:
                tree.write(f"recipes/{entry.slug}.jsonl", _recipes(own))
        tree.write("metadata/all.jsonl", jsonl)
        with tree.open("metadata/utterances.parquet") as file:
            pq.write_table(rows.select(ABOUT), file, compression="zstd")
        tree.write("splits/splits.parquet", store.read_bytes(SPLITS))
        tree.write("splits/README.md", store.read_bytes(SPLITS_PAGE))
        tree.write(licences.LICENSES, licences.page(corpora, decisions))
        tree.write("CITATION.cff", dataset_card.citation(corpora))
        tree.write("README.md", dataset_card.readme(corpora, decisions, shards))
        sums = "".join(f"{file.sha256}  {file.path}\n" for file in tree.files)
        tree.write("checksums.sha256", sums.encode())

    return publish(store, "datasets", NAME, fill, decisions)


def _check(rows: pa.Table, jsonl: bytes, corpora: Sequence[CorpusEntry]) -> None:
    """Refuses files of two versions of the collection, and what the licence guard would not see."""
    lines = jsonl.count(b"\n")
    if lines != rows.num_rows:
        raise BadInput(JSONL, "lines", str(lines), f"{rows.num_rows}, as in {TABLE}")
    counted = Counter(zip(rows["corpus"].to_pylist(), rows["license"].to_pylist(), strict=True))
    expected = {
        (entry.slug, licences.licence_of(entry).spelling): entry.total for entry in corpora if entry.total
    }
    for key in sorted(counted.keys() | expected.keys(), key=str):
        if counted[key] != expected.get(key, 0):
            raise BadInput(
                f"{TABLE}: corpus {key[0]} with licence {key[1]}",
                "same_collection",
                f"{counted[key]} rows",
                f"{expected.get(key, 0)}, as in {CORPORA}",
            )
    expected_lines = lines_of(rows.select(CAMEO_FIELDS).to_pylist())
    if jsonl != expected_lines:
        pairs = zip_longest(jsonl.split(b"\n"), expected_lines.split(b"\n"), fillvalue=b"")
        number, seen, wanted = next((n, a, b) for n, (a, b) in enumerate(pairs, start=1) if a != b)
        raise BadInput(f"{JSONL}: line {number}", "same_collection", _shown(seen), _shown(wanted))
    names: dict[str, str] = {}
    for entry in corpora:
        other = names.setdefault(dataset_card.split_name(entry.slug), entry.slug)
        if other != entry.slug:
            raise BadInput(
                f"{CORPORA}: {entry.slug}",
                "split_name",
                f"the same as of {other}",
                "slugs that differ in letters or digits",
            )


def _shown(line: bytes) -> str:
    """A line as a complaint shows it: in quotes, as its end may be what differs."""
    text = repr(line.decode(errors="replace"))
    return text if len(text) <= _MOST_SHOWN else f"{text[:100]}…{text[-100:]}"


def _check_splits(store: Store, rows: pa.Table) -> None:
    found = set(read_splits(store)["file_id"].to_pylist())
    wanted = set(rows["file_id"].to_pylist())
    if found != wanted:
        seen = f"{len(wanted - found)} utterances without a fold, {len(found - wanted)} folds of no utterance"
        raise BadInput(SPLITS, "same_collection", seen, f"a fold for each row of {TABLE}")


def _rows_of(rows: pa.Table, entry: CorpusEntry) -> pa.Table:
    import pyarrow.compute as pc

    return rows.filter(pc.equal(rows["corpus"], entry.slug)).sort_by("file_id")


def _recipes(rows: pa.Table) -> bytes:
    names = list(Recipe.__struct_fields__)
    return msgspec.json.Encoder().encode_lines([Recipe(**row) for row in rows.select(names).to_pylist()])
