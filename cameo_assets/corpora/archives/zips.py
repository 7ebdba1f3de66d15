"""Zip archives."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cameo_assets.corpora.archives import Entry
from cameo_assets.corpora.archives.safety import Inventory, broken, refuse_large, refuse_stand_in
from cameo_assets.errors import BadInput

_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    LookupError,
    RuntimeError,  # `zipfile` raises it for what it cannot decrypt or decompress
    ValueError,
    OverflowError,
)
"""What `zipfile` raises for broken archives."""

_ENCRYPTED: Final = 0x1
_UTF_8: Final = 0x800


def opened(path: Path, name: str) -> Zip:
    """Opens a zip; arguments and errors as for `archives.opened`."""
    # Not sure of the magic: the list stands at the end, and something else may stand before the members.
    refuse_stand_in(path, name, "a zip archive", sure=False)
    try:
        return Zip(zipfile.ZipFile(path), name, path.stat().st_size)
    except _UNREADABLE as error:
        raise BadInput(name, "not_an_archive", str(error), "a complete zip archive") from error


class Zip:
    """An `archives.Archive`.

    Args:
        file: The open zip.
        name: What to call it in complaints.
        size: Its bytes.
    """

    def __init__(self, file: zipfile.ZipFile, name: str, size: int) -> None:
        self._file = file
        self._name = name
        self._size = size
        self._by_name = {_spelled(info.filename, info): info for info in file.infolist()}

    def entries(self) -> Iterator[Entry | BadInput]:
        """As `archives.Archive` says; the version is the checksum."""
        inventory = Inventory(self._name)
        for info in self._file.infolist():
            # ZipFile cuts a name at NUL and turns separators round; the original tells the truth.
            inventory.take(
                _spelled(info.orig_filename, info) if info.filename else "",
                info.file_size,
                packed=info.compress_size,
                fault=_fault(info),
                encrypted=bool(info.flag_bits & _ENCRYPTED),
            )
            if info.compress_size > self._size:
                seen = f"{info.compress_size} bytes of {info.orig_filename!r}"
                expected = f"no more than the {self._size} bytes of the archive"
                raise BadInput(self._name, "not_an_archive", seen, expected)
            if not info.is_dir():
                version = f"crc{info.CRC:08x}:{info.file_size}"
                yield Entry(_spelled(info.filename, info), info.file_size, version, info.header_offset)

    def read(self, inner: str) -> bytes:
        """As `archives.Archive` says; the checksum is compared."""
        where = f"{self._name}/{inner}"
        try:
            info = self._by_name[inner]
            refuse_large(where, info.file_size)
            # Never more than declared: the size is what `entries` judges, and an attacker may lie about it.
            with self._file.open(info) as file:
                data = file.read(info.file_size)
            if not data and info.CRC:  # `zipfile` compares nothing where it read nothing
                raise zipfile.BadZipFile("no bytes, though the checksum is of some")
            return data
        except _UNREADABLE as error:
            raise broken(where, error) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def _spelled(name: str, info: zipfile.ZipInfo) -> str:
    """The name of a member as people see it.

    A zip marks names in UTF-8, and all others are in code page 437 by the book; but several programs write
    UTF-8 without the mark. That is told by its form, which a name in a code page has by no accident.
    """
    if name.isascii() or info.flag_bits & _UTF_8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _fault(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link"
    return "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "a device"
