"""The asset `predictions`: any number of evaluations in one run, each reported as it ends."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import dagster as dg

from cameo_assets.assets.common import (
    MODEL_SPECS,
    OWNERS,
    Make,
    check_specs,
    dependencies,
    report,
    result,
)
from cameo_assets.assets.observing import Observer
from cameo_assets.assets.partitions import EVALUATIONS
from cameo_assets.assets.rendering import check_event, of_outcome
from cameo_assets.automation.conditions import condition_of
from cameo_assets.automation.pools import GPU_TAGS, turns
from cameo_assets.lineage.declaration import Product
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.lineage.run import Outcome
    from cameo_assets.lineage.snapshot import Snapshot

KEY = dg.AssetKey("predictions")

model_specs = dg.AssetSpec(
    MODEL_SPECS,
    partitions_def=EVALUATIONS,
    group_name="evaluations",
    kinds={"yaml"},
    owners=OWNERS,
    description=(
        "What shapes the answers of an evaluation: the model's file, in the catalogue or in `models/` of the "
        "store. The model-registry sensor reports a new version when the file changes."
    ),
)


def predictions_of(product: Product) -> dg.AssetsDefinition:
    """The asset of the raw answers.

    A multi-asset, as its outputs may stay away: each partition is reported as it ends, with its own version.
    """

    @dg.multi_asset(
        name="predictions",
        specs=[
            dg.AssetSpec(
                KEY,
                deps=dependencies(product),
                group_name=product.group,
                kinds=set(product.kinds),
                owners=OWNERS,
                code_version=product.code_version,
                automation_condition=condition_of(product.by_itself),
                skippable=True,
                description=product.about,
            )
        ],
        check_specs=check_specs(product),
        can_subset=True,
        partitions_def=EVALUATIONS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        op_tags=GPU_TAGS,
    )
    def predictions(
        context: dg.AssetExecutionContext, cameo: Cameo, config: Make
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        yield from _run(context, cameo, product, anew=config.anew)

    return predictions


def _run(
    context: dg.AssetExecutionContext, cameo: Cameo, product: Product, *, anew: bool
) -> Iterator[dg.MaterializeResult]:
    """Runs the requested evaluations; none keeps another from ending."""
    from cameo_assets.errors import BadInput
    from cameo_assets.lineage.declaration import NotReady
    from cameo_assets.products.asking import Failed, run_together
    from cameo_assets.products.predictions import parity_check

    snapshot = cameo.snapshot(context, Observer(context))
    snapshot.store.sweep()
    keys = list(context.partition_keys)
    turn = turns(context.instance, context.run, context.log.info)
    failed: dict[str, Exception] = {}
    try:
        for key, outcome in run_together(snapshot, keys, turn, anew=anew):
            if isinstance(outcome, Failed):
                failed[key] = outcome.error
                context.log.error(f"{key}: {outcome.error}", exc_info=outcome.error)
                if outcome.gate is not None:
                    context.log_event(check_event(KEY, key, parity_check(outcome.gate)))
                continue
            context.log.info(f"{key}: {_kinds_in_words(outcome)}")
            if len(keys) == 1:
                # What follows in the same run waits for an output.
                report(context, snapshot, outcome)
                yield result(product, snapshot, outcome)
            else:
                _log(context, product, snapshot, key, outcome)
    except NotReady as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if failed:
        raise dg.Failure(
            description=_complaints(failed),
            allow_retries=not all(isinstance(error, BadInput) for error in failed.values()),
        )


def _complaints(failed: Mapping[str, Exception]) -> str:
    """What went wrong, once for all evaluations of a model that it stopped."""
    stopped: dict[str, list[str]] = {}
    for key, error in failed.items():
        stopped.setdefault(str(error), []).append(key)
    return "; ".join(f"{', '.join(keys)}: {error}" for error, keys in stopped.items())


def _log(
    context: dg.AssetExecutionContext, product: Product, snapshot: "Snapshot", key: str, outcome: "Outcome"
) -> None:
    """Logs one of many evaluations of a run, with a version of its own, as no output could."""
    from cameo_assets.lineage.job import Job

    shown = product.show(Job(product, snapshot, key), outcome.details)
    context.log_event(
        dg.AssetMaterialization(
            KEY,
            partition=key,
            tags={"dagster/data_version": outcome.record.output},
            metadata=of_outcome(outcome, shown.metadata),
        )
    )
    for found in shown.checks:
        context.log_event(check_event(KEY, key, found))


def _kinds_in_words(outcome: "Outcome") -> str:
    from cameo_assets.lineage.shown import times

    return times({kind: each.count for kind, each in outcome.details.kinds.items()}) or "no answers"
