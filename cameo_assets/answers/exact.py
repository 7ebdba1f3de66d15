"""The narrowest reading: the answer is a label and nothing else. For comparison, not for the board."""

from __future__ import annotations

from typing import Final

from cameo_assets.answers.matching import normalise
from cameo_assets.answers.reading import Reader, Reading


def read(text: str | None, options: tuple[str, ...]) -> Reading:
    """Reads one answer; a label only where the answer, without case and punctuation, is one."""
    if text is None:
        return Reading(label=None, reason="no_answer", resolved=False)
    plain = normalise(text)
    if plain in options:
        return Reading(label=plain, reason="exact", resolved=True, matched_word=plain, similarity=1.0)
    return Reading(label=None, reason="unmatched" if plain else "empty", resolved=False)


EXACT: Final = Reader(name="exact", version="1", read=read)
