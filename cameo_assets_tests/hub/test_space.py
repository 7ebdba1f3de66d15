"""The static Space: a page, its numbers, and a card that makes the Hub serve it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from cameo_assets.board.data import Board
from cameo_assets.hub.space import build_space
from cameo_assets.store import Store
from cameo_assets_tests.hub.examples import board

PAGE = b"<!doctype html><title>x</title>"


def tree(store: Store) -> Path:
    return Path(store.home) / "publish/spaces/cameo-leaderboard"


def test_the_space_is_a_static_page(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plan = build_space(store, PAGE, board())
    assert [file.path for file in plan.files] == ["README.md", "data/board.json", "index.html"]
    assert (tree(store) / "index.html").read_bytes() == PAGE
    front = yaml.safe_load((tree(store) / "README.md").read_text("utf-8").split("---\n")[1])
    assert (front["sdk"], front["app_file"]) == ("static", "index.html")
    assert len(front["short_description"]) <= 60, "the Hub takes no more"


def test_the_numbers_behind_the_page_are_published_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    shown = msgspec.structs.replace(board(), rows=())
    build_space(store, PAGE, shown)
    data = (tree(store) / "data/board.json").read_bytes()
    assert msgspec.json.decode(data, type=Board) == shown


def test_only_a_change_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    build_space(store, PAGE, board())
    assert build_space(store, PAGE, board()).changes.nothing
    plan = build_space(store, PAGE + b"!", board())
    assert plan.changes.changed == ("index.html",)
    assert plan.changes.same == ("README.md", "data/board.json")


def test_samples_are_announced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    build_space(store, PAGE, board(sample=True))
    assert "Spoken samples, not the corpora" in (tree(store) / "README.md").read_text("utf-8")
