"""A few utterances that stand for all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.excerpt import smallest_corpus, spread

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["anger", "calm", "fear"])), max_size=40)


def collection(pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"file_id": f"{number}", "corpus": corpus, "emotion": emotion}
        for number, (corpus, emotion) in enumerate(pairs)
    ]


@given(ROWS, st.integers(0, 50))
def test_it_is_of_the_size_asked_for_and_none_comes_twice(pairs: list[tuple[str, str]], count: int) -> None:
    chosen = spread(collection(pairs), count)
    assert len(set(chosen)) == len(chosen) == min(count, len(pairs))


@given(ROWS, st.integers(0, 50), st.randoms())
def test_the_order_of_the_collection_does_not_matter(
    pairs: list[tuple[str, str]], count: int, random: Any
) -> None:
    rows = collection(pairs)
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert spread(rows, count) == spread(shuffled, count)


@given(ROWS, st.integers(0, 50))
def test_a_larger_one_holds_the_smaller(pairs: list[tuple[str, str]], count: int) -> None:
    rows = collection(pairs)
    assert spread(rows, count + 5)[:count] == spread(rows, count)


@given(ROWS, st.integers(0, 50))
def test_no_stratum_is_heard_twice_before_its_neighbour_once(
    pairs: list[tuple[str, str]], count: int
) -> None:
    """As far as there are utterances left of the neighbour."""
    rows = collection(pairs)
    places = {row["file_id"]: (row["corpus"], row["emotion"]) for row in rows}
    chosen = Counter(places[file_id] for file_id in spread(rows, count))
    corpora = Counter(corpus for corpus, _ in chosen.elements())
    there, all_of = Counter(places.values()), Counter(row["corpus"] for row in rows)
    for one in all_of:
        for other in all_of:
            assert corpora[one] <= corpora[other] + 1 or corpora[other] == all_of[other]
    for one in there:
        for other in there:
            if one[0] == other[0]:
                assert chosen[one] <= chosen[other] + 1 or chosen[other] == there[other]


def test_the_corpora_do_not_all_begin_with_the_same_emotion() -> None:
    emotions = ("anger", "calm", "fear", "sadness")
    rows = collection([(f"corpus{n}", emotion) for n in range(13) for emotion in emotions])
    heard = {row["emotion"] for row in rows if row["file_id"] in spread(rows, 13)}
    assert heard == set(emotions)


@pytest.mark.parametrize(("sizes", "smallest"), [({"a": 3, "b": 2}, "b"), ({"b": 2, "a": 2}, "a")])
def test_the_smallest_corpus_is_the_first_of_equals(sizes: dict[str, int], smallest: str) -> None:
    rows = collection([(corpus, "anger") for corpus, size in sizes.items() for _ in range(size)])
    assert smallest_corpus(rows) == smallest
