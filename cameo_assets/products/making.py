"""Making products by name, one partition after the other, for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.lineage.declaration import NotReady, Product
from cameo_assets.lineage.run import Outcome, run
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.view import DamagedError
from cameo_assets.products import products
from cameo_assets.products.asking import Failed, run_together
from cameo_assets.provenance import WHOLE


class Said(msgspec.Struct, frozen=True):
    """What is said of one product of one partition.

    Attributes:
        name: Product and partition.
        text: What was done, or what went wrong.
        failed: Whether it could not be made.
    """

    name: str
    text: str
    failed: bool = False


def make_product(
    snapshot: Snapshot, name: str, partitions: Sequence[str] = (), *, anew: bool = False
) -> Iterator[Said]:
    """Makes a product of some partitions, or of all; one that fails keeps no other from being made.

    Args:
        snapshot: The platform.
        name: Of the product.
        partitions: Corpora or evaluations; by default all that there should be.
        anew: Whether to make it whatever its record says.

    Raises:
        BadInput: There is no such product, or no such partition.
    """
    known = products()
    if name not in known:
        raise BadInput(name, "unknown_product", repr(name), f"one of {', '.join(known)}")
    product = known[name]
    chosen = list(partitions) or snapshot.partitions(product)
    if strange := sorted(set(chosen) - {*snapshot.partitions(product)}):
        expected = f"one of {', '.join(snapshot.partitions(product))}"
        raise BadInput(name, "unknown_partition", repr(strange[0]), expected)
    snapshot.store.sweep()
    if name == "predictions":
        for key, outcome in run_together(snapshot, chosen, anew=anew):
            yield _said(product, key, outcome)
        return
    for partition in chosen:
        try:
            yield _said(product, partition, run(product, snapshot, partition, anew=anew))
        except (NotReady, BadInput, DamagedError, OSError) as error:
            yield Said(_name(product, partition), str(error), failed=True)


def _said(product: Product, partition: str, outcome: Outcome | Failed) -> Said:
    name = _name(product, partition)
    if isinstance(outcome, Failed):
        return Said(name, str(outcome.error), failed=True)
    return Said(name, f"made: {outcome.why}" if outcome.changed else "unchanged")


def _name(product: Product, partition: str) -> str:
    return product.name if partition == WHOLE else f"{product.name} {partition}"
