"""The columns of the board's main table, and how its numbers are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from cameo_assets.board.data import Row

NOTHING: Final = "–"
"""What stands where there is no number."""


def exact(value: float | None) -> str:
    """A number in full, as the page's script sorts by it; empty where there is none.

    >>> exact(0.1829), exact(12), exact(None)
    ('0.1829', '12', '')
    """
    return "" if value is None or math.isnan(value) else repr(value)


def score(value: float | None) -> str:
    """A score of 0 to 1, times 100 with one decimal, as papers print it.

    >>> score(0.1829), score(None)
    ('18.3', '–')
    """
    return NOTHING if value is None or math.isnan(value) else f"{100 * value:.1f}"


def spread(value: float | None) -> str:
    """A standard deviation of scores, times 100 with two decimals.

    >>> spread(0.0023)
    '0.23'
    """
    return NOTHING if value is None or math.isnan(value) else f"{100 * value:.2f}"


def share(value: float | None) -> str:
    """A share of 0 to 1 in percent; all and none are written without a decimal, what lies between never so.

    >>> share(1.0), share(0.99999), share(0.0), share(0.0625)
    ('100', '>99.9', '0', '6.2')
    """
    if value is None or math.isnan(value):
        return NOTHING
    if value in (0, 1):
        return f"{100 * value:.0f}"
    text = f"{100 * value:.1f}"
    # A rounded 100.0 would hide that some utterances are missing.
    return {"100.0": ">99.9", "0.0": "<0.1"}.get(text, text)


def count(value: int | None) -> str:
    """A whole number with thousands separated.

    >>> count(41265)
    '41,265'
    """
    return NOTHING if value is None else f"{value:,}"


def rank(row: Row) -> str:
    """The interval of ranks, or one rank; a row that takes no part in the ranking has 0."""
    if row.rank_low < 1:
        return NOTHING
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"


def parameters(value: int | None) -> str:
    """A number of parameters in the usual short form.

    >>> parameters(8_400_000_000), parameters(95_000_000), parameters(1234)
    ('8.4 B', '95 M', '1,234')
    """
    if value is None:
        return NOTHING
    if value >= 1_000_000_000:
        return f"{value / 1e9:.1f} B"
    return f"{value / 1e6:.0f} M" if value >= 1_000_000 else f"{value:,}"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One plain column of the main table.

    Attributes:
        key: Name in the address of the page and in the CSV.
        label: Heading.
        about: What it means, in a sentence.
        get: Takes the value out of a row.
        show: Writes it.
        first: Direction of the first click on the heading.
        best: Which end is best and is set in bold; empty where none is.
    """

    key: str
    label: str
    about: str
    get: Callable[[Row], float | int | None]
    show: Callable[..., str]
    first: Literal["asc", "desc"] = "desc"
    best: Literal["high", "low", ""] = ""


PLAIN: Final = (
    Column(
        key="weighted_f1",
        label="Weighted F1",
        about="F1 of each emotion, weighted by its number of utterances.",
        get=lambda row: row.overall.weighted_f1,
        show=score,
        best="high",
    ),
    Column(
        key="accuracy",
        label="Accuracy",
        about="Share of utterances whose emotion was named.",
        get=lambda row: row.overall.accuracy,
        show=score,
        best="high",
    ),
    Column(
        key="uar",
        label="UAR",
        about="Unweighted average recall: the mean of the emotions' recalls.",
        get=lambda row: row.overall.uar,
        show=score,
        best="high",
    ),
    Column(
        key="mean_over_corpora",
        label="Mean of\N{NO-BREAK SPACE}corpora",
        about="Macro F1 of each corpus, averaged; every corpus counts the same.",
        get=lambda row: row.mean_over_corpora,
        show=score,
        best="high",
    ),
    Column(
        key="mean_over_languages",
        label="Mean of\N{NO-BREAK SPACE}languages",
        about="Macro F1 of each language, averaged; every language counts the same.",
        get=lambda row: row.mean_over_languages,
        show=score,
        best="high",
    ),
    Column(
        key="unresolved",
        label="Unresolved\N{NO-BREAK SPACE}%",
        about="Share of answers in which the reader found no emotion, or more than one.",
        get=lambda row: row.overall.unresolved,
        show=share,
        first="asc",
    ),
    Column(
        key="coverage",
        label="Coverage\N{NO-BREAK SPACE}%",
        about="Share of the collection that was answered.",
        get=lambda row: row.coverage,
        show=share,
    ),
    Column(
        key="n",
        label="n",
        about="Utterances behind the score.",
        get=lambda row: row.overall.n,
        show=count,
    ),
    Column(
        key="samples",
        label="Samples",
        about="Answers drawn for each utterance; above one, all scores are means over them.",
        get=lambda row: row.samples,
        show=count,
    ),
    Column(
        key="spread",
        label="Spread",
        about="Standard deviation of macro F1 (×100) over the samples.",
        get=lambda row: row.spread,
        show=spread,
        first="asc",
    ),
    Column(
        key="agreement",
        label="Agreement\N{NO-BREAK SPACE}%",
        about="Share of utterances whose samples all name the same emotion.",
        get=lambda row: row.agreement,
        show=share,
    ),
)
"""The columns after rank, model, macro F1 and its interval, which the template draws itself."""
