"""What each product of the store was made from, and what it is: so that nothing is done twice or believed.

A product is written first and its record last. The record names the versions of all inputs and a digest of
every file that was made: as long as the inputs are the same and the files are there, the product is current
(see `lineage.run`); whoever publishes or scores it compares the bytes (see `lineage.view`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.places import RECORDS
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE: Final = "all"
"""The partition name of a product that has no partitions."""

FORMAT: Final = 2
"""Of records; those of format 1 had no digests, so what they speak of is made anew once."""

Details = TypeVar("Details", bound=msgspec.Struct)


class Digest(msgspec.Struct, frozen=True):
    """What a file, or a folder of many files, is.

    Attributes:
        size: Bytes.
        sha256: Hex digest of the content; of a folder, of its listing with names and sizes.
    """

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """The digest of a content."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a product was made from and what came out.

    Attributes:
        product: Name of the product as records spell it, such as `utterances` or `hub_dataset`.
        partition: Corpus or evaluation; `WHOLE` where there is one product only.
        inputs: Version of each input, by name; the version of the maker's code is one of them.
        output: Version of the product: a hash of what is in it.
        details: Counts and the like that a no-op shows again (see `details_of`).
        made: Digest of every file of the product, by path; a folder's path ends in `/`.
        damaged: What somebody found damaged since; empty while nothing is known.
        format: Of the record itself.
    """

    product: str = msgspec.field(name="stage")
    partition: str
    inputs: dict[str, str]
    output: str
    details: dict[str, Any] = {}
    made: dict[str, Digest] = {}
    damaged: str = ""
    format: int = 1


def read_record(
    store: Store, product: str, partition: str = WHOLE, complaints: list[BadInput] | None = None
) -> Record | None:
    """The record of a product; None where it was never made, or where the record is broken.

    Args:
        store: Where it is.
        product: Name of the product, as records spell it.
        partition: Its partition.
        complaints: Takes a complaint about a broken record, which names its path.
    """
    path = RECORDS.of("", product, f"{partition}.json")
    return read_small(store, path, Record, "the record of a product; it counts as missing", complaints)


Small = TypeVar("Small")


def read_small(
    store: Store, path: str, kind: type[Small], expected: str, complaints: list[BadInput] | None = None
) -> Small | None:
    """A small JSON file; None where it is not there or broken.

    Args:
        store: Where it is.
        path: Its path.
        kind: What it should hold.
        expected: What the complaint about a broken one says.
        complaints: Takes that complaint.
    """
    try:
        return msgspec.json.decode(store.read_bytes(path), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if complaints is not None:
            complaints.append(BadInput(path, "damaged", str(error), expected))
        return None


def write_record(store: Store, record: Record) -> None:
    """Keeps a record; to be called after the products are written."""
    data = msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=1)
    store.write_bytes(data, RECORDS.of("", record.product, f"{record.partition}.json"))


def details_of(record: Record, kind: type[Details]) -> Details:
    """The details of a record, typed.

    Raises:
        msgspec.ValidationError: They are of another type, as in a record of another version.
    """
    return msgspec.convert(record.details, kind)


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
