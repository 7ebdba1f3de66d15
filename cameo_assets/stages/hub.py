"""`hub/dataset`, `hub/results` and `hub/board`: the exact trees of the repos, in the local publish folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.collection import files
from cameo_assets.hub.dataset import build_dataset
from cameo_assets.hub.results import build_results
from cameo_assets.hub.rulings import version as version_of_rulings
from cameo_assets.hub.space import build_space
from cameo_assets.models.evaluate import stored
from cameo_assets.provenance import version_of
from cameo_assets.stages import board, collection, splits
from cameo_assets.stages.base import Made, NotReady, Platform, Stage, is_current, output_of
from cameo_assets.stages.predictions import of_key

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.hub.plan import Plan


def make_dataset(platform: Platform, _partition: str) -> Made:
    """Builds the dataset repo from the collection and its audio."""
    return _made(build_dataset(platform.store))


def make_results(platform: Platform, _partition: str) -> Made:
    """Builds the results repo from the board and the raw answers behind it."""
    shown = board.read(platform)

    rows, options = files.read_rows(platform.store), files.options(platform.store)

    def answers(key: str) -> pa.Table:
        spec, condition = of_key(platform, key)
        return stored(platform.store, spec, [condition], rows, options).answers(condition)

    keys = sorted({row.evaluation for row in shown.rows})
    return _made(build_results(platform.store, shown, {key: partial(answers, key) for key in keys}))


def make_board(platform: Platform, _partition: str) -> Made:
    """Builds the static Space from the page."""
    page = platform.store.read_bytes(board.PAGE)
    return _made(build_space(platform.store, page, board.read(platform)))


def _made(plan: Plan) -> Made:
    details: dict[str, Any] = {
        "repo": f"{plan.kind}/{plan.name}",
        "files": len(plan.files),
        "bytes": sum(file.size for file in plan.files),
        "changes": msgspec.to_builtins(plan.changes),
        "licences": [msgspec.to_builtins(decision) for decision in plan.licences],
    }
    return Made(version_of([(file.path, file.sha256) for file in plan.files]), details)


def _on(*stages: str) -> Any:
    """Inputs of a stage that follows whole stages only."""
    return lambda platform, _partition: {name: output_of(platform.store, name) for name in stages}


def dataset_inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The collection, its folds, and what people decided about licences.

    Raises:
        NotReady: One of them is missing, or the folds are of another collection.
    """
    wholes: dict[str, str] = _on("unified_jsonl", "splits")(platform, _partition)
    if not is_current(splits.STAGE, platform):
        raise NotReady("splits is of an earlier collection; materialise it first")
    return {
        **wholes,
        "columns": collection.columns(platform),
        "licences": version_of_rulings(platform.store),
    }


DATASET = Stage(
    name="hub_dataset",
    code_version="3",
    inputs=dataset_inputs,
    make=make_dataset,
    products=lambda _partition: ("publish/datasets/cameo/README.md",),
)
RESULTS = Stage(
    name="hub_results",
    code_version="2",
    inputs=_on("board_page"),
    make=make_results,
    products=lambda _partition: ("publish/datasets/cameo-results/README.md",),
)
BOARD = Stage(
    name="hub_board",
    code_version="1",
    inputs=_on("board_page"),
    make=make_board,
    products=lambda _partition: ("publish/spaces/cameo-leaderboard/index.html",),
)
