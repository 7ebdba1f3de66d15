"""A few utterances of a collection that stand for all of it."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def spread(rows: Iterable[Mapping[str, Any]], count: int) -> list[str]:
    """Ids of a few utterances from all corpora and, in each, from all emotions.

    Corpora take turns, the largest first, and within a corpus its emotions; which utterance comes first is
    decided by a hash. So the choice is the same every time, and a larger one holds the smaller.

    Args:
        rows: With `file_id`, `corpus` and `emotion`.
        count: How many; all where there are fewer.
    """
    strata: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        strata.setdefault(row["corpus"], {}).setdefault(row["emotion"], []).append(row["file_id"])
    turns = {
        # Not in alphabetical order: a few turns would else hear anger alone.
        corpus: _in_turns(sorted(ids, key=_hash) for _, ids in sorted(emotions.items(), key=_scatter(corpus)))
        for corpus, emotions in strata.items()
    }
    largest_first = sorted(turns, key=lambda corpus: (-len(turns[corpus]), corpus))
    return _in_turns(turns[corpus] for corpus in largest_first)[:count]


def smallest_corpus(rows: Iterable[Mapping[str, Any]]) -> str:
    """The corpus with the fewest utterances."""
    sizes: Counter[str] = Counter(row["corpus"] for row in rows)
    return min(sizes, key=lambda corpus: (sizes[corpus], corpus))


def _scatter(corpus: str) -> Callable[[tuple[str, list[str]]], str]:
    return lambda emotion: _hash(f"{corpus}/{emotion[0]}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _in_turns(lists: Iterable[list[str]]) -> list[str]:
    """The first of each list, the second of each, and so on."""
    rounds = itertools.zip_longest(*lists)
    return [each for turn in rounds for each in turn if each is not None]
