"""The rows of the tables of scores: what each column means."""

from __future__ import annotations

import msgspec


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one evaluation in one scope, as one reader reads it.

    Attributes:
        reader: Name of the reader.
        reader_version: Its version.
        scope: `overall`, `corpus`, `language`, `emotion` or `mean` (over the corpora, over the languages).
        name: Which of them.
        n: Utterances; of an emotion those that truly have it.
        groups: Their clusters.
        samples: Answers that were asked for each.
        coverage: Share of the answers that are there, of the whole evaluation.
        score: Macro F1, for an emotion its F1; as the mean over samples, as are the next five.
        weighted_f1: Null where it doesn't apply, as the next four.
        accuracy: Share of right answers.
        uar: Mean recall of the emotions.
        precision: Of an emotion.
        recall: Of an emotion.
        unresolved: Share of answers that name no emotion.
        spread: With several samples, standard deviation of the score.
        agreement: With several samples, share of utterances whose samples all agree.
        majority: With several samples, score of the majority vote.
    """

    reader: str
    reader_version: str
    scope: str
    name: str
    n: int
    groups: int
    samples: int
    coverage: float
    score: float
    weighted_f1: float | None
    accuracy: float | None
    uar: float | None
    precision: float | None
    recall: float | None
    unresolved: float | None
    spread: float | None
    agreement: float | None
    majority: float | None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of the confusion of one reader that is not 0.

    Attributes:
        reader: Name of the reader.
        corpus: Slug.
        truth: True emotion.
        predicted: Emotion that was named; empty where none was.
        count: Utterances, as the mean over samples.
    """

    reader: str
    corpus: str
    truth: str
    predicted: str
    count: float


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation on the leaderboard of one reader.

    Attributes:
        reader: As of `Score`, as are all that are not named here.
        evaluation: Its key.
        rank_low: Best place.
        rank_high: Worst place.
        score: Pooled.
        low: Lower end of its interval; null where there is none, as is the upper one.
        high: Upper end.
        mean_over_corpora: Mean of the corpora's scores.
        mean_over_languages: Mean of the languages' scores.
    """

    reader: str
    reader_version: str
    evaluation: str
    rank_low: int
    rank_high: int
    n: int
    groups: int
    samples: int
    score: float
    low: float | None
    high: float | None
    weighted_f1: float
    accuracy: float
    uar: float
    unresolved: float | None
    coverage: float
    mean_over_corpora: float
    mean_over_languages: float
    spread: float | None
    agreement: float | None
    majority: float | None


class ScopeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation in one corpus, language or emotion; see `Headline` and `Score`."""

    reader: str
    reader_version: str
    evaluation: str
    scope: str
    name: str
    n: int
    groups: int
    samples: int
    score: float
    low: float | None
    high: float | None
    weighted_f1: float | None
    accuracy: float | None
    uar: float | None
    precision: float | None
    recall: float | None
    unresolved: float | None
    spread: float | None
    agreement: float | None
    majority: float | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two evaluations beside each other.

    Attributes:
        reader: Name of the reader.
        a: Key of the one.
        b: Key of the other.
        difference: Of the pooled scores, a minus b.
        low: Lower end of its interval.
        high: Upper end.
        p: Share of draws in which a is better.
    """

    reader: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation that cannot be compared.

    Attributes:
        evaluation: Its key.
        reader: Name of the reader; empty for all.
        reason: Why.
    """

    evaluation: str
    reader: str
    reason: str
