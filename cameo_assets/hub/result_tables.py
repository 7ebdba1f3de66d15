"""The board as flat tables, one row for each number that somebody may want to look up."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.board.data import Board, Row, Score

if TYPE_CHECKING:
    import pyarrow as pa

Line = dict[str, Any]

_EVALUATION: Final = {
    "evaluation": "string",
    "model": "string",
    "revision": "string",
    "reader": "string",
    "reader_version": "string",
    "collection_version": "string",
}
_INTERVAL: Final = {"ci_low": "double", "ci_high": "double", "ci_method": "string"}

LEADERBOARD: Final = {
    **_EVALUATION,
    "scope": "string",
    "scope_name": "string",
    "n": "int64",
    "groups": "int64",
    "macro_f1": "double",
    "weighted_f1": "double",
    "accuracy": "double",
    "uar": "double",
    "unresolved": "double",
    **_INTERVAL,
    "rank_low": "int64",
    "rank_high": "int64",
    "spread": "double",
    "agreement": "double",
    "coverage": "double",
    "name": "string",
    "kind": "string",
    "engine": "string",
    "licence": "string",
    "parameters": "int64",
    "released": "string",
    "temperature": "double",
    "method": "string",
    "samples": "int64",
    "prompt": "string",
    "exposure": "string",
    "homepage": "string",
}
"""Columns of `leaderboard` and their types."""

PER_EMOTION: Final = {
    **_EVALUATION,
    "emotion": "string",
    "n": "int64",
    "groups": "int64",
    "f1": "double",
    "precision": "double",
    "recall": "double",
    **_INTERVAL,
}
"""Columns of `per_emotion` and their types."""

CONFUSION: Final = {**_EVALUATION, "true": "string", "predicted": "string", "count": "double"}
"""Columns of `confusion` and their types."""

UNRESOLVED: Final = "unresolved"
"""What `predicted` says of answers that name no emotion."""


def leaderboard(board: Board) -> list[Line]:
    """One line for each evaluation, reader and scope.

    Scopes are `overall`, `mean_over_corpora`, `mean_over_languages`, and each `corpus` and `language` by
    name. Ranks, spread and agreement belong to `overall` alone, training exposure to a corpus.
    """
    return [line for row in _rows(board) for line in _scopes(board, row)]


def _scopes(board: Board, row: Row) -> Iterator[Line]:
    yield {
        **_scored(board, row, "overall", "", row.overall),
        # A baseline without a rank has 0 here.
        "rank_low": row.rank_low or None,
        "rank_high": row.rank_high or None,
        "spread": _number(row.spread),
        "agreement": _number(row.agreement),
    }
    for scope, value in (
        ("mean_over_corpora", row.mean_over_corpora),
        ("mean_over_languages", row.mean_over_languages),
    ):
        yield {**_about(board, row, scope, ""), "n": row.overall.n, "macro_f1": _number(value)}
    for slug, score in sorted(row.corpora.items()):
        exposure = row.exposure.get(slug, "unknown")
        yield {**_scored(board, row, "corpus", slug, score), "exposure": exposure}
    for language, score in sorted(row.languages.items()):
        yield _scored(board, row, "language", language, score)


def _about(board: Board, row: Row, scope: str, name: str) -> Line:
    model = ("name", "kind", "engine", "licence", "parameters", "released", "homepage")
    return {
        **dict.fromkeys(LEADERBOARD),
        **_evaluation(board, row),
        **{key: getattr(row, key) for key in (*model, "method", "samples", "prompt")},
        "temperature": _number(row.temperature),
        "coverage": _number(row.coverage),
        "scope": scope,
        "scope_name": name,
    }


def _scored(board: Board, row: Row, scope: str, name: str, score: Score) -> Line:
    return {
        **_about(board, row, scope, name),
        "n": score.n,
        "groups": score.groups,
        "macro_f1": _number(score.value),
        "weighted_f1": _number(score.weighted_f1),
        "accuracy": _number(score.accuracy),
        "uar": _number(score.uar),
        "unresolved": _number(score.unresolved),
        **_interval(board, score),
    }


def per_emotion(board: Board) -> list[Line]:
    """One line for each evaluation, reader and emotion: that emotion against the rest, pooled."""
    return [
        {
            **_evaluation(board, row),
            "emotion": emotion,
            "n": score.n,
            "groups": score.groups,
            "f1": _number(score.value),
            "precision": _number(score.precision),
            "recall": _number(score.recall),
            **_interval(board, score),
        }
        for row in _rows(board)
        for emotion, score in sorted(row.emotions.items())
    ]


def confusion(board: Board) -> list[Line]:
    """One line for each evaluation, reader, true and predicted emotion, zeros included."""
    return [
        {**_evaluation(board, row), "true": true, "predicted": predicted, "count": _number(count)}
        for row in _rows(board)
        for true, counts in zip(row.confusion.labels, row.confusion.counts, strict=True)
        for predicted, count in zip((*row.confusion.labels, UNRESOLVED), counts, strict=True)
    ]


def _rows(board: Board) -> list[Row]:
    return sorted(board.rows, key=lambda row: (row.evaluation, row.reader))


def _evaluation(board: Board, row: Row) -> Line:
    return {
        "evaluation": row.evaluation,
        "model": row.model,
        "revision": row.revision,
        "reader": row.reader,
        "reader_version": row.reader_version,
        "collection_version": board.collection_version,
    }


def _interval(board: Board, score: Score) -> Line:
    low, high = _number(score.low), _number(score.high)
    if low is None or high is None:
        return dict.fromkeys(_INTERVAL)
    method = f"95 % percentile bootstrap over groups within each corpus, {board.draws} draws"
    return {"ci_low": low, "ci_high": high, "ci_method": method}


def _number(value: float | None) -> float | None:
    """The value; None where it is not a number, as JSON and CSV have no word for that."""
    return None if value is None or math.isnan(value) else value


def as_table(lines: Sequence[Line], columns: Mapping[str, str]) -> pa.Table:
    """The lines as a table.

    Args:
        lines: With exactly these columns.
        columns: Name and type of each.
    """
    import pyarrow as pa

    types = {"string": pa.string(), "double": pa.float64(), "int64": pa.int64()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    return pa.Table.from_pylist(lines, schema=schema)


def as_csv(lines: Sequence[Line], columns: Mapping[str, str]) -> bytes:
    """The lines as CSV with a header, UTF-8; null is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def as_json(lines: Sequence[Line]) -> bytes:
    """The lines as a JSON array of objects, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(lines), indent=1) + b"\n"
