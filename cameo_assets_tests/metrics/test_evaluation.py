"""The scores of one evaluation: scopes, coverage, samples, and what is refused."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, f1_score

from cameo_assets.errors import BadInput
from cameo_assets.metrics.counts import from_table
from cameo_assets.metrics.evaluation import EvaluationScores, score_evaluation
from cameo_assets_tests.metrics.made import LABELS, OPTIONS, answers, collection, random_case

UTTERANCES = [
    ("crema_d", "s1", "anger"),
    ("crema_d", "s1", "fear"),
    ("crema_d", "s2", "fear"),
    ("nemo", "s1", "surprise"),
]


def scored(*samples: list[str | None], **options: Any) -> EvaluationScores:
    return score_evaluation(answers(*samples), collection(UTTERANCES), OPTIONS, **options)


def line(result: EvaluationScores, scope: str, name: str, reader: str = "strict") -> dict[str, Any]:
    (found,) = [
        row
        for row in result.scores.to_pylist()
        if (row["reader"], row["scope"], row["name"]) == (reader, scope, name)
    ]
    return dict(found)


def test_every_scope_has_a_line() -> None:
    result = scored(["anger", "fear", "anger", None])
    assert [(row["scope"], row["name"]) for row in result.scores.to_pylist()] == [
        ("overall", "all"),
        ("corpus", "crema_d"),
        ("corpus", "nemo"),
        ("language", "English"),
        ("language", "Polish"),
        ("mean", "corpora"),
        ("mean", "languages"),
        *(("emotion", label) for label in ("anger", "fear", "neutral", "surprise")),
    ]


def test_a_small_evaluation_by_hand() -> None:
    result = scored(["anger", "fear", "anger", None])
    overall = line(result, "overall", "all")
    # anger: 2 * 1 / (2 + 1); fear: 2 * 1 / (1 + 2); neutral and surprise: 0.
    assert overall["score"] == pytest.approx((2 / 3 + 2 / 3) / 4)
    assert overall["accuracy"] == 0.5
    assert overall["uar"] == pytest.approx((1 + 1 / 2) / 4)
    assert overall["weighted_f1"] == pytest.approx((2 / 3 + 2 * 2 / 3) / 4)
    assert (overall["n"], overall["groups"], overall["samples"]) == (4, 3, 1)
    assert (overall["unresolved"], overall["coverage"]) == (0.25, 1.0)
    assert [overall[name] for name in ("precision", "recall", "spread", "agreement", "majority")] == [
        None
    ] * 5
    fear = line(result, "emotion", "fear")
    assert (fear["precision"], fear["recall"], fear["n"], fear["groups"]) == (1.0, 0.5, 2, 2)
    assert line(result, "emotion", "neutral")["unresolved"] is None
    assert line(result, "corpus", "nemo")["unresolved"] == 1.0


def test_means_are_over_corpora_and_over_languages() -> None:
    utterances, [labels] = random_case(1)
    result = score_evaluation(answers(labels), collection(utterances), OPTIONS)
    for scope, name in (("corpus", "corpora"), ("language", "languages")):
        parts = [row for row in result.scores.to_pylist() if row["scope"] == scope]
        for column in ("score", "weighted_f1", "accuracy", "uar", "unresolved"):
            assert line(result, "mean", name)[column] == pytest.approx(
                np.mean([row[column] for row in parts])
            )
        assert line(result, "mean", name)["n"] == len(utterances)


def test_several_samples_are_scored_one_by_one() -> None:
    utterances, labels = random_case(2, samples=3)
    result = score_evaluation(answers(*labels), collection(utterances), OPTIONS)
    truth = [u[2] for u in utterances]
    said = [[label or "" for label in sample] for sample in labels]
    each = [f1_score(truth, one, labels=LABELS, average="macro", zero_division=0) for one in said]
    overall = line(result, "overall", "all")
    assert overall["samples"] == 3
    assert overall["score"] == pytest.approx(np.mean(each), abs=1e-12)
    assert overall["spread"] == pytest.approx(np.std(each, ddof=1), abs=1e-12)
    assert overall["accuracy"] == pytest.approx(np.mean([accuracy_score(truth, one) for one in said]))
    assert overall["agreement"] == pytest.approx(
        np.mean([len(set(three)) == 1 for three in zip(*said, strict=True)])
    )


def test_the_majority_vote_is_scored_too() -> None:
    result = scored(
        ["anger", "fear", "anger", None],
        ["anger", "fear", "fear", "fear"],
        ["fear", "anger", "fear", "surprise"],
    )
    # Votes: anger, fear, fear; for the last, fear and surprise have one each, and fear was named first.
    assert line(result, "overall", "all")["majority"] == pytest.approx((1 + 4 / 5 + 0 + 0) / 4)


def test_a_missing_answer_is_a_miss_and_lowers_the_coverage() -> None:
    result = score_evaluation(answers(["anger", "fear", "fear"]), collection(UTTERANCES), OPTIONS)
    overall = line(result, "overall", "all")
    assert (overall["coverage"], overall["unresolved"], overall["accuracy"], overall["n"]) == (
        0.75,
        0.25,
        0.75,
        4,
    )


def test_an_engine_error_is_not_an_answer() -> None:
    table = answers(["anger", "fear", "fear", "anger"])
    reasons = pa.array(["exact", "exact", "exact", "no_answer"])
    table = table.set_column(table.column_names.index("reason"), "reason", reasons)
    assert (
        line(score_evaluation(table, collection(UTTERANCES), OPTIONS), "overall", "all")["coverage"] == 0.75
    )


def test_missing_samples_lower_the_coverage() -> None:
    result = scored(["anger", "fear", "fear", "surprise"], samples=2)
    overall = line(result, "overall", "all")
    assert (overall["coverage"], overall["samples"], overall["accuracy"]) == (0.5, 2, 0.5)


def test_readers_are_scored_apart() -> None:
    table = pa.concat_tables(
        [answers(["anger", "fear", "fear", "surprise"]), answers([None] * 4, reader="narrow", version="3")]
    )
    result = score_evaluation(table, collection(UTTERANCES), OPTIONS)
    assert line(result, "overall", "all")["accuracy"] == 1
    narrow = line(result, "overall", "all", reader="narrow")
    assert (narrow["accuracy"], narrow["unresolved"], narrow["reader_version"]) == (0, 1, "3")
    assert set(result.counts["reader"].to_pylist()) == {"narrow", "strict"}


def test_the_confusion_lists_what_was_said() -> None:
    result = scored(["anger", "anger", "fear", None])
    assert result.confusion.to_pylist() == [
        {"reader": "strict", "corpus": "crema_d", "truth": "anger", "predicted": "anger", "count": 1.0},
        {"reader": "strict", "corpus": "crema_d", "truth": "fear", "predicted": "anger", "count": 1.0},
        {"reader": "strict", "corpus": "crema_d", "truth": "fear", "predicted": "fear", "count": 1.0},
        {"reader": "strict", "corpus": "nemo", "truth": "surprise", "predicted": "", "count": 1.0},
    ]


def test_the_stored_counts_hold_all_that_the_bootstrap_needs() -> None:
    counts = from_table(scored(["anger", "anger", "fear", None]).counts)
    assert counts.grid.groups == (("crema_d", "s1"), ("crema_d", "s2"), ("nemo", "s1"))
    assert counts.tp.sum() == 2
    assert counts.predicted.sum() == 3


def test_no_answers_give_empty_tables() -> None:
    result = scored()
    assert (result.scores.num_rows, result.confusion.num_rows, result.counts.num_rows) == (0, 0, 0)


@pytest.mark.parametrize("samples", [1, 2])
def test_the_order_of_answers_does_not_matter(samples: int) -> None:
    utterances, labels = random_case(3, samples=samples)
    table = answers(*labels)
    turned = table.take(list(reversed(range(table.num_rows))))
    one = score_evaluation(table, collection(utterances), OPTIONS)
    other = score_evaluation(turned, collection(utterances), OPTIONS)
    assert one.scores.equals(other.scores)
    assert one.confusion.equals(other.confusion)
    assert one.counts.equals(other.counts)


def two_versions() -> pa.Table:
    table = answers(["anger", "fear"])
    return table.set_column(table.column_names.index("reader_version"), "reader_version", [["1", "2"]])


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (answers(["anger"] * 5), "unknown_utterance"),
        (pa.concat_tables([answers(["anger"])] * 2), "answer_twice"),
        (answers(["anger"], ["anger"], ["anger"]), "unknown_sample"),
        (two_versions(), "reader_version"),
    ],
)
def test_answers_that_do_not_fit_are_refused(table: pa.Table, rule: str) -> None:
    with pytest.raises(BadInput) as caught:
        score_evaluation(table, collection(UTTERANCES), OPTIONS, samples=2)
    assert caught.value.rule == rule
