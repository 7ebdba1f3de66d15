"""Agreement and majority vote of several answers to one question."""

import numpy as np
import pytest

from cameo_assets.metrics.samples import agreement, majority


@pytest.mark.parametrize(
    ("said", "agreed", "vote"),
    [
        ([2], True, 2),
        ([2, 2, 2], True, 2),
        ([2, 1, 1], False, 1),
        ([1, 2, 2, 1], False, 1),
        ([2, 1, 0], False, 2),
        ([-1, -1, 0], False, 0),
        ([-1, 1, 0], False, 1),
        ([-1, -1, -1], True, -1),
    ],
)
def test_votes(said: list[int], agreed: bool, vote: int) -> None:
    predicted = np.array(said)[:, None]
    assert agreement(predicted).tolist() == [agreed]
    assert majority(predicted).tolist() == [vote]


def test_utterances_are_judged_one_by_one() -> None:
    predicted = np.array([[0, 1, 2], [0, 2, 2], [1, 2, -1]])
    assert agreement(predicted).tolist() == [False, False, False]
    assert majority(predicted).tolist() == [0, 2, 2]
