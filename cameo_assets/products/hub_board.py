"""`hub/board`: the exact tree of the static Space, in the local publish folder."""

from __future__ import annotations

from cameo_assets.hub.space import build_space
from cameo_assets.lineage.declaration import Made, Product, Read, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.places import PAGE, SPACE, SPACE_PLAN
from cameo_assets.products import board_page, publications


def make(job: Job) -> Made:
    """Builds the tree from the page and the numbers behind it."""
    page, board = job.store.read_bytes(PAGE.of()), board_page.read(job.store)
    return publications.built(job, SPACE_PLAN, lambda: build_space(job.store, page, board))


PRODUCT = Product(
    name="hub/board",
    about="The leaderboard as a static Space.",
    group="hub",
    kinds=("huggingface", "html"),
    reads=(Read("board_page"),),
    places=(SPACE, SPACE_PLAN),
    code_version="1",
    make=make,
    details=publications.Details,
    show=publications.show,
    checks=publications.CHECKS,
    by_itself=WhenSettled(),
)
