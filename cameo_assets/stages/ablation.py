"""`analysis/postprocessing_ablation`: the same raw answers under several readings; no model is asked.

Evaluations by likelihood are left out: their answers are options, of which every reading makes the same.
"""

from __future__ import annotations

from cameo_assets.analysis import postprocessing_ablation as ablation
from cameo_assets.collection import files
from cameo_assets.models.evaluate import stored
from cameo_assets.models.spec import parse_key
from cameo_assets.provenance import version_of_tables
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, output_of
from cameo_assets.stages.leaderboard import Standing, standing
from cameo_assets.stages.predictions import of_key

TABLE = "analysis/postprocessing_ablation.parquet"
PLOT = "analysis/postprocessing_ablation.png"


def inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The raw answers of every evaluation that is on the board, and the readings."""
    found = standing(platform)
    if not found.scored:
        raise NotReady("no evaluation has been scored on the collection of now; materialise metrics first")
    return {
        "collection": output_of(platform.store, "unified_jsonl"),
        "readings": ", ".join(f"{reading.name} {reading.version}" for reading in ablation.READINGS),
        **{f"predictions/{key}": output_of(platform.store, "predictions", key) for key in _read(found)},
    }


def make(platform: Platform, _partition: str) -> Made:
    """Reads all raw answers in every way and writes table and plot."""
    store = platform.store
    rows, options = files.read_rows(store), files.options(store)
    raw = {}
    found = standing(platform)
    for key in _read(found):
        spec, condition = of_key(platform, key)
        raw[key] = stored(store, spec, [condition], rows, options).answers(condition)
    table = ablation.ablate(raw, rows, options)
    store.write_table(table, TABLE)
    store.write_bytes(ablation.plot(table), PLOT)
    details = {
        "evaluations": len(raw),
        "readings": len(ablation.READINGS),
        "left out, by likelihood": len(found.scored) - len(raw),
    }
    return Made(version_of_tables(table), details)


def _read(found: Standing) -> list[str]:
    """The evaluations whose answers are read from what a model said freely."""
    return [key for key in found.scored if parse_key(key)[1].method == "generation"]


STAGE = Stage(
    name="postprocessing_ablation",
    code_version="2",
    inputs=inputs,
    make=make,
    products=lambda _partition: (TABLE, PLOT),
)
