"""The list of corpora that the maintainer took out of the benchmark: `withdrawn.txt`, one slug a line."""

from __future__ import annotations

import codecs

from cameo_assets.errors import BadInput
from cameo_assets.places import WITHDRAWN


def read_withdrawn(data: bytes) -> frozenset[str]:
    """The names in the list; `#` starts a comment.

    Args:
        data: Content of the file: UTF-8, with or without a byte order mark, or UTF-16 with one, which is what
            some shells write.

    Raises:
        BadInput: It is in another encoding.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        seen = f"byte {data[error.start]:#04x} in line {line}"
        raise BadInput(WITHDRAWN.of(), "encoding", seen, "UTF-8, or UTF-16 with a byte order mark") from error
    return frozenset(line.partition("#")[0].strip() for line in text.splitlines()) - {""}
