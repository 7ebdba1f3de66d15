"""A label counts only where it stands in the answer as a word. For comparison, not for the board."""

from __future__ import annotations

from typing import Final

from cameo_assets.answers.exact import read as read_exact
from cameo_assets.answers.matching import normalise
from cameo_assets.answers.reading import Reader, Reading


def read(text: str | None, options: tuple[str, ...]) -> Reading:
    """Reads one answer; no label where it holds none of the options as a word, or several."""
    found = read_exact(text, options)
    if text is None or found.reason != "unmatched":
        return found
    named = tuple(sorted(set(normalise(text).split()) & set(options)))
    if not named:
        return found
    if len(named) > 1:
        return Reading(
            label=None, reason="tied", resolved=False, matched_word=named[0], similarity=1.0, tied=named
        )
    return Reading(label=named[0], reason="matched", resolved=True, matched_word=named[0], similarity=1.0)


WHOLE_WORD: Final = Reader(name="whole_word", version="1", read=read)
