"""What the board shows: plain data, from which the page is made."""

from __future__ import annotations

from typing import Literal

import msgspec


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the board.

    Attributes:
        value: Macro F1 (per-emotion cells: F1), 0 to 1.
        low: Lower end of the 95 % interval; None where none was computed.
        high: Upper end.
        n: Utterances.
        groups: Speakers (or best known clusters) that the interval rests on.
        weighted_f1: Support-weighted F1.
        accuracy: Share of correct answers.
        uar: Unweighted average recall.
        unresolved: Share of answers that name no emotion.
        precision: Per-emotion cells only.
        recall: Per-emotion cells only.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    groups: int = 0
    weighted_f1: float | None = None
    accuracy: float | None = None
    uar: float | None = None
    unresolved: float | None = None
    precision: float | None = None
    recall: float | None = None


class Confusion(msgspec.Struct, frozen=True, kw_only=True):
    """True emotion by predicted emotion.

    Attributes:
        labels: Row names; the columns are these and, last, the unresolved answers.
        counts: One row for each label, one column for each label plus one; mean over samples.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation as read by one reader.

    Attributes:
        evaluation: Key, such as `<model>@<temperature>`.
        model: Id of the model.
        name: Display name.
        kind: `baseline` or `model`.
        engine: Engine family.
        revision: Pinned revision of the model; empty for baselines.
        licence: Licence of the model.
        parameters: Number of parameters, or None.
        released: Release date, or empty.
        temperature: None where the model has none (baselines).
        method: How answers were got: `generation` or `likelihood`.
        samples: Draws for each utterance.
        prompt: Id of the prompt; empty for baselines.
        reader: Name of the reader of the answers.
        reader_version: Its version.
        coverage: Share of the collection that was answered.
        overall: Pooled over all utterances: the headline.
        mean_over_corpora: Mean of the corpora's macro F1.
        mean_over_languages: Mean of the languages' macro F1.
        rank_low: Best rank within the joint 95 % interval.
        rank_high: Worst rank within it.
        spread: Standard deviation of macro F1 over samples; None for one sample.
        agreement: Share of utterances whose samples all agree; None for one sample.
        corpora: Score for each corpus slug.
        languages: Score for each language.
        emotions: Score for each emotion (one against the rest, pooled).
        confusion: Confusion matrix, pooled.
        exposure: Declared training exposure for each corpus: `yes`, `no` or `unknown`.
        homepage: Link, or empty.
    """

    evaluation: str
    model: str
    name: str
    kind: Literal["baseline", "model"]
    engine: str
    reader: str
    reader_version: str
    coverage: float
    overall: Score
    mean_over_corpora: float
    mean_over_languages: float
    rank_low: int
    rank_high: int
    corpora: dict[str, Score]
    languages: dict[str, Score]
    emotions: dict[str, Score]
    confusion: Confusion
    revision: str = ""
    licence: str = ""
    parameters: int | None = None
    released: str = ""
    temperature: float | None = None
    method: str = "generation"
    samples: int = 1
    prompt: str = ""
    spread: float | None = None
    agreement: float | None = None
    exposure: dict[str, str] = {}
    homepage: str = ""


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """One corpus as the board names it.

    Attributes:
        slug: Key of `Row.corpora`.
        name: Display name.
        language: English name.
        licence: Licence of the corpus.
        homepage: Link, or empty.
        utterances: In the collection.
        published: Published number of utterances, or None.
        refused: Refused clips, without those that were rightly passed over.
        speakers: Speakers in the collection.
        emotions: Options.
        hours: Total duration.
        sample: Whether it is a spoken sample made by us and not the corpus itself.
        left_out: Good clips that were left out since CAMEO lacks them.
    """

    slug: str
    name: str
    language: str
    licence: str
    homepage: str
    utterances: int
    published: int | None
    refused: int
    speakers: int
    emotions: tuple[str, ...]
    hours: float
    sample: bool = False
    left_out: int = 0

    @property
    def partial(self) -> bool:
        """Whether its publisher has recordings that this copy lacks."""
        accounted = self.utterances + self.refused + self.left_out
        return self.published is not None and accounted < self.published


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows.

    Attributes:
        collection_version: Version of the collection that all rows were scored on.
        readers: Names of the readers, the headline's first.
        corpora: Sorted by slug.
        emotions: Union of the options.
        rows: One for each evaluation and reader.
        draws: Bootstrap draws behind the intervals.
        notes: Sentences for the foot of the page (small samples, partial copies, excluded evaluations).
        software: Name and version of what made it.
    """

    collection_version: str
    readers: tuple[str, ...]
    corpora: tuple[Corpus, ...]
    emotions: tuple[str, ...]
    rows: tuple[Row, ...]
    draws: int
    notes: tuple[str, ...] = ()
    software: str = ""
