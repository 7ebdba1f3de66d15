from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from cameo_assets.models.served import background
from cameo_assets.models.served.background import Outlet, results


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


async def counting(outlet: Outlet[int], until: int = 5) -> None:
    for number in range(until):
        await outlet.room.acquire()
        outlet.put(number)


def test_results_come_in_order() -> None:
    assert list(results(counting, room=2)) == [0, 1, 2, 3, 4]


def test_a_fault_comes_after_the_results_before_it() -> None:
    async def work(outlet: Outlet[int]) -> None:
        await counting(outlet)
        raise LookupError("the end")

    stream = results(work, room=10)
    assert [next(stream) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(LookupError, match="the end"):
        next(stream)


def test_work_is_cancelled_when_the_consumer_stops() -> None:
    ended = []

    async def work(outlet: Outlet[int]) -> None:
        try:
            outlet.put(1)
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    stream = results(work, room=1)
    assert next(stream) == 1
    stream.close()
    assert ended == [True]


def test_work_does_not_run_ahead_of_a_consumer_that_pauses() -> None:
    begun = []

    async def work(outlet: Outlet[int]) -> None:
        for number in range(100):
            await outlet.room.acquire()
            begun.append(number)
            outlet.put(number)
            await asyncio.sleep(0)

    stream = results(work, room=3)
    assert [next(stream) for _ in range(4)] == [0, 1, 2, 3]
    stream.close()
    assert 4 <= len(begun) <= 4 + 3


def test_nothing_starts_before_the_first_result_is_wanted() -> None:
    begun = []

    async def work(_outlet: Outlet[int]) -> None:
        begun.append(True)

    results(work, room=1).close()
    assert begun == []


def test_who_waits_for_a_result_is_called_meanwhile_in_his_own_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "SECONDS_BETWEEN_CALLS", 0.01)
    called, here = threading.Event(), threading.get_ident()
    threads = set()

    def idle() -> None:
        threads.add(threading.get_ident())
        called.set()

    async def work(outlet: Outlet[int]) -> None:
        await asyncio.to_thread(called.wait)
        outlet.put(1)

    assert list(results(work, 1, idle)) == [1]
    assert threads == {here}
