"""Writes a corpus as Parquet with its FLACs inside, so that `datasets` and the Hub's viewer play it.

The audio lies uncompressed and without dictionary in groups of 100 rows: FLAC does not shrink, and a changed
row then changes few bytes of the file, so that little has to be sent again.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.audio.digests import header_md5, read_digests
from cameo_assets.corpora.spec import CAMEO_FIELDS
from cameo_assets.hub.tree import Tree
from cameo_assets.places import AUDIO
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_BYTES: Final = 500_000_000
"""No file is larger."""

GROUP_ROWS: Final = 100
"""Rows that a reader fetches at once."""

SAMPLING_RATE: Final = 16_000

COLUMNS: Final = (CAMEO_FIELDS[0], "audio", *CAMEO_FIELDS[1:])
"""CAMEO's columns in CAMEO's order."""

_REPEATED: Final = [name for name in CAMEO_FIELDS if name != "file_id"]
"""Columns with few distinct values, for which a dictionary pays."""

_ROW_OVERHEAD: Final = 1024
"""More than a row takes beside its audio and its text, page headers included."""


def schema() -> pa.Schema:
    """Columns of the files, with the metadata by which `datasets` knows that `audio` is audio."""
    import pyarrow as pa

    audio = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    features = {
        name: {"sampling_rate": SAMPLING_RATE, "_type": "Audio"}
        if name == "audio"
        else {"dtype": "string", "_type": "Value"}
        for name in COLUMNS
    }
    return pa.schema(
        [(name, audio if name == "audio" else pa.string()) for name in COLUMNS],
        metadata={"huggingface": msgspec.json.encode({"info": {"features": features}})},
    )


def write_shards(
    tree: Tree, store: Store, corpus: str, rows: pa.Table, shard_bytes: int = SHARD_BYTES
) -> list[str]:
    """Writes one corpus as `data/<corpus>-<shard>-of-<shards>.parquet`.

    At most one row group is in memory at a time.

    Args:
        tree: Where to write.
        store: Where the audio is.
        corpus: Slug.
        rows: The rows of the corpus with CAMEO's nine fields and `pcm_md5`, in the order in which they are
            written.
        shard_bytes: Upper bound for a file; a single row that is larger gets a file of its own.

    Returns:
        Paths of the files inside the tree.

    Raises:
        OSError: The audio of a row is missing or damaged; names it.
    """
    shards = _shards(
        [_cost(store, corpus, row) for row in rows.select(CAMEO_FIELDS).to_pylist()], shard_bytes
    )
    paths = []
    for index, (start, stop) in enumerate(shards):
        path = f"data/{corpus}-{index:05d}-of-{len(shards):05d}.parquet"
        _write_shard(tree, store, corpus, rows.slice(start, stop - start), path)
        paths.append(path)
    return paths


def _cost(store: Store, corpus: str, row: dict[str, str | None]) -> int:
    path = AUDIO.of(corpus, str(row["file_id"]))
    try:
        audio = int(store.path(path).stat().st_size)
    except FileNotFoundError as error:
        raise store.damaged(path, "it is missing, and a row of the collection has it") from error
    text = sum(len(value.encode()) for value in row.values() if value is not None)
    return audio + text + _ROW_OVERHEAD


def _shards(costs: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Runs of rows, as (start, stop), none of which costs more than the limit if it has several rows."""
    starts: list[int] = []
    filled = 0
    for index, cost in enumerate(costs):
        if not starts or filled + cost > limit:
            starts.append(index)
            filled = 0
        filled += cost
    return list(itertools.pairwise([*starts, len(costs)]))


def _write_shard(tree: Tree, store: Store, corpus: str, rows: pa.Table, path: str) -> None:
    import pyarrow.parquet as pq

    leaves = ["audio.bytes", "audio.path", *CAMEO_FIELDS]
    with (
        tree.open(path) as file,
        pq.ParquetWriter(
            file,
            schema(),
            compression={leaf: "NONE" if leaf == "audio.bytes" else "ZSTD" for leaf in leaves},
            use_dictionary=_REPEATED,
            write_statistics=[leaf for leaf in leaves if leaf != "audio.bytes"],
            write_page_index=True,
        ) as writer,
    ):
        for start in range(0, rows.num_rows, GROUP_ROWS):
            writer.write_table(_with_audio(store, corpus, rows.slice(start, GROUP_ROWS)), GROUP_ROWS)


def _checked(store: Store, corpus: str, name: str, pcm_md5: str, digests: Mapping[str, str]) -> bytes:
    """A FLAC that is the recording of its row, byte for byte as it was made.

    Raises:
        OSError: It is damaged or another recording.
    """
    from cameo_assets.audio.stored import DamagedAudioError, read_stored

    path = AUDIO.of(corpus, name)
    data = store.read_bytes(path)
    if (md5 := header_md5(data)) != pcm_md5:
        why = f"seen sound with MD5 {md5 or 'of no FLAC'}; expected {pcm_md5}, as in the collection"
        raise store.damaged(path, why)
    if name not in digests:  # nobody knows its bytes: the samples themselves have to be those of the row
        try:
            read_stored(str(store.path(path)), pcm_md5)
        except DamagedAudioError as error:
            raise store.damaged(path, str(error)) from error
    elif (digest := hashlib.sha256(data).hexdigest()) != digests[name]:
        raise store.damaged(path, f"seen SHA-256 {digest}; expected {digests[name]}, as it was made")
    return data


def _with_audio(store: Store, corpus: str, rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    ids = rows["file_id"].to_pylist()
    digests = read_digests(store, corpus) or {}
    md5s = rows["pcm_md5"].to_pylist()
    flacs = pa.array(
        [_checked(store, corpus, name, md5, digests) for name, md5 in zip(ids, md5s, strict=True)],
        pa.binary(),
    )
    audio = pa.StructArray.from_arrays([flacs, pa.array(ids, pa.string())], ["bytes", "path"])
    columns = [audio if name == "audio" else rows[name] for name in COLUMNS]
    return pa.table(columns, schema=schema())
