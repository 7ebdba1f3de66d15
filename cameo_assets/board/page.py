"""Renders the board as one static HTML file that needs no server, no network and, to be read, no script."""

from __future__ import annotations

import base64
import hashlib
import math
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec
from markupsafe import Markup

from cameo_assets.board import columns
from cameo_assets.board.data import Board, Row
from cameo_assets.board.matrices import matrices
from cameo_assets.metrics.bootstrap import FEW_GROUPS

CHANCE: Final = "chance"
"""Id of the baseline whose score is drawn as a line through the bars."""

_FOLDER: Final = Path(__file__).parent


def render(board: Board) -> bytes:
    """The page of a board: UTF-8, the same bytes for the same board.

    Styles, script and data are inlined. The data stand in `<script id="board-data">` as JSON.

    Raises:
        ValueError: A row has a reader that the board does not list.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "exact": columns.exact,
        "score": columns.score,
        "share": columns.share,
        "count": columns.count,
        "rank": columns.rank,
        "parameters": columns.parameters,
    }
    environment.tests["link"] = _is_link
    # As msgspec writes it: what is not a number becomes null, which Python's own writer does not do.
    environment.policies["json.dumps_function"] = lambda value, **_: msgspec.json.encode(value).decode()
    return environment.get_template("page.html").render(_context(board)).encode()


def _context(board: Board) -> dict[str, Any]:
    rows = sorted(board.rows, key=lambda row: _order(board, row))
    script = (_FOLDER / "page.js").read_text("utf-8")
    theme = (_FOLDER / "theme.js").read_text("utf-8")
    return {
        "board": board,
        "rows": rows,
        "plain": columns.PLAIN,
        "nothing": columns.NOTHING,
        "matrices": matrices(board, rows),
        "names": {corpus.slug: corpus.name for corpus in board.corpora},
        "languages": sorted({corpus.language for corpus in board.corpora}),
        "temperatures": sorted({row.temperature for row in rows if row.temperature is not None}),
        "methods": sorted({row.method for row in rows}),
        "utterances": sum(corpus.utterances for corpus in board.corpora),
        "hours": sum(corpus.hours for corpus in board.corpora),
        "samples": sum(corpus.sample for corpus in board.corpora),
        "partial": [corpus.name for corpus in board.corpora if corpus.partial],
        "scale": _scale(rows),
        "chance": {row.reader: row.overall.value for row in rows if row.model == CHANCE},
        "tied": _tied(rows),
        "few_groups": FEW_GROUPS,
        "island": _island(board),
        "css": Markup((_FOLDER / "page.css").read_text("utf-8")),
        "script": Markup(script),
        "theme": Markup(theme),
        # Only these two scripts may run, whatever a name or a note contains.
        "allowed": " ".join(_hash(text) for text in (theme, script)),
    }


def _order(board: Board, row: Row) -> tuple[int, bool, int, int, float, str]:
    reader = board.readers.index(row.reader)
    return (reader, row.rank_low < 1, row.rank_low, row.rank_high, -row.overall.value, row.evaluation)


def _scale(rows: list[Row]) -> float:
    """Right end of the bars: the highest interval, rounded up to a tenth."""
    ends = [end for row in rows for end in (row.overall.value, row.overall.high) if end is not None]
    top = max((end for end in ends if not math.isnan(end)), default=0.0)
    return min(1.0, max(0.1, math.ceil(10 * top - 1e-9) / 10))


def _tied(rows: list[Row]) -> frozenset[tuple[str, str]]:
    """Reader and evaluation of the rows that share the first rank with another."""
    first = [(row.reader, row.evaluation) for row in rows if row.rank_low == 1]
    readers = [reader for reader, _ in first]
    return frozenset(key for key in first if readers.count(key[0]) > 1)


def _is_link(text: str) -> bool:
    """Whether a homepage may become a link; a catalogue entry must not smuggle in a script."""
    return text.startswith(("https://", "http://"))


def _island(board: Board) -> Markup:
    """The data as JSON that cannot end the element it stands in."""
    text = msgspec.json.encode(board, order="deterministic").decode()
    return Markup(text.replace("<", "\\u003c"))


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
