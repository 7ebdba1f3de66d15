"""What each product of the store was made from, so that unchanged work is never done twice.

A stage writes its products first and its record last. The record names the versions of all inputs; as long as
they are the same, the products are current. The same records answer what is out of date (see
`automation.out_of_date`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = "all"
"""The partition name of a stage that has no partitions."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a product was made from and what came out.

    Attributes:
        stage: Name of the stage, such as `utterances`.
        partition: Corpus or evaluation; `WHOLE` where there is one product only.
        inputs: Version of each input, by name; the version of the stage's own code is one of them.
        output: Version of the product: a hash of what is in it.
        details: Counts and the like that a no-op shows again.
    """

    stage: str
    partition: str
    inputs: dict[str, str]
    output: str
    details: dict[str, Any] = {}


def read_record(store: Store, stage: str, partition: str = WHOLE) -> Record | None:
    """The record of a product; None where it was never made."""
    try:
        data = store.read_bytes("records", stage, f"{partition}.json")
    except FileNotFoundError:
        return None
    return msgspec.json.decode(data, type=Record)


def write_record(store: Store, record: Record) -> None:
    """Keeps a record; to be called after the products are written."""
    data = msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=1)
    store.write_bytes(data, "records", record.stage, f"{record.partition}.json")


def current(store: Store, stage: str, partition: str, inputs: Mapping[str, str]) -> Record | None:
    """The record of a product if it was made from exactly these inputs, else None."""
    record = read_record(store, stage, partition)
    return record if record is not None and record.inputs == dict(inputs) else None


def version_of(*parts: object) -> str:
    """A short version: the first 16 hex digits of the SHA-256 of the parts in canonical JSON.

    >>> version_of("a", 1) == version_of("a", 1) != version_of("a1")
    True
    """
    data = msgspec.json.encode(parts, order="deterministic")
    return hashlib.sha256(data).hexdigest()[:16]


def version_of_tables(*tables: pa.Table) -> str:
    """A short version of tables: of their columns, their types and every value.

    How a table lies in memory (chunks, slices, what stands under a null) and its metadata have no part in it.
    """
    import numpy as np
    import pyarrow as pa

    digest = hashlib.sha256()
    for table in tables:
        # Taking every row lays them out afresh, which combining chunks or copying a slice does not.
        plain = table.replace_schema_metadata(None).take(pa.array(np.arange(table.num_rows))).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, plain.schema) as writer:
            writer.write_table(plain)
        digest.update(sink.getvalue())
    return digest.hexdigest()[:16]
