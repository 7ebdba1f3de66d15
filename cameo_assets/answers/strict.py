"""The published matching without its guesses: an answer that names no single emotion is no emotion."""

from __future__ import annotations

from typing import Final

from cameo_assets.answers.matching import match
from cameo_assets.answers.reading import Reader, Reading


def read(text: str | None, options: tuple[str, ...]) -> Reading:
    """Reads one answer; no label where nothing matches, where labels tie, and where there is no text."""
    return match(text, options)


STRICT: Final = Reader(name="strict", version="1", read=read)
