"""Tar archives, plain or compressed by gzip or xz.

A compressed one can be read from front to back only: members that are read in the order of their positions
cost one pass, and going back starts again.
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Final, cast

from cameo_assets.corpora.archives import Entry, safety
from cameo_assets.corpora.archives.forward import PIECE, Damaged, Forward, decompressed
from cameo_assets.corpora.archives.safety import Inventory, broken, refuse_large, refuse_stand_in
from cameo_assets.errors import BadInput

_PACKINGS: Final = {".gz": "gz", ".tgz": "gz", ".xz": "xz", ".txz": "xz"}
_KINDS: Final = {"gz": "a gzip file", "xz": "an xz file", "": "a tar archive"}

_UNREADABLE: Final = (
    Damaged,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
    RecursionError,  # one extended header after the other
)
"""What `tarfile` and the decompressors raise for broken archives."""


def opened(path: Path, name: str) -> Tar:
    """Opens a tar; arguments and errors as for `archives.opened`."""
    packing = _PACKINGS.get(path.suffix.lower(), "")
    refuse_stand_in(path, name, _KINDS[packing], sure=bool(packing))
    return Tar(path, name, packing)


class Tar:
    """An `archives.Archive`.

    Args:
        path: The file.
        name: What to call it in complaints.
        packing: `gz`, `xz` or empty.
    """

    def __init__(self, path: Path, name: str, packing: str) -> None:
        self._path = path
        self._name = name
        self._packing = packing
        stamp = path.stat()
        self._stamp = f"{stamp.st_size}:{stamp.st_mtime_ns}"
        expanded = safety.MOST_EXPANSION * max(stamp.st_size, safety.SMALL)
        self._limit = expanded if packing else None
        self._file: Forward | None = None
        self._following: Iterator[tarfile.TarInfo] = iter(())
        self._passed: dict[str, tuple[int, int]] = {}

    def entries(self) -> Iterator[Entry | BadInput]:
        """As `archives.Archive` says; the version is a checksum where all bytes must be read anyway."""
        inventory = Inventory(self._name)
        try:
            with closing(self._forward()) as file:
                for info in _members(file):
                    name = _spelled(info)
                    if not name and info.isdir():
                        continue  # the folder that was packed
                    inventory.take(name, info.size, fault=_fault(info))
                    if info.isdir():
                        continue
                    if not _is_text(name):
                        shown = f"{self._name}/{name.encode(errors='backslashreplace').decode()}"
                        yield BadInput(shown, "file_name_encoding", ascii(name), "a file name in UTF-8")
                        continue
                    yield Entry(name, info.size, self._version(file, info), info.offset_data)
                _refuse_rest(file)
        except _UNREADABLE as error:
            raise BadInput(self._name, "not_an_archive", _reason(error), "a complete tar archive") from error

    def read(self, inner: str) -> bytes:
        """As `archives.Archive` says; members in the order of their positions cost one pass."""
        where = f"{self._name}/{inner}"
        try:
            if inner in self._passed and not self._packing:
                return self._again(inner)
            if inner in self._passed or self._file is None:
                self._start()
            return self._next(inner)
        except _UNREADABLE as error:
            self.close()
            raise broken(where, error) from error

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._passed.clear()

    def _forward(self) -> Forward:
        file = decompressed(self._path, self._packing)
        return Forward(file, self._limit, self._name, random=not self._packing)

    def _start(self) -> None:
        self.close()
        self._file = self._forward()
        self._following = _members(self._file)

    def _next(self, inner: str) -> bytes:
        """The content of a member that lies further on."""
        assert self._file is not None  # `read` has started
        for info in self._following:
            name = _spelled(info)
            self._passed[name] = (info.offset_data, info.size)
            if name == inner and info.isreg():
                refuse_large(f"{self._name}/{inner}", info.size)
                return b"".join(_pieces(self._file, info.size))
        raise Damaged("no such member")

    def _again(self, inner: str) -> bytes:
        """The content of a member that was passed, of an archive that is not compressed."""
        position, size = self._passed[inner]
        refuse_large(f"{self._name}/{inner}", size)
        with closing(self._forward()) as file:
            file.seek(position)
            return b"".join(_pieces(file, size))

    def _version(self, file: Forward, info: tarfile.TarInfo) -> str:
        if not self._packing:
            return f"{self._stamp}:{info.offset_data}"
        checksum = 0
        for piece in _pieces(file, info.size):
            checksum = zlib.crc32(piece, checksum)
        return f"crc{checksum:08x}:{info.size}"


class _Strict(tarfile.TarInfo):
    """Takes no damaged header for the end of the archive, as `tarfile` does."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Strict:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the mark of the end
            raise Damaged(str(error)) from error


def _members(file: Forward) -> Iterator[tarfile.TarInfo]:
    bare = cast("IO[bytes]", file)  # `tarfile` asks for no more than `Forward` has
    archive = tarfile.TarFile(fileobj=bare, tarinfo=_Strict, encoding="utf-8", errors="surrogateescape")
    while (info := archive.next()) is not None:
        if info.size < 0:
            raise Damaged(f"a member of {info.size} bytes")
        yield info


def _pieces(file: Forward, size: int) -> Iterator[bytes]:
    """Yields the next `size` bytes."""
    while size > 0:
        piece = file.read(min(size, PIECE))
        if not piece:
            raise Damaged("a member that is cut off")
        size -= len(piece)
        yield piece


def _refuse_rest(file: Forward) -> None:
    """Reads to the end, as checksums stand there, and lets nothing but zeros pass."""
    while piece := file.read(PIECE):
        if piece.strip(b"\0"):
            raise Damaged("data behind the end of the archive")


def _spelled(info: tarfile.TarInfo) -> str:
    """The name without the dots and slashes that say nothing, such as `./` in front."""
    parts = [part for part in info.name.split("/") if part not in ("", ".")]
    return "/" * info.name.startswith("/") + "/".join(parts)


def _fault(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "a link"
    if info.issparse():
        return "a file with holes"
    return "" if info.isreg() or info.isdir() else "a device"


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
