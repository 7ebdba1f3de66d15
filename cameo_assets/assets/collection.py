"""Rows `unified_jsonl` and `splits`: all corpora side by side, and folds for those who train."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.audio import normalized_audio
from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table, times
from cameo_assets.automation.conditions import when_settled
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.collection.rows import CorpusEntry
    from cameo_assets.collection.splits import Balance
    from cameo_assets.store import Store

CHECKS = {
    "published_totals": "41,265 utterances, 17 emotions, 8 languages, 13 corpora; says what is missing.",
    "no_contradictory_duplicates": "No recording is there twice under different labels.",
    "no_recording_in_two_corpora": "No recording occurs in more than one corpus.",
    "no_speaker_in_two_corpora": "Nobody seems to speak in two corpora, by recordings and by long ids.",
    "required_fields": "Every row has an id, an emotion, a data set, a language and a licence.",
}
SPLITS_CHECKS = {
    "speaker_disjoint": "No speaker is in two folds of a corpus that is split by speakers or clusters.",
    "recording_disjoint": "No recording is in two folds of its corpus.",
    "every_emotion_in_every_fold": "Every emotion that has units enough is in every fold.",
}
MOST = 50
"""Rows of a table that people still read."""
REQUIRED = ("file_id", "emotion", "dataset", "language", "license")


@dg.asset(
    deps=[normalized_audio],
    group_name="collection",
    kinds={"python", "json"},
    owners=OWNERS,
    code_version="3",
    automation_condition=when_settled(),
    check_specs=check_specs("unified_jsonl", None, **CHECKS),
    description=(
        "`cameo.jsonl` with CAMEO's nine fields in CAMEO's order and spelling, and `utterances.parquet` with "
        "ours beside them; every corpus that is current, sorted by corpus and id."
    ),
)
def unified_jsonl(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Puts the corpora together and says what changed since the last version."""
    from cameo_assets.collection import files

    platform, outcome = run_stage(context, cameo, "unified_jsonl")
    details = outcome.record.details
    rows = files.read_rows(platform.store).to_pylist()
    corpora = files.read_corpora(platform.store)
    changes = [
        (what, corpus, number)
        for what, counts in details["change"].items()
        for corpus, number in counts.items()
    ]
    return result(
        outcome,
        {
            "path": dg.MetadataValue.path(str(platform.store.path(files.JSONL))),
            "dagster/row_count": details["utterances"],
            "corpora": table(
                ["corpus", "language", "utterances", "published", "speakers", "hours", "sample"],
                [
                    (
                        entry.name,
                        entry.language,
                        entry.total,
                        sum(entry.published.values()) or "unknown",
                        entry.speakers,
                        entry.seconds / 3600,
                        "yes" if entry.sample else "",
                    )
                    for entry in corpora
                ],
            ),
            "change since the last version": table(["what", "corpus", "utterances"], changes),
            "emotions": table(
                ["emotion", "utterances"], sorted(Counter(row["emotion"] for row in rows).items())
            ),
        },
        _checks(rows, corpora),
    )


def _checks(rows: list[dict[str, Any]], corpora: "Sequence[CorpusEntry]") -> list[dg.AssetCheckResult]:
    empty = [name for name in REQUIRED if any(not row[name] for row in rows)]
    return [
        _totals(corpora),
        *_repeated(rows),
        check("required_fields", not empty, metadata={"empty": ", ".join(empty) or "none"}),
    ]


def _totals(corpora: "Sequence[CorpusEntry]") -> dg.AssetCheckResult:
    from cameo_assets.collection.totals import totals
    from cameo_assets.corpora.registry import known

    found = totals(corpora, known())
    return check(
        "published_totals",
        found.complete,
        warn=True,
        description=found.sentence(),
        metadata={
            "totals": table(["what", "found", "in CAMEO"], found.table),
            "corpora that are missing": table(["corpus", "in CAMEO"], found.absent.items()),
            "other numbers than in CAMEO": table(
                ["corpus", "emotion", "found", "in CAMEO", "difference"],
                [
                    (gap.corpus, gap.emotion, gap.found, gap.cameo, gap.found - gap.cameo)
                    for gap in found.gaps
                ],
            ),
            "emotions that do not occur": ", ".join(found.emotions_absent) or "none",
            "languages that do not occur": ", ".join(found.languages_absent) or "none",
            "outside CAMEO, not counted": table(["corpus", "utterances"], found.outside.items()),
        },
    )


def _repeated(rows: list[dict[str, Any]]) -> Iterator[dg.AssetCheckResult]:
    from cameo_assets.collection.duplicates import duplicates
    from cameo_assets.collection.overlap import overlaps

    twice = duplicates(rows)
    for name, found in (
        ("no_contradictory_duplicates", [each for each in twice if each.contradictory]),
        ("no_recording_in_two_corpora", [each for each in twice if len(each.corpora) > 1]),
    ):
        shown = [(" = ".join(each.paths), ", ".join(each.emotions)) for each in found]
        columns = ["the same recording", "labels"]
        yield check(
            name,
            not found,
            warn=True,
            metadata={"number": len(found), "recordings": table(columns, shown[:MOST])},
        )
    people = overlaps(rows)
    yield check(
        "no_speaker_in_two_corpora",
        not people,
        warn=True,
        metadata={
            "number": len(people),
            "speakers": table(
                ["speakers", "what they share", "recordings"],
                [(" = ".join(p.speakers), p.why, ", ".join(p.paths[:MOST])) for p in people[:MOST]],
            ),
        },
    )


@dg.asset(
    deps=[unified_jsonl],
    group_name="collection",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version="1",
    automation_condition=when_settled(),
    check_specs=check_specs("splits", None, **SPLITS_CHECKS),
    description=(
        "Five folds of every corpus for those who train: speaker-disjoint where speakers are known, by the "
        "best known cluster elsewhere, with emotions spread evenly; `splits.md` says what a fold guarantees."
    ),
)
def splits(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Splits each corpus by itself."""
    from cameo_assets.collection import files
    from cameo_assets.stages.splits import balances

    platform, outcome = run_stage(context, cameo, "splits")
    found = balances(outcome.record.details)
    most = max((each.folds for each in found), default=0)
    return result(
        outcome,
        {
            "path": dg.MetadataValue.path(str(platform.store.path(files.SPLITS))),
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
            "rationale": dg.MetadataValue.md(platform.store.read_bytes(files.SPLITS_PAGE).decode()),
        },
        _split_checks(platform.store, found),
    )


def _split_checks(store: "Store", found: "Sequence[Balance]") -> list[dg.AssetCheckResult]:
    from cameo_assets.collection import files
    from cameo_assets.collection.splits import shared

    columns = ["file_id", "corpus", "speaker_id", "pcm_md5"]
    rows = store.read_table(files.TABLE, columns=columns).to_pylist()
    fold_of = {row["file_id"]: row["fold"] for row in files.read_splits(store).to_pylist()}
    by_voice = {each.corpus for each in found if each.basis in ("speaker", "cluster")}
    voices = shared([row for row in rows if row["corpus"] in by_voice], fold_of, "speaker_id")
    recordings = shared(rows, fold_of, "pcm_md5")
    lacking = [(each.corpus, emotion, fold) for each in found for emotion, fold in each.lacking]
    return [
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
            description=_lacking(lacking),
            metadata={"lacking": table(["corpus", "emotion", "fold"], lacking)},
        ),
    ]


def _lacking(found: "Sequence[tuple[str, str, int]]") -> str | None:
    corpora = Counter(corpus for corpus, _, _ in found)
    return f"folds that lack an emotion: {times(corpora)}" if found else None


ASSETS = [unified_jsonl, splits]
