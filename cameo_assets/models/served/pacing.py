"""How many requests are under way at once, and when the next may start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cameo_assets.models.engines.noise import uniform
from cameo_assets.models.served.faults import Fault


def back_off(failures: int, first: float, longest: float, *key: object) -> float:
    """Seconds to wait after so many failures: twice as many each time, less a part that the key decides.

    Those whom the same fault met shall not all come back at the same moment.

    Args:
        failures: From 1.
        first: Seconds after the first one, at most.
        longest: Never more seconds than these.
        *key: What the part depends on.
    """
    steps = min(failures - 1, 64)  # a float holds no power of two without end
    return min(first * 2.0**steps, longest) * (0.5 + uniform(*key, failures) / 2)


class Pace:
    """The rules, without a clock: all times are given, in seconds.

    The server is given one request more after each round of answers, and half as many after a fault that says
    that it has too much to do, after which all wait for a while. Faults of the same round count once.

    Args:
        most: Most requests under way.
        first: As of `back_off`.
        longest: As of `back_off`; a server that asks for more patience gets this much.

    Attributes:
        limit: Requests that may be under way.
        resume: Nothing starts before this time.
        failures: Faults in a row, without any answer between them. A fault counts once a round, and not again
            where the same utterance may be to blame.
    """

    def __init__(self, most: int, first: float, longest: float) -> None:
        self._most, self._first, self._longest = most, first, longest
        self._share = float(most)
        self._halved = self._counted = float("-inf")
        self._blamed = ""
        self.resume = float("-inf")
        self.failures = 0

    @property
    def limit(self) -> int:  # noqa: D102 - see the class
        return int(self._share)

    def answered(self) -> None:
        """The server answered."""
        self._share = min(float(self._most), self._share + 1 / self.limit)
        self.replied()

    def replied(self) -> None:
        """The server said why it will not answer one request, so it is well."""
        self.failures, self._blamed = 0, ""

    def failed(self, fault: Fault, file_id: str, started: float, now: float) -> None:
        """A fault that may pass came of a request about an utterance, which started at a time."""
        if fault.verdict == "crowded" and started >= self._halved:
            self._halved = now
            self._share = max(1.0, self.limit // 2)
        if started >= self._counted and not (fault.sent and file_id == self._blamed):
            self._counted, self._blamed = now, file_id if fault.sent else ""
            self.failures += 1
            if fault.verdict == "crowded" and fault.wait is None:
                # Else the next requests would meet the same fault at once, until all patience is used up.
                self.resume = max(self.resume, now + self.patience(self.failures, "crowded"))
        if fault.wait is not None:
            self.resume = max(self.resume, now + min(fault.wait, self._longest))
        elif not fault.sent:
            self.resume = max(self.resume, now + self.patience(self.failures, "unreachable"))

    def patience(self, failures: int, *key: object) -> float:
        """Seconds to wait after so many failures of a request."""
        return back_off(failures, self._first, self._longest, *key)


class Turns:
    """Lets requests wait until the pace allows them, in the event loop in which it was made."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._active = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Waits for a turn and holds it.

        Yields:
            The time of the loop at which it began.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._active < self._pace.limit)
            self._active += 1
        try:
            clock = asyncio.get_running_loop().time
            while (rest := self._pace.resume - clock()) > 0:
                await asyncio.sleep(rest)
            yield clock()
        finally:
            self._active -= 1
            async with self._changed:
                self._changed.notify_all()
