"""What all assets share: what a declaration says to Dagster, and how a product is made in a run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import dagster as dg

from cameo_assets.assets.partitions import CORPORA, DROP_INS, EVALUATIONS
from cameo_assets.assets.partitions import raw as raw_partitions
from cameo_assets.assets.rendering import check_result, of_outcome
from cameo_assets.automation.conditions import condition_of
from cameo_assets.corpora.registry import known
from cameo_assets.lineage.declaration import NotReady, Product, Setting
from cameo_assets.lineage.graph import reads
from cameo_assets.products import products
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.lineage.run import Outcome
    from cameo_assets.lineage.snapshot import Snapshot

OWNERS: Final = ["team:benchmark"]
MODEL_SPECS: Final = dg.AssetKey("model_specs")
_PARTITIONS: Final[Mapping[str, dg.PartitionsDefinition[str] | None]] = {
    "corpus": CORPORA,
    "evaluation": EVALUATIONS,
    "": None,
}


class Make(dg.Config):
    """How to make a product.

    Attributes:
        anew: Make it whatever its record says. Answers that are stored are never asked for again.
    """

    anew: bool = False


def key_of(product: str, partition: str | None = None) -> dg.AssetKey:
    """The asset of a product; of `raw`, that of a corpus."""
    if product == "raw":
        return dg.AssetKey(["raw", partition if partition in known() else "drop_in"])
    return dg.AssetKey(product.split("/"))


def partitions_of(product: Product) -> dg.PartitionsDefinition[str] | None:
    """The set of partition keys of a product."""
    return _PARTITIONS[product.partitions]


def dependencies(product: Product) -> list[dg.AssetDep]:
    """What an asset depends on: exactly what its product declares to read, and no content twice named."""
    found = []
    for read in reads(product):
        if read.vouched_by:
            continue
        if read.product == "raw":
            identity = dg.IdentityPartitionMapping()
            found += [dg.AssetDep(key, partition_mapping=identity) for key in raw_keys()]
        else:
            found.append(dg.AssetDep(key_of(read.product)))
    if Setting.MODELS in product.settings:
        found.append(dg.AssetDep(MODEL_SPECS))
    return found


def raw_keys() -> list[dg.AssetKey]:
    """The assets of all raw corpora."""
    return [*(dg.AssetKey(["raw", corpus]) for corpus in known()), dg.AssetKey(["raw", "drop_in"])]


def check_specs(product: Product, corpus: str = "") -> list[dg.AssetCheckSpec]:
    """The checks of an asset, partitioned as it is.

    Args:
        product: Its product.
        corpus: Of `raw`, which asset: a known corpus or `drop_in`.
    """
    key, partitions = key_of(product.name, corpus), partitions_of(product)
    if corpus:
        partitions = raw_partitions(corpus) if corpus in known() else DROP_INS
    return [
        dg.AssetCheckSpec(name, asset=key, description=about, partitions_def=partitions)
        for name, about in product.checks.items()
    ]


def asset_of(product: Product) -> dg.AssetsDefinition:
    """The asset of a product."""

    @dg.asset(
        key=key_of(product.name),
        partitions_def=partitions_of(product),
        deps=dependencies(product),
        group_name=product.group,
        kinds=set(product.kinds),
        owners=OWNERS,
        code_version=product.code_version,
        automation_condition=condition_of(product.by_itself),
        check_specs=check_specs(product),
        description=product.about,
    )
    def asset(context: dg.AssetExecutionContext, cameo: Cameo, config: Make) -> dg.MaterializeResult:
        partition = context.partition_key if product.partitions else None
        return materialize(context, cameo, product.name, partition, anew=config.anew)

    return asset


def materialize(
    context: dg.AssetExecutionContext, cameo: Cameo, name: str, partition: str | None, *, anew: bool
) -> dg.MaterializeResult:
    """Makes a product and shows it; turns its complaints into failures that say what to do.

    Raises:
        Failure: An input is missing or unusable; a retry would not help.
    """
    from cameo_assets.errors import BadInput
    from cameo_assets.lineage.run import run
    from cameo_assets.lineage.view import DamagedError
    from cameo_assets.provenance import WHOLE

    product, snapshot = products()[name], cameo.snapshot(context)
    snapshot.store.sweep()
    try:
        outcome = run(product, snapshot, partition or WHOLE, anew=anew)
    except (NotReady, BadInput) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except DamagedError as error:
        advice = f"{error.product} counts as out of date now and is made anew; then this is tried again"
        raise dg.Failure(description=f"{error}; {advice}", allow_retries=False) from error
    report(context, snapshot, outcome)
    return result(product, snapshot, outcome)


def report(context: dg.AssetExecutionContext, snapshot: "Snapshot", outcome: "Outcome") -> None:
    """Logs why a product was made, and what was broken on the way."""
    for complaint in snapshot.complaints:
        context.log.warning(str(complaint))
    unchanged = "unchanged: the inputs are those of the last time, and what was made is there"
    context.log.info(f"made anew: {outcome.why}" if outcome.changed else unchanged)


def result(product: Product, snapshot: "Snapshot", outcome: "Outcome") -> dg.MaterializeResult:
    """The materialisation of a product, with its version as data version."""
    from cameo_assets.lineage.job import Job

    shown = product.show(Job(product, snapshot, outcome.record.partition), outcome.details)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(outcome.record.output),
        metadata=of_outcome(outcome, shown.metadata),
        check_results=[check_result(found) for found in shown.checks],
    )
