"""The job that reads every byte of every product."""

from typing import Any

import dagster as dg

from cameo_assets.resources import Cameo


@dg.op(description="Compares what lies in the store with the digests in the records.")
def verify_products(context: dg.OpExecutionContext, cameo: Cameo) -> None:
    """Marks what is damaged, so that it is made anew; fails if there is any, so that a person sees it."""
    from cameo_assets.lineage.graph import ordered
    from cameo_assets.lineage.run import verify

    snapshot = cameo.snapshot(context)
    found: dict[str, list[str]] = {}
    looked = 0
    for product in ordered():
        for partition in snapshot.partitions(product):
            looked += snapshot.record(product.name, partition) is not None
            if damaged := verify(product, snapshot, partition):
                found[product.named(partition)] = damaged
    for complaint in snapshot.complaints:
        context.log.warning(str(complaint))
    context.log.info(f"{looked} products compared with their records, {len(found)} of them damaged")
    if found:
        lines = "; ".join(f"{name}: {', '.join(each[:3])}" for name, each in found.items())
        raise dg.Failure(
            description=f"damaged, and to be made anew: {lines}",
            metadata={"damaged": sum(map(len, found.values()))},
            allow_retries=False,
        )


@dg.job(description="Reads every byte of every product, and has made anew what is damaged.")
def verification() -> Any:
    """All products."""
    verify_products()
