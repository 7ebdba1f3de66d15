"""The rule of CAMEO's published scoring script, with its chance taken out.

Source: arXiv 2505.11051 and the scoring script on the data card. There a tie, and an answer that matches
nothing, goes to whichever label comes first in a Python set, which differs between runs. Here it is the
alphabetically first, and the reading says so.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec.structs import replace

from cameo_assets.answers.matching import THRESHOLD, match
from cameo_assets.answers.reading import Reader, Reading


def read(text: str | None, options: tuple[str, ...], threshold: float = THRESHOLD) -> Reading:
    """Reads one answer; there is always a label.

    Args:
        text: The raw answer; None where there is none.
        options: The emotions of the utterance's corpus.
        threshold: Only similarities above this count.

    Returns:
        The winner of the words' votes; of several, the alphabetically first. Where no word matches, the
        alphabetically first option, not resolved.
    """
    found = match(text, options, threshold)
    if found.label is not None:
        return found
    return replace(found, label=min(found.tied or options), resolved=bool(found.tied))


def at_threshold(threshold: float) -> Reader:
    """The same rule with another threshold, to see how much depends on it."""
    return Reader(
        name=f"published_{threshold:.2f}", version=PUBLISHED.version, read=partial(read, threshold=threshold)
    )


PUBLISHED: Final = Reader(name="published", version="1", read=read)
