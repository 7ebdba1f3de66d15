"""What is checked of all corpora together: totals, recordings and speakers that are there twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from cameo_assets.collection.duplicates import duplicates
from cameo_assets.collection.overlap import overlaps
from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.collection.totals import totals
from cameo_assets.corpora.registry import known
from cameo_assets.lineage.shown import Check, check, table

CHECKS: Final = {
    "published_totals": "41,265 utterances, 17 emotions, 8 languages, 13 corpora; says what is missing.",
    "no_contradictory_duplicates": "No recording is there twice under different labels.",
    "no_recording_in_two_corpora": "No recording occurs in more than one corpus.",
    "no_speaker_in_two_corpora": "Nobody seems to speak in two corpora, by recordings and by long ids.",
    "required_fields": "Every row has an id, an emotion, a data set, a language and a licence.",
}
MOST: Final = 50
"""Rows of a table that people still read."""
REQUIRED: Final = ("file_id", "emotion", "dataset", "language", "license")


def checks(rows: Sequence[Mapping[str, Any]], corpora: Sequence[CorpusEntry]) -> tuple[Check, ...]:
    """What people should know of all corpora together."""
    empty = [name for name in REQUIRED if any(not row[name] for row in rows)]
    return (
        _totals(corpora),
        *_repeated(rows),
        check("required_fields", not empty, metadata={"empty": ", ".join(empty) or "none"}),
    )


def _totals(corpora: Sequence[CorpusEntry]) -> Check:
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


def _repeated(rows: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    twice = duplicates(rows)
    for name, found in (
        ("no_contradictory_duplicates", [each for each in twice if each.contradictory]),
        ("no_recording_in_two_corpora", [each for each in twice if len(each.corpora) > 1]),
    ):
        shown = [(" = ".join(each.paths), ", ".join(each.emotions)) for each in found[:MOST]]
        yield check(
            name,
            not found,
            warn=True,
            metadata={
                "number": len(found),
                "recordings": table(["the same recording", "labels"], shown),
            },
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
