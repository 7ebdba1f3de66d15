"""Row `unified_jsonl`: all corpora side by side."""

from collections import Counter
from typing import Any

import dagster as dg

from cameo_assets.assets.audio import normalized_audio
from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table
from cameo_assets.automation.conditions import when_settled
from cameo_assets.resources import Cameo

PUBLISHED = {"utterances": 41_265, "emotions": 17, "languages": 8, "corpora": 13}
"""What CAMEO reports of itself (arXiv 2505.11051)."""

CHECKS = {
    "published_totals": "41,265 utterances, 17 emotions, 8 languages, 13 corpora, and what is missing.",
    "no_recording_in_two_corpora": "No recording occurs in more than one corpus.",
    "required_fields": "Every row has an id, an emotion, a data set, a language and a licence.",
}
REQUIRED = ("file_id", "emotion", "dataset", "language", "license")


@dg.asset(
    deps=[normalized_audio],
    group_name="collection",
    kinds={"python", "json"},
    owners=OWNERS,
    code_version="1",
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
        _checks(details, rows),
    )


def _checks(details: dict[str, Any], rows: list[dict[str, Any]]) -> list[dg.AssetCheckResult]:
    from cameo_assets.collection.duplicates import duplicates
    from cameo_assets.corpora.registry import known

    present = {row["corpus"] for row in rows}
    missing = [slug for slug in known() if slug not in present]
    totals = [(name, details[name], number) for name, number in PUBLISHED.items()]
    shared = [found for found in duplicates(rows) if len(found.corpora) > 1]
    empty = [name for name in REQUIRED if any(not row[name] for row in rows)]
    return [
        check(
            "published_totals",
            all(found == number for _, found, number in totals),
            warn=True,
            metadata={
                "totals": table(["what", "found", "published"], totals),
                "known corpora that are missing": ", ".join(missing) or "none",
            },
        ),
        check(
            "no_recording_in_two_corpora",
            not shared,
            warn=True,
            metadata={"recordings": table(["the same recording"], [[" = ".join(s.paths)] for s in shared])},
        ),
        check("required_fields", not empty, metadata={"empty": ", ".join(empty) or "none"}),
    ]


ASSETS = [unified_jsonl]
