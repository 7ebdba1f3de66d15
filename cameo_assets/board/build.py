"""Puts the leaderboard's tables, the collection and the model files together into what the board shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cameo_assets.board.data import Board, Confusion, Corpus, Row, Score
from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.corpora.rules import NOT_IN_CAMEO, told_apart
from cameo_assets.metrics.bootstrap import FEW_GROUPS
from cameo_assets.models.spec import Condition, ModelSpec


def build(
    *,
    collection_version: str,
    corpora: Sequence[CorpusEntry],
    specs: Mapping[str, tuple[ModelSpec, Condition]],
    families: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    scopes: Iterable[Mapping[str, Any]],
    confusions: Mapping[str, Sequence[Mapping[str, Any]]],
    excluded: Iterable[Mapping[str, Any]],
    draws: int,
    readers: Sequence[str],
    software: str,
) -> Board:
    """Builds the board.

    Args:
        collection_version: Version of the collection behind all rows.
        corpora: The corpora of the collection.
        specs: Spec and condition of each evaluation.
        families: Engine family of each evaluation.
        rows: Rows of the leaderboard, best first.
        scopes: Its scores by corpus, language and emotion.
        confusions: For each evaluation its confusion cells (reader, corpus, truth, predicted, count).
        excluded: Evaluations that could not be compared, with the reason.
        draws: Bootstrap draws behind the intervals.
        readers: Names of the readers, the headline's first.
        software: Name and version of this package.
    """
    emotions = tuple(sorted({emotion for entry in corpora for emotion in entry.emotions}))
    by_row: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for scope in scopes:
        by_row[scope["evaluation"], scope["reader"]].append(scope)
    shown = tuple(
        _row(
            row,
            by_row[row["evaluation"], row["reader"]],
            _confusion(confusions[row["evaluation"]], row["reader"], emotions),
            *specs[row["evaluation"]],
            families[row["evaluation"]],
        )
        for row in rows
    )
    named = tuple(_corpus(entry) for entry in corpora)
    return Board(
        collection_version=collection_version,
        readers=tuple(readers),
        corpora=named,
        emotions=emotions,
        rows=shown,
        draws=draws,
        notes=tuple(_notes(named, [entry.groups for entry in corpora], excluded)),
        software=software,
    )


def _row(
    row: Mapping[str, Any],
    scopes: Sequence[Mapping[str, Any]],
    confusion: Confusion,
    spec: ModelSpec,
    condition: Condition,
    family: str,
) -> Row:
    def of(kind: str) -> dict[str, Score]:
        return {scope["name"]: _score(scope) for scope in scopes if scope["scope"] == kind}

    baseline = spec.kind == "baseline"
    return Row(
        evaluation=row["evaluation"],
        model=spec.id,
        name=spec.name,
        kind=spec.kind,
        engine=family,
        revision=spec.revision,
        licence=spec.licence,
        parameters=spec.parameters,
        released=spec.released,
        homepage=spec.homepage,
        temperature=None if baseline else condition.temperature,
        method=condition.method,
        samples=row["samples"],
        prompt=spec.prompt,
        reader=row["reader"],
        reader_version=row["reader_version"],
        coverage=row["coverage"],
        overall=_score(row),
        mean_over_corpora=row["mean_over_corpora"],
        mean_over_languages=row["mean_over_languages"],
        rank_low=row["rank_low"],
        rank_high=row["rank_high"],
        spread=row["spread"],
        agreement=row["agreement"],
        corpora=of("corpus"),
        languages=of("language"),
        emotions=of("emotion"),
        confusion=confusion,
        exposure={corpus: exposure.seen for corpus, exposure in sorted(spec.exposure.items())},
    )


def _score(row: Mapping[str, Any]) -> Score:
    return Score(
        value=row["score"],
        low=row["low"],
        high=row["high"],
        n=row["n"],
        groups=row["groups"],
        weighted_f1=row.get("weighted_f1"),
        accuracy=row.get("accuracy"),
        uar=row.get("uar"),
        unresolved=row.get("unresolved"),
        precision=row.get("precision"),
        recall=row.get("recall"),
    )


def _confusion(cells: Sequence[Mapping[str, Any]], reader: str, emotions: tuple[str, ...]) -> Confusion:
    """Sums the corpora; the last column holds what names no emotion."""
    place = {emotion: index for index, emotion in enumerate((*emotions, ""))}
    counts = [[0.0] * len(place) for _ in emotions]
    for cell in cells:
        if cell["reader"] == reader:
            counts[place[cell["truth"]]][place[cell["predicted"]]] += cell["count"]
    return Confusion(labels=emotions, counts=tuple(tuple(row) for row in counts))


def _corpus(entry: CorpusEntry) -> Corpus:
    return Corpus(
        slug=entry.slug,
        name=entry.name,
        language=entry.language,
        licence=entry.licence,
        homepage=entry.homepage,
        utterances=entry.total,
        published=sum(entry.published.values()) or None,
        refused=sum(told_apart(entry.refused).faults.values()),
        left_out=entry.refused.get(NOT_IN_CAMEO, 0),
        speakers=entry.speakers,
        emotions=entry.emotions,
        hours=entry.seconds / 3600,
        sample=entry.sample,
    )


def _notes(
    corpora: Sequence[Corpus], groups: Sequence[int], excluded: Iterable[Mapping[str, Any]]
) -> list[str]:
    notes = []
    samples = [corpus.name for corpus in corpora if corpus.sample]
    if samples:
        which = "All corpora are" if len(samples) == len(corpora) else f"{_listed(samples)}:"
        notes.append(f"{which} spoken samples made by this software; their scores mean nothing.")
    for corpus in corpora:
        if corpus.partial and not corpus.sample:
            whole = f"{corpus.utterances:,} of {corpus.published:,} utterances"
            notes.append(f"{corpus.name} is a partial copy: {whole}.")
    few = [
        f"{corpus.name} ({clusters})"
        for corpus, clusters in zip(corpora, groups, strict=True)
        if clusters < FEW_GROUPS
    ]
    if few:
        notes.append(
            f"Fewer than {FEW_GROUPS} speakers or clusters: {_listed(few)}; intervals over these say little."
        )
    for row in excluded:
        reader = f" as read by {row['reader']}" if row["reader"] else ""
        notes.append(f"{row['evaluation']}{reader} is not on the board: {row['reason']}.")
    return notes


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
