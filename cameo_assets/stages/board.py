"""`board_page`: one self-contained page, and the data behind it."""

from __future__ import annotations

from importlib.metadata import version as package_version

import msgspec

from cameo_assets.answers.registry import READERS
from cameo_assets.board.build import build
from cameo_assets.board.data import Board
from cameo_assets.board.page import render
from cameo_assets.collection import files
from cameo_assets.metrics.bootstrap import DRAWS
from cameo_assets.models.engines import family_of
from cameo_assets.models.registry import evaluations
from cameo_assets.provenance import version_of
from cameo_assets.stages.base import Made, Platform, Stage, output_of
from cameo_assets.stages.current import registry
from cameo_assets.stages.leaderboard import TABLES

DATA = "board/board.json"
PAGE = "board/index.html"


def inputs(platform: Platform, _partition: str) -> dict[str, str]:
    """The leaderboard, the collection, and what the model files say for display."""
    specs = {key: spec for key, (spec, _) in evaluations(registry(platform)).items()}
    return {
        "leaderboard": output_of(platform.store, "leaderboard"),
        "collection": output_of(platform.store, "unified_jsonl"),
        "models": version_of({key: msgspec.to_builtins(spec) for key, spec in specs.items()}),
    }


def make(platform: Platform, _partition: str) -> Made:
    """Builds the data of the board, renders the page and writes both."""
    store = platform.store
    specs = evaluations(registry(platform))
    tables = {name: store.read_table("leaderboard", f"{name}.parquet").to_pylist() for name in TABLES}
    keys = {row["evaluation"] for row in tables["rows"]} & specs.keys()
    board = build(
        collection_version=output_of(store, "unified_jsonl"),
        corpora=files.read_corpora(store),
        specs=specs,
        families={key: family_of(specs[key][0]) for key in keys},
        rows=[row for row in tables["rows"] if row["evaluation"] in keys],
        scopes=tables["scopes"],
        confusions={
            key: store.read_table("metrics", key, "confusion.parquet").to_pylist() for key in sorted(keys)
        },
        excluded=tables["excluded"],
        draws=DRAWS,
        readers=[reader.name for reader in READERS],
        software=f"cameo_assets {package_version('cameo_assets')}",
    )
    page = render(board)
    store.write_bytes(msgspec.json.format(msgspec.json.encode(board), indent=1), DATA)
    store.write_bytes(page, PAGE)
    return Made(
        version_of(msgspec.to_builtins(board), page.decode()), {"bytes": len(page), "rows": len(board.rows)}
    )


def read(platform: Platform) -> Board:
    """The data of the board."""
    return msgspec.json.decode(platform.store.read_bytes(DATA), type=Board)


STAGE = Stage(
    name="board_page",
    code_version="3",
    inputs=inputs,
    make=make,
    products=lambda _partition: (DATA, PAGE),
)
