"""What an honest archive holds, whatever its format."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.spelling import composed
from cameo_assets.errors import BadInput

MOST_EXPANSION: Final = 200
"""WAV deflates about 1.2 to 1; what expands more than this is an attack."""
MOST_BYTES: Final = 200 * 2**30
MOST_AT_ONCE: Final = 2**28
"""Bytes of a file that are read into memory; two minutes of stereo in 24 bit at 192 kHz are half of that."""
SMALL: Final = 2**20
"""Text can deflate very well, and does no harm below this size."""

MAGIC: Final = {
    "a zip archive": b"PK\x03\x04",
    "a RAR archive": b"Rar!\x1a\x07",
    "a gzip file": b"\x1f\x8b",
    "an xz file": b"\xfd7zXZ\0",
    "a 7z archive": b"7z\xbc\xaf'\x1c",
    "a Parquet table": b"PAR1",
}
"""First bytes of what may come instead of each other."""


def refuse_stand_in(path: Path, name: str, what: str, *, sure: bool = True) -> None:
    """Looks at the first bytes of a file.

    Args:
        path: The file.
        name: What to call it in complaints.
        what: What it should be, such as a key of `MAGIC`.
        sure: Whether every such file begins with its magic bytes.

    Raises:
        BadInput: It cannot be read, is empty, or is something else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise BadInput(name, "unreadable", error.strerror or str(error), what) from error
    seen = pretender(head) if head else "an empty file"
    if not seen:
        seen = next((kind for kind, magic in MAGIC.items() if kind != what and head.startswith(magic)), "")
    if not seen and sure and not head.startswith(MAGIC[what]):
        seen = f"a file that begins with {head[:8]!r}"
    if seen:
        raise BadInput(name, "not_an_archive", seen, what)


def refuse_bomb(archive: str, name: str, size: int, packed: int) -> None:
    """Raises BadInput for what grows beyond measure when it is read.

    Args:
        archive: What to call the archive in complaints.
        name: The member, or whatever is compressed for itself.
        size: Bytes when read.
        packed: Bytes in the archive.
    """
    expansion = size // max(packed, 1)
    if expansion > MOST_EXPANSION and size > SMALL:
        raise _unsafe(archive, name, f"expanding {expansion}:1")


def refuse_large(name: str, size: int) -> None:
    """Raises BadInput for a file of `size` bytes that is too large to be read into memory."""
    if size > MOST_AT_ONCE:
        expected = f"at most {MOST_AT_ONCE}, or unpacked where it is a long file that is read in parts"
        raise BadInput(name, "too_large", f"{size} bytes to read at once", expected)


def broken(
    name: str,
    error: BaseException,
    expected: str = "a member that reads to its end",
    rule: str = "archive_member",
) -> BadInput:
    """The complaint about an archive or a member of it, by what reading it raised.

    Its rule is `unreadable` where the machine is at fault, as when a network drive goes away. Decompressors
    raise `OSError` too, but without a number, and damaged offsets lead to EINVAL.
    """
    seen = (str(error) or type(error).__name__).splitlines()[0]
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
        return BadInput(name, "unreadable", error.strerror or seen, "a file")
    return BadInput(name, rule, seen, expected)


def _unsafe(archive: str, name: str, reason: str) -> BadInput:
    expected = "plain files with relative, distinct names"
    return BadInput(archive, "unsafe_archive", f"member {name!r}: {reason}", expected)


class Inventory:
    """The members of one archive as they are met; raises at the first that no honest archive holds.

    Args:
        archive: What to call the archive in complaints.
    """

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._folded: dict[str, str] = {}
        self._bytes = 0

    def take(
        self, name: str, size: int, *, packed: int | None = None, fault: str = "", encrypted: bool = False
    ) -> None:
        """Judges a member.

        Args:
            name: As the archive spells it.
            size: Bytes when read.
            packed: Bytes in the archive, where each member is compressed for itself.
            fault: What is wrong with it by the format's own marks, such as `a link`.
            encrypted: Whether a password is needed.

        Raises:
            BadInput: It breaks a rule, or all members together are too large.
        """
        key = composed(name).casefold()
        reasons = (
            (not name, "no name"),
            (name.startswith("/"), "an absolute path"),
            (".." in name.split("/"), "'..' in its path"),
            (name[1:2] == ":", "a drive letter"),
            ("\\" in name, "a backslash"),
            ("\0" in name, "a NUL"),
            (bool(fault), fault),
            (encrypted, "encrypted"),
            (key in self._folded, f"the same name as {self._folded.get(key)!r}"),
        )
        for broken, reason in reasons:
            if broken:
                raise _unsafe(self._archive, name, reason)
        if packed is not None:
            refuse_bomb(self._archive, name, size, packed)
        self._folded[key] = name
        self._bytes += size
        if self._bytes > MOST_BYTES:
            seen = f"{self._bytes} bytes unpacked"
            raise BadInput(self._archive, "too_large", seen, f"at most {MOST_BYTES}")
