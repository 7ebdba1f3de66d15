"""`board_page`: one self-contained page, and the data behind it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from importlib.metadata import version as package_version
from typing import Final

import msgspec

from cameo_assets.answers.registry import READERS
from cameo_assets.board.data import Board
from cameo_assets.collection import files
from cameo_assets.lineage.declaration import Made, Product, Read, Setting, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Located, Shown, check
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.standing import scored
from cameo_assets.models.engines import family_of
from cameo_assets.places import BOARD, LEADERBOARD, METRICS, PAGE
from cameo_assets.products.leaderboard import TABLES
from cameo_assets.provenance import version_of
from cameo_assets.store import Store

_FOREIGN: Final = ('<script src="', '<link rel="stylesheet" href="', "@import")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What was rendered.

    Attributes:
        bytes: Size of the page.
        rows: Rows of the board.
        evaluations: Keys of the evaluations that it shows, sorted.
    """

    bytes: int
    rows: int
    evaluations: tuple[str, ...]


def specs(snapshot: Snapshot, _partition: str) -> Mapping[str, str]:
    """What the model files say for display."""
    found = {key: spec for key, (spec, _) in snapshot.evaluations.items()}
    return {"models": version_of({key: msgspec.to_builtins(spec) for key, spec in found.items()})}


def make(job: Job) -> Made:
    """Builds the data of the board, renders the page and writes both."""
    from cameo_assets.board.build import build
    from cameo_assets.board.page import render
    from cameo_assets.metrics.bootstrap import DRAWS

    store, evaluations = job.store, job.evaluations
    tables = {name: store.read_table(LEADERBOARD.of("", f"{name}.parquet")).to_pylist() for name in TABLES}
    keys = {row["evaluation"] for row in tables["rows"]} & evaluations.keys()
    board = build(
        collection_version=job.version("unified_jsonl"),
        corpora=files.read_corpora(store),
        specs=evaluations,
        families={key: family_of(evaluations[key][0]) for key in keys},
        rows=[row for row in tables["rows"] if row["evaluation"] in keys],
        scopes=tables["scopes"],
        confusions={
            key: store.read_table(METRICS.of(key, "confusion.parquet")).to_pylist() for key in sorted(keys)
        },
        excluded=tables["excluded"],
        draws=DRAWS,
        readers=[reader.name for reader in READERS],
        software=f"cameo_assets {package_version('cameo_assets')}",
    )
    page = render(board)
    store.write_bytes(msgspec.json.format(msgspec.json.encode(board), indent=1), BOARD.of())
    store.write_bytes(page, PAGE.of())
    details = Details(
        bytes=len(page),
        rows=len(board.rows),
        evaluations=tuple(sorted({row.evaluation for row in board.rows})),
    )
    return Made(version_of(msgspec.to_builtins(board), page.decode()), details)


def read(store: Store) -> Board:
    """The data of the board."""
    return msgspec.json.decode(store.read_bytes(BOARD.of()), type=Board)


def show(job: Job, details: Details) -> Shown:
    """Where the page is, and whether it is whole."""
    page = job.store.read_bytes(PAGE.of()).decode()
    rows = read(job.store).rows
    text = html.unescape(page)
    absent = [row.evaluation for row in rows if row.name not in text]
    foreign = [mark for mark in _FOREIGN if mark in page]
    return Shown(
        {
            "page": Located(job.located(PAGE.of())),
            "bytes": details.bytes,
            "dagster/row_count": details.rows,
        },
        (
            check(
                "renders",
                bool(rows) and not absent and not foreign,
                metadata={"absent": ", ".join(absent) or "none", "foreign": ", ".join(foreign) or "none"},
            ),
        ),
    )


PRODUCT = Product(
    name="board_page",
    about="The board as one self-contained page.",
    group="board",
    kinds=("python", "html"),
    reads=(Read("leaderboard"), Read("unified_jsonl"), Read("metrics", scored), Setting.MODEL_FILES),
    places=(BOARD, PAGE),
    code_version="3",
    make=make,
    details=Details,
    show=show,
    checks={"renders": "The page holds every row, and needs nothing from anywhere else."},
    by_itself=WhenSettled(following="leaderboard"),
    also=specs,
)
