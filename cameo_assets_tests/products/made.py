"""Products by name, each call with a look of its own at the platform, as a run or a tick has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cameo_assets.lineage import graph
from cameo_assets.lineage import run as running
from cameo_assets.lineage.graph import Stale
from cameo_assets.lineage.run import Outcome
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.lineage.view import DamagedError
from cameo_assets.products import asking, products
from cameo_assets.products.asking import Failed
from cameo_assets.provenance import WHOLE


def make(name: str, platform: Platform, partition: str = WHOLE, *, anew: bool = False) -> Outcome:
    return running.run(products()[name], Snapshot(platform), partition, anew=anew)


def make_all(platform: Platform, most: int = 50) -> list[Stale]:
    """Makes what is out of date, again and again, until there is nothing that can be made.

    Returns:
        What was made, in order.
    """
    done: list[Stale] = []
    for _ in range(most):
        due = [each for each in out_of_date(platform) if each.due]
        if not due:
            return done
        for each in due:
            try:
                _make(platform, each)
            except DamagedError:  # what it met is made anew first; nobody waits for the pause here
                platform.store.remove("failures")
            done.append(each)
    raise AssertionError(f"not current after {most} rounds: {out_of_date(platform)}")


def _make(platform: Platform, stale: Stale) -> None:
    if stale.product != "predictions":
        make(stale.product, platform, stale.partition)
        return
    for _key, outcome in run_together(platform, [stale.partition]):
        if isinstance(outcome, Failed):
            raise outcome.error


def is_current(name: str, platform: Platform, partition: str = WHOLE) -> bool:
    return running.is_current(products()[name], Snapshot(platform), partition)


def wanted(name: str, platform: Platform, partition: str = WHOLE) -> dict[str, str]:
    return running.wanted(products()[name], Snapshot(platform), partition)


def out_of_date(platform: Platform) -> list[Stale]:
    return graph.out_of_date(Snapshot(platform))


def stale(platform: Platform) -> list[tuple[str, str]]:
    """What is out of date: product and partition."""
    return [(each.product, each.partition) for each in out_of_date(platform)]


def run_together(
    platform: Platform, keys: Sequence[str], *more: Any
) -> Iterator[tuple[str, Outcome | Failed]]:
    return asking.run_together(Snapshot(platform), keys, *more)
