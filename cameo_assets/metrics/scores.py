"""Sums to scores, and the scopes that are scored. Imports numpy at the top.

Every function takes arrays whose last axis is the declared label set of the scope, and gives what
scikit-learn gives with `labels=` that set and `zero_division=0`: a label that is neither true nor predicted
counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cameo_assets.metrics.rows import Grid

Kind = Literal["overall", "corpus", "language"]
ALL: Final = "all"
"""Name of the one scope of kind `overall`."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scope:
    """Some corpora, pooled.

    Attributes:
        kind: What the corpora have in common.
        name: Slug, language or `all`.
        corpora: Indices of the corpora.
        labels: Indices of the labels that at least one of them offers.
    """

    kind: Kind
    name: str
    corpora: NDArray[np.intp]
    labels: NDArray[np.intp]


def scopes(grid: Grid) -> list[Scope]:
    """The scopes of a collection: all of it, each corpus, each language; each kind sorted by name."""
    languages = np.array(grid.languages)
    found: list[tuple[Kind, str, NDArray[np.intp]]] = [
        ("overall", ALL, np.arange(len(grid.corpora))),
        *(("corpus", slug, np.array([index])) for index, slug in enumerate(grid.corpora)),
        *(
            ("language", language, np.flatnonzero(languages == language))
            for language in sorted(set(grid.languages))
        ),
    ]
    return [
        Scope(kind, name, corpora, np.flatnonzero(grid.offered[corpora].any(axis=0)))
        for kind, name, corpora in found
    ]


def ratio(part: Ints | Floats, whole: Ints | Floats) -> Floats:
    """Part by whole, for counts; 0 where the whole is 0 (and so the part)."""
    return part / np.maximum(whole, 1)


def f1(tp: Ints, predicted: Ints, actual: Ints) -> Floats:
    """F1 of each label; same shape."""
    return ratio(2 * tp, predicted + actual)


def precision(tp: Ints, predicted: Ints) -> Floats:
    """Share of the predictions of each label that are right; same shape."""
    return ratio(tp, predicted)


def recall(tp: Ints, actual: Ints) -> Floats:
    """Share of the utterances of each label that are found; same shape."""
    return ratio(tp, actual)


def macro_f1(tp: Ints, predicted: Ints, actual: Ints) -> Floats:
    """Mean of the labels' F1; one axis less."""
    return np.asarray(f1(tp, predicted, actual).mean(axis=-1))


def weighted_f1(tp: Ints, predicted: Ints, actual: Ints) -> Floats:
    """Mean of the labels' F1, each weighted with its number of utterances; one axis less."""
    return np.asarray((f1(tp, predicted, actual) * actual).sum(axis=-1) / actual.sum(axis=-1))


def accuracy(tp: Ints, actual: Ints) -> Floats:
    """Share of utterances that are right; one axis less."""
    return np.asarray(tp.sum(axis=-1) / actual.sum(axis=-1))


def uar(tp: Ints, actual: Ints) -> Floats:
    """Unweighted average recall: mean of the labels' recall; one axis less."""
    return np.asarray(recall(tp, actual).mean(axis=-1))
