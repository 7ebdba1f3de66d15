"""`leaderboard`: all current evaluations side by side, with intervals, differences and ranks."""

from __future__ import annotations

import msgspec

from cameo_assets.collection import files
from cameo_assets.metrics import leaderboard
from cameo_assets.metrics.evaluation import EvaluationScores
from cameo_assets.models import parity
from cameo_assets.models.registry import evaluations
from cameo_assets.provenance import read_record, version_of_tables
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, output_of
from cameo_assets.stages.current import registry
from cameo_assets.stages.metrics import TABLES as METRIC_TABLES

TABLES = ("rows", "scopes", "pairs", "excluded")


class Standing(msgspec.Struct, frozen=True):
    """Which evaluations can be compared.

    Attributes:
        scored: Version of the metrics of each evaluation that was scored on the collection of now.
        waiting: Why the others cannot be compared, by evaluation.
    """

    scored: dict[str, str]
    waiting: dict[str, str]


def standing(platform: Platform) -> Standing:
    """Sorts the evaluations of all enabled models into those that can be compared and those that wait."""
    collection = output_of(platform.store, "unified_jsonl")
    found = registry(platform)
    scored = {}
    waiting = dict.fromkeys(found.broken, "its file is broken")
    for key, (spec, condition) in evaluations(found).items():
        barred = parity.obstacle(platform.store, spec, condition.method)
        record = read_record(platform.store, "metrics", key)
        answered = read_record(platform.store, "answers", key)
        if record is None or answered is None:
            waiting[key] = f"not evaluated yet; {barred}" if barred else "not evaluated yet"
        elif barred:
            waiting[key] = barred
        elif record.inputs["collection"] != collection or answered.inputs["collection"] != collection:
            waiting[key] = "evaluated on an older version of the collection"
        elif record.inputs["answers"] != answered.output:
            waiting[key] = "its answers have been read anew and not been scored yet"
        else:
            scored[key] = record.output
    return Standing(scored, waiting)


def inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The collection, and the metrics of every evaluation that can be compared."""
    found = standing(platform)
    if not found.scored:
        raise NotReady("no evaluation has been scored on the collection of now; materialise metrics first")
    return {
        "collection": output_of(platform.store, "unified_jsonl"),
        **{f"metrics/{key}": version for key, version in found.scored.items()},
        **{f"waiting/{key}": reason for key, reason in found.waiting.items()},
    }


def make(platform: Platform, _partition: str) -> Made:
    """Compares the evaluations and writes the tables."""
    import pyarrow as pa

    store = platform.store
    found = standing(platform)
    tables = leaderboard.build(
        {key: _scores(platform, key) for key in found.scored},
        files.read_rows(store),
        files.options(store),
    )
    waiting = [
        {"evaluation": key, "reader": "", "reason": reason} for key, reason in sorted(found.waiting.items())
    ]
    excluded = pa.concat_tables(
        [tables.excluded, pa.Table.from_pylist(waiting, schema=tables.excluded.schema)]
    )
    written = {"rows": tables.rows, "scopes": tables.scopes, "pairs": tables.pairs, "excluded": excluded}
    for name, table in written.items():
        store.write_table(table, "leaderboard", f"{name}.parquet")
    details = {
        "evaluations": len(set(tables.rows["evaluation"].to_pylist())),
        "excluded": excluded.to_pylist(),
    }
    return Made(version_of_tables(*written.values()), details)


def _scores(platform: Platform, key: str) -> EvaluationScores:
    tables = {name: platform.store.read_table("metrics", key, f"{name}.parquet") for name in METRIC_TABLES}
    return EvaluationScores(**tables)


def products(_partition: str) -> tuple[str, ...]:
    """What must exist."""
    return tuple(f"leaderboard/{name}.parquet" for name in TABLES)


STAGE = Stage(name="leaderboard", code_version="1", inputs=inputs, make=make, products=products)
