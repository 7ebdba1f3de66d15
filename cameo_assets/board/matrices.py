"""The matrices of the board: evaluations against corpora, languages or emotions."""

from __future__ import annotations

import math

import msgspec

from cameo_assets.board.data import Board, Row, Score
from cameo_assets.metrics.bootstrap import FEW_GROUPS


class Scope(msgspec.Struct, frozen=True):
    """One column of a matrix: its key in the rows, its heading, and a second line below that."""

    key: str
    label: str
    below: str = ""


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Evaluations against corpora, languages or emotions.

    Attributes:
        view: Name of the view.
        title: Its heading.
        lead: The sentence below it.
        metric: What the cells hold.
        scopes: The columns.
        cells: For each row of the board, by position, its scores by scope.
        top: The highest score, which gets the full shade; 0 where there is none.
        few: Keys of the columns that rest on few groups.
    """

    view: str
    title: str
    lead: str
    metric: str
    scopes: tuple[Scope, ...]
    cells: tuple[dict[str, Score], ...]
    top: float
    few: frozenset[str]


def matrices(board: Board, rows: list[Row]) -> tuple[Matrix, ...]:
    """The three matrices, their cells in the order of `rows`."""
    languages: dict[str, list[str]] = {}
    for corpus in board.corpora:
        languages.setdefault(corpus.language, []).append(corpus.name)
    lead = "Macro F1 × 100 over the emotions of the {}; the stronger the shade, the higher."
    return (
        _matrix(
            "by-corpus",
            "By corpus",
            lead.format("corpus"),
            "Macro F1",
            tuple(Scope(corpus.slug, corpus.name, corpus.language) for corpus in board.corpora),
            [row.corpora for row in rows],
        ),
        _matrix(
            "by-language",
            "By language",
            lead.format("language's corpora"),
            "Macro F1",
            tuple(Scope(name, name, _counted(len(languages[name]))) for name in sorted(languages)),
            [row.languages for row in rows],
        ),
        _matrix(
            "by-emotion",
            "By emotion",
            "F1 × 100 of each emotion against the rest; the stronger the shade, the higher.",
            "F1",
            tuple(
                Scope(name, name, _counted(sum(name in corpus.emotions for corpus in board.corpora)))
                for name in board.emotions
            ),
            [row.emotions for row in rows],
        ),
    )


def _matrix(
    view: str, title: str, lead: str, metric: str, scopes: tuple[Scope, ...], cells: list[dict[str, Score]]
) -> Matrix:
    known = [(scope.key, row[scope.key]) for row in cells for scope in scopes if scope.key in row]
    return Matrix(
        view=view,
        title=title,
        lead=lead,
        metric=metric,
        scopes=scopes,
        cells=tuple(cells),
        top=max((score.value for _, score in known if not math.isnan(score.value)), default=0.0),
        few=frozenset(key for key, score in known if score.groups < FEW_GROUPS),
    )


def _counted(corpora: int) -> str:
    return "1 corpus" if corpora == 1 else f"{corpora} corpora"
