"""Where the files of a corpus come from: a folder, archives in it, or a folder around either.

Archives are read member by member and never unpacked (see `archives`). One that could write outside its
folder, hide a file behind another or burst is refused as a whole, and the rest of the landing folder goes on.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from cameo_assets.corpora import archives
from cameo_assets.corpora.archives import Archive
from cameo_assets.corpora.archives.parquets import Parquet
from cameo_assets.corpora.archives.safety import refuse_large
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.walking import is_junk, walk
from cameo_assets.errors import BadInput

SAMPLE_MARK: Final = "SAMPLE.txt"
"""A file of this name says that the corpus is a spoken sample made by `cameo_assets.samples`."""


class Member(msgspec.Struct, frozen=True):
    """One file of a source.

    Attributes:
        path: With forward slashes, relative to the corpus; an archive counts as a folder.
        size: Bytes when read; 0 in archives that do not say.
        version: Changes when the content does: a checksum in archives that have one, else the digest of the
            file that it lies in; size and time stamp where no digest was taken.
        position: Members of one archive are cheapest to read in the order of their positions.
        held: Bytes of memory that reading takes, where that is more than the member itself.
    """

    path: str
    size: int
    version: str
    position: int = 0
    held: int = 0

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The name of the folder it is in; empty at the top."""
        return self.path.rpartition("/")[0].rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its extension."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        """The extension in lower case, with its dot."""
        dot = self.name.rfind(".")
        return self.name[dot:].lower() if dot > 0 else ""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a member lies; to read many, sort them by it.

    Attributes:
        archive: The archive, or the path itself of a plain file.
        position: The position in it.
        held: Bytes of memory that reading it takes; 0 for a plain file, which need not be read whole.
    """

    archive: str
    position: int = 0
    held: int = 0


class Source:
    """All files of one corpus, whatever they are packed in.

    Cheap to pickle: a worker process opens an archive when it first reads from it, and lists nothing, so that
    the digests stay behind.

    Args:
        folder: The landing folder of the corpus.
        digests: SHA-256 of the files on the disk, by path: what decides whether a file is the same as before.
            Size and time stamp stand for the content of a file that is not among them.
    """

    def __init__(self, folder: Path, digests: Mapping[str, str] | None = None) -> None:
        self.folder = Path(folder)
        self._digests = digests or {}
        self._archives: dict[str, Archive] = {}

    def __reduce__(self) -> tuple[type[Source], tuple[Path]]:
        return (Source, (self.folder,))

    @cached_property
    def _listing(self) -> tuple[list[Member], list[BadInput], int]:
        members: list[Member] = []
        refused: list[BadInput] = []
        ignored = 0
        for path, entry in walk(self.folder):
            if entry is None:
                ignored += 1
            elif isinstance(entry, BadInput):
                refused.append(entry)
            elif (inside := self._inside(path, refused)) is not None:
                kept = [member for member in inside if not _in_junk(member.path.removeprefix(path))]
                members += kept
                ignored += len(inside) - len(kept)
                refused += [_nested(member) for member in kept if archives.is_archive(member.path)]
            else:
                members.append(Member(path, entry.st_size, self._version(path, _stamp(entry))))
        members.sort(key=lambda member: member.path)
        return members, refused, ignored

    def _inside(self, path: str, refused: list[BadInput]) -> list[Member] | None:
        """What an archive holds, and a complaint for what is not taken; None for what is no archive."""
        if not archives.is_archive(path):
            return None
        complaints = []
        members = []
        try:
            archive = archives.opened(self.folder / path, path)
            if archive is None:
                return None
            stamp = _stamp((self.folder / path).stat())
            with closing(archive):
                for entry in archive.entries():
                    if isinstance(entry, BadInput):
                        complaints.append(entry)
                    else:
                        inner = f"{path}/{entry.name}"
                        # Archives without checksums put the stamp of their file in front.
                        own = entry.version.startswith(stamp)
                        rest = entry.version.removeprefix(stamp)
                        version = self._version(path, stamp) + rest if own else entry.version
                        members.append(Member(inner, entry.size, version, entry.position, entry.held))
        except BadInput as error:
            refused.append(error)
            return []
        refused += complaints
        return members

    def _version(self, path: str, stamp: str) -> str:
        digest = self._digests.get(path)
        return f"sha256:{digest[:16]}" if digest else stamp

    @property
    def members(self) -> list[Member]:
        """Every file, sorted by path; archives are replaced by what they hold."""
        return self._listing[0]

    @property
    def refused(self) -> list[BadInput]:
        """Archives, links and the like that were not taken."""
        return self._listing[1]

    @property
    def ignored(self) -> int:
        """How many files of operating systems and editors were passed over."""
        return self._listing[2]

    @property
    def is_sample(self) -> bool:
        """Whether this is a spoken sample and not the corpus itself, wherever its mark lies."""
        # Capitals count, so that no publisher's sample.txt is taken for the mark.
        return any(member.name == SAMPLE_MARK for member in self.members)

    def named(self, name: str) -> Member | None:
        """The file of this name, in any case, that lies highest in the tree; None where there is none."""
        folded = name.casefold()
        found = [member for member in self.members if member.name.casefold() == folded]
        return min(found, key=lambda member: (member.path.count("/"), member.path), default=None)

    def read(self, path: str) -> bytes:
        """The content of a member.

        Raises:
            BadInput: It is not there, its checksum is wrong, or it is too large to hold in memory.
        """
        archive, inner = _split_archive(self.folder, path)
        if inner is not None:
            return self._open(archive).read(inner)
        with self.open(path) as file:
            refuse_large(path, os.fstat(file.fileno()).st_size)
            try:
                return file.read()
            except OSError as error:
                raise _unreadable(path, error) from error

    def open(self, path: str) -> BinaryIO:
        """A member to seek in: a file on the disk stays there, a member of an archive is read into memory.

        Raises:
            BadInput: As for `read`.
        """
        _, inner = _split_archive(self.folder, path)
        if inner is not None:
            return io.BytesIO(self.read(path))
        try:
            return (self.folder / path).open("rb")
        except OSError as error:
            raise _unreadable(path, error) from error

    def text(self, member: Member, encoding: str = "utf-8") -> str:
        """The text of a side file, without a byte order mark.

        Raises:
            BadInput: It is a pointer or a web page, or not in this encoding.
        """
        data = self.read(member.path)
        kind = pretender(data)
        if kind:
            raise BadInput(member.path, "pretender", kind, "a text table of the corpus")
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            raise BadInput(member.path, "encoding", str(error), encoding) from error

    @property
    def parquets(self) -> list[str]:
        """Paths of the Parquet tables that hold recordings, sorted."""
        folders = {member.path.rpartition("/")[0] for member in self.members}
        tables = (path for path in folders if path.lower().endswith(".parquet"))
        return sorted(path for path in tables if (self.folder / path).is_file())

    def records(self, path: str, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Reads columns of a Parquet table that holds recordings, by name and without the recordings.

        Args:
            path: One of `parquets`.
            columns: Names of columns; others, and the order of the columns, do not matter.

        Yields:
            For each row that has a recording: the path of its member, and its values by column.

        Raises:
            BadInput: A column is missing, or the table is damaged.
        """
        archive = self._open(path)
        if not isinstance(archive, Parquet):
            raise BadInput(path, "not_a_table", "another archive", "a Parquet table")
        for inner, values in archive.records(columns):
            yield f"{path}/{inner}", values

    def place(self, path: str) -> Place:
        """Where a member lies."""
        archive, inner = _split_archive(self.folder, path)
        member = None if inner is None else self._by_path.get(path)
        return Place(archive, member.position, max(member.size, member.held)) if member else Place(archive)

    @cached_property
    def _by_path(self) -> dict[str, Member]:
        return {member.path: member for member in self.members}

    def _open(self, path: str) -> Archive:
        if path not in self._archives:
            archive = archives.opened(self.folder / path, path)
            if archive is None:
                raise BadInput(path, "not_an_archive", "a table without recordings", "an archive")
            self._archives[path] = archive
        return self._archives[path]


def _stamp(file: os.stat_result) -> str:
    return f"{file.st_size}:{file.st_mtime_ns}"


def _in_junk(path: str) -> bool:
    """Whether operating systems left a member behind, or a folder that it is in."""
    return any(is_junk(part) for part in path.strip("/").split("/"))


def _split_archive(folder: Path, path: str) -> tuple[str, str | None]:
    """Splits a member's path into its archive and its name in it; (path, None) for a plain file."""
    at = path.find("/")
    while at >= 0:
        archive = path[:at]
        # A folder may be called like an archive.
        if archives.is_archive(archive) and (folder / archive).is_file():
            return archive, path[at + 1 :]
        at = path.find("/", at + 1)
    return path, None


def _unreadable(path: str, error: OSError) -> BadInput:
    return BadInput(path, "unreadable", error.strerror or str(error), "a file")


def _nested(member: Member) -> BadInput:
    return BadInput(member.path, "nested_archive", "an archive in an archive", "the inner one beside it")
