"""The bootstrap: equal to gathering rows, clustered by group, stratified by corpus, paired, reproducible."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cameo_assets.metrics.bootstrap import FEW_GROUPS, Bootstrap, bootstrap, resample_counts
from cameo_assets.metrics.counts import Counts
from cameo_assets_tests.metrics.made import LANGUAGE, OPTIONS, Utterance, counted, random_case

SEED = 7


def draws_of(corpus: str, groups: int, draws: int, seed: int = SEED) -> np.ndarray:
    return np.concatenate(list(resample_counts(corpus, groups, draws=draws, seed=seed)))


def gathered(utterances: list[Utterance], draws: int) -> list[list[int]]:
    """The plain way: for each draw, the rows of the drawn groups, as often as they were drawn."""
    rows: list[list[int]] = [[] for _ in range(draws)]
    for corpus in sorted({u[0] for u in utterances}):
        groups = sorted({group for c, group, _ in utterances if c == corpus})
        for draw, times in enumerate(draws_of(corpus, len(groups), draws)):
            for group, repeat in zip(groups, times, strict=True):
                members = [i for i, u in enumerate(utterances) if u[:2] == (corpus, group)]
                rows[draw] += members * int(repeat)
    return rows


def plain_f1(
    utterances: list[Utterance],
    labels: list[str | None],
    rows: list[int],
    declared: list[str],
    average: str | None,
) -> np.ndarray:
    truth = [utterances[i][2] for i in rows]
    predicted = [labels[i] or "" for i in rows]
    return np.asarray(f1_score(truth, predicted, labels=declared, average=average, zero_division=0))


def test_draws_equal_gathering_rows_and_scikit_learn() -> None:
    draws = 40
    utterances, labels = random_case(1, samples=2)
    result = bootstrap([counted(utterances, labels[0]), counted(utterances, *labels)], draws=draws, seed=SEED)
    declared = sorted({label for options in OPTIONS.values() for label in options})
    for draw, rows in enumerate(gathered(utterances, draws)):
        first, second = (float(plain_f1(utterances, one, rows, declared, "macro")) for one in labels)
        assert result.overall[draw] == pytest.approx([first, (first + second) / 2], abs=1e-12)


def test_intervals_are_percentiles_of_each_scope() -> None:
    draws = 40
    utterances, [labels] = random_case(2)
    result = bootstrap([counted(utterances, labels)], draws=draws, seed=SEED)
    rows = gathered(utterances, draws)
    expected = {("overall", "all"): set(OPTIONS)}
    expected |= {("corpus", corpus): {corpus} for corpus in OPTIONS}
    expected |= {
        ("language", name): {c for c in OPTIONS if LANGUAGE[c] == name} for name in LANGUAGE.values()
    }
    for key, corpora in expected.items():
        declared = sorted({label for corpus in corpora for label in OPTIONS[corpus]})
        own = [[i for i in drawn if utterances[i][0] in corpora] for drawn in rows]
        scores = [plain_f1(utterances, labels, drawn, declared, "macro") for drawn in own]
        assert ends(result, key) == pytest.approx(np.percentile(scores, [2.5, 97.5]), abs=1e-12)
    every = sorted({label for options in OPTIONS.values() for label in options})
    per_label = np.array([plain_f1(utterances, labels, drawn, every, None) for drawn in rows])
    for index, label in enumerate(every):
        percentiles = np.percentile(per_label[:, index], [2.5, 97.5])
        assert ends(result, ("emotion", label)) == pytest.approx(percentiles, abs=1e-12)
    kinds = {("emotion", label) for label in every}
    assert set(result.intervals) == set(expected) | kinds


def ends(result: Bootstrap, key: tuple[str, str]) -> tuple[float, float]:
    return float(result.intervals[key].low[0]), float(result.intervals[key].high[0])


def test_as_many_groups_are_drawn_as_there_are() -> None:
    assert (draws_of("nemo", 9, 500).sum(axis=1) == 9).all()


def test_every_group_is_drawn_once_on_average() -> None:
    # The mean of 20,000 binomial counts has a standard deviation below 0.0071.
    assert draws_of("nemo", 9, 20_000).mean(axis=0) == pytest.approx(np.ones(9), abs=0.04)


@pytest.mark.parametrize("chunk", [1, 7, 256, 1000])
def test_chunks_do_not_change_the_draws(chunk: int) -> None:
    cut = np.concatenate(list(resample_counts("nemo", 9, draws=100, seed=SEED, chunk=chunk)))
    assert np.array_equal(cut, draws_of("nemo", 9, 100))


def test_the_first_draws_do_not_depend_on_how_many_there_are() -> None:
    assert np.array_equal(draws_of("nemo", 9, 300)[:20], draws_of("nemo", 9, 20))


def test_corpora_and_seeds_have_their_own_draws() -> None:
    assert not np.array_equal(draws_of("nemo", 9, 20), draws_of("cafe", 9, 20))
    assert not np.array_equal(draws_of("nemo", 9, 20), draws_of("nemo", 9, 20, seed=SEED + 1))


def test_a_further_corpus_does_not_change_the_intervals_of_the_others() -> None:
    utterances, [labels] = random_case(3)
    kept = [i for i, u in enumerate(utterances) if u[0] != "crema_d"]
    fewer = bootstrap([counted([utterances[i] for i in kept], [labels[i] for i in kept])], draws=50)
    more = bootstrap([counted(utterances, labels)], draws=50)
    for key in (("corpus", "nemo"), ("corpus", "ravdess"), ("language", "Polish")):
        assert ends(fewer, key) == ends(more, key)


def test_an_evaluation_has_the_same_draws_in_any_company() -> None:
    utterances, labels = random_case(4, samples=60)  # more than one block
    evaluations = [counted(utterances, one) for one in labels]
    together = bootstrap(evaluations, draws=30)
    assert together.overall.shape == (30, 60)
    for index in (0, 31, 32, 59):
        alone = bootstrap([evaluations[index]], draws=30)
        assert np.array_equal(alone.overall[:, 0], together.overall[:, index])
        for key, interval in alone.intervals.items():
            assert interval.low[0] == together.intervals[key].low[index]


def test_sums_too_large_for_single_precision_are_exact_too() -> None:
    utterances, [labels] = random_case(6)
    small = counted(utterances, labels)
    # Scores of an odd multiple of all counts are the same, and its sums need more than 24 bits.
    factor = 3_333_333
    large = Counts(
        grid=replace(small.grid, actual=small.grid.actual * factor),
        tp=small.tp * factor,
        predicted=small.predicted * factor,
    )
    assert np.array_equal(bootstrap([small], draws=50).overall, bootstrap([large], draws=50).overall)


def test_an_evaluation_that_is_right_wherever_another_is_wins_every_draw() -> None:
    utterances, [labels] = random_case(5, right=0.3)
    better = [u[2] if i % 2 else label for i, (u, label) in enumerate(zip(utterances, labels, strict=True))]
    result = bootstrap([counted(utterances, better), counted(utterances, labels)], draws=200)
    assert (result.overall[:, 0] > result.overall[:, 1]).all()


def test_utterances_of_one_group_stay_together() -> None:
    # Half of the speakers are always right, half never: the score varies far more by speaker.
    speakers = [("nemo", f"s{i % 10}", "fear") for i in range(200)]
    labels: list[str | None] = ["fear" if i % 10 < 5 else None for i in range(200)]
    alone = [("nemo", f"u{i}", "fear") for i in range(200)]
    by_speaker = ends(bootstrap([counted(speakers, labels)], draws=2000), ("emotion", "fear"))
    by_utterance = ends(bootstrap([counted(alone, labels)], draws=2000), ("emotion", "fear"))
    assert by_speaker[1] - by_speaker[0] > 3 * (by_utterance[1] - by_utterance[0])


def test_a_corpus_of_one_group_has_no_interval() -> None:
    utterances = [("nemo", "one", "fear"), ("nemo", "one", "anger"), ("crema_d", "a", "fear")]
    utterances += [("crema_d", "b", "anger"), ("crema_d", "b", "neutral")]
    result = bootstrap([counted(utterances, ["fear", "fear", "fear", "fear", None])], draws=20)
    for key in (("corpus", "nemo"), ("language", "Polish"), ("emotion", "surprise")):
        assert np.isnan(ends(result, key)).all()
    for key in (("corpus", "crema_d"), ("overall", "all"), ("emotion", "fear")):
        assert not np.isnan(ends(result, key)).any()


@pytest.mark.parametrize("groups", [FEW_GROUPS - 1, FEW_GROUPS])
def test_few_groups_are_flagged(groups: int) -> None:
    utterances = [("nemo", f"s{i:02}", "fear") for i in range(groups)]
    interval = bootstrap([counted(utterances, [None] * groups)], draws=10).intervals["corpus", "nemo"]
    assert interval.groups == groups
    assert interval.few == (groups < FEW_GROUPS)


def test_evaluations_of_different_utterances_are_refused() -> None:
    one = counted([("nemo", "a", "fear"), ("nemo", "b", "fear")], [None, None])
    other = counted([("nemo", "a", "fear"), ("nemo", "b", "anger")], [None, None])
    with pytest.raises(ValueError, match="different utterances"):
        bootstrap([one, other], draws=5)


def test_there_must_be_an_evaluation() -> None:
    with pytest.raises(ValueError, match="no evaluation"):
        bootstrap([])
