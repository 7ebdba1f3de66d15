"""The leaderboard as a static Space: one page that needs no server, and the data it shows."""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.board.data import Board
from cameo_assets.hub import card
from cameo_assets.hub.plan import Plan
from cameo_assets.hub.tree import Tree, publish
from cameo_assets.store import Store

NAME: Final = "cameo-leaderboard"

_FRONT: Final = {
    "title": "CAMEO leaderboard",
    "emoji": "🎭",
    "colorFrom": "indigo",
    "colorTo": "yellow",
    "sdk": "static",
    "app_file": "index.html",
    "short_description": "Speech emotion recognition in many languages",
    "tags": ["leaderboard", "speech-emotion-recognition"],
    "pinned": False,
    "fullWidth": True,
}


def build_space(store: Store, page: bytes, board: Board) -> Plan:
    """Builds `publish/spaces/cameo-leaderboard`, and the plan beside it.

    Args:
        store: A store in a local folder.
        page: The board's page, self-contained.
        board: What it shows; published beside it as `data/board.json`.

    Returns:
        The plan, with the changes that this build made.

    Raises:
        BadInput: The store is not local.
    """

    def fill(tree: Tree) -> None:
        tree.write("index.html", page)
        tree.write("data/board.json", msgspec.json.encode(board, order="deterministic") + b"\n")
        tree.write("README.md", _readme(board))

    return publish(store, "spaces", NAME, fill)


def _readme(board: Board) -> bytes:
    samples = [corpus.name for corpus in board.corpora if corpus.sample]
    return card.card(
        _FRONT,
        "# CAMEO leaderboard",
        card.banner(samples),
        "`index.html` is the whole page; it works from a folder as well as from the Hub. `data/board.json` "
        f"holds the numbers behind it, version {card.plain(board.collection_version)} of the collection.",
    )
