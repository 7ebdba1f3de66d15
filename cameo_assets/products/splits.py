"""`splits`: speaker-disjoint folds of every corpus, and what they guarantee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from cameo_assets.collection import files
from cameo_assets.collection.splits import Balance, shared, split
from cameo_assets.collection.splits_page import page
from cameo_assets.lineage.declaration import Made, Product, Read, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Check, Located, Markdown, Shown, check, table, times
from cameo_assets.places import COLLECTION, SPLITS, SPLITS_PAGE
from cameo_assets.provenance import version_of

_COLUMNS: Final = ["file_id", "corpus", "emotion", "transcription", "speaker_id", "group_id", "pcm_md5"]


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """How even the folds are.

    Attributes:
        balances: One for each corpus.
    """

    balances: tuple[Balance, ...]


def make(job: Job) -> Made:
    """Splits the collection and writes the table and its rationale."""
    store = job.store
    names = {entry.slug: entry.name for entry in files.read_corpora(store)}
    splits = split(store.read_table(COLLECTION.of(), columns=_COLUMNS).to_pylist())
    text = page(splits.balances, names)
    files.write_splits(store, splits.assignments)
    store.write_bytes(text, SPLITS_PAGE.of())
    rows = [(each.file_id, each.corpus, each.fold, each.basis) for each in splits.assignments]
    return Made(version_of(rows, text.decode()), Details(balances=tuple(splits.balances)))


def show(job: Job, details: Details) -> Shown:
    """How the folds came out, and why they are as they are."""
    found = details.balances
    most = max((each.folds for each in found), default=0)
    return Shown(
        {
            "path": Located(job.located(SPLITS.of())),
            "dagster/row_count": sum(sum(each.sizes) for each in found),
            "corpora": table(
                ["corpus", "basis", "speakers", "units", "folds", "farthest from even"],
                [
                    (each.corpus, each.basis, each.speakers, each.units, each.folds, f"{name} {ratio:.2f}")
                    for each in found
                    for name, _, ratio in [each.worst]
                ],
            ),
            "folds": table(
                ["corpus", "emotion", *(f"fold {fold}" for fold in range(most))],
                [
                    (each.corpus, emotion, *counts)
                    for each in found
                    for emotion, counts in each.emotions.items()
                ],
            ),
            "rationale": Markdown(job.store.read_bytes(SPLITS_PAGE.of()).decode()),
        },
        _checks(job, found),
    )


def _checks(job: Job, found: Sequence[Balance]) -> tuple[Check, ...]:
    columns = ["file_id", "corpus", "speaker_id", "pcm_md5"]
    rows = job.store.read_table(COLLECTION.of(), columns=columns).to_pylist()
    fold_of = {row["file_id"]: row["fold"] for row in files.read_splits(job.store).to_pylist()}
    by_voice = {each.corpus for each in found if each.basis in ("speaker", "cluster")}
    voices = shared([row for row in rows if row["corpus"] in by_voice], fold_of, "speaker_id")
    recordings = shared(rows, fold_of, "pcm_md5")
    lacking = [(each.corpus, emotion, fold) for each in found for emotion, fold in each.lacking]
    return (
        check("speaker_disjoint", not voices, metadata={"speakers": table(["corpus", "speaker"], voices)}),
        check(
            "recording_disjoint",
            not recordings,
            metadata={"recordings": table(["corpus", "MD5"], recordings)},
        ),
        check(
            "every_emotion_in_every_fold",
            not lacking,
            warn=True,
            description=in_words(lacking),
            metadata={"lacking": table(["corpus", "emotion", "fold"], lacking)},
        ),
    )


def in_words(lacking: Sequence[tuple[str, str, int]]) -> str | None:
    """How many folds lack an emotion, by corpus; None where none does."""
    corpora = Counter(corpus for corpus, _, _ in lacking)
    return f"folds that lack an emotion: {times(corpora)}" if lacking else None


PRODUCT = Product(
    name="splits",
    about=(
        "Five folds of every corpus for those who train: speaker-disjoint where speakers are known, by the "
        "best known cluster elsewhere, with emotions spread evenly; `splits.md` says what a fold guarantees."
    ),
    group="collection",
    kinds=("python", "parquet"),
    reads=(Read("unified_jsonl"),),
    places=(SPLITS, SPLITS_PAGE),
    code_version="1",
    make=make,
    details=Details,
    show=show,
    checks={
        "speaker_disjoint": "No speaker is in two folds of a corpus that is split by speakers or clusters.",
        "recording_disjoint": "No recording is in two folds of its corpus.",
        "every_emotion_in_every_fold": "Every emotion that has units enough is in every fold.",
    },
    by_itself=WhenSettled(),
)
