"""Makes the next inputs in a thread while the model works on the last ones."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import Final, TypeVar

_Asked = TypeVar("_Asked")
_Made = TypeVar("_Made")

_PATIENCE: Final = 0.1
"""Seconds after which a thread that waits looks whether it is still wanted."""


def ahead(
    items: Iterable[_Asked], make: Callable[[_Asked], _Made], *, depth: int = 2
) -> Generator[_Made, None, None]:
    """What `make` makes of each item, in order, made in one thread before it is asked for.

    Close the iterator (or read it to its end) to end the thread; it has ended when that returns.

    Args:
        items: Read in the thread.
        make: Called in the thread.
        depth: Most results that wait.

    Raises:
        Exception: Whatever reading `items` or `make` raised, in its turn.
    """
    ready: queue.Queue[tuple[bool, _Made | BaseException | None]] = queue.Queue(depth)
    stop = threading.Event()

    def put(entry: tuple[bool, _Made | BaseException | None]) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                ready.put(entry, timeout=_PATIENCE)
                return

    def work() -> None:
        try:
            for item in items:
                put((True, make(item)))
                if stop.is_set():
                    return
            put((False, None))
        except BaseException as fault:  # the reader raises it
            put((False, fault))

    thread = threading.Thread(target=work, name="feeder", daemon=True)
    thread.start()
    try:
        while True:
            more, made = ready.get()
            if not more:
                if isinstance(made, BaseException):
                    raise made
                return
            yield made  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()
