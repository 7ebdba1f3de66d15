"""Zip archives: what may be in one, and how a member is read without unpacking it."""

from __future__ import annotations

import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Final

from cameo_assets.corpora.pretenders import pretender
from cameo_assets.errors import BadInput

MOST_EXPANSION: Final = 200
"""WAV deflates about 1.2 to 1; a member that expands more than this is an attack."""
MOST_BYTES: Final = 200 * 2**30
_SMALL: Final = 2**20
"""Text can deflate very well, and does no harm below this size."""

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


def entries(path: Path, name: str) -> list[zipfile.ZipInfo]:
    """Lists a zip after a look at every entry; folders are left out.

    Args:
        path: The archive.
        name: What to call it in complaints.

    Raises:
        BadInput: It is not a zip, or it breaks a rule of safety.
    """
    try:
        with path.open("rb") as file:
            head = file.read(512)
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(name, "unreadable", error.strerror or str(error), "a zip archive") from error
    kind = pretender(head) if head else "an empty file"
    if kind:
        raise BadInput(name, "not_an_archive", kind, "a zip archive")
    with opened(path, name) as archive:
        found = archive.infolist()
    folded: dict[str, str] = {}
    for entry in found:
        _refuse_unsafe(name, entry, folded)
        if entry.compress_size > size:
            seen = f"{entry.compress_size} bytes of {entry.orig_filename!r}"
            raise BadInput(name, "not_an_archive", seen, f"no more than the {size} bytes of the archive")
    total = sum(entry.file_size for entry in found)
    if total > MOST_BYTES:
        raise BadInput(name, "too_large", f"{total} bytes unpacked", f"at most {MOST_BYTES}")
    return [entry for entry in found if not entry.is_dir()]


def opened(path: Path, name: str) -> zipfile.ZipFile:
    """An archive, open for `read`.

    Raises:
        BadInput: It is not a zip, or not there any more.
    """
    try:
        return zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise BadInput(name, "not_an_archive", str(error), "a complete zip archive") from error


def read(archive: zipfile.ZipFile, inner: str, name: str) -> bytes:
    """The content of a member, its checksum compared.

    Args:
        archive: The open archive.
        inner: The member.
        name: What to call it in complaints.

    Raises:
        BadInput: It is not there, or it does not read to its end.
    """
    try:
        # Never more than declared: the size is what `entries` has judged, and an attacker may lie about it.
        with archive.open(inner) as file:
            return file.read(archive.getinfo(inner).file_size)
    except _UNREADABLE as error:
        raise BadInput(name, "archive_member", str(error), "a member that reads to its end") from error


def _refuse_unsafe(archive: str, entry: zipfile.ZipInfo, folded: dict[str, str]) -> None:
    """Raises BadInput for an entry that no honest archive holds."""
    # ZipFile cuts a name at NUL and turns the system's separators round; the original tells the truth.
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    key = unicodedata.normalize("NFC", name).casefold()
    expansion = entry.file_size // max(entry.compress_size, 1)
    reasons = (
        (not entry.filename, "no name"),
        (name.startswith("/"), "an absolute path"),
        (".." in name.split("/"), "'..' in its path"),
        (name[1:2] == ":", "a drive letter"),
        ("\\" in name, "a backslash"),
        ("\0" in name, "a NUL"),
        (kind == stat.S_IFLNK, "a link"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), "a device"),
        (bool(entry.flag_bits & 0x1), "encrypted"),
        (key in folded, f"the same name as {folded.get(key)!r}"),
        (expansion > MOST_EXPANSION and entry.file_size > _SMALL, f"expanding {expansion}:1"),
    )
    for broken, reason in reasons:
        if broken:
            expected = "plain files with relative, distinct names"
            raise BadInput(archive, "unsafe_archive", f"member {name!r}: {reason}", expected)
    folded[key] = name
