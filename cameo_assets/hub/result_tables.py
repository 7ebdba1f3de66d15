"""The board as flat tables, one row for each number that somebody may want to look up."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from cameo_assets.board.data import Board, Row, Score

Line = dict[str, Any]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What a number belongs to."""

    evaluation: str
    model: str
    revision: str
    reader: str
    reader_version: str
    collection_version: str


class LeaderboardLine(Evaluation, frozen=True, kw_only=True):
    """One line of `leaderboard`."""

    scope: str
    scope_name: str
    n: int
    groups: int | None = None
    macro_f1: float | None
    weighted_f1: float | None = None
    accuracy: float | None = None
    uar: float | None = None
    unresolved: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    spread: float | None = None
    agreement: float | None = None
    coverage: float | None
    name: str
    kind: str
    engine: str
    licence: str
    parameters: int | None
    released: str
    temperature: float | None
    method: str
    samples: int
    prompt: str
    exposure: str | None = None
    homepage: str


class EmotionLine(Evaluation, frozen=True, kw_only=True):
    """One line of `per_emotion`."""

    emotion: str
    n: int
    groups: int
    f1: float | None
    precision: float | None
    recall: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None


class ConfusionLine(Evaluation, frozen=True, kw_only=True):
    """One line of `confusion`."""

    true: str
    predicted: str
    count: float | None


UNRESOLVED: Final = "unresolved"
"""What `predicted` says of answers that name no emotion."""


def leaderboard(board: Board) -> list[LeaderboardLine]:
    """One line for each evaluation, reader and scope.

    Scopes are `overall`, `mean_over_corpora`, `mean_over_languages`, and each `corpus` and `language` by
    name. Ranks, spread and agreement belong to `overall` alone, training exposure to a corpus.
    """
    return [LeaderboardLine(**line) for row in _rows(board) for line in _scopes(board, row)]


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


def per_emotion(board: Board) -> list[EmotionLine]:
    """One line for each evaluation, reader and emotion: that emotion against the rest, pooled."""
    return [
        EmotionLine(
            **_evaluation(board, row),
            emotion=emotion,
            n=score.n,
            groups=score.groups,
            f1=_number(score.value),
            precision=_number(score.precision),
            recall=_number(score.recall),
            **_interval(board, score),
        )
        for row in _rows(board)
        for emotion, score in sorted(row.emotions.items())
    ]


def confusion(board: Board) -> list[ConfusionLine]:
    """One line for each evaluation, reader, true and predicted emotion, zeros included."""
    return [
        ConfusionLine(**_evaluation(board, row), true=true, predicted=predicted, count=_number(count))
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
        return {}
    method = f"95 % percentile bootstrap over groups within each corpus, {board.draws} draws"
    return {"ci_low": low, "ci_high": high, "ci_method": method}


def _number(value: float | None) -> float | None:
    """The value; None where it is not a number, as JSON and CSV have no word for that."""
    return None if value is None or math.isnan(value) else value


def as_csv(lines: Sequence[Evaluation], struct: type[Evaluation]) -> bytes:
    """The lines as CSV with a header, UTF-8; null is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(struct.__struct_fields__)
    writer.writerows(map(msgspec.structs.astuple, lines))
    return text.getvalue().encode()


def as_json(lines: Sequence[Evaluation]) -> bytes:
    """The lines as a JSON array of objects, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(lines), indent=1) + b"\n"
