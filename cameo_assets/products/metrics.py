"""`metrics`: the scores of one evaluation, for every reader and every scope."""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.collection import files
from cameo_assets.lineage.declaration import KeepCurrent, Made, Product, Read, Setting
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Shown, check, table
from cameo_assets.models.spec import draws
from cameo_assets.places import ANSWERS, METRICS
from cameo_assets.provenance import version_of_tables

TABLES: Final = ("scores", "confusion", "counts")


class Overall(msgspec.Struct, frozen=True, kw_only=True):
    """The scores over all utterances, as one reader read the answers; columns as in `metrics.evaluation`."""

    reader: str
    score: float
    weighted_f1: float
    accuracy: float
    uar: float
    unresolved: float
    n: int
    groups: int


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What came out.

    Attributes:
        overall: One for each reader.
        different: Scores that are not scikit-learn's: reader, metric, our value and theirs.
    """

    overall: tuple[Overall, ...]
    different: tuple[tuple[str, str, float, float], ...]


def make(job: Job) -> Made:
    """Scores the readings, writes the tables, and compares them with scikit-learn's scores."""
    from cameo_assets.metrics.evaluation import score_evaluation
    from cameo_assets.metrics.verify import differences

    store, key = job.store, job.partition
    spec, condition = job.evaluation
    found = score_evaluation(
        store.read_table(ANSWERS.of(key)),
        files.read_rows(store),
        files.options(store),
        samples=draws(spec, condition),
    )
    for name in TABLES:
        store.write_table(getattr(found, name), METRICS.of(key, f"{name}.parquet"))
    overall = [
        {name: row[name] for name in Overall.__struct_fields__}
        for row in found.scores.to_pylist()
        if row["scope"] == "overall"
    ]
    details = Details(
        overall=msgspec.convert(overall, tuple[Overall, ...]), different=tuple(differences(store, key))
    )
    return Made(version_of_tables(found.scores, found.confusion, found.counts), details)


def show(_job: Job, details: Details) -> Shown:
    """The scores over all utterances."""
    return Shown(
        {
            **{f"macro F1 ({row.reader})": row.score for row in details.overall},
            "overall": table(
                Overall.__struct_fields__, [msgspec.structs.astuple(row) for row in details.overall]
            ),
        },
        (
            check(
                "equals_scikit_learn",
                not details.different,
                metadata={
                    "different": table(["reader", "metric", "ours", "scikit-learn"], details.different)
                },
            ),
        ),
    )


PRODUCT = Product(
    name="metrics",
    about="Scores: overall, by corpus, language and emotion; counts by speaker for the intervals.",
    group="evaluations",
    kinds=("python", "parquet"),
    partitions="evaluation",
    reads=(Read("answers"), Read("unified_jsonl"), Setting.MODEL_FILES),
    places=(METRICS,),
    code_version="1",
    make=make,
    details=Details,
    show=show,
    checks={"equals_scikit_learn": "The pooled scores equal those of scikit-learn on the same readings."},
    by_itself=KeepCurrent(following="answers", with_upstream=True),
)
