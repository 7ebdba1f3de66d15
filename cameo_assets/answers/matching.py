"""The word rule that the readers share: which label do the words of an answer point to?

Each word votes for every label that it resembles, with its similarity as weight; the label with the greatest
sum wins. Similarity is the normalised indel similarity, 2 * LCS / (length of word + length of label).
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Final

from cameo_assets.answers.reading import Reading

THRESHOLD: Final = 0.57
"""Only similarities above this count. Just under 4/7, which is what `happy` has for `happiness`."""

TIE: Final = 1e-9
"""Sums nearer than this are equal: the order of summation must not choose a winner."""

_DELETE_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_WORDS_KEPT: Final = 1 << 16
_VOTES_KEPT: Final = 32


def normalise(text: str) -> str:
    """Deletes ASCII punctuation, lowers, strips.

    >>> normalise(" I'd say: Happy! ")
    'id say happy'
    """
    return text.translate(_DELETE_PUNCTUATION).lower().strip()


def similarity(word: str, label: str) -> float:
    """Normalised indel similarity, 0 to 1; 0 where one of the two is empty.

    >>> similarity("happy", "happiness") == 1 - 6 / 14
    True
    """
    from rapidfuzz.distance import Indel

    # Two empty strings are equal, and rapidfuzz says 1.0; an empty word is no vote for anything.
    return float(Indel.normalized_similarity(word, label)) if word and label else 0.0


class Votes(dict[str, tuple[tuple[str, float], ...]]):
    """The labels that each word votes for, with similarities; worked out once, since answers repeat words.

    >>> Votes(("anger", "happiness"), 0.6)["angry"]
    (('anger', 0.8),)
    """

    def __init__(self, options: tuple[str, ...], threshold: float) -> None:
        super().__init__()
        self.options = options
        self.threshold = threshold

    def __missing__(self, word: str) -> tuple[tuple[str, float], ...]:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        scored = ((label, similarity(word, label)) for label in self.options)
        self[word] = found = tuple((label, score) for label, score in scored if score > self.threshold)
        return found


_votes = lru_cache(maxsize=_VOTES_KEPT)(Votes)


def match(text: str | None, options: tuple[str, ...], threshold: float = THRESHOLD) -> Reading:
    """Which of the options an answer names, if it names exactly one.

    Args:
        text: The raw answer; None where there is none.
        options: The emotions that could be answered.
        threshold: Only similarities above this count.

    Returns:
        The label where there is exactly one winner. Else none, with the reason; where several labels tie,
        these, and the best word of the first.

    Raises:
        ValueError: There are no options.
    """
    if not options:
        raise ValueError("an answer cannot be read without options")
    if text is None:
        return Reading(label=None, reason="no_answer", resolved=False)
    plain = normalise(text)
    if not plain:
        return Reading(label=None, reason="empty", resolved=False)
    if plain in options:
        return Reading(label=plain, reason="exact", resolved=True, matched_word=plain, similarity=1.0)
    words = plain.split()
    votes = _votes(options, threshold)
    winners = _winners(words, votes)
    if not winners:
        return Reading(label=None, reason="unmatched", resolved=False)
    word, score = _best_word(words, winners[0], votes)
    if len(winners) > 1:
        return Reading(
            label=None, reason="tied", resolved=False, matched_word=word, similarity=score, tied=winners
        )
    return Reading(label=winners[0], reason="matched", resolved=True, matched_word=word, similarity=score)


def _winners(words: list[str], votes: Votes) -> tuple[str, ...]:
    sums: dict[str, float] = {}
    for word in words:
        for label, score in votes[word]:
            sums[label] = sums.get(label, 0.0) + score
    if not sums:
        return ()
    least = max(sums.values()) - TIE
    return tuple(sorted(label for label, total in sums.items() if total > least))


def _best_word(words: list[str], winner: str, votes: Votes) -> tuple[str, float]:
    """The word nearest to the winner, the first of several."""
    best, highest = "", 0.0
    for word in words:
        for label, score in votes[word]:
            if label == winner and score > highest:
                best, highest = word, score
    return best, highest
