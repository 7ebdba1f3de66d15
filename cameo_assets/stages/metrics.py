"""`metrics`: the scores of one evaluation, for every reader and every scope."""

from __future__ import annotations

from typing import Any

from cameo_assets.collection import files
from cameo_assets.metrics.evaluation import score_evaluation
from cameo_assets.models.spec import draws
from cameo_assets.provenance import version_of_tables
from cameo_assets.stages.base import Made, Platform, Stage, output_of
from cameo_assets.stages.predictions import of_key

TABLES = ("scores", "confusion", "counts")


def inputs(platform: Platform, key: str) -> dict[str, str]:
    """The readings, and the collection that holds the truth."""
    return {
        "answers": output_of(platform.store, "answers", key),
        "collection": output_of(platform.store, "unified_jsonl"),
    }


def make(platform: Platform, key: str) -> Made:
    """Scores the readings and writes the tables."""
    store = platform.store
    spec, condition = of_key(platform, key)
    found = score_evaluation(
        store.read_table("answers", f"{key}.parquet"),
        files.read_rows(store),
        files.options(store),
        samples=draws(spec, condition),
    )
    for name in TABLES:
        store.write_table(getattr(found, name), "metrics", key, f"{name}.parquet")
    rows = found.scores.to_pylist()
    details: dict[str, Any] = {"overall": [row for row in rows if row["scope"] == "overall"]}
    return Made(version_of_tables(found.scores, found.confusion, found.counts), details)


STAGE = Stage(
    name="metrics",
    code_version="1",
    inputs=inputs,
    make=make,
    products=lambda key: tuple(f"metrics/{key}/{name}.parquet" for name in TABLES),
)
