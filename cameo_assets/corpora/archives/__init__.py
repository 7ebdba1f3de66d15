"""Archives: read member by member, never unpacked, and refused as a whole where one breaks a rule of safety.

Each format has a module of its own with one class, an `Archive`; which one a file is, its name says and its
first bytes must confirm. What no honest archive holds is spelled once, in `safety`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec

from cameo_assets.errors import BadInput

_FORMATS: Final = {
    ".zip": "zips",
    ".tar": "tars",
    ".tar.gz": "tars",
    ".tgz": "tars",
    ".tar.xz": "tars",
    ".txz": "tars",
    ".rar": "rars",
    ".parquet": "parquets",
}
"""The module that reads files of a suffix; imported when the first of them is met."""


class Entry(msgspec.Struct, frozen=True):
    """One file in an archive.

    Attributes:
        name: With forward slashes, relative to the archive.
        size: Bytes when read; 0 where the format does not say before it is read.
        version: Changes when the content does.
        position: Entries are cheapest to read in the order of their positions.
        held: Bytes of memory that reading takes, where that is more than the entry itself.
    """

    name: str
    size: int
    version: str
    position: int
    held: int = 0


class Archive(Protocol):
    """An archive of any format, open for reading."""

    def entries(self) -> Iterator[Entry | BadInput]:
        """Yields every file, folders left out, and a complaint for each that cannot be taken.

        Raises:
            BadInput: The archive is damaged, or breaks a rule of safety; what was yielded before is void.
        """
        ...

    def read(self, inner: str) -> bytes:
        """The content of the file of this name.

        Raises:
            BadInput: It is not there, does not read to its end, or is too large to hold in memory; names the
                archive and the file.
        """
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


def is_archive(path: str) -> bool:
    """Whether a file of this name is read as an archive.

    >>> is_archive("OréauFR_01.RAR"), is_archive("raw_webm.tar.xz"), is_archive("notes.gz")
    (True, True, False)
    """
    return _suffix(path) != ""


def opened(path: Path, name: str) -> Archive | None:
    """Opens an archive.

    Args:
        path: The file.
        name: What to call it in complaints.

    Returns:
        None for a file that may be an archive by its name and is none: a Parquet table without recordings.

    Raises:
        BadInput: It is no archive of its suffix, or cannot be read.
    """
    module = importlib.import_module(f"{__name__}.{_FORMATS[_suffix(name)]}")
    archive: Archive | None = module.opened(path, name)
    return archive


def _suffix(path: str) -> str:
    """The longest known suffix of a name, in lower case; empty where none is known."""
    lower = path.lower()
    return max((suffix for suffix in _FORMATS if lower.endswith(suffix)), key=len, default="")
