"""Folds for those who train: what belongs together stays together, and emotions are spread evenly.

Each corpus is split by itself, from its own utterances alone, so that adding a corpus changes no fold of
another. What must stay together is, in this order of preference: a speaker; the best known cluster where
speakers are unknown; a text where one speaker says several; the utterance. Utterances with identical samples
stay together whatever their speakers.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

FOLDS: Final = 5
"""Folds of a corpus, unless it has fewer units."""

Basis = Literal["speaker", "cluster", "text", "utterance"]
Row = Mapping[str, Any]


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `splits.parquet`.

    Attributes:
        file_id: Id of the utterance.
        corpus: Slug.
        fold: 0 and up, within the corpus.
        basis: What no two folds of the corpus share.
    """

    file_id: str
    corpus: str
    fold: int
    basis: Basis


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """How even the folds of a corpus are.

    Attributes:
        corpus: Slug.
        basis: What no two folds share.
        speakers: Known speakers.
        units: Speakers, clusters, texts or utterances, those that share a recording counted once.
        folds: Number of folds.
        sizes: Utterances of each fold.
        emotions: Utterances of each fold, by emotion.
        able: Emotions that have enough units to be in every fold.
        texts: Different texts; 0 where none is known.
        texts_shared: Share of these that occur in more than one fold.
        texts_telling: Share of those that are said in one emotion alone, so that the words give it away.
    """

    corpus: str
    basis: Basis
    speakers: int
    units: int
    folds: int
    sizes: tuple[int, ...]
    emotions: dict[str, tuple[int, ...]]
    able: tuple[str, ...]
    texts: int
    texts_shared: float
    texts_telling: float

    @property
    def worst(self) -> tuple[str, int, float]:
        """The emotion, the fold and the ratio of what it has to its even share, farthest from 1."""
        ratios = [
            (emotion, fold, count * self.folds / sum(counts))
            for emotion, counts in sorted(self.emotions.items())
            for fold, count in enumerate(counts)
        ]
        return max(ratios, key=lambda ratio: abs(ratio[2] - 1))

    @property
    def lacking(self) -> list[tuple[str, int]]:
        """Emotions and folds without a single utterance of them, though there are units enough."""
        return [
            (emotion, fold)
            for emotion in self.able
            for fold, count in enumerate(self.emotions[emotion])
            if not count
        ]


class Splits(msgspec.Struct, frozen=True):
    """The folds of all corpora, and how even they are, both sorted by corpus."""

    assignments: tuple[Assignment, ...]
    balances: tuple[Balance, ...]


def split(rows: Iterable[Row], most: int = FOLDS) -> Splits:
    """Splits every corpus by itself.

    Args:
        rows: With `file_id`, `corpus`, `emotion`, `transcription`, `speaker_id`, `group_id` and `pcm_md5`.
        most: Number of folds; less where a corpus has fewer units.
    """
    by_corpus: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_corpus[row["corpus"]].append(row)
    assignments: list[Assignment] = []
    balances = []
    for corpus in sorted(by_corpus):
        own = sorted(by_corpus[corpus], key=lambda row: str(row["file_id"]))
        basis, units = _units(own, most)
        folds = min(most, len(units))
        fold_of = _assign(units, folds)
        assignments += [
            Assignment(file_id=row["file_id"], corpus=corpus, fold=fold_of[row["file_id"]], basis=basis)
            for row in own
        ]
        balances.append(_balance(corpus, basis, own, units, fold_of, folds))
    return Splits(tuple(assignments), tuple(balances))


def shared(rows: Iterable[Row], fold_of: Mapping[str, int], column: str) -> list[tuple[str, str]]:
    """Values of a column that occur in several folds of a corpus, with the corpus; nulls don't count.

    Args:
        rows: Of the collection.
        fold_of: Fold by id.
        column: Such as `speaker_id` or `pcm_md5`.
    """
    folds: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row[column] is not None:
            folds[row["corpus"], row[column]].add(fold_of[row["file_id"]])
    return sorted(key for key, found in folds.items() if len(found) > 1)


def _units(rows: Sequence[Row], most: int) -> tuple[Basis, list[list[Row]]]:
    """What is never torn apart: the best basis that gives two units or more."""
    speakers = {row["speaker_id"] for row in rows}
    if None not in speakers and len(speakers) > 1:
        # Clusters may be larger than speakers, such as dialogues; one of everybody must not cost the folds.
        for columns in (("speaker_id", "group_id"), ("speaker_id",)):
            units = _together(rows, *columns, "pcm_md5")
            if len(units) > 1:
                return "speaker", units
    if len(speakers) == 1 and speakers != {None}:
        units = _together(rows, "transcription", "pcm_md5")
        # With a handful of texts, folds would differ in little else.
        if most <= len(units) < len(rows):
            return "text", units
    else:
        # Where only some speakers are known, those stay together, too.
        units = _together(rows, "speaker_id", "group_id", "pcm_md5")
        if 1 < len(units) < len(rows):
            return "cluster", units
    return "utterance", _together(rows, "pcm_md5")


def _together(rows: Sequence[Row], *columns: str) -> list[list[Row]]:
    """Puts rows together that share a value in a column, also by way of others; nulls share none."""
    parent = list(range(len(rows)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, row in enumerate(rows):
        for column in columns:
            if row[column] is not None:
                parent[root(place)] = root(first.setdefault((column, row[column]), place))
    units: dict[int, list[Row]] = defaultdict(list)
    for place, row in enumerate(rows):
        units[root(place)].append(row)
    return list(units.values())


def _assign(units: Sequence[Sequence[Row]], folds: int) -> dict[str, int]:
    """Gives the largest unit first to the fold in which its emotions are rarest; a fold by id.

    A unit costs, for each of its emotions, what it adds to the sum of squares of the folds' shares of that
    emotion; even shares have the least sum. Of folds that cost the same, the smallest takes it.
    """
    totals = Counter(row["emotion"] for unit in units for row in unit)
    filled: list[Counter[str]] = [Counter() for _ in range(folds)]
    fold_of: dict[str, int] = {}

    def key(unit: Sequence[Row]) -> tuple[int, str]:
        # The hash, so that neighbours in the alphabet do not end up in neighbouring folds.
        return (-len(unit), hashlib.sha256(min(row["file_id"] for row in unit).encode()).hexdigest())

    for unit in sorted(units, key=key):
        counts = sorted(Counter(row["emotion"] for row in unit).items())

        def cost(fold: int, counts: list[tuple[str, int]] = counts) -> tuple[float, int, int]:
            has = filled[fold]
            added = sum((2 * has[name] + more) * more / totals[name] ** 2 for name, more in counts)
            return (added, has.total(), fold)

        best = min(range(folds), key=cost)
        filled[best].update(dict(counts))
        fold_of.update((row["file_id"], best) for row in unit)
    return fold_of


def _balance(
    corpus: str,
    basis: Basis,
    rows: Sequence[Row],
    units: Sequence[Sequence[Row]],
    fold_of: Mapping[str, int],
    folds: int,
) -> Balance:
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * folds)
    sizes = [0] * folds
    for row in rows:
        counts[row["emotion"]][fold_of[row["file_id"]]] += 1
        sizes[fold_of[row["file_id"]]] += 1
    spread = Counter(emotion for unit in units for emotion in {row["emotion"] for row in unit})
    said: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["transcription"] is not None:
            said[row["transcription"]].add(row["emotion"])
    texts = [text for _, text in shared(rows, fold_of, "transcription")]
    telling = [text for text in texts if len(said[text]) == 1]
    return Balance(
        corpus=corpus,
        basis=basis,
        speakers=len({row["speaker_id"] for row in rows} - {None}),
        units=len(units),
        folds=folds,
        sizes=tuple(sizes),
        emotions={emotion: tuple(found) for emotion, found in sorted(counts.items())},
        able=tuple(emotion for emotion, number in sorted(spread.items()) if number >= folds),
        texts=len(said),
        texts_shared=len(texts) / len(said) if said else 0.0,
        texts_telling=len(telling) / len(texts) if texts else 0.0,
    )
