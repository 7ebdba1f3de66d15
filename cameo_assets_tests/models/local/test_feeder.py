from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from cameo_assets.models.local.feeder import ahead


def feeders() -> int:
    return sum(thread.name == "feeder" for thread in threading.enumerate())


def test_results_come_in_order_and_the_thread_ends() -> None:
    assert list(ahead(range(20), lambda number: number * number)) == [n * n for n in range(20)]
    assert feeders() == 0


def test_nothing_is_made_of_nothing() -> None:
    assert list(ahead([], str)) == []


def test_the_next_results_are_made_while_one_is_used_and_no_more_than_wait() -> None:
    made = []
    third = threading.Event()

    def make(number: int) -> int:
        made.append(number)
        if number == 2:
            third.set()
        return number

    with closing(ahead(range(100), make, depth=2)) as coming:
        assert next(coming) == 0
        assert third.wait(10), "nothing is made ahead"
        assert len(made) <= 4  # one in use, two that wait, one that waits for its place
    assert feeders() == 0


def test_stopping_early_leaves_no_thread_and_reads_no_more() -> None:
    read = []

    def source() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    coming = ahead(source(), str, depth=1)
    next(coming)
    coming.close()
    assert feeders() == 0
    assert len(read) <= 4


@pytest.mark.parametrize("where", ["items", "make"])
def test_a_fault_reaches_the_reader_after_what_came_before_it(where: str) -> None:
    def source() -> Iterator[int]:
        yield from (1, 2)
        if where == "items":
            raise ValueError("3 is broken")
        yield 3

    def make(number: int) -> int:
        if number == 3:
            raise ValueError("3 is broken")
        return number

    coming = ahead(source(), make)
    assert (next(coming), next(coming)) == (1, 2)
    with pytest.raises(ValueError, match="3 is broken"):
        next(coming)
    assert feeders() == 0
