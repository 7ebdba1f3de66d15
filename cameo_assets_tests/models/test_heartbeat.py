from __future__ import annotations

from typing import Any

import pytest

from cameo_assets.models.engines.base import Answer
from cameo_assets.models.heartbeat import WINDOW, Beat, Pulse, Sample
from cameo_assets_tests.models.examples import a_sampling


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def an_answer(text: str = "anger", error: str = "", **details: Any) -> Answer:
    return Answer(
        file_id="a.flac",
        sampling=a_sampling(0.7),
        text=None if error else text,
        finish_reason="error" if error else "stop",
        error=error,
        details=details,
    )


def test_the_first_beat_knows_what_was_there(clock: Clock) -> None:
    beat = Pulse("parrot", 3, 10, clock).beat()
    assert (beat.done, beat.total, beat.rate, beat.left, beat.error_rate) == (3, 10, 0.0, None, 0.0)
    assert str(beat) == "parrot: 3 of 10 answers (0.0/s)"


def test_a_beat_counts_answers_faults_tokens_and_cost(clock: Clock) -> None:
    pulse = Pulse("parrot", 10, 30, clock)
    for answer in (
        an_answer(tokens=[5, 7]),
        an_answer(tokens_out=40, cost=0.25),
        an_answer(error="engine: x"),
        an_answer("calm"),
    ):
        pulse.note("alpha", answer)
    clock.now += 2
    beat = pulse.beat()
    assert (beat.done, beat.asked, beat.faults, beat.tokens, beat.cost) == (14, 4, 1, 42, 0.25)
    assert (beat.rate, beat.left, beat.error_rate) == (2.0, 8.0, 0.25)
    assert str(beat) == ("parrot: 14 of 30 answers (2.0/s, 8 s left), 1 faults (25.0%), 42 tokens, cost 0.25")


def test_a_beat_shows_the_last_three_answers(clock: Clock) -> None:
    pulse = Pulse("parrot", 0, 9, clock)
    for answer in (an_answer("one"), an_answer("two"), an_answer(""), an_answer(error="engine: four")):
        pulse.note("alpha", answer)
    assert pulse.beat().samples == tuple(
        Sample("alpha", "a.flac", 0.7, text) for text in ("two", "", "engine: four")
    )


def test_the_rate_is_that_of_the_last_minute(clock: Clock) -> None:
    pulse = Pulse("parrot", 0, 100_000, clock)

    def pass_by(seconds: int, each: int) -> Beat:
        for _ in range(seconds):
            for _ in range(each):
                pulse.note("alpha", an_answer())
            clock.now += 1
            beat = pulse.beat()
        return beat

    assert pass_by(30, 8).rate == 8.0
    assert pass_by(30, 2).rate == 5.0
    assert pass_by(int(WINDOW), 2).rate == 2.0
    assert pass_by(int(WINDOW), 0).left is None


def test_a_beat_says_what_is_being_done(clock: Clock) -> None:
    pulse = Pulse("parrot", 0, 2, clock)
    pulse.note("alpha", an_answer())
    clock.now += 1
    assert str(pulse.beat("ended")) == "parrot: 1 of 2 answers (1.0/s), ended"


def test_the_rate_is_that_of_asking_alone(clock: Clock) -> None:
    """Half a minute of the parity gate, in which answers count in the end only, says nothing of the rest."""
    pulse = Pulse("parrot", 0, 48, clock)
    gate = [pulse.beat("loading"), pulse.beat("parity gate")]
    clock.now += 30
    for _ in range(40):
        pulse.note("alpha", an_answer())
    gate.append(pulse.beat("parity gate"))
    begun = pulse.beat("asking")
    assert [(beat.rate, beat.left) for beat in [*gate, begun]] == [(0.0, None)] * 4
    assert str(gate[-1]) == "parrot: 40 of 48 answers, parity gate"
    clock.now += 2
    for _ in range(4):
        pulse.note("alpha", an_answer())
    assert str(pulse.beat()) == "parrot: 44 of 48 answers (2.0/s, 2 s left)"
