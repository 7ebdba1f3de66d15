"""What a reader makes of one raw answer, and what a reader is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Reason = Literal["exact", "matched", "tied", "unmatched", "empty", "no_answer", "not_applicable"]
"""How a reading came about.

`exact`: the whole answer is a label. `matched`: its words point to one label. `tied`: they point to several
equally. `unmatched`: they point to none. `empty`: there are no words. `no_answer`: the engine gave no text.
`not_applicable`: it never will, as the question cannot be put (a probe cannot learn from one speaker); every
reader counts that as a miss.
"""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one reader makes of one answer.

    Attributes:
        label: The emotion that counts as the answer; None where the reader names none.
        reason: How the reading came about.
        resolved: Whether the answer itself names the label. False where there is no label, or where the rule
            had to put one in.
        matched_word: The word nearest to the label (the first of the tied ones); None where no word matches.
        similarity: How near that word is, 0 to 1.
        tied: The labels that came out equal, sorted; empty where there is no tie.
    """

    label: str | None
    reason: Reason
    resolved: bool
    matched_word: str | None = None
    similarity: float = 0.0
    tied: tuple[str, ...] = ()


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that turns answers into labels.

    Attributes:
        name: Part of every row that the reader makes.
        version: To be raised when the rule changes, so that all answers are read again.
        read: Reads one answer: its text (None where there is none) and the options of the utterance's corpus.
            Pure, so that equal answers need reading once only.
    """

    name: str
    version: str
    read: Callable[[str | None, tuple[str, ...]], Reading]
