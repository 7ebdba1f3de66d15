"""How an evaluation is doing while it runs: rate, time left, faults, cost, and what is said just now."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from cameo_assets.models.engines.base import Answer
from cameo_assets.models.spending import Spent

WINDOW: Final = 60.0
"""Seconds over which the rate is taken."""
_RECENT: Final = 3

Phase = Literal["loading", "parity gate", "asking", "ended"]
"""What an evaluation is doing; after `ended` nothing more is asked in this run."""
_ASKING: Final = frozenset({"asking", "ended"})
"""Phases with a rate: what the parity gate takes would say nothing about the rest."""


class Sample(msgspec.Struct, frozen=True):
    """What was said of an utterance just now.

    Attributes:
        corpus: Slug.
        file_id: Id of the utterance.
        temperature: Of the draw.
        text: The raw answer, or the fault.
    """

    corpus: str
    file_id: str
    temperature: float
    text: str


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an evaluation at one moment.

    Attributes:
        model: Id.
        done: Answers that are there, those of earlier runs among them.
        total: Answers that are wanted.
        asked: Answers that this run got, faults among them.
        rate: Answers per second, over the last `WINDOW` seconds of asking; 0 before that.
        faults: Answers of this run that are faults.
        tokens: Tokens that the model wrote in this run, where the engine says so.
        cost: What this run cost, in the currency of the spec's prices; 0 where it names none.
        samples: The last answers.
        phase: What it is doing.
        word: What the engine says of it while no answers come.
    """

    model: str
    done: int
    total: int
    asked: int = 0
    rate: float = 0.0
    faults: int = 0
    tokens: int = 0
    cost: float = 0.0
    samples: tuple[Sample, ...] = ()
    phase: Phase = "asking"
    word: str = ""

    @property
    def doing(self) -> str:
        """What it is doing, as exactly as is known."""
        return self.word or self.phase

    @property
    def left(self) -> float | None:
        """Seconds until all is answered, at the rate of now; None where it cannot be told."""
        return (self.total - self.done) / self.rate if self.rate else None

    @property
    def error_rate(self) -> float:
        """Share of the answers of this run that are faults."""
        return self.faults / self.asked if self.asked else 0.0

    def __str__(self) -> str:
        doing = "" if self.doing == "asking" else f", {self.doing}"
        left = "" if self.left is None or self.phase == "ended" else f", {self.left:,.0f} s left"
        rate = f" ({self.rate:.1f}/s{left})" if self.phase in _ASKING else ""
        faults = f", {self.faults:,} faults ({self.error_rate:.1%})" if self.faults else ""
        tokens = f", {self.tokens:,} tokens" if self.tokens else ""
        cost = f", cost {self.cost:.4g}" if self.cost else ""
        return f"{self.model}: {self.done:,} of {self.total:,} answers{rate}{faults}{tokens}{cost}{doing}"


Heartbeat = Callable[[Beat], None]
"""Called when a phase begins, and at most every second while answers come."""


def quiet(_beat: Beat) -> None:
    """A heartbeat that nobody listens to."""


class Pulse:
    """Counts answers as they come.

    Args:
        model: Id.
        done: Answers that are there already.
        total: Answers that are wanted.
        clock: Seconds that only grow.
    """

    def __init__(
        self, model: str, done: int, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model, self._before, self._total, self._clock = model, done, total, clock
        self._asked = self._faults = self._tokens = 0
        self._cost = 0.0
        self._recent: deque[tuple[str, Answer]] = deque(maxlen=_RECENT)
        self._phase: Phase = "asking"
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])

    def note(self, corpus: str, answer: Answer) -> None:
        """Counts an answer."""
        self._asked += 1
        self._faults += bool(answer.error)
        if answer.details:
            spent = msgspec.convert(answer.details, Spent)
            self._tokens += spent.written
            self._cost += spent.cost
        self._recent.append((corpus, answer))

    def beat(self, phase: Phase = "asking", word: str = "") -> Beat:
        """The state of now; arguments as of `Beat`."""
        now = self._clock()
        if not {phase, self._phase} <= _ASKING:
            self._seen = deque([(now, self._asked)])
        self._phase = phase
        while len(self._seen) > 1 and now - self._seen[1][0] >= WINDOW:
            self._seen.popleft()
        since, asked = self._seen[0]
        self._seen.append((now, self._asked))
        return Beat(
            model=self._model,
            done=self._before + self._asked,
            total=self._total,
            asked=self._asked,
            rate=(self._asked - asked) / (now - since) if now > since else 0.0,
            faults=self._faults,
            tokens=self._tokens,
            cost=self._cost,
            samples=tuple(
                Sample(corpus, said.file_id, said.sampling.temperature, said.error or said.text or "")
                for corpus, said in self._recent
            ),
            phase=phase,
            word=word,
        )
