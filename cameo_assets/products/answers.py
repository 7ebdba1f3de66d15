"""`answers`: every raw answer as every reader reads it. No model is asked, so this takes seconds."""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.answers.batch import answers_table
from cameo_assets.answers.registry import READERS, READERS_VERSION
from cameo_assets.collection import files
from cameo_assets.lineage.declaration import KeepCurrent, Made, Product, Read, Setting
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Shown, check, table
from cameo_assets.models.evaluate import stored
from cameo_assets.places import ANSWERS
from cameo_assets.provenance import version_of_tables

LEAST_RESOLVED: Final = 0.9
"""Share of the answers that name an emotion, at least."""


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """How the answers were read.

    Attributes:
        answers: How many.
        unresolved: Share of those that name no emotion, by reader.
        reasons: How often the first reader read in which way.
    """

    answers: int
    unresolved: dict[str, float]
    reasons: dict[str, int]


def make(job: Job) -> Made:
    """Reads the raw answers."""
    import pyarrow.compute as pc

    store = job.store
    spec, condition = job.evaluation
    options = files.options(store)
    raw = stored(store, spec, [condition], files.read_rows(store), options).answers(condition)
    readings = answers_table(raw, options, READERS)
    store.write_table(readings, ANSWERS.of(job.partition))
    unresolved = {}
    for reader in READERS:
        own = readings.filter(pc.equal(readings["reader"], reader.name))
        unresolved[reader.name] = 1 - pc.mean(own["resolved"]).as_py() if own.num_rows else 0.0
    first = readings.filter(pc.equal(readings["reader"], READERS[0].name))
    reasons = {row["values"]: row["counts"] for row in pc.value_counts(first["reason"]).to_pylist()}
    details = Details(answers=raw.num_rows, unresolved=unresolved, reasons=dict(sorted(reasons.items())))
    return Made(version_of_tables(readings), details)


def show(_job: Job, details: Details) -> Shown:
    """How many answers each reader could make something of."""
    most = max(details.unresolved.values())
    return Shown(
        {
            "dagster/row_count": details.answers,
            "unresolved": table(["reader", "share of answers"], details.unresolved.items()),
            "how answers were read": table(["reason", "answers"], details.reasons.items()),
        },
        (check("resolved", most <= 1 - LEAST_RESOLVED, warn=True, metadata={"unresolved": most}),),
    )


PRODUCT = Product(
    name="answers",
    about="Every raw answer as every reader reads it; a new reader re-reads all history without a GPU.",
    group="evaluations",
    kinds=("python", "parquet"),
    partitions="evaluation",
    reads=(Read("predictions"), Read("unified_jsonl"), Setting.MODEL_FILES),
    places=(ANSWERS,),
    code_version="1",
    make=make,
    details=Details,
    show=show,
    checks={"resolved": "At least nine answers of ten name one of the offered emotions."},
    by_itself=KeepCurrent(following="predictions"),
    also=lambda _snapshot, _key: {"readers": READERS_VERSION},
)
