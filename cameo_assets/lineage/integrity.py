"""Whether what was made is there, and whether its bytes are those that the record says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cameo_assets.provenance import Digest, Record
from cameo_assets.store import Store


def listing(store: Store, folder: str) -> Digest:
    """The digest of a folder of many files: of their names and sizes, which one look at the folder tells."""
    entries = sorted(_entries(store.path(folder)))
    text = "\n".join(f"{name}\0{size}" for name, size in entries)
    return Digest(sum(size for _, size in entries), hashlib.sha256(text.encode()).hexdigest())


def _entries(folder: Any) -> Iterator[tuple[str, int]]:
    if isinstance(folder, Path):
        try:
            with os.scandir(folder) as entries:
                yield from ((entry.name, entry.stat().st_size) for entry in entries)
        except FileNotFoundError:
            return
    elif folder.is_dir():
        for entry in folder.fs.ls(folder.path, detail=True):
            yield entry["name"].rpartition("/")[2], entry["size"]


def absent(store: Store, record: Record) -> str:
    """What is missing or has another size than was made, in words; empty where all is there."""
    for path, digest in record.made.items():
        if path.endswith("/"):
            seen = listing(store, path)
            if seen != digest:
                other = f"{seen.size:,} bytes instead of {digest.size:,}"
                return f"{path}: " + (other if seen.size != digest.size else "other files than were made")
            continue
        try:
            size = store.path(path).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return f"{path}: missing"
        if size != digest.size:
            return f"{path}: {size:,} bytes instead of {digest.size:,}"
    return ""


def damaged(store: Store, record: Record) -> list[str]:
    """Every file of a product whose bytes are not those that were made, in words; reads all of them.

    Folders are for the product's own `verify`.
    """
    found = []
    for path, digest in record.made.items():
        if path.endswith("/"):
            continue
        try:
            seen = Digest.of(store.read_bytes(path))
        except (FileNotFoundError, NotADirectoryError):
            found.append(f"{path}: missing")
            continue
        if seen.size != digest.size:
            found.append(f"{path}: {seen.size:,} bytes instead of {digest.size:,}")
        elif seen != digest:
            found.append(f"{path}: SHA-256 {seen.sha256[:16]}… instead of {digest.sha256[:16]}…")
    return found
