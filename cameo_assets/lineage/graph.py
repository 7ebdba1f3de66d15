"""The products in the order of their making, and what is out of date."""

from __future__ import annotations

import time
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.failures import read_failure
from cameo_assets.lineage.declaration import NotReady, Product, Read, Setting
from cameo_assets.lineage.job import gone
from cameo_assets.lineage.run import reason_to_make, wanted
from cameo_assets.places import FAILURES
from cameo_assets.products import products

if TYPE_CHECKING:
    from cameo_assets.lineage.snapshot import Snapshot

GROUPS: Final = ("raw", "corpora", "collection", "evaluations", "board", "analysis", "hub")
"""The groups of products from left to right; a group that is not here comes last."""


class Stale(msgspec.Struct, frozen=True, order=True):
    """A product that is not what its inputs of now would make.

    Attributes:
        product: Its name.
        partition: Corpus, evaluation, or `provenance.WHOLE`.
        reason: How it failed, or what stands in the way; else empty.
        due: Whether to try now; False after a failure until its pause is over.
        why: Why it is out of date.
    """

    product: str
    partition: str
    reason: str = ""
    due: bool = True
    why: str = ""


@lru_cache(maxsize=1)
def ordered() -> tuple[Product, ...]:
    """All products, each after those that it reads, group by group from left to right."""
    found = products()
    sorter = TopologicalSorter({name: {read.product for read in reads(each)} for name, each in found.items()})
    sorter.prepare()
    ready: list[str] = []
    order: list[Product] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        first = min(ready, key=lambda name: (_place(found[name]), name))
        ready.remove(first)
        sorter.done(first)
        order.append(found[first])
    return tuple(order)


def _place(product: Product) -> int:
    return GROUPS.index(product.group) if product.group in GROUPS else len(GROUPS)


def reads(product: Product) -> list[Read]:
    """The products that a maker reads, those among them that another one vouches for."""
    return [each for each in product.reads if isinstance(each, Read)]


def out_of_date(snapshot: Snapshot) -> list[Stale]:
    """Every product that should be made and can be made now, in the order of making.

    What waits for another product of this list is not in it: once that is made, it will be. So a caller that
    makes all of these, again and again, ends with everything current. What cannot be made, because its input
    is unusable, is in it with the reason.
    """
    now = time.time()
    found: list[Stale] = []
    waiting: set[tuple[str, str]] = set()
    for product in ordered():
        for partition in snapshot.partitions(product):
            if any((each, partition) in waiting for each in _followed(product)):
                waiting.add((product.name, partition))
                continue
            stale = _stale(product, snapshot, partition, now)
            if stale is not None:
                waiting.add((product.name, partition))
                if stale.why or stale.reason:
                    found.append(stale)
    return found


def _followed(product: Product) -> list[str]:
    """What a product waits for: its own upstream partition or whole products, never all partitions of one."""
    return [read.product for read in product.upstream if read.keys is None]


def _stale(product: Product, snapshot: Snapshot, partition: str, now: float) -> Stale | None:
    """What is to be done about a product: None where it is current, or what is there serves others."""
    try:
        inputs = wanted(product, snapshot, partition)
        why = reason_to_make(product, snapshot, partition, inputs)
    except NotReady:
        made = snapshot.record(product.name, partition) is not None
        return None if made else Stale(product.name, partition)
    except BadInput as error:
        return Stale(product.name, partition, str(error), due=False)
    if not why:
        return None
    if Setting.LANDING in product.settings and (missing := gone(snapshot, partition)):
        return Stale(product.name, partition, missing, due=False, why=why)
    failure = read_failure(snapshot.store, product.record, partition, inputs, snapshot.complaints)
    if failure is None:
        return Stale(product.name, partition, why=why)
    return Stale(product.name, partition, failure.message, failure.due(now), why)


def failures(snapshot: Snapshot) -> list[Stale]:
    """The products that failed on their inputs of now, whether or not it is time to try again."""
    present = snapshot.store.names(FAILURES.of())
    return [stale for stale in out_of_date(snapshot) if stale.reason] if present else []
