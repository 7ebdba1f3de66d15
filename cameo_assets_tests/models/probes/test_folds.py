from __future__ import annotations

import warnings
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.models.probes.folds import group_folds

UTTERANCES = st.lists(
    st.tuples(st.sampled_from("ANSF"), st.sampled_from("123456789"), st.integers(0, 30).map(str)),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(UTTERANCES, st.integers(2, 6), st.integers(0, 3))
def test_no_fold_knows_a_speaker_or_a_recording_that_it_tests(
    rows: list[tuple[str, str, str]], most: int, seed: int
) -> None:
    emotions, groups, audio = (list(column) for column in zip(*rows, strict=True))
    folds = group_folds(emotions, groups, audio, most=most, seed=seed)
    for train, test in folds:
        assert not {groups[i] for i in train} & {groups[i] for i in test}
        assert not {audio[i] for i in train} & {audio[i] for i in test}
    tested = Counter(int(i) for _, test in folds for i in test)
    if len(set(groups)) < 2:
        assert folds == []
    else:
        assert tested == Counter(range(len(rows)))
        assert len(folds) == min(most, len(set(groups)))


@pytest.mark.parametrize("speakers", [2, 3, 12])
def test_folds_are_even_where_speakers_are(speakers: int) -> None:
    groups = [str(speaker) for speaker in range(speakers) for _ in range(8)]
    emotions = list("ANSF" * 2) * speakers
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folds = group_folds(emotions, groups, [str(i) for i in range(len(groups))], most=5, seed=0)
    for _, test in folds:
        assert len(set(Counter(emotions[i] for i in test).values())) == 1


def test_the_same_seed_gives_the_same_folds() -> None:
    groups = [str(number // 3) for number in range(60)]
    emotions, audio = list("ANS" * 20), [str(i) for i in range(60)]
    once, twice = (
        [test.tolist() for _, test in group_folds(emotions, groups, audio, most=5, seed=1)] for _ in range(2)
    )
    assert once == twice
