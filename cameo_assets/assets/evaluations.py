"""Rows `predictions`, `answers` and `metrics`: one partition for each evaluation."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.collection import unified_jsonl
from cameo_assets.assets.common import (
    OWNERS,
    check,
    check_specs,
    result,
    run_stage,
    table,
    times,
)
from cameo_assets.assets.observing import Observer
from cameo_assets.assets.partitions import EVALUATIONS
from cameo_assets.automation.conditions import keep_current
from cameo_assets.automation.pools import GPU_TAGS, turns
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.stages.base import Outcome

model_specs = dg.AssetSpec(
    "model_specs",
    partitions_def=EVALUATIONS,
    group_name="evaluations",
    kinds={"yaml"},
    owners=OWNERS,
    description=(
        "What shapes the answers of an evaluation: the model's file, in the catalogue or in `models/` of the "
        "store. The model-registry sensor reports a new version when the file changes."
    ),
)

PREDICTION_CHECKS = {
    "coverage": "Every utterance of the collection has its answers.",
    "no_engine_errors": "No answer is missing because of a fault of the engine.",
    "parity": (
        "Asked about many at once, the engine answers a probe set as it does one by one, greedily: at least "
        "19 of 20 answers agree. An engine that answers one by one anyway needs no such gate."
    ),
}
ANSWER_CHECKS = {"resolved": "At least nine answers of ten name one of the offered emotions."}
METRIC_CHECKS = {"equals_scikit_learn": "The pooled scores equal those of scikit-learn on the same readings."}
LEAST_RESOLVED = 0.9


# A multi-asset, as its outputs may stay away: each partition is reported as it ends, with its own version.
@dg.multi_asset(
    name="predictions",
    specs=[
        dg.AssetSpec(
            "predictions",
            deps=[unified_jsonl, model_specs],
            group_name="evaluations",
            kinds={"python", "parquet"},
            owners=OWNERS,
            code_version="2",
            automation_condition=keep_current(),
            skippable=True,
            description=(
                "Raw answers, kept for ever. Asks only what this evaluation has not answered yet. One run "
                "takes any number of evaluations, loads each model once, and shares work among temperatures. "
                "While it runs, observations show how far it is and what the model says."
            ),
        )
    ],
    check_specs=check_specs("predictions", EVALUATIONS, **PREDICTION_CHECKS),
    can_subset=True,
    partitions_def=EVALUATIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    op_tags=GPU_TAGS,
)
def predictions(
    context: dg.AssetExecutionContext, cameo: Cameo
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Runs the requested evaluations; each is reported as it ends, and none keeps another from ending."""
    from cameo_assets.errors import BadInput
    from cameo_assets.stages.base import NotReady
    from cameo_assets.stages.predictions import Failed, run_together

    platform = cameo.platform(context, Observer(context))
    platform.store.sweep()
    keys = list(context.partition_keys)
    turn = turns(context.instance, context.run, context.log.info)
    failed: dict[str, Exception] = {}
    try:
        for key, outcome in run_together(platform, keys, turn):
            if isinstance(outcome, Failed):
                failed[key] = outcome.error
                context.log.error(f"{key}: {outcome.error}", exc_info=outcome.error)
                if outcome.parity:
                    _log_check(context, key, _parity_check(outcome.parity))
                continue
            context.log.info(f"{key}: {_kinds_in_words(outcome)}")
            if len(keys) == 1:
                # What follows in the same run waits for an output.
                yield result(outcome, _metadata(outcome), _checks(outcome))
            else:
                _report(context, key, outcome)
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


def _report(context: dg.AssetExecutionContext, key: str, outcome: "Outcome") -> None:
    """Logs one of many evaluations of a run, with a version of its own, as no output could."""
    context.log_event(
        dg.AssetMaterialization(
            "predictions",
            partition=key,
            tags={"dagster/data_version": outcome.record.output},
            metadata=result(outcome, _metadata(outcome)).metadata,
        )
    )
    for checked in _checks(outcome):
        _log_check(context, key, checked)


def _log_check(context: dg.AssetExecutionContext, key: str, checked: dg.AssetCheckResult) -> None:
    context.log_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("predictions"),
            check_name=checked.check_name or "",
            passed=checked.passed,
            metadata=checked.metadata,
            description=checked.description,
            partition=key,
        )
    )


def _metadata(outcome: "Outcome") -> dict[str, Any]:
    details = outcome.record.details
    return {
        "dagster/row_count": details["answers"],
        "asked in this run": details["asked"] if outcome.changed else 0,
        "answered before": details["reused"] if outcome.changed else details["answers"],
        **details["spent"],
        "what became of the requests": table(
            # The utterance last, as its name is so long that it hides what stands behind it.
            ["kind", "answers", "for example", "said of"],
            [
                (kind, each["count"], each["example"], each["file_id"])
                for kind, each in details["kinds"].items()
            ],
        ),
        "errors": table(["kind", "answers"], details["errors"].items()),
        "seconds": details["seconds"] if outcome.changed else 0.0,
    }


def _checks(outcome: "Outcome") -> list[dg.AssetCheckResult]:
    details = outcome.record.details
    errors = sum(details["errors"].values())
    return [
        check("coverage", not details["missing"], metadata={"missing": details["missing"]}),
        check("no_engine_errors", not errors, metadata={"errors": errors}),
        _parity_check(details["parity"]),
    ]


def _parity_check(found: Mapping[str, Any]) -> dg.AssetCheckResult:
    """The parity gate as a check; `found` is empty where there is none to pass."""
    if not found:
        return check("parity", True, description="It needs no gate: it answers one by one anyway.")
    return check(
        "parity",
        found["passed"],
        metadata={
            "compared": found["compared"],
            "agreed": found["agreed"],
            "asked by": table(["option", "value"], found["settings"].items()),
            "disagreements": table(
                ["corpus", "together", "alone", "utterance"],
                [
                    (each["corpus"], each["together"], each["alone"], each["file_id"])
                    for each in found["disagreements"]
                ],
            ),
            "versions": table(["library", "version"], sorted(found["versions"].items())),
        },
        description=f"{found['agreed']} of {found['compared']} answers agree.",
    )


def _kinds_in_words(outcome: "Outcome") -> str:
    kinds = outcome.record.details["kinds"]
    return times({kind: each["count"] for kind, each in kinds.items()}) or "no answers"


@dg.asset(
    partitions_def=EVALUATIONS,
    deps=[predictions],
    group_name="evaluations",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version="1",
    automation_condition=keep_current(),
    check_specs=check_specs("answers", EVALUATIONS, **ANSWER_CHECKS),
    description="Every raw answer as every reader reads it; a new reader re-reads all history without a GPU.",
)
def answers(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Reads the raw answers of one evaluation."""
    _, outcome = run_stage(context, cameo, "answers", context.partition_key)
    details = outcome.record.details
    unresolved = details["unresolved"]
    return result(
        outcome,
        {
            "dagster/row_count": details["answers"],
            "unresolved": table(["reader", "share of answers"], unresolved.items()),
            "how answers were read": table(["reason", "answers"], details["reasons"].items()),
        },
        [
            check(
                "resolved",
                max(unresolved.values()) <= 1 - LEAST_RESOLVED,
                warn=True,
                metadata={"unresolved": max(unresolved.values())},
            )
        ],
    )


@dg.asset(
    partitions_def=EVALUATIONS,
    deps=[answers, unified_jsonl],
    group_name="evaluations",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version="1",
    automation_condition=keep_current(following="answers", with_upstream=True),
    check_specs=check_specs("metrics", EVALUATIONS, **METRIC_CHECKS),
    description="Scores: overall, by corpus, language and emotion; counts by speaker for the intervals.",
)
def metrics(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Scores one evaluation."""
    from cameo_assets.metrics.verify import differences

    key = context.partition_key
    platform, outcome = run_stage(context, cameo, "metrics", key)
    overall = outcome.record.details["overall"]
    different = differences(platform.store, key)
    headline = {f"macro F1 ({row['reader']})": float(row["score"]) for row in overall}
    columns = ["reader", "score", "weighted_f1", "accuracy", "uar", "unresolved", "n", "groups"]
    return result(
        outcome,
        {**headline, "overall": table(columns, [[row[name] for name in columns] for row in overall])},
        [
            check(
                "equals_scikit_learn",
                not different,
                metadata={"different": table(["reader", "metric", "ours", "scikit-learn"], different)},
            )
        ],
    )


ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [model_specs, predictions, answers, metrics]
