"""The landing zone: which corpora lie there, whether they changed, and what exactly they are.

Two looks of different depth. `scan` compares sizes and time stamps and is fast enough for a sensor.
`fingerprint` hashes the content, and remembers the hash of every file that it has seen.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import msgspec

from cameo_assets.corpora.drop_in import DESCRIPTION, is_drop_in
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import SLUG, Archive
from cameo_assets.corpora.walking import is_junk, walk
from cameo_assets.errors import BadInput
from cameo_assets.places import LANDING_INDEX, RAW
from cameo_assets.progress import Progress
from cameo_assets.store import Store

_SETTLED_SECONDS: Final = 2.0
"""Files younger than this may still be written to without a new time stamp."""

_BATCH: Final = 64
"""Files that one thread hashes in a row; handing over single clips takes longer than hashing them."""

_PIECE: Final = 2**16
"""Bytes read at once; the larger buffer of `hashlib.file_digest` costs more than a small file does."""


def _young(modified: float, now: float) -> bool:
    # A stamp in the future says nothing: clocks differ, and archives carry their maker's time zone.
    return abs(now - modified) < _SETTLED_SECONDS


class Tree(msgspec.Struct, frozen=True):
    """A glance at a landing folder.

    Attributes:
        signature: Changes when a file is added, removed, resized or touched, links and pipes among them.
        files: Number of files.
        newest: Time stamp of the newest file, seconds since the epoch.
    """

    signature: str
    files: int
    newest: float

    def settled(self, now: float | None = None) -> bool:
        """Whether the newest file is old enough to be trusted."""
        return not _young(self.newest, time.time() if now is None else now)


class File(msgspec.Struct, frozen=True):
    """One file with its content's hash."""

    path: str
    size: int
    modified: int
    sha256: str


class Fingerprint(msgspec.Struct, frozen=True):
    """What a landing folder holds.

    Attributes:
        version: Hash over the paths and contents; a touched file does not change it.
        files: Every file, sorted by path.
    """

    version: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


class LandedFile(msgspec.Struct, frozen=True):
    """A raw file as the raw asset saw it."""

    path: str
    size: int
    sha256: str


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform keeps of a landing folder, so that it can do without the folder.

    Attributes:
        version: As in `Fingerprint`.
        description: Text of the `corpus.yaml` of a drop-in; empty for a corpus that has a file of its own.
        sample: Whether it is a spoken sample.
        files: Every file, sorted by path.
    """

    version: str
    description: str
    sample: bool
    files: tuple[LandedFile, ...]

    @classmethod
    def of(cls, found: Fingerprint, *, description: str, sample: bool) -> Landed:
        """What is kept of a fingerprint."""
        files = tuple(LandedFile(file.path, file.size, file.sha256) for file in found.files)
        return cls(version=found.version, description=description, sample=sample, files=files)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file, by path."""
        return {file.path: file.sha256 for file in self.files}


def keep(store: Store, corpus: str, landed: Landed) -> None:
    """Writes what is kept of a landing folder."""
    store.write_bytes(msgspec.json.format(msgspec.json.encode(landed), indent=1), RAW.of(corpus))


def kept(store: Store, corpus: str) -> Landed | None:
    """What was kept of a landing folder; None where nothing was.

    Raises:
        BadInput: The file is broken.
    """
    path = RAW.of(corpus)
    try:
        return msgspec.json.decode(store.read_bytes(path), type=Landed)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        expected = f"the list of raw files; materialise raw/{corpus}, which makes it anew"
        raise BadInput(path, "damaged", str(error), expected) from error


def corpora(landing: Path) -> list[str]:
    """Names of the folders of the landing zone that may be corpora, sorted."""
    if not landing.is_dir():
        return []
    return sorted(entry.name for entry in landing.iterdir() if entry.is_dir() and not is_junk(entry.name))


def bad_names(landing: Path) -> list[BadInput]:
    """Complaints about folders that are no corpus: by their name, or because nothing says what they are."""
    complaints = []
    for name in corpora(landing):
        close = get_close_matches(name.casefold().replace("-", "_"), known(), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        if not SLUG.fullmatch(name):
            expected = f"a name like {SLUG.pattern}{hint}"
            complaints.append(BadInput(ascii(name)[1:-1], "folder_name", ascii(name), expected))
        elif name not in known() and not is_drop_in(landing / name):
            expected = f"{DESCRIPTION}, or one of {', '.join(known())}{hint}"
            complaints.append(BadInput(name, "unknown_corpus", f"no {DESCRIPTION}", expected))
    return complaints


def scan(folder: Path) -> Tree:
    """Looks at sizes and time stamps only, one `stat` for each file."""
    found = []
    files = newest = 0
    for path, entry in walk(folder):
        if isinstance(entry, os.stat_result):
            found.append(f"{path}\0{entry.st_size}\0{entry.st_mtime_ns}")
            newest = max(newest, entry.st_mtime_ns)
            files += 1
        elif entry is not None:
            found.append(f"{path}\0{entry.rule}")
    digest = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    return Tree(digest[:16], files, newest / 1e9)


def fingerprint(store: Store, corpus: str, folder: Path, progress: Progress | None = None) -> Fingerprint:
    """Hashes the files of a landing folder; files of known size and time stamp are not read again.

    Args:
        store: Where the hashes are remembered, in `landing_index/`.
        corpus: Slug.
        folder: Its landing folder.
        progress: Told about every file that is read.

    Raises:
        FileNotFoundError: The folder is not there.
        OSError: A file cannot be read, or went away in the meantime; that may pass by itself.
    """
    now = time.time()
    cached = {(file.path, file.size, file.modified): file for file in _remembered(store, corpus)}
    found: dict[str, tuple[int, int]] = {}
    refused = []
    for path, entry in walk(folder):
        if isinstance(entry, os.stat_result):
            found[path] = (entry.st_size, entry.st_mtime_ns)
        elif entry is not None:
            refused.append(f"{path}\0{entry.rule}")
    files = {path: cached[path, *stamp] for path, stamp in found.items() if (path, *stamp) in cached}
    unread = sorted(found.keys() - files.keys())
    for number, (path, sha256) in enumerate(_hashes(folder, unread), start=1):
        files[path] = File(path, *found[path], sha256)
        if progress:
            progress(number, len(unread), f"hashing {path}")
    ordered = tuple(files[path] for path in sorted(files))
    trusted = [file for file in ordered if not _young(file.modified / 1e9, now)]
    store.write_bytes(msgspec.json.encode(trusted), LANDING_INDEX.of(corpus))
    content = [*(f"{file.path}\0{file.sha256}" for file in ordered), *sorted(refused)]
    version = hashlib.sha256("\n".join(content).encode()).hexdigest()
    return Fingerprint(version[:16], ordered)


def forget(store: Store, corpus: str) -> None:
    """Drops the remembered hashes of a corpus, so that the next fingerprint reads every byte."""
    store.remove(LANDING_INDEX.of(corpus))


def verdict(archive: Archive, file: File, folder: Path) -> str:
    """Compares a file with what its publisher published under this name.

    Returns:
        `equal`; or what differs, with what was seen and expected; or `not published` where the publisher
        gives neither size nor checksum.
    """
    if archive.size is not None and archive.size != file.size:
        return f"size {file.size}, expected {archive.size}"
    if archive.sha256 is not None:
        return (
            "equal" if file.sha256 == archive.sha256 else f"SHA-256 {file.sha256}, expected {archive.sha256}"
        )
    if archive.md5 is not None:
        seen = _digest(folder / file.path, "md5")
        return "equal" if seen == archive.md5 else f"MD5 {seen}, expected {archive.md5}"
    return "equal" if archive.size is not None else "not published"


def _remembered(store: Store, corpus: str) -> list[File]:
    try:
        return msgspec.json.decode(store.read_bytes(LANDING_INDEX.of(corpus)), type=list[File])
    except (FileNotFoundError, msgspec.DecodeError):
        return []  # it only saves time: without it, every file is read again


def _hashes(folder: Path, paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yields each path with the SHA-256 of its content, in order."""
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    with ThreadPoolExecutor() as pool:  # hashing lets go of the interpreter's lock
        hashed = pool.map(lambda batch: [_digest(folder / path, "sha256") for path in batch], batches)
        for batch, hashes in zip(batches, hashed, strict=True):
            yield from zip(batch, hashes, strict=True)


def _digest(path: Path, name: str) -> str:
    try:
        with path.open("rb", buffering=0) as file:
            digest = hashlib.new(name)
            while piece := file.read(_PIECE):
                digest.update(piece)
            return digest.hexdigest()
    except OSError as error:
        expected = "a file that can be read, in a folder that nobody copies to or clears out meanwhile"
        # Not bad input, which is final until the files look different: permissions and drives come back.
        raise type(error)(
            error.errno, f"{error.strerror or error}; expected {expected}", str(path)
        ) from error
