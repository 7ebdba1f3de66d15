"""The store as the maker of one product may see it: what it declared to read, and its own places to write.

What is read here is compared with the digest in the record of the product that made it, so that nothing
damaged goes into what is scored or published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.places import Place
from cameo_assets.provenance import WHOLE, Digest
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa
    from upath import UPath


class UndeclaredError(RuntimeError):
    """A maker reads or writes what its product does not declare: a fault of the program."""


class DamagedError(ValueError):
    """What lies in the store is not what its record says.

    Attributes:
        product: Name of the product that it belongs to.
        partition: Its partition.
        path: What is damaged.
    """

    def __init__(self, product: str, partition: str, path: str, why: str) -> None:
        super().__init__(f"{path}: damaged: {why}")
        self.product, self.partition, self.path = product, partition, path

    def __reduce__(self) -> tuple[type[DamagedError], tuple[str, str, str, str]]:
        why = str(self).removeprefix(f"{self.path}: damaged: ")
        return (DamagedError, (self.product, self.partition, self.path, why))


class Readable(msgspec.Struct, frozen=True):
    """A place that may be read.

    Attributes:
        place: Where.
        product: What lies there; empty for what people wrote.
        partitions: Of which partitions; None for all.
        digests: What is there according to the records, by path.
    """

    place: Place
    product: str = ""
    partitions: frozenset[str] | None = None
    digests: Mapping[str, tuple[str, Digest]] = {}
    """By path: the partition whose record has it, and what it is."""

    def holds(self, path: str) -> bool:
        """Whether a path may be read."""
        partition = self.place.partition_of(path)
        if partition is None or not partition or self.partitions is None:
            return partition is not None
        return partition in self.partitions


class View(Store):
    """A store with limits.

    Args:
        home: Of the store.
        product: Whose maker sees it.
        own: Its places, each with its partition.
        caches: What its maker keeps to save time, of which no record speaks.
        readable: What it may read beside them.
    """

    def __init__(
        self,
        home: str,
        product: str,
        own: Sequence[tuple[Place, str]] = (),
        caches: Sequence[tuple[Place, str]] = (),
        readable: Sequence[Readable] = (),
    ) -> None:
        super().__init__(home)
        self._product, self._own, self._caches = product, tuple(own), tuple(caches)
        self._readable = tuple(readable)
        self._made: dict[str, Digest] = {}

    def __reduce__(self) -> tuple[type[View], tuple[object, ...]]:  # type: ignore[override]
        return (View, (self.home, self._product, self._own, self._caches, self._readable))

    @property
    def made(self) -> dict[str, Digest]:
        """What was written through this view, by path."""
        return dict(self._made)

    def path(self, *parts: str) -> Path | UPath:
        """The place of a file or folder.

        Raises:
            UndeclaredError: It is neither declared to be read nor the product's own.
        """
        path = _joined(parts)
        if not self._mine(path) and not any(each.holds(path) for each in self._readable):
            raise UndeclaredError(
                f"{self._product} touches {path}, which it does not declare: add it to `reads` or `places`"
            )
        return super().path(*parts)

    def read_bytes(self, *parts: str) -> bytes:
        """The content of a file, which is what its record says.

        Raises:
            DamagedError: It is not.
            FileNotFoundError: It is not there, and no record says that it should be.
        """
        path = _joined(parts)
        entry = next((each for each in self._readable if each.holds(path) and path in each.digests), None)
        if entry is None:
            return super().read_bytes(*parts)
        partition, digest = entry.digests[path]
        try:
            data = super().read_bytes(*parts)
        except FileNotFoundError as error:
            raise DamagedError(entry.product, partition, path, "it is missing") from error
        if (seen := Digest.of(data)) != digest:
            why = f"seen {_words(seen)}; expected {_words(digest)}, as it was made"
            raise DamagedError(entry.product, partition, path, why)
        return data

    def damaged(self, path: str, why: str) -> Exception:
        """What to raise where a file is not what it should be: its product is made anew then."""
        for each in self._readable:
            if each.holds(path):
                return DamagedError(each.product, each.place.partition_of(path) or WHOLE, path, why)
        return super().damaged(path, why)

    def drop_if_damaged(self, path: str, made: Mapping[str, Digest]) -> bool:
        """Removes one of the product's own earlier files that is not as its record says.

        Returns:
            Whether there was such a file.
        """
        digest = made.get(path)
        if digest is None or not self.exists(path) or Digest.of(super().read_bytes(path)) == digest:
            return False
        self.remove(path)
        return True

    def read_own_table(self, path: str, made: Mapping[str, Digest]) -> pa.Table:
        """One of the product's own earlier tables, if it is as its record says.

        Raises:
            DamagedError: It is not, or the record does not speak of it.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        data = super().read_bytes(path) if self.exists(path) else b""
        if Digest.of(data) != made.get(path):
            raise DamagedError(self._product, "", path, "it is not what was made")
        return pq.read_table(pa.BufferReader(data))

    def write_bytes(self, data: bytes, *parts: str, durable: bool = True) -> bool:
        """Writes one of the product's own files, and notes its digest.

        What is not written durably is one of many small files, for which a folder's digest stands.

        Raises:
            UndeclaredError: It is not the product's own.
        """
        path = self._demand(parts)
        if durable and not _among(path, self._caches):
            self._made[path] = Digest.of(data)
        return super().write_bytes(data, *parts, durable=durable)

    def remove(self, *parts: str) -> None:
        """Removes one of the product's own files or folders.

        Raises:
            UndeclaredError: It is not the product's own.
        """
        path = self._demand(parts)
        for gone in [each for each in self._made if each == path or each.startswith(f"{path}/")]:
            del self._made[gone]
        super().remove(*parts)

    def _demand(self, parts: Iterable[str]) -> str:
        path = _joined(parts)
        if not self._mine(path):
            raise UndeclaredError(f"{self._product} writes {path}, which is none of its places")
        return path

    def _mine(self, path: str) -> bool:
        return _among(path, self._own) or _among(path, self._caches)


def _among(path: str, places: Iterable[tuple[Place, str]]) -> bool:
    return any(place.holds(path, partition) for place, partition in places)


def _joined(parts: Iterable[str]) -> str:
    return str(PurePosixPath(*parts))


def _words(digest: Digest) -> str:
    return f"{digest.size:,} bytes with SHA-256 {digest.sha256[:16]}…"
