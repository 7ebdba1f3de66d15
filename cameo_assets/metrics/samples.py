"""Several answers to one question: do they agree, and what do most of them say? Imports numpy at the top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cameo_assets.metrics.counts import NO_LABEL


def agreement(predicted: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether all samples of an utterance say the same; naming no label counts as an answer of its own.

    Args:
        predicted: (S, N) label codes, or `NO_LABEL`.

    Returns:
        (N,) booleans.
    """
    return np.asarray((predicted == predicted[0]).all(axis=0))


def majority(predicted: NDArray[np.intp]) -> NDArray[np.intp]:
    """The label that most samples name.

    Samples without a label do not vote. Of several labels with equal votes the one that was named first wins.

    Args:
        predicted: (S, N) label codes, or `NO_LABEL`.

    Returns:
        (N,) label codes; `NO_LABEL` where no sample names one.
    """
    support = (predicted[:, None, :] == predicted[None, :, :]).sum(axis=1)
    support[predicted == NO_LABEL] = 0
    winner = support.argmax(axis=0)  # the first of the greatest
    return np.asarray(np.take_along_axis(predicted, winner[None], axis=0)[0])
