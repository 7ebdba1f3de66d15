"""`normalized_audio`: each clip as FLAC, 16 bit, 16 kHz, mono, with what was found of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.audio.batch import normalize_corpus, read_inspections
from cameo_assets.audio.policy import AUDIO_VERSION
from cameo_assets.collection.duplicates import Duplicate, duplicates
from cameo_assets.corpora.registry import spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.provenance import version_of
from cameo_assets.stages import utterances
from cameo_assets.stages.base import Made, Platform, Stage, output_of

if TYPE_CHECKING:
    from cameo_assets.audio.inspect import Inspection
    from cameo_assets.corpora.spec import Utterance


def inputs(platform: Platform, corpus: str) -> dict[str, str]:
    """The utterances, the files behind them, and the way of normalising."""
    return {
        "raw": output_of(platform.store, "raw", corpus),
        "utterances": output_of(platform.store, "utterances", corpus),
        "audio": AUDIO_VERSION,
    }


def make(platform: Platform, corpus: str) -> Made:
    """Normalises the clips that are new or changed; a run that was killed goes on where it stopped.

    Raises:
        BadInput: The corpus has no utterance.
    """
    spec = spec_for(corpus, platform.landing)
    rows = utterances.read(platform.store, corpus)
    if not rows:
        raise BadInput(
            corpus, "no_utterances", "refusals only", "at least one utterance; see the refusal table"
        )
    inspections = normalize_corpus(
        platform.store,
        Source(platform.landing / corpus),
        rows,
        allow_silent=spec.allow_silent,
        workers=platform.workers,
        progress=platform.progress,
    )
    good = [inspection for inspection in inspections if inspection.status == "ok"]
    details = {
        "clips": len(good),
        "refused": len(inspections) - len(good),
        "reasons": dict(Counter(row.rule for row in inspections if row.status != "ok").most_common()),
        "flags": dict(Counter(flag for row in good for flag in row.flags).most_common()),
        "formats": formats(good),
        "stereo": sum(row.source_channels > 1 for row in good),
        "seconds": round(sum(row.seconds for row in good), 3),
        "duplicates": [msgspec.to_builtins(found) for found in repeated(rows, inspections)],
    }
    version = version_of([(row.file_id, row.status, row.pcm_md5, row.rule) for row in inspections])
    return Made(version, details)


def formats(good: list[Inspection]) -> list[dict[str, Any]]:
    """Container, rate, bits and channels at the publisher, and how many clips have them; the most first."""
    names = ("source_format", "source_rate", "source_bits", "source_channels")
    times = Counter(tuple(getattr(row, name) for name in names) for row in good)
    ordered = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    return [{**dict(zip(names, kind, strict=True)), "clips": number} for kind, number in ordered]


def repeated(rows: list[Utterance], inspections: list[Inspection]) -> list[Duplicate]:
    """Recordings of one corpus that are there more than once."""
    md5 = {row.file_id: row.pcm_md5 for row in inspections if row.status == "ok"}
    return duplicates(
        {
            "pcm_md5": md5[row.file_id],
            "corpus": row.corpus,
            "source_path": row.source_path,
            "emotion": row.emotion,
            "speaker_id": row.speaker_id,
        }
        for row in rows
        if row.file_id in md5
    )


def refused(platform: Platform, corpus: str) -> list[dict[str, Any]]:
    """The clips whose audio was refused: path, rule, what was seen and what was expected."""
    paths = {row.file_id: row.source_path for row in utterances.read(platform.store, corpus)}
    return [
        {"path": paths[row.file_id], "rule": row.rule, "seen": row.seen, "expected": row.expected}
        for row in read_inspections(platform.store, corpus)
        if row.status != "ok"
    ]


def products(corpus: str) -> tuple[str, ...]:
    """What must exist."""
    return (f"inspection/{corpus}.parquet",)


STAGE = Stage(name="normalized_audio", code_version="2", inputs=inputs, make=make, products=products)
