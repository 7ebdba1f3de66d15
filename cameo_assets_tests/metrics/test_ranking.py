"""Paired differences and rank intervals, on draws small enough to check by eye."""

import numpy as np
import pytest

from cameo_assets.metrics.ranking import Pair, paired_differences, rank_intervals


def test_a_difference_is_taken_draw_by_draw() -> None:
    # The draws of both vary widely, their difference hardly: only pairing shows that the first is better.
    base = np.linspace(0.1, 0.9, 101)
    draws = np.stack([base + 0.01, base], axis=1)
    (pair,) = paired_differences([0.51, 0.5], draws)
    assert (pair.a, pair.b, pair.p) == (0, 1, 1.0)
    assert [pair.difference, pair.low, pair.high] == pytest.approx([0.01, 0.01, 0.01])


def test_every_evaluation_is_compared_with_every_later_one() -> None:
    draws = np.tile([0.3, 0.2, 0.1], (10, 1))
    pairs = list(paired_differences([0.3, 0.2, 0.1], draws))
    assert [(pair.a, pair.b) for pair in pairs] == [(0, 1), (0, 2), (1, 2)]
    assert [pair.difference for pair in pairs] == pytest.approx([0.1, 0.2, 0.1])


def test_p_is_the_share_of_draws_in_which_the_first_is_better() -> None:
    draws = np.array([[0.2, 0.1], [0.1, 0.2], [0.1, 0.1], [0.3, 0.1]])
    (pair,) = paired_differences([0.2, 0.1], draws)
    assert pair.p == 0.5


def test_the_interval_of_a_difference_is_its_percentiles() -> None:
    noise = np.random.default_rng(1)
    draws = noise.normal(size=(500, 2))
    (pair,) = paired_differences([0.0, 0.0], draws)
    assert [pair.low, pair.high] == pytest.approx(
        np.percentile(draws[:, 0] - draws[:, 1], [2.5, 97.5]).tolist()
    )


@pytest.mark.parametrize("evaluations", [0, 1])
def test_one_evaluation_has_no_pair(evaluations: int) -> None:
    empty: list[Pair] = []
    assert list(paired_differences([0.1] * evaluations, np.full((5, evaluations), 0.1))) == empty


@pytest.mark.parametrize(
    ("draws", "intervals"),
    [
        ([[0.3]], [(1, 1)]),
        ([[0.3, 0.2, 0.1]], [(1, 1), (2, 2), (3, 3)]),
        ([[0.1, 0.2, 0.3]], [(3, 3), (2, 2), (1, 1)]),
        ([[0.2, 0.2, 0.1]], [(1, 2), (1, 2), (3, 3)]),
        ([[0.2, 0.2, 0.2]], [(1, 3), (1, 3), (1, 3)]),
        ([[0.3, 0.2, 0.1], [0.2, 0.3, 0.1]], [(1, 2), (1, 2), (3, 3)]),
    ],
)
def test_rank_intervals(draws: list[list[float]], intervals: list[tuple[int, int]]) -> None:
    assert rank_intervals(np.array(draws * 10)) == intervals


def test_rare_draws_do_not_widen_a_rank() -> None:
    draws = np.array([[0.3, 0.2]] * 99 + [[0.2, 0.3]])
    assert rank_intervals(draws) == [(1, 1), (2, 2)]


def test_rounding_does_not_break_a_tie() -> None:
    draws = np.full((20, 2), 0.3)
    draws[:, 1] = 0.1 + 0.2
    assert rank_intervals(draws) == [(1, 2), (1, 2)]
    (pair,) = paired_differences([0.3, 0.1 + 0.2], draws[:, ::-1])
    assert pair.p == 0
