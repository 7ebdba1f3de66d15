"""All evaluations side by side: intervals, paired differences, ranks. Imports numpy at the top."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cameo_assets.answers.reading import Reader
from cameo_assets.answers.registry import READERS
from cameo_assets.arrow import schema_of, to_table
from cameo_assets.metrics.bootstrap import DRAWS, SEED, Bootstrap, bootstrap
from cameo_assets.metrics.counts import Counts, from_table
from cameo_assets.metrics.evaluation import EvaluationScores
from cameo_assets.metrics.ranking import paired_differences, rank_intervals
from cameo_assets.metrics.rows import Grid, encode
from cameo_assets.metrics.scores import ALL
from cameo_assets.metrics.tables import Difference, Excluded, Headline, ScopeLine

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class LeaderboardTables:
    """The leaderboard as tables.

    Attributes:
        rows: A `Headline` for each evaluation and reader, best first within a reader.
        scopes: A `ScopeLine` for each of these and each corpus, language and emotion. There is no interval
            where the scope has one group in each corpus, since nothing can then be resampled.
        pairs: A `Difference` for each reader and two evaluations.
        excluded: An `Excluded` for each evaluation that cannot be compared.
    """

    rows: pa.Table
    scopes: pa.Table
    pairs: pa.Table
    excluded: pa.Table


@dataclass(frozen=True, eq=False)
class _Entry:
    """One evaluation as read by one reader."""

    evaluation: str
    lines: dict[tuple[str, str], dict[str, Any]]
    counts: Counts

    @property
    def overall(self) -> dict[str, Any]:
        return self.lines["overall", ALL]


def build(
    evaluations: Mapping[str, EvaluationScores],
    collection: pa.Table,
    options_by_corpus: Mapping[str, tuple[str, ...]],
    *,
    readers: Sequence[Reader] = READERS,
    draws: int = DRAWS,
    seed: int = SEED,
) -> LeaderboardTables:
    """Puts evaluations side by side.

    Compared are those that answered the whole collection as it is now, read by the readers as they are now;
    the others are listed with the reason.

    Args:
        evaluations: Scores by key of the evaluation.
        collection: Columns `file_id`, `corpus`, `language`, `emotion`, `group_id`.
        options_by_corpus: The declared emotions of each corpus.
        readers: Current readers, the headline's first.
        draws: Number of resamples.
        seed: Seed of the resamples.

    Raises:
        BadInput: The collection is unusable.
    """
    import pyarrow as pa

    grid = encode(collection, options_by_corpus).grid
    rows: list[dict[str, Any]] = []
    scopes: list[dict[str, Any]] = []
    pairs: list[Difference] = []
    excluded: list[Excluded] = []
    for reader in readers:
        entries: list[_Entry] = []
        for key, scored in sorted(evaluations.items()):
            entry = _entry(key, scored, reader, grid)
            if isinstance(entry, str):
                excluded.append(Excluded(evaluation=key, reader=reader.name, reason=entry))
            else:
                entries.append(entry)
        if entries:
            entries.sort(key=lambda entry: (-entry.overall["score"], entry.evaluation))
            drawn = bootstrap([entry.counts for entry in entries], draws=draws, seed=seed)
            rows += _rows(entries, drawn)
            scopes += _scopes(entries, drawn)
            pairs += _pairs(entries, drawn, reader.name)
    return LeaderboardTables(
        rows=pa.Table.from_pylist(rows, schema=schema_of(Headline)),
        scopes=pa.Table.from_pylist(scopes, schema=schema_of(ScopeLine)),
        pairs=to_table(pairs, Difference),
        excluded=to_table(excluded, Excluded),
    )


def _entry(key: str, scored: EvaluationScores, reader: Reader, grid: Grid) -> _Entry | str:
    """The entry, or why there is none."""
    import pyarrow.compute as pc

    lines = scored.scores.filter(pc.equal(scored.scores["reader"], reader.name)).to_pylist()
    if not lines:
        return "no answers"
    if lines[0]["reader_version"] != reader.version:
        return f"read by version {lines[0]['reader_version']} of the reader, not {reader.version}"
    if lines[0]["coverage"] < 1:
        return f"answered {math.floor(1000 * lines[0]['coverage']) / 10} % of the collection"
    counts = from_table(scored.counts.filter(pc.equal(scored.counts["reader"], reader.name)))
    if not counts.grid.same_as(grid):
        return "scored on another version of the collection"
    return _Entry(
        evaluation=key, lines={(line["scope"], line["name"]): line for line in lines}, counts=counts
    )


def _rows(entries: Sequence[_Entry], drawn: Bootstrap) -> list[dict[str, Any]]:
    ranks = rank_intervals(drawn.overall)
    return [
        entry.overall
        | _ends(drawn, ("overall", ALL), index)
        | {
            "evaluation": entry.evaluation,
            "mean_over_corpora": entry.lines["mean", "corpora"]["score"],
            "mean_over_languages": entry.lines["mean", "languages"]["score"],
            "rank_low": ranks[index][0],
            "rank_high": ranks[index][1],
        }
        for index, entry in enumerate(entries)
    ]


def _scopes(entries: Sequence[_Entry], drawn: Bootstrap) -> list[dict[str, Any]]:
    return [
        line | _ends(drawn, key, index) | {"evaluation": entry.evaluation}
        for index, entry in enumerate(entries)
        for key, line in entry.lines.items()
        if key[0] in ("corpus", "language", "emotion")
    ]


def _pairs(entries: Sequence[_Entry], drawn: Bootstrap, reader: str) -> list[Difference]:
    estimates = [entry.overall["score"] for entry in entries]
    return [
        Difference(
            reader=reader,
            a=entries[pair.a].evaluation,
            b=entries[pair.b].evaluation,
            difference=pair.difference,
            low=pair.low,
            high=pair.high,
            p=pair.p,
        )
        for pair in paired_differences(estimates, drawn.overall)
    ]


def _ends(drawn: Bootstrap, key: tuple[str, str], index: int) -> dict[str, float | None]:
    """The interval of one entry; null where there is none."""
    ends = drawn.intervals[key]
    low, high = float(ends.low[index]), float(ends.high[index])
    return {"low": None, "high": None} if math.isnan(low) else {"low": low, "high": high}
