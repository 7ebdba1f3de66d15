"""Which of two evaluations is better, and which place each could have. Imports numpy at the top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from cameo_assets.metrics.bootstrap import PERCENTILES
from cameo_assets.metrics.scores import Floats

SAME: Final = 1e-12
"""Scores nearer than this are equal: rounding must not decide a rank."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between two evaluations, by the same draws.

    Attributes:
        a: Index of the first.
        b: Index of the second.
        difference: Score of a minus score of b.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
        p: Share of draws in which a is better.
    """

    a: int
    b: int
    difference: float
    low: float
    high: float
    p: float


def paired_differences(estimates: Sequence[float], draws: Floats) -> Iterator[Pair]:
    """Compares every evaluation with every later one.

    Args:
        estimates: E scores.
        draws: (draws, E) resampled scores; a row is one draw, common to all.

    Yields:
        Pairs in order of a, then b.
    """
    for a, first in enumerate(estimates):
        differences = draws[:, a, None] - draws[:, a + 1 :]
        if not differences.shape[1]:
            return
        low, high = np.percentile(differences, PERCENTILES, axis=0)
        share = (differences > SAME).mean(axis=0)
        for offset, second in enumerate(estimates[a + 1 :]):
            yield Pair(
                a=a,
                b=a + 1 + offset,
                difference=first - second,
                low=float(low[offset]),
                high=float(high[offset]),
                p=float(share[offset]),
            )


def rank_intervals(draws: Floats) -> list[tuple[int, int]]:
    """The places that each evaluation takes in 95 % of the draws; 1 is best.

    Evaluations that tie in a draw share all places between them, so two that always tie have one interval.

    Args:
        draws: (draws, E) resampled scores.

    Returns:
        Best and worst place of each evaluation.
    """
    low, high = PERCENTILES
    intervals = []
    for index in range(draws.shape[1]):
        lead = draws - draws[:, index, None]
        best = 1 + (lead > SAME).sum(axis=1)
        worst = (lead >= -SAME).sum(axis=1)
        intervals.append(
            (
                int(np.percentile(best, low, method="lower")),
                int(np.percentile(worst, high, method="higher")),
            )
        )
    return intervals
