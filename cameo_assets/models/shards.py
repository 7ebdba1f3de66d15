"""Answers on their way into the store: held until there are enough for a part, and told of meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from cameo_assets.models import predictions
from cameo_assets.models.heartbeat import Heartbeat, Phase, Pulse

if TYPE_CHECKING:
    from cameo_assets.models.engines.base import Answer
    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.progress import Progress
    from cameo_assets.store import Store

_SECONDS_BETWEEN_WORDS: Final = 1.0


class Shards:
    """Holds answers until there are enough for a part.

    Args:
        store: Where answers are.
        spec: The model.
        done: Answers that are there already.
        total: Answers that are wanted.
        tell: Told after each shard, and at most every second in between.
        heartbeat: Told when a phase begins, and at most every `beat_seconds` in between.
        most: Most answers held in memory.
        seconds: Answers are written with the first one that comes this long after the last shard.
        beat_seconds: Shortest time between two beats.
    """

    def __init__(
        self,
        store: Store,
        spec: ModelSpec,
        *,
        done: int,
        total: int,
        tell: Progress,
        heartbeat: Heartbeat,
        most: int,
        seconds: float,
        beat_seconds: float,
    ) -> None:
        self._store, self._spec, self._tell, self._heartbeat = store, spec, tell, heartbeat
        self._most, self._seconds, self._beat_seconds = most, seconds, beat_seconds
        self._rows: list[predictions.Row] = []
        self._done, self._total, self._faults = done, total, 0
        self._pulse = Pulse(spec.id, done, total)
        self._phase: Phase = "loading"
        self._word = ""
        self._last = time.monotonic()
        self._say()
        self._beat()

    def begin(self, phase: Phase) -> None:
        """What is done from now on."""
        self._phase, self._word = phase, ""
        self._beat()

    def say(self, word: str) -> None:
        """What the engine is doing while no answers come."""
        self._word = word
        self._tell_in_time()

    def add(self, row: predictions.Row, answer: Answer) -> None:
        """Takes an answer, as it will be stored and as it was given."""
        self._rows.append(row)
        self._faults += bool(row.error)
        self._word = ""
        self._pulse.note(row.corpus, answer)
        now = time.monotonic()
        if len(self._rows) >= self._most or now - self._last >= self._seconds:
            self.flush()
        self._tell_in_time()

    def flush(self) -> None:
        """Writes what is held."""
        if self._rows:
            predictions.append(self._store, self._spec, self._rows)
            self._done += len(self._rows)
            self._rows = []
            self._last = time.monotonic()
            self._say()

    def _tell_in_time(self) -> None:
        now = time.monotonic()
        if now - self._told >= _SECONDS_BETWEEN_WORDS:
            self._say()
        if now - self._beaten >= self._beat_seconds:
            self._beat()

    def _say(self) -> None:
        self._told = time.monotonic()
        done = self._done + len(self._rows)
        faults = f", {self._faults:,} faults" if self._faults else ""
        word = f", {self._word}" if self._word else ""
        self._tell(done, self._total, f"{self._spec.id}: {done:,} of {self._total:,} answers{faults}{word}")

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        self._heartbeat(self._pulse.beat(self._phase, self._word))
