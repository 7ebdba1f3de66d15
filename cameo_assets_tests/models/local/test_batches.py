from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.engines.base import Ask, Sampling
from cameo_assets.models.local import batches as module
from cameo_assets.models.local.batches import batches, rows_of
from cameo_assets_tests.models.examples import a_sampling, an_ask

LIKELIHOOD = msgspec.structs.replace(a_sampling(), method="likelihood")
ASKS = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 5)), max_size=60)


def asks_of(shapes: list[tuple[int, int]]) -> tuple[list[Ask], dict[str, int]]:
    """Asks with as many draws, and their lengths by id."""
    asks = [
        an_ask(f"{number:03}", *(a_sampling(0.7, sample) for sample in range(draws)))
        for number, (_, draws) in enumerate(shapes)
    ]
    return asks, {ask.item.file_id: length for ask, (length, _) in zip(asks, shapes, strict=True)}


def batched(asks: list[Ask], lengths: dict[str, int], budget: int) -> list[list[Ask]]:
    return list(batches(asks, lambda ask: lengths[ask.item.file_id], lambda: budget))


@given(ASKS, st.integers(1, 3000), st.integers(1, 40))
def test_every_ask_comes_exactly_once_and_no_batch_is_over_the_budget_unless_alone(
    shapes: list[tuple[int, int]], budget: int, window: int
) -> None:
    asks, lengths = asks_of(shapes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WINDOW", window)
        made = batched(asks, lengths, budget)
    assert sorted(ask.item.file_id for batch in made for ask in batch) == sorted(lengths)
    for batch in made:
        padded = max(lengths[ask.item.file_id] for ask in batch) * sum(map(rows_of, batch))
        assert padded <= budget or len(batch) == 1


@given(ASKS, st.integers(1, 3000), st.randoms())
def test_the_order_of_a_window_does_not_matter(
    shapes: list[tuple[int, int]], budget: int, random: Random
) -> None:
    asks, lengths = asks_of(shapes)
    shuffled = list(asks)
    random.shuffle(shuffled)
    assert batched(shuffled, lengths, budget) == batched(asks, lengths, budget)


def test_rows_of_a_batch_are_of_like_length() -> None:
    asks, lengths = asks_of([(10, 1), (400, 1), (11, 1), (390, 1)])
    assert [[lengths[ask.item.file_id] for ask in batch] for batch in batched(asks, lengths, 800)] == [
        [400, 390],
        [11, 10],
    ]


def test_a_batch_is_filled_as_far_as_it_goes() -> None:
    asks, lengths = asks_of([(10, 2)] * 7)
    assert [len(batch) for batch in batched(asks, lengths, 60)] == [3, 3, 1]


def test_a_budget_that_shrinks_counts_from_the_next_batch_on() -> None:
    asks, lengths = asks_of([(10, 1)] * 8)
    budgets = iter([40, 20, 20])
    made = batches(asks, lambda ask: lengths[ask.item.file_id], lambda: next(budgets))
    assert [len(batch) for batch in made] == [4, 2, 2]


def test_no_more_than_a_window_is_read_ahead() -> None:
    read = 0

    def source() -> Iterator[Ask]:
        nonlocal read
        for ask in asks_of([(10, 1)] * 50)[0]:
            read += 1
            yield ask

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WINDOW", 8)
        next(batches(source(), lambda _: 10, lambda: 20))
    assert read == 8


@pytest.mark.parametrize(
    ("draws", "rows"),
    [
        ([a_sampling()], 1),
        ([a_sampling(0.7, 0), a_sampling(0.7, 1), a_sampling()], 3),
        ([LIKELIHOOD], 1),
        ([LIKELIHOOD, a_sampling(), a_sampling(0.7)], 2),
    ],
)
def test_each_draw_is_a_row(draws: list[Sampling], rows: int) -> None:
    assert rows_of(an_ask("a", *draws)) == rows
