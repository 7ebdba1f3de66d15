"""Which asks go to the model together: those of like length, as many as fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from cameo_assets.models.engines.base import Ask

WINDOW: Final = 4096
"""Asks that are sorted together: enough for rows of like length, and what comes first says how it goes on."""


def batches(
    asks: Iterable[Ask], length: Callable[[Ask], int], budget: Callable[[], int]
) -> Iterator[list[Ask]]:
    """Puts asks into batches, the longest of each window first, so that too large ones show at once.

    Args:
        asks: Any number; they are read a window at a time.
        length: Tokens of an ask's prompt.
        budget: Most padded tokens of a batch over all its rows; asked anew for each batch, as it may shrink.

    Yields:
        Asks; one that is over the budget is a batch by itself. The same input gives the same batches.
    """
    source = iter(asks)
    while window := list(islice(source, WINDOW)):
        lengths = {ask.item.file_id: length(ask) for ask in window}
        window.sort(key=lambda ask: (-lengths[ask.item.file_id], ask.item.file_id))
        start = 0
        while start < len(window):
            longest = lengths[window[start].item.file_id]  # of all that follow, too
            count = _fitting(window[start:], longest, budget())
            yield window[start : start + count]
            start += count


def rows_of(ask: Ask) -> int:
    """How many rows an ask becomes once its answers are decoded side by side."""
    drawn = {sampling for sampling in ask.samplings if sampling.method == "generation"}
    return max(1, len(drawn))


def _fitting(asks: Sequence[Ask], longest: int, budget: int) -> int:
    tokens = 0
    for count, ask in enumerate(asks):
        tokens += longest * rows_of(ask)
        if tokens > budget:
            return max(count, 1)
    return len(asks)
