"""Bytes of a file, decompressed on the way, that are read from front to back."""

from __future__ import annotations

import gzip
import io
import lzma
from pathlib import Path
from typing import BinaryIO, Final

from cameo_assets.errors import BadInput

PIECE: Final = 2**18
"""Bytes read at once by who reads much."""

_MOST_MEMORY: Final = 2**28
"""Four times what the highest preset of xz needs; a file may ask for 4 GiB."""


class Damaged(Exception):  # noqa: N818 - it names what is wrong
    """The bytes are not what they should be."""


class Forward:
    """A file that keeps count, and refuses to go back or to expand beyond measure.

    Args:
        file: The bytes, decompressed.
        limit: Bytes at most, where decompressing may expand them.
        name: What to call it in complaints.
        random: Whether the file can be sought in, so that skipping costs nothing.
    """

    def __init__(self, file: BinaryIO, limit: int | None, name: str, *, random: bool) -> None:
        self._file = file
        self._limit = limit
        self._name = name
        self._random = random
        self._position = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end alone.

        Raises:
            BadInput: It expands beyond measure.
            Damaged: `size` makes no sense, as when it comes from a damaged header.
        """
        if not 0 <= size <= PIECE:
            raise Damaged(f"a header of {size} bytes")
        data = self._file.read(size)
        self._position += len(data)
        if self._limit is not None and self._position > self._limit:
            seen = f"more than {self._limit} bytes unpacked"
            raise BadInput(self._name, "unsafe_archive", seen, "an archive that expands less")
        return data

    def tell(self) -> int:
        """Bytes read or skipped until here."""
        return self._position

    def seek(self, position: int) -> None:
        """Skips to a position; behind the end is the end.

        Raises:
            Damaged: It was passed already.
        """
        if position < self._position:
            raise Damaged("a member that overlaps another")
        if self._random:
            self._position = self._file.seek(position)
        while self._position < position and self.read(min(PIECE, position - self._position)):
            pass

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def decompressed(path: Path, packing: str) -> BinaryIO:
    """The bytes of a file.

    Args:
        path: The file.
        packing: `gz`, `xz` or empty.
    """
    if packing == "gz":
        return io.BufferedReader(gzip.GzipFile(path))
    if packing == "xz":
        return io.BufferedReader(_Xz(path), PIECE)
    return path.open("rb")


class _Xz(io.RawIOBase):
    """An .xz file with a limit on the memory that it may ask for, which `lzma.LZMAFile` has not."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._decoder = _decoder()
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than any buffer
        while True:
            if self._decoder.eof and not self._next_stream():
                return 0
            data = self._waiting
            if not data and self._decoder.needs_input:
                data = self._file.read(PIECE)
                if not data:
                    raise EOFError("the compressed file ends in its middle")
            self._waiting = b""
            found = self._decoder.decompress(data, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)

    def _next_stream(self) -> bool:
        """Goes on with the next of several streams in a file; between them may be zeros, four at a time."""
        rest = self._decoder.unused_data
        while not (rest := rest.lstrip(b"\0")):
            rest = self._file.read(PIECE)
            if not rest:
                return False
        self._decoder = _decoder()
        self._waiting = rest
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def _decoder() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)
