"""Processes beside this one: how many are worth starting, and that none outlives who started it."""

from __future__ import annotations

import os
import threading


def cores() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # honours the limits of containers; Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def die_with_parent() -> None:
    """Ends this process when its parent is killed: the processes of a pool would wait for work for ever.

    To be called once, in a process that `multiprocessing` started.
    """
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
