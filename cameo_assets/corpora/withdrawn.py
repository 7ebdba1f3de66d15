"""The list of corpora that the maintainer took out of the benchmark: `withdrawn.txt`, one slug a line."""

from __future__ import annotations

import codecs

from cameo_assets.errors import BadInput
from cameo_assets.places import WITHDRAWN


def read_withdrawn(data: bytes) -> tuple[frozenset[str], list[BadInput]]:
    """The names in the list; `#` starts a comment.

    Args:
        data: Content of the file: UTF-8, with or without a byte order mark, or UTF-16 with one, which is what
            some shells write.

    Returns:
        The names, and a complaint about each line in another encoding; the other lines count.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    names, complaints = set(), []
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
        try:
            names.add(line.decode().partition("#")[0].strip())
        except UnicodeDecodeError as error:
            where = f"{WITHDRAWN.of()}: line {number}"
            seen = f"byte {line[error.start]:#04x}"
            complaints.append(BadInput(where, "encoding", seen, "UTF-8, or UTF-16 with a byte order mark"))
    return frozenset(names) - {""}, complaints
