"""Scores are those of scikit-learn over the declared labels, whatever the corpus holds and the model says."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from cameo_assets.metrics import scores
from cameo_assets_tests.metrics.made import LANGUAGE, OPTIONS, Utterance, cases, counted


def in_scope(kind: str, name: str, corpus: str) -> bool:
    return kind == "overall" or name == (corpus if kind == "corpus" else LANGUAGE[corpus])


@settings(deadline=None, max_examples=60)
@given(cases())
def test_every_scope_equals_scikit_learn(case: tuple[list[Utterance], list[str | None]]) -> None:
    utterances, labels = case
    counts = counted(utterances, labels)
    for scope in scores.scopes(counts.grid):
        chosen = [i for i, u in enumerate(utterances) if in_scope(scope.kind, scope.name, u[0])]
        truth = [utterances[i][2] for i in chosen]
        # What is off the list of the utterance's corpus counts as no label.
        said = [labels[i] if labels[i] in OPTIONS[utterances[i][0]] else None for i in chosen]
        predicted = [label or "" for label in said]
        declared = sorted({label for i in chosen for label in OPTIONS[utterances[i][0]]})
        given_labels = {"labels": declared, "zero_division": 0}
        groups = np.isin(counts.grid.group_corpus, scope.corpora)
        tp = counts.tp[0, groups].sum(axis=0)[scope.labels]
        total = counts.predicted[0, groups].sum(axis=0)[scope.labels]
        actual = counts.grid.actual[groups].sum(axis=0)[scope.labels]
        assert [counts.grid.labels[index] for index in scope.labels] == declared
        for ours, theirs in (
            (scores.f1(tp, total, actual), f1_score(truth, predicted, average=None, **given_labels)),
            (scores.precision(tp, total), precision_score(truth, predicted, average=None, **given_labels)),
            (scores.recall(tp, actual), recall_score(truth, predicted, average=None, **given_labels)),
            (scores.macro_f1(tp, total, actual), f1_score(truth, predicted, average="macro", **given_labels)),
            (
                scores.weighted_f1(tp, total, actual),
                f1_score(truth, predicted, average="weighted", **given_labels),
            ),
            (scores.uar(tp, actual), recall_score(truth, predicted, average="macro", **given_labels)),
            (scores.accuracy(tp, actual), accuracy_score(truth, predicted)),
        ):
            assert ours == pytest.approx(theirs, abs=1e-12)


def test_scopes_are_all_corpora_each_corpus_and_each_language() -> None:
    counts = counted([("ravdess", "g", "calm"), ("nemo", "g", "fear"), ("crema_d", "g", "fear")], [None] * 3)
    assert [(scope.kind, scope.name, scope.corpora.tolist()) for scope in scores.scopes(counts.grid)] == [
        ("overall", "all", [0, 1, 2]),
        ("corpus", "crema_d", [0]),
        ("corpus", "nemo", [1]),
        ("corpus", "ravdess", [2]),
        ("language", "English", [0, 2]),
        ("language", "Polish", [1]),
    ]


def test_a_declared_label_that_never_occurs_counts_as_zero() -> None:
    counts = counted([("nemo", "g", "anger"), ("nemo", "g", "fear")], ["anger", "fear"])
    tp, predicted, actual = counts.tp[0, 0], counts.predicted[0, 0], counts.grid.actual[0]
    assert scores.macro_f1(tp, predicted, actual) == pytest.approx(2 / 3)
    assert scores.uar(tp, actual) == pytest.approx(2 / 3)
    assert scores.accuracy(tp, actual) == 1
