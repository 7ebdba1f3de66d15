"""Files to the bytes of a RAR archive, format 5, stored without compression.

RAR's own compressor is not free, its format is; stored members are read by every tool and need none.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Final

_SIGNATURE: Final = b"Rar!\x1a\x07\x01\x00"
_MAIN, _FILE, _END = 1, 2, 5
_HAS_DATA: Final = 0x02
_IS_FOLDER, _HAS_TIME, _HAS_CRC = 0x01, 0x02, 0x04
_UNIX: Final = 1
_TIME: Final = 1_262_304_000
"""2010-01-01 of every member, so that an archive depends on its files alone."""


def rar(files: Mapping[str, bytes]) -> bytes:
    """A RAR archive.

    Args:
        files: Content by path, with forward slashes, in the order in which it is written. A path that ends in
            a slash is an empty folder; other folders need no entry.
    """
    return b"".join(
        (
            _SIGNATURE,
            _block(_MAIN, _number(0)),
            *(_member(path, data) for path, data in files.items()),
            _block(_END, _number(0)),
        )
    )


def _member(path: str, data: bytes) -> bytes:
    folder = path.endswith("/")
    name = path.rstrip("/").encode()
    fields = (
        _number(_HAS_TIME | _HAS_CRC | (_IS_FOLDER if folder else 0)),
        _number(len(data)),
        _number(0o40755 if folder else 0o100644),
        struct.pack("<II", _TIME, zlib.crc32(data)),
        _number(0),  # stored
        _number(_UNIX),
        _number(len(name)),
        name,
    )
    return _block(_FILE, b"".join(fields), data)


def _block(kind: int, fields: bytes, data: bytes | None = None) -> bytes:
    """A block: a header of checksum, size, kind, flags, size of the data and the kind's fields; the data."""
    flags = _number(0) if data is None else _number(_HAS_DATA) + _number(len(data))
    header = _number(kind) + flags + fields
    sized = _number(len(header)) + header
    return struct.pack("<I", zlib.crc32(sized)) + sized + (data or b"")


def _number(value: int) -> bytes:
    """An integer of variable length: seven bits a byte, lowest first, the highest bit for "more to come"."""
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))
