"""Counting: what is counted where, and that the stored form loses nothing."""

import numpy as np
import pyarrow as pa
import pytest

from cameo_assets.errors import BadInput
from cameo_assets.metrics.counts import confusion, count, from_table, to_table
from cameo_assets.metrics.rows import encode
from cameo_assets_tests.metrics.made import OPTIONS, coded, collection, counted, random_case

UTTERANCES = [
    ("nemo", "b", "anger"),
    ("nemo", "a", "fear"),
    ("nemo", "a", "fear"),
    ("crema_d", "a", "neutral"),
]


def test_groups_of_two_corpora_are_two_groups_even_of_one_name() -> None:
    grid = encode(collection(UTTERANCES), OPTIONS).grid
    assert grid.groups == (("crema_d", "a"), ("nemo", "a"), ("nemo", "b"))
    assert grid.group_corpus.tolist() == [0, 1, 1]
    assert grid.labels == ("anger", "fear", "neutral", "surprise")
    assert grid.actual.tolist() == [[0, 0, 1, 0], [0, 2, 0, 0], [1, 0, 0, 0]]


def test_hits_and_predictions_are_counted_by_group() -> None:
    counts = counted(UTTERANCES, ["fear", "fear", "anger", "neutral"])
    assert counts.tp.tolist() == [[[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]]
    assert counts.predicted.tolist() == [[[0, 0, 1, 0], [1, 1, 0, 0], [0, 1, 0, 0]]]


@pytest.mark.parametrize("label", [None, "calm", "neutral"])
def test_no_label_and_a_label_off_the_corpus_list_add_no_prediction(label: str | None) -> None:
    counts = counted(UTTERANCES, [label, label, label, None])
    assert counts.tp.sum() == 0
    assert counts.predicted.sum() == 0
    assert counts.grid.actual.sum() == 4


def test_the_confusion_has_a_column_for_no_label_and_means_over_samples() -> None:
    rows = encode(collection(UTTERANCES), OPTIONS)
    predicted = coded(rows, [["fear", "fear", None, "surprise"], ["anger", "fear", "fear", "neutral"]])
    nemo = confusion(rows, predicted)[1]
    assert nemo.tolist() == [[0.5, 0.5, 0, 0, 0], [0, 1.5, 0, 0, 0.5], [0] * 5, [0] * 5]
    crema_d = confusion(rows, predicted)[0]
    assert crema_d[2].tolist() == [0, 0, 0.5, 0, 0.5]
    assert confusion(rows, predicted).sum() == len(UTTERANCES)


@pytest.mark.parametrize("samples", [1, 3])
def test_counts_survive_the_table(samples: int) -> None:
    utterances, labels = random_case(4, samples=samples)
    counts = counted(utterances, *labels)
    table = to_table(counts)
    again = from_table(table)
    assert again.grid.same_as(counts.grid)
    assert np.array_equal(again.tp, counts.tp)
    assert np.array_equal(again.predicted, counts.predicted)
    assert to_table(again).equals(table)


def test_the_order_of_the_collection_does_not_matter() -> None:
    utterances, [labels] = random_case(5)
    table = collection(utterances)
    rows = encode(table, OPTIONS)
    turned = encode(table.take(list(reversed(range(table.num_rows)))), OPTIONS)
    one = count(rows, coded(rows, [labels]))
    other = count(turned, coded(turned, [labels[::-1]]))
    assert to_table(one).equals(to_table(other))


def test_grids_differ_where_an_utterance_does() -> None:
    one = encode(collection(UTTERANCES), OPTIONS).grid
    assert one.same_as(encode(collection(UTTERANCES), OPTIONS).grid)
    assert not one.same_as(encode(collection(UTTERANCES[1:]), OPTIONS).grid)
    assert not one.same_as(encode(collection(UTTERANCES), {**OPTIONS, "nemo": ("anger", "fear")}).grid)


def with_column(name: str, values: list[str]) -> pa.Table:
    table = collection(UTTERANCES)
    return table.set_column(table.column_names.index(name), name, [values])


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (collection([]), "empty"),
        (with_column("file_id", ["u0", "u0", "u1", "u2"]), "id_twice"),
        (with_column("corpus", ["nemo", "nemo", "nemo", "emodb"]), "unknown_corpus"),
        (with_column("emotion", ["calm", "fear", "fear", "neutral"]), "unknown_emotion"),
        (with_column("language", ["Polish", "Polish", "German", "English"]), "two_languages"),
    ],
)
def test_a_broken_collection_is_refused(table: pa.Table, rule: str) -> None:
    with pytest.raises(BadInput) as caught:
        encode(table, OPTIONS)
    assert caught.value.rule == rule
