"""Members of a zip whose bytes depend on nothing but their content."""

from __future__ import annotations

import zipfile
from typing import Final

_FILE: Final = 0o100644 << 16
_UNIX: Final = 3


class DosInfo(zipfile.ZipInfo):
    """An entry with its name in code page 437 and no mark, as Windows wrote them before UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - what `zipfile` asks for the name
        return self.filename.encode("cp437"), self.flag_bits


def put(
    archive: zipfile.ZipFile, name: str, data: bytes, *, kind: type[zipfile.ZipInfo] | None = None
) -> None:
    """Adds a file: stored, not deflated, since that depends on the version of zlib; and of no date.

    Args:
        archive: Open for writing.
        name: Path in the archive.
        data: What it holds.
        kind: `DosInfo` for a name in code page 437.
    """
    member = (kind or zipfile.ZipInfo)(name)
    member.create_system = _UNIX
    member.external_attr = _FILE
    archive.writestr(member, data)
