from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.served.faults import CUT_OFF, NOT_JSON, TIMEOUT, TOO_LONG, UNREACHABLE, Fault
from cameo_assets.models.served.pacing import Pace, Turns, back_off

BUSY, BROKEN, GONE = Fault(429, "busy"), Fault(500, "broken"), Fault(UNREACHABLE, "gone")


@given(st.integers(1, 2000), st.floats(0.001, 10), st.floats(10, 100), st.text())
def test_waits_double_up_to_the_longest_and_shrink_by_half_at_most(
    failures: int, first: float, longest: float, key: str
) -> None:
    whole = min(first * 2.0 ** min(failures - 1, 64), longest)
    assert whole / 2 <= back_off(failures, first, longest, key) < whole
    assert back_off(failures, first, longest, key) == back_off(failures, first, longest, key)


def test_waits_of_different_requests_differ() -> None:
    assert len({back_off(1, 1.0, 60.0, file_id) for file_id in "abcdef"}) == 6


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (429, "crowded"),
        (503, "crowded"),
        (TIMEOUT, "crowded"),
        (500, "again"),
        (520, "again"),
        (408, "crowded"),
        (UNREACHABLE, "again"),
        (CUT_OFF, "again"),
        (NOT_JSON, "again"),
        (400, "failed"),
        (413, "failed"),
        (418, "failed"),
        (TOO_LONG, "failed"),
        (401, "stop"),
        (404, "stop"),
        (302, "stop"),
    ],
)
def test_what_follows_from_a_fault(kind: int | str, verdict: str) -> None:
    assert Fault(kind, "").verdict == verdict


def test_a_crowded_server_gets_half_as_many_once_a_round_and_one_more_after_each_round_of_answers() -> None:
    pace = Pace(8, 1.0, 60.0)
    for number in range(8):  # all of one round
        pace.failed(BUSY, f"{number}", started=0.0, now=1.0)
    assert pace.limit == 4
    pace.failed(BUSY, "late", started=0.5, now=2.0)
    assert pace.limit == 4, "it started before the pace was halved"
    for expected in (5, 6, 7, 8, 8):
        for _ in range(8):
            pace.answered()
        assert pace.limit >= expected
    assert pace.limit == 8


def test_one_request_is_always_allowed() -> None:
    pace = Pace(3, 1.0, 60.0)
    for time in range(5):
        pace.failed(BUSY, f"{time}", started=time, now=time)
    assert pace.limit == 1


def test_a_fault_of_the_server_alone_does_not_slow_the_others_down() -> None:
    pace = Pace(8, 1.0, 60.0)
    pace.failed(BROKEN, "a", started=0.0, now=1.0)
    assert pace.limit == 8
    assert pace.resume < 1.0


@pytest.mark.parametrize(("asked", "resume"), [(7.0, 107.0), (0.0, 100.0), (9e9, 160.0)])
def test_all_wait_as_long_as_the_server_asks_up_to_the_longest_wait(asked: float, resume: float) -> None:
    pace = Pace(8, 1.0, 60.0)
    pace.failed(Fault(429, "busy", wait=asked), "a", started=99.0, now=100.0)
    assert pace.resume == resume


def test_all_wait_longer_and_longer_for_a_server_that_is_gone() -> None:
    pace = Pace(8, 1.0, 60.0)
    waits = []
    for time in (0.0, 100.0, 200.0):
        pace.failed(GONE, "a", started=time, now=time)
        waits.append(pace.resume - time)
    assert 0.5 <= waits[0] < 1.0 <= waits[1] < 2.0 <= waits[2] < 4.0


def test_all_wait_longer_and_longer_for_a_server_that_turns_everyone_away() -> None:
    pace = Pace(8, 1.0, 60.0)
    waits = []
    for time in (0.0, 100.0, 200.0):
        for number in range(8):  # of one round
            pace.failed(BUSY, f"{time}{number}", started=time, now=time + 1)
        waits.append(pace.resume - time - 1)
    assert 0.5 <= waits[0] < 1.0 <= waits[1] < 2.0 <= waits[2] < 4.0


def test_nobody_else_waits_again_and_again_for_one_utterance() -> None:
    pace = Pace(8, 1.0, 60.0)
    pace.failed(BUSY, "the same", started=0.0, now=0.0)
    pace.failed(BUSY, "the same", started=100.0, now=100.0)
    assert pace.resume < 100.0


def test_faults_in_a_row_count_once_a_round() -> None:
    pace = Pace(8, 1.0, 60.0)
    for number in range(8):
        pace.failed(GONE, f"{number}", started=0.0, now=1.0)
    assert pace.failures == 1
    pace.failed(GONE, "0", started=1.0, now=2.0)
    assert pace.failures == 2


def test_faults_that_an_utterance_may_be_to_blame_for_count_once() -> None:
    pace = Pace(1, 1.0, 60.0)
    for time in range(20):
        pace.failed(BROKEN, "the same", started=time, now=time)
    assert pace.failures == 1
    pace.failed(BROKEN, "another", started=20, now=20)
    assert pace.failures == 2


@pytest.mark.parametrize("word", ["answered", "replied"])
def test_any_answer_ends_a_row_of_faults(word: str) -> None:
    pace = Pace(8, 1.0, 60.0)
    pace.failed(GONE, "a", started=0.0, now=0.0)
    getattr(pace, word)()
    assert pace.failures == 0


def test_turns_keep_to_the_limit_when_it_falls() -> None:
    async def work() -> list[int]:
        pace = Pace(4, 0.001, 60.0)
        turns, active, seen = Turns(pace), 0, []

        async def one(number: int) -> None:
            nonlocal active
            async with turns.turn() as started:
                active += 1
                seen.append(active)
                await asyncio.sleep(0)
                if number == 0:
                    pace.failed(BUSY, "a", started, started)
                active -= 1

        await asyncio.gather(*map(one, range(20)))
        return seen

    seen = asyncio.run(work())
    assert len(seen) == 20
    assert max(seen[:4]) == 4 and max(seen[5:]) == 2
