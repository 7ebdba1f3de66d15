"""`leaderboard`: all current evaluations side by side, with intervals, differences and ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from cameo_assets.collection import files
from cameo_assets.lineage.declaration import Made, Product, Read, Setting, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Shown, check, table
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.standing import scored, standing
from cameo_assets.places import COLLECTION, LEADERBOARD, METRICS
from cameo_assets.products.metrics import TABLES as METRIC_TABLES
from cameo_assets.provenance import version_of_tables

TABLES: Final = ("rows", "scopes", "pairs", "excluded")


class Excluded(msgspec.Struct, frozen=True):
    """An evaluation that is not compared.

    Attributes:
        evaluation: Key, or the model where its file is broken.
        reader: Whose readings; empty for all.
        reason: Why.
    """

    evaluation: str
    reader: str
    reason: str


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the leaderboard.

    Attributes:
        evaluations: How many.
        excluded: Those that are not.
    """

    evaluations: int
    excluded: tuple[Excluded, ...]


def waiting(snapshot: Snapshot, _partition: str) -> Mapping[str, str]:
    """Why the other evaluations wait, which the board says too."""
    return {f"waiting/{key}": reason for key, reason in standing(snapshot).waiting.items()}


def make(job: Job) -> Made:
    """Compares the evaluations and writes the tables."""
    import pyarrow as pa

    from cameo_assets.metrics import leaderboard
    from cameo_assets.metrics.evaluation import EvaluationScores

    def scores(key: str) -> EvaluationScores:
        tables = {name: store.read_table(METRICS.of(key, f"{name}.parquet")) for name in METRIC_TABLES}
        return EvaluationScores(**tables)

    store = job.store
    tables = leaderboard.build(
        {key: scores(key) for key in job.keys("metrics")}, files.read_rows(store), files.options(store)
    )
    others = [
        {"evaluation": key, "reader": "", "reason": reason}
        for key, reason in sorted(standing(job.snapshot).waiting.items())
    ]
    excluded = pa.concat_tables(
        [tables.excluded, pa.Table.from_pylist(others, schema=tables.excluded.schema)]
    )
    written = {"rows": tables.rows, "scopes": tables.scopes, "pairs": tables.pairs, "excluded": excluded}
    for name, each in written.items():
        store.write_table(each, LEADERBOARD.of("", f"{name}.parquet"))
    details = Details(
        evaluations=len(set(tables.rows["evaluation"].to_pylist())),
        excluded=msgspec.convert(excluded.to_pylist(), tuple[Excluded, ...]),
    )
    return Made(version_of_tables(*written.values()), details)


def show(job: Job, details: Details) -> Shown:
    """The board as a table, and who is not on it."""
    rows = job.store.read_table(LEADERBOARD.of("", "rows.parquet")).to_pylist()
    utterances = job.store.read_table(COLLECTION.of(), columns=["file_id"]).num_rows
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
    return Shown(
        {
            "evaluations": details.evaluations,
            "board": table(
                ["rank", "evaluation", "reader", "macro F1", "low", "high", "accuracy", "unresolved"], shown
            ),
            "not compared": table(
                ["evaluation", "reader", "reason"], map(msgspec.structs.astuple, details.excluded)
            ),
        },
        (
            check(
                "every_evaluation_compared",
                not details.excluded,
                warn=True,
                metadata={"not compared": len(details.excluded)},
            ),
            check(
                "equal_coverage",
                all(row["coverage"] == 1 and row["n"] == utterances for row in rows),
                metadata={"utterances": utterances},
            ),
        ),
    )


PRODUCT = Product(
    name="leaderboard",
    about=(
        "All evaluations side by side: macro F1 with intervals from resampled speakers, paired differences, "
        "rank intervals, baselines."
    ),
    group="board",
    kinds=("python", "parquet"),
    reads=(Read("unified_jsonl"), Read("metrics", scored), Setting.MODEL_FILES),
    places=(LEADERBOARD,),
    code_version="1",
    make=make,
    details=Details,
    show=show,
    checks={
        "every_evaluation_compared": "Every evaluation of every enabled model is on the board.",
        "equal_coverage": "All rows answered the whole collection, so that they can be compared.",
    },
    by_itself=WhenSettled(following="metrics"),
    also=waiting,
)
