"""Rows `leaderboard`, `analysis/*` and `board_page`: what people read."""

import dagster as dg

from cameo_assets.assets.collection import unified_jsonl
from cameo_assets.assets.common import OWNERS, check, check_specs, picture, result, run_stage, table
from cameo_assets.assets.evaluations import metrics, predictions
from cameo_assets.automation.conditions import when_settled
from cameo_assets.resources import Cameo

LEADERBOARD_CHECKS = {
    "every_evaluation_compared": "Every evaluation of every enabled model is on the board.",
    "equal_coverage": "All rows answered the whole collection, so that they can be compared.",
}
PAGE_CHECKS = {"renders": "The page holds every row, and needs nothing from anywhere else."}


@dg.asset(
    deps=[metrics],
    group_name="board",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version="1",
    automation_condition=when_settled(),
    check_specs=check_specs("leaderboard", None, **LEADERBOARD_CHECKS),
    description=(
        "All evaluations side by side: macro F1 with intervals from resampled speakers, paired differences, "
        "rank intervals, baselines."
    ),
)
def leaderboard(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Compares all evaluations that were scored on the collection of now."""
    from cameo_assets.collection import files

    platform, outcome = run_stage(context, cameo, "leaderboard")
    rows = platform.store.read_table("leaderboard", "rows.parquet").to_pylist()
    utterances = platform.store.read_table(files.TABLE, columns=["file_id"]).num_rows
    excluded = outcome.record.details["excluded"]
    columns = ["rank", "evaluation", "reader", "macro F1", "low", "high", "accuracy", "unresolved"]
    shown = [
        (
            f"{row['rank_low']}-{row['rank_high']}",
            row["evaluation"],
            row["reader"],
            row["score"],
            row["low"],
            row["high"],
            row["accuracy"],
            row["unresolved"],
        )
        for row in rows
    ]
    return result(
        outcome,
        {
            "evaluations": outcome.record.details["evaluations"],
            "board": table(columns, shown),
            "not compared": table(["evaluation", "reader", "reason"], [row.values() for row in excluded]),
        },
        [
            check(
                "every_evaluation_compared",
                not excluded,
                warn=True,
                metadata={"not compared": len(excluded)},
            ),
            check(
                "equal_coverage",
                all(row["coverage"] == 1 and row["n"] == utterances for row in rows),
                metadata={"utterances": utterances},
            ),
        ],
    )


@dg.asset(
    key=["analysis", "postprocessing_ablation"],
    deps=[predictions, leaderboard, unified_jsonl],
    group_name="analysis",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version="2",
    automation_condition=when_settled(following="leaderboard"),
    description=(
        "How much of a score is the reading of the answers? No model is asked for this. Evaluations by "
        "likelihood are left out, as nothing is read from free text there."
    ),
)
def postprocessing_ablation(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Reads all raw answers in several ways and scores each."""
    from cameo_assets.stages import ablation

    platform, outcome = run_stage(context, cameo, "postprocessing_ablation")
    rows = platform.store.read_table(ablation.TABLE).to_pylist()
    columns = ["evaluation", "reading", "macro_f1", "unresolved", "changed"]
    return result(
        outcome,
        {
            "plot": picture(platform.store.read_bytes(ablation.PLOT)),
            "scores": table(columns, [[row[name] for name in columns] for row in rows]),
            "left out, by likelihood": outcome.record.details["left out, by likelihood"],
        },
    )


@dg.asset(
    deps=[leaderboard],
    group_name="board",
    kinds={"python", "html"},
    owners=OWNERS,
    code_version="3",
    automation_condition=when_settled(),
    check_specs=check_specs("board_page", None, **PAGE_CHECKS),
    description="The board as one self-contained page.",
)
def board_page(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Renders the board."""
    from cameo_assets.stages import board

    platform, outcome = run_stage(context, cameo, "board_page")
    page = platform.store.read_bytes(board.PAGE).decode()
    rows = board.read(platform).rows
    absent = [row.evaluation for row in rows if row.name not in page]
    foreign = [mark for mark in ('<script src="', '<link rel="stylesheet" href="', "@import") if mark in page]
    return result(
        outcome,
        {
            "page": dg.MetadataValue.path(str(platform.store.path(board.PAGE))),
            "bytes": outcome.record.details["bytes"],
            "dagster/row_count": outcome.record.details["rows"],
        },
        [
            check(
                "renders",
                bool(rows) and not absent and not foreign,
                metadata={"absent": ", ".join(absent) or "none", "foreign": ", ".join(foreign) or "none"},
            )
        ],
    )


ASSETS = [leaderboard, postprocessing_ablation, board_page]
