"""Row `normalized_audio`: FLAC, 16 bit, 16 kHz, mono."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table, times
from cameo_assets.assets.partitions import CORPORA
from cameo_assets.assets.utterances import utterances
from cameo_assets.automation.conditions import keep_current
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.provenance import Record

CHECKS = {
    "nothing_refused": "Every clip can be decoded and passes the policy (whole, finite, not silent).",
    "most_clips_good": "At least nine clips of ten pass; fewer mean that the copy itself is damaged.",
    "no_contradictory_duplicates": "No recording is there twice under different labels.",
    "no_duplicates": "No recording is there twice.",
    "no_recording_of_two_speakers": "No recording is there as of two speakers.",
    "mono_at_source": "Every clip has one channel as published; others are mixed down.",
}
LEAST_GOOD = 0.9


@dg.asset(
    partitions_def=CORPORA,
    deps=[utterances],
    group_name="corpora",
    kinds={"python", "flac"},
    owners=OWNERS,
    code_version="2",
    automation_condition=keep_current(with_upstream=True),
    check_specs=check_specs("normalized_audio", CORPORA, **CHECKS),
    description="Each clip as FLAC, 16 bit, 16 kHz, mono, with an inspection table.",
)
def normalized_audio(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
    """Normalises the clips of one corpus that are new or changed."""
    from cameo_assets.stages.audio import refused

    corpus = context.partition_key
    platform, outcome = run_stage(context, cameo, "normalized_audio", corpus)
    details = outcome.record.details
    bad = [list(row.values()) for row in refused(platform, corpus)]
    return result(
        outcome,
        {
            "path": dg.MetadataValue.path(str(platform.store.path("audio", corpus))),
            "dagster/row_count": details["clips"],
            "hours": round(details["seconds"] / 3600, 3),
            "refused": details["refused"],
            "refusals": table(["path", "rule", "seen", "expected"], bad[:50]),
            "source formats": table(
                ["format", "rate (Hz)", "bits", "channels", "clips"],
                [list(kind.values()) for kind in details["formats"]],
            ),
            "flags": table(["flag", "clips"], details["flags"].items()),
            "duplicates": _duplicates(details["duplicates"]),
        },
        _checks(outcome.record),
    )


def _duplicates(found: list[dict[str, Any]]) -> dg.MetadataValue[str]:
    rows = [
        (" = ".join(group["paths"]), ", ".join(group["emotions"]), ", ".join(group["speakers"]))
        for group in found
    ]
    return table(["the same recording", "labels", "speakers"], rows)


def _checks(record: "Record") -> list[dg.AssetCheckResult]:
    details = record.details
    refused, clips = details["refused"], details["clips"]
    share = clips / (clips + refused) if clips + refused else 0.0
    contradictory = [group for group in details["duplicates"] if len(group["emotions"]) > 1]
    doubled = [group for group in details["duplicates"] if len(group["speakers"]) > 1]
    return [
        check(
            "nothing_refused",
            refused == 0,
            warn=True,
            description=f"refused: {times(details['reasons'])}" if refused else None,
            metadata={"refused": refused, "rules": table(["rule", "clips"], details["reasons"].items())},
        ),
        check("most_clips_good", share >= LEAST_GOOD, metadata={"share": share, "least": LEAST_GOOD}),
        check(
            "no_contradictory_duplicates",
            not contradictory,
            warn=True,
            metadata={"recordings": len(contradictory), "which": _duplicates(contradictory)},
        ),
        check(
            "no_duplicates",
            not details["duplicates"],
            warn=True,
            metadata={"recordings": len(details["duplicates"]), "which": _duplicates(details["duplicates"])},
        ),
        check(
            "no_recording_of_two_speakers",
            not doubled,
            warn=True,
            metadata={"recordings": len(doubled), "which": _duplicates(doubled)},
        ),
        check("mono_at_source", details["stereo"] == 0, warn=True, metadata={"clips": details["stereo"]}),
    ]


ASSETS = [normalized_audio]
