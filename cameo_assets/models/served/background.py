"""Results of asynchronous work as a plain iterator."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

SECONDS_BETWEEN_CALLS = 1.0


class _End(msgspec.Struct, frozen=True):
    """The work is over: with this fault, or well."""

    fault: BaseException | None


class Outlet(Generic[T]):
    """Where the work puts its results.

    Attributes:
        room: To be acquired before a result is begun; there is room again when a result is taken, so work
            never runs far ahead of one who has stopped taking.
    """

    def __init__(self, room: int) -> None:
        self.room = asyncio.Semaphore(room)
        self._results: queue.SimpleQueue[T | _End] = queue.SimpleQueue()

    def put(self, result: T) -> None:
        """Hands over a result; from now on it cannot be lost by a cancellation."""
        self._results.put(result)

    def end(self, fault: BaseException | None) -> None:
        """Says that there is no more."""
        self._results.put(_End(fault))

    def take(self, idle: Callable[[], object]) -> T | _End:
        """Waits for the next result; `idle` is called now and then meanwhile."""
        while True:
            try:
                return self._results.get(timeout=SECONDS_BETWEEN_CALLS)
            except queue.Empty:
                idle()


def results(
    work: Callable[[Outlet[T]], Coroutine[Any, Any, None]], room: int, idle: Callable[[], object] = bool
) -> Generator[T, None, None]:
    """Runs work in a thread with an event loop of its own, and yields its results as they come.

    When the consumer stops, the work is cancelled and the thread is gone before this returns. When a fault or
    an interrupt ends it, all results that are there already are yielded first.

    Args:
        work: Puts results into its outlet.
        room: Most results begun and not taken yet.
        idle: Called every second in which no result comes, by the consumer's own thread.

    Raises:
        BaseException: What the work raises.
    """
    loop = asyncio.new_event_loop()
    outlet: Outlet[T] = Outlet(room)
    task = loop.create_task(work(outlet))
    thread = threading.Thread(target=_run, args=(loop, task, outlet), name="cameo-served", daemon=True)

    def stop() -> None:
        if thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
            thread.join()

    thread.start()
    interrupt: BaseException | None = None
    try:
        while True:
            try:
                result = outlet.take(idle)
            except BaseException as raised:  # an interrupt reaches the thread that waits here
                interrupt = raised
                stop()
                continue
            if isinstance(result, _End):
                break
            loop.call_soon_threadsafe(outlet.room.release)
            yield result
    finally:
        stop()
        loop.close()
    if fault := interrupt or result.fault:
        raise fault


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None], outlet: Outlet[Any]) -> None:
    fault: BaseException | None = None
    try:
        loop.run_until_complete(task)
    except BaseException as raised:  # it belongs to the thread that takes the results
        fault = raised
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    outlet.end(fault)
