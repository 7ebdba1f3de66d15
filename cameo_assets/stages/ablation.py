"""`analysis/postprocessing_ablation`: the same raw answers under several readings; no model is asked."""

from __future__ import annotations

from cameo_assets.analysis import postprocessing_ablation as ablation
from cameo_assets.collection import files
from cameo_assets.models.evaluate import stored
from cameo_assets.provenance import version_of_tables
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, output_of
from cameo_assets.stages.leaderboard import standing
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
        **{f"predictions/{key}": output_of(platform.store, "predictions", key) for key in found.scored},
    }


def make(platform: Platform, _partition: str) -> Made:
    """Reads all raw answers in every way and writes table and plot."""
    store = platform.store
    rows, options = files.read_rows(store), files.options(store)
    raw = {}
    for key in standing(platform).scored:
        spec, condition = of_key(platform, key)
        raw[key] = stored(store, spec, [condition], rows, options).answers(condition)
    table = ablation.ablate(raw, rows, options)
    store.write_table(table, TABLE)
    store.write_bytes(ablation.plot(table), PLOT)
    return Made(version_of_tables(table), {"evaluations": len(raw), "readings": len(ablation.READINGS)})


STAGE = Stage(
    name="postprocessing_ablation",
    code_version="1",
    inputs=inputs,
    make=make,
    products=lambda _partition: (TABLE, PLOT),
)
