"""What a sample is: a slug, the names of its recordings, and a function that writes its raw files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A miniature corpus in its publisher's raw layout.

    Attributes:
        slug: Slug of the corpus, and the name of its folder in the landing zone.
        name: Display name of the corpus.
        clips: Names of all recordings, in the order in which they are written, those included that are
            published as a copy, without signal, as a stub or not at all.
        write: Writes all files into an existing folder, and calls back with each clip's name when it is done.
    """

    slug: str
    name: str
    clips: tuple[str, ...]
    write: Callable[[Path, Callable[[str], None]], None]
