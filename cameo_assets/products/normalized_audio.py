"""`normalized_audio`: each clip as FLAC, 16 bit, 16 kHz, mono, with what was found of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.audio.batch import normalize_corpus, read_inspections
from cameo_assets.audio.digests import verify_audio
from cameo_assets.audio.policy import AUDIO_VERSION
from cameo_assets.collection.duplicates import Duplicate, duplicates
from cameo_assets.corpora import utterance_table
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.lineage.declaration import KeepCurrent, Made, Product, Read, Setting
from cameo_assets.lineage.integrity import listing
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Check, Located, Shown, Table, check, table, times
from cameo_assets.places import AUDIO, AUDIO_DIGESTS, INSPECTION, INSPECTION_PARTS
from cameo_assets.provenance import version_of

if TYPE_CHECKING:
    from cameo_assets.audio.inspect import Inspection
    from cameo_assets.corpora.spec import Utterance

LEAST_GOOD: Final = 0.9
"""Share of the clips of a healthy copy that pass, at least."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip was at its publisher.

    Attributes:
        source_format: Container and encoding.
        source_rate: Hz.
        source_bits: Bits of a sample.
        source_channels: Channels.
        clips: How many clips are like this.
    """

    source_format: str
    source_rate: int
    source_bits: int
    source_channels: int
    clips: int


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in the recordings of a corpus.

    Attributes:
        clips: How many are good.
        refused: How many are not.
        reasons: Number of refusals by rule, the most first.
        flags: Number of clips by flag, the most first.
        formats: What they were at the publisher, the most first.
        stereo: Clips with more than one channel at the publisher.
        seconds: Duration of the good ones.
        duplicates: Recordings that are there more than once.
    """

    clips: int
    refused: int
    reasons: dict[str, int]
    flags: dict[str, int]
    formats: tuple[Format, ...]
    stereo: int
    seconds: float
    duplicates: tuple[Duplicate, ...]


def make(job: Job) -> Made:
    """Normalises the clips that are new, changed or damaged; a run that was killed goes on where it stopped.

    Raises:
        BadInput: The corpus has no utterance.
    """
    corpus = job.partition
    rows = utterance_table.read(job.store, corpus)
    if not rows:
        raise BadInput(
            corpus, "no_utterances", "refusals only", "at least one utterance; see the refusal table"
        )
    record = job.snapshot.record("normalized_audio", corpus)
    for place in (INSPECTION, AUDIO_DIGESTS):
        # What is known of the clips rests on them, and a flipped bit may still read as a table.
        job.store.drop_if_damaged(place.of(corpus), record.made if record else {})
    inspections = normalize_corpus(
        job.store,
        Source(job.landing),
        rows,
        allow_silent=job.spec.allow_silent,
        workers=job.workers,
        progress=job.progress,
        anew=job.anew,
    )
    good = [inspection for inspection in inspections if inspection.status == "ok"]
    details = Details(
        clips=len(good),
        refused=len(inspections) - len(good),
        reasons=dict(Counter(row.rule for row in inspections if row.status != "ok").most_common()),
        flags=dict(Counter(flag for row in good for flag in row.flags).most_common()),
        formats=formats(good),
        stereo=sum(row.source_channels > 1 for row in good),
        seconds=round(sum(row.seconds for row in good), 3),
        duplicates=tuple(repeated(rows, inspections)),
    )
    version = version_of([(row.file_id, row.status, row.pcm_md5, row.rule) for row in inspections])
    folder = AUDIO.of(corpus)
    return Made(version, details, {folder: listing(job.store, folder)})


def formats(good: Iterable[Inspection]) -> tuple[Format, ...]:
    """What clips were at the publisher, the most frequent first."""
    names = ("source_format", "source_rate", "source_bits", "source_channels")
    times = Counter(tuple(getattr(row, name) for name in names) for row in good)
    ordered = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Format(**dict(zip(names, kind, strict=True)), clips=number) for kind, number in ordered)


def repeated(rows: Iterable[Utterance], inspections: Iterable[Inspection]) -> list[Duplicate]:
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


def verify(job: Job) -> Sequence[str]:
    """Compares every FLAC with its digest."""
    return verify_audio(job.store, job.partition)


def show(job: Job, details: Details) -> Shown:
    """Where the audio is, what was refused and what it was."""
    return Shown(
        {
            "path": Located(job.located(AUDIO.of(job.partition))),
            "dagster/row_count": details.clips,
            "hours": round(details.seconds / 3600, 3),
            "refused": details.refused,
            "refusals": table(["path", "rule", "seen", "expected"], _refused(job)[:50]),
            "source formats": table(
                ["format", "rate (Hz)", "bits", "channels", "clips"],
                [msgspec.structs.astuple(kind) for kind in details.formats],
            ),
            "flags": table(["flag", "clips"], details.flags.items()),
            "duplicates": _duplicates(details.duplicates),
        },
        _checks(details),
    )


def _refused(job: Job) -> list[tuple[str, str, str, str]]:
    """The clips whose audio was refused: path, rule, what was seen and what was expected."""
    paths = {row.file_id: row.source_path for row in utterance_table.read(job.store, job.partition)}
    return [
        (paths[row.file_id], row.rule, row.seen, row.expected)
        for row in read_inspections(job.store, job.partition)
        if row.status != "ok" and row.file_id in paths
    ]


def _duplicates(found: Iterable[Duplicate]) -> Table:
    rows = [
        (" = ".join(group.paths), ", ".join(group.emotions), ", ".join(group.speakers)) for group in found
    ]
    return table(["the same recording", "labels", "speakers"], rows)


def _checks(details: Details) -> tuple[Check, ...]:
    refused, clips, twice = details.refused, details.clips, details.duplicates
    share = clips / (clips + refused) if clips + refused else 0.0
    contradictory = [group for group in twice if len(group.emotions) > 1]
    doubled = [group for group in twice if len(group.speakers) > 1]
    return (
        check(
            "nothing_refused",
            refused == 0,
            warn=True,
            description=f"refused: {times(details.reasons)}" if refused else None,
            metadata={"refused": refused, "rules": table(["rule", "clips"], details.reasons.items())},
        ),
        check("most_clips_good", share >= LEAST_GOOD, metadata={"share": share, "least": LEAST_GOOD}),
        *(
            check(
                name, not found, warn=True, metadata={"recordings": len(found), "which": _duplicates(found)}
            )
            for name, found in (
                ("no_contradictory_duplicates", contradictory),
                ("no_duplicates", twice),
                ("no_recording_of_two_speakers", doubled),
            )
        ),
        check("mono_at_source", details.stereo == 0, warn=True, metadata={"clips": details.stereo}),
    )


PRODUCT = Product(
    name="normalized_audio",
    about="Each clip as FLAC, 16 bit, 16 kHz, mono, with an inspection table.",
    group="corpora",
    kinds=("python", "flac"),
    partitions="corpus",
    reads=(Read("raw"), Read("utterances"), Setting.LANDING),
    places=(AUDIO, AUDIO_DIGESTS, INSPECTION),
    caches=(INSPECTION_PARTS,),
    code_version="3",
    make=make,
    details=Details,
    show=show,
    checks={
        "nothing_refused": "Every clip can be decoded and passes the policy (whole, finite, not silent).",
        "most_clips_good": "At least nine clips of ten pass; fewer mean that the copy itself is damaged.",
        "no_contradictory_duplicates": "No recording is there twice under different labels.",
        "no_duplicates": "No recording is there twice.",
        "no_recording_of_two_speakers": "No recording is there as of two speakers.",
        "mono_at_source": "Every clip has one channel as published; others are mixed down.",
    },
    by_itself=KeepCurrent(following="utterances", with_upstream=True),
    also=lambda _snapshot, _corpus: {"audio": AUDIO_VERSION},
    verify=verify,
)
