"""What a copy of a corpus holds, lacks and refuses: all that `cameo check` shows, as one record."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from cameo_assets.corpora.archives import is_archive
from cameo_assets.corpora.landing import File, verdict
from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.rules import MISSING, PASSED_OVER
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.corpora.spelling import composed
from cameo_assets.corpora.walking import walk
from cameo_assets.errors import BadInput, Refusal
from cameo_assets.progress import Progress

_MIB: Final = 2**20
_PIECE: Final = 16 * _MIB
_MOST_KINDS: Final = 10


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Recordings of one emotion: in this copy, as published, in CAMEO; None where that is unknown."""

    emotion: str
    found: int
    published: int | None
    cameo: int | None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals under one rule: how many, and the first of them by path.

    `kinds` tells how many there are of what was seen, where that is one of a few things.
    """

    rule: str
    number: int
    example: Refusal
    kinds: dict[str, int] = {}


class FoundArchive(msgspec.Struct, frozen=True, kw_only=True):
    """A file that bears the name of a published one, and how it compares (see `landing.verdict`)."""

    path: str
    verdict: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A copy beside what its publisher published.

    Attributes:
        corpus: Slug.
        name: CAMEO's spelling of the corpus name.
        state: `complete`, `partial`, `empty` (no recording), `too many` (more than published), `unknown`
            (nothing is published to compare with) or `sample`.
        tallies: By emotion, sorted; with every emotion that is published or found.
        recordings: How many can be used.
        published: How many there should be; None where unknown.
        cameo: How many of them CAMEO has; None where the corpus is none of CAMEO's.
        speakers: Different speakers; `published_speakers` is None where unknown. So are the sentences.
        without_speaker: Recordings whose speaker is unknown.
        without_text: Recordings whose words are unknown.
        flags: Recordings by known oddity.
        not_here: Rows of the side tables whose recording is not in the copy.
        passed_over: What was left out and is no fault of the copy.
        refused: All else that was not taken.
        ignored: Files of operating systems and editors.
    """

    corpus: str
    name: str
    state: str
    tallies: tuple[Tally, ...]
    recordings: int
    published: int | None
    cameo: int | None
    speakers: int
    published_speakers: int | None
    without_speaker: int
    sentences: int
    published_sentences: int | None
    without_text: int
    flags: dict[str, int]
    not_here: tuple[Reason, ...]
    passed_over: tuple[Reason, ...]
    refused: tuple[Reason, ...]
    ignored: int


def report(spec: CorpusSpec, listing: Listing) -> Report:
    """Compares what `look_through` found with what the corpus file declares."""
    utterances = listing.utterances
    counts = listing.counts
    grouped = reasons(listing.refusals)
    return Report(
        corpus=spec.slug,
        name=spec.name,
        state=_state(spec, listing),
        tallies=tuple(
            Tally(
                emotion=emotion,
                found=counts.get(emotion, 0),
                published=spec.counts.get(emotion, 0) if spec.counts else None,
                cameo=spec.cameo.get(emotion, 0) if spec.cameo else None,
            )
            for emotion in sorted({*counts, *spec.counts})
        ),
        recordings=len(utterances),
        published=spec.total,
        cameo=sum(spec.cameo.values()) or None,
        speakers=len({each.speaker_id for each in utterances} - {None}),
        published_speakers=spec.speakers,
        without_speaker=sum(each.speaker_id is None for each in utterances),
        sentences=len({each.transcription for each in utterances} - {None}),
        published_sentences=spec.sentences,
        without_text=sum(each.transcription is None for each in utterances),
        flags=dict(Counter(flag for each in utterances for flag in each.flags).most_common()),
        not_here=tuple(each for each in grouped if each.rule == MISSING),
        passed_over=tuple(each for each in grouped if each.rule in PASSED_OVER),
        refused=tuple(each for each in grouped if each.rule != MISSING and each.rule not in PASSED_OVER),
        ignored=listing.ignored,
    )


def archives(spec: CorpusSpec, source: Source, progress: Progress | None = None) -> tuple[FoundArchive, ...]:
    """Compares the files that bear the name of a published archive with what was published.

    Args:
        spec: The corpus.
        source: The copy.
        progress: Told how many MiB of an archive are hashed.

    Returns:
        The files that are there, by path, and then the names of those that are not, where at least one is: a
        copy that was unpacked needs none.

    Raises:
        BadInput: Such a file cannot be read.
    """
    published = {composed(archive.name): archive for archive in spec.archives}
    lacking = {name for name, archive in published.items() if not archive.optional}
    found = []
    for path, entry in walk(source.folder):
        name = composed(path.rpartition("/")[2])
        if name not in published or entry is None or isinstance(entry, BadInput):
            continue
        archive = published[name]
        comparable = archive.sha256 is not None and archive.size in (None, entry.st_size)
        sha256 = _sha256(source, path, entry.st_size, progress) if comparable else ""
        file = File(path, entry.st_size, entry.st_mtime_ns, sha256)
        found.append(FoundArchive(path=path, verdict=verdict(archive, file, source.folder)))
        lacking.discard(name)
    found.sort(key=lambda each: each.path)
    if found:
        found += [FoundArchive(path=name, verdict=_lacking(name)) for name in sorted(lacking)]
    return tuple(found)


def _lacking(name: str) -> str:
    return "not here, or unpacked" if is_archive(name) else "not here"


def _sha256(source: Source, path: str, size: int, progress: Progress | None) -> str:
    digest = hashlib.sha256()
    try:
        with (source.folder / path).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                if progress:
                    progress(-(-file.tell() // _MIB), -(-size // _MIB), f"hashing {path}, MiB")
    except OSError as error:
        raise BadInput(path, "unreadable", error.strerror or str(error), "a file that can be read") from error
    return digest.hexdigest()


def _state(spec: CorpusSpec, listing: Listing) -> str:
    counts = listing.counts
    if listing.sample:
        return "sample"
    if not counts:
        return "empty"
    if not spec.counts:
        return "unknown"
    if any(number > spec.counts.get(emotion, 0) for emotion, number in counts.items()):
        return "too many"
    return "complete" if counts == {e: n for e, n in spec.counts.items() if n} else "partial"


def reasons(refusals: Iterable[Refusal]) -> tuple[Reason, ...]:
    """Groups refusals by rule, the most frequent first; the example is the first that is given."""
    rules: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        rules[refusal.rule].append(refusal)
    found = [
        Reason(rule=rule, number=len(each), example=each[0], kinds=_kinds(each))
        for rule, each in rules.items()
    ]
    return tuple(sorted(found, key=lambda reason: (-reason.number, reason.rule)))


def _kinds(refusals: list[Refusal]) -> dict[str, int]:
    kinds = Counter(refusal.seen for refusal in refusals)
    few = 1 < len(kinds) <= min(_MOST_KINDS, len(refusals) // 2)
    return dict(kinds.most_common()) if few else {}
