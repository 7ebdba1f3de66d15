"""`hub/results`: the exact tree of the results repo, every raw answer in it, in the local publish folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cameo_assets.collection import files
from cameo_assets.hub.results import build_results
from cameo_assets.lineage.declaration import Made, NotReady, Product, Read, Setting, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.models.evaluate import stored
from cameo_assets.places import RESULTS, RESULTS_PLAN
from cameo_assets.products import board_page, publications
from cameo_assets.provenance import WHOLE

if TYPE_CHECKING:
    import pyarrow as pa


def on_the_board(snapshot: Snapshot) -> list[str]:
    """The evaluations that the board shows.

    Raises:
        NotReady: There is no board, or one of its models is gone.
    """
    board = snapshot.details("board_page", WHOLE, board_page.Details)
    if board is None:
        raise NotReady("board_page has not been materialised yet; do that first")
    if gone := sorted(set(board.evaluations) - snapshot.evaluations.keys()):
        raise NotReady(f"board_page shows {', '.join(gone)}, which is gone; materialise it first")
    return list(board.evaluations)


def make(job: Job) -> Made:
    """Builds the tree from the board and the raw answers behind it."""
    rows, options = files.read_rows(job.store), files.options(job.store)

    def answers(key: str) -> pa.Table:
        spec, condition = job.evaluation_of(key)
        return stored(job.store, spec, [condition], rows, options).answers(condition)

    load = {key: partial(answers, key) for key in sorted(job.keys("predictions"))}
    board = board_page.read(job.store)
    return publications.built(job, RESULTS_PLAN, lambda: build_results(job.store, board, load))


PRODUCT = Product(
    name="hub/results",
    about="The results repo: every score, every confusion, every raw answer.",
    group="hub",
    kinds=("huggingface", "parquet"),
    reads=(
        Read("board_page"),
        Read("predictions", on_the_board),
        Read("unified_jsonl"),
        Setting.MODEL_FILES,
    ),
    places=(RESULTS, RESULTS_PLAN),
    code_version="3",
    make=make,
    details=publications.Details,
    show=publications.show,
    checks=publications.CHECKS,
    by_itself=WhenSettled(following="board_page"),
)
