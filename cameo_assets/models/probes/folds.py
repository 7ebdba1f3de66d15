"""Assignments to folds for a probe that never trains on a speaker it tests.

Imports numpy at its top: import it inside functions only.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def group_folds(
    emotions: Sequence[str], groups: Sequence[str], audio: Sequence[str], *, most: int, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Splits utterances so that each is tested once, by a fold that knows nothing of its group or its audio.

    Emotions are spread evenly over the folds as far as whole groups allow. A recording that occurs in two
    groups (publishers do that) is left out of the training where it is tested.

    Args:
        emotions: Label of each utterance.
        groups: Group of each.
        audio: Identity of the audio of each.
        most: Number of folds, less where there are fewer groups.
        seed: Of the assignment of groups that are alike.

    Returns:
        Training and test positions of each fold; nothing where there is only one group.
    """
    folds = min(most, len(set(groups)))
    if folds < 2:
        return []
    heard, splits = np.asarray(audio), []
    for _, test in _split(emotions, groups, folds, seed):
        apart = ~np.isin(groups, np.asarray(groups)[test]) & ~np.isin(heard, heard[test])
        splits.append((np.flatnonzero(apart), np.asarray(test)))
    return splits


def _split(
    emotions: Sequence[str], groups: Sequence[str], folds: int, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    empty = np.zeros(len(groups))
    if np.unique(emotions, return_counts=True)[1].max() >= folds:
        with warnings.catch_warnings():
            # An emotion with fewer utterances than folds cannot be in all of them; that is no news.
            warnings.filterwarnings("ignore", message="The least populated class")
            stratified = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
            splits = list(stratified.split(empty, emotions, groups))
        if all(len(test) and len(train) for train, test in splits):
            return splits
    # Too few of each emotion to spread them.
    return list(GroupKFold(folds).split(empty, emotions, groups))
