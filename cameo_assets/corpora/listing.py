"""Turns a corpus into utterances and refusals: the loop that every corpus file shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from cameo_assets.corpora.identity import added_source_name, file_id
from cameo_assets.corpora.recognise import Match, recognised
from cameo_assets.corpora.rules import MISSING, NOT_IN_CAMEO
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Clip, CorpusSpec, Description, Utterance
from cameo_assets.errors import BadInput, Refusal
from cameo_assets.vocabulary import EMOTIONS, GENDERS, LICENCES


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy of a corpus holds.

    Attributes:
        utterances: Sorted by file_id.
        refusals: What was not taken, and why, sorted by path.
        ignored: Number of files that operating systems left behind.
        sample: Whether it is a spoken sample and not the corpus itself.
    """

    utterances: tuple[Utterance, ...]
    refusals: tuple[Refusal, ...]
    ignored: int
    sample: bool

    @property
    def counts(self) -> dict[str, int]:
        """Utterances by emotion, sorted by emotion."""
        found = Counter(utterance.emotion for utterance in self.utterances)
        return dict(sorted(found.items()))

    @property
    def reasons(self) -> dict[str, int]:
        """Refusals by rule, most frequent first."""
        return dict(Counter(refusal.rule for refusal in self.refusals).most_common())


def list_corpus(spec: CorpusSpec, source: Source, *, cameo_compatible: bool = False) -> Listing:
    """Finds and describes every clip of a corpus; decodes no audio.

    Args:
        spec: The corpus.
        source: A copy of it.
        cameo_compatible: Leave out what the publisher has and CAMEO has not.

    Returns:
        One utterance for each good clip, and a refusal for each other.

    Raises:
        BadInput: A side file without which nothing can be described is missing or broken, or the copy holds
            no usable clip of this corpus at all.
    """
    listing = look_through(spec, source, cameo_compatible=cameo_compatible)
    if not listing.utterances:
        raise no_clips(spec, source, listing)
    return listing


def look_through(spec: CorpusSpec, source: Source, *, cameo_compatible: bool = False) -> Listing:
    """As `list_corpus`, for a copy that may hold no usable clip: then all that it has are refusals."""
    refused = list(source.refused)
    try:
        tables = spec.read_tables(source)
    except BadInput as error:
        raise _with_reason(error, spec, source, refused) from error
    utterances: dict[str, Utterance] = {}
    for found in spec.find(source, tables):
        if isinstance(found, BadInput):
            refused.append(found)
            continue
        if cameo_compatible and spec.in_cameo is not None and not spec.in_cameo(found):
            refused.append(BadInput(found.path, NOT_IN_CAMEO, found.name, "a clip that CAMEO has"))
            continue
        try:
            utterance = _utterance(spec, found, spec.describe(found, tables))
        except BadInput as error:
            refused.append(error)
            continue
        first = utterances.get(utterance.file_id)
        if first is not None:
            refused.append(
                BadInput(
                    found.path, "repeated_name", "the same name", f"one file, already at {first.source_path}"
                )
            )
            continue
        utterances[utterance.file_id] = utterance
    return Listing(
        utterances=tuple(utterances[key] for key in sorted(utterances)),
        refusals=tuple(sorted((error.refusal(spec.slug) for error in refused), key=_by_path)),
        ignored=source.ignored,
        sample=source.is_sample,
    )


def _utterance(spec: CorpusSpec, clip: Clip, about: Description) -> Utterance:
    if about.emotion not in EMOTIONS:
        raise BadInput(clip.path, "unknown_emotion", repr(about.emotion), f"one of {', '.join(EMOTIONS)}")
    if about.gender is not None and about.gender not in GENDERS:
        raise BadInput(clip.path, "unknown_gender", repr(about.gender), f"one of {', '.join(GENDERS)}")
    name = added_source_name(spec.slug, clip.name) if spec.added else clip.name
    identity = file_id(name)
    speaker = f"{spec.slug}_{about.speaker}" if about.speaker else None
    group = f"{spec.slug}_{about.group}" if about.group else speaker
    return Utterance(
        file_id=identity,
        emotion=about.emotion,
        transcription=about.transcription,
        speaker_id=speaker,
        gender=about.gender,
        age=about.age,
        dataset=spec.name,
        language=spec.language,
        license=LICENCES[spec.licence].spelling,
        corpus=spec.slug,
        source_name=name,
        source_path=clip.path,
        source_version=clip.version,
        span=clip.span,
        group_id=group or identity.removesuffix(".flac"),
        votes=about.votes,
        flags=about.flags,
        orthography=about.orthography,
    )


def _by_path(refusal: Refusal) -> tuple[str, str, str]:
    return (refusal.path, refusal.rule, refusal.seen)


def _with_reason(error: BadInput, spec: CorpusSpec, source: Source, refused: list[BadInput]) -> BadInput:
    """A table is often missing because the archive that holds it was not taken, or the corpus is another."""
    other = recognised(source, but=spec.slug)
    seen = error.seen
    if other is not None:
        seen += f", among files that look like {other}"
    if refused:
        seen += f" ({_digest([each.refusal('') for each in refused])})"
    return BadInput(error.path, error.rule, seen, error.expected + _advice(other))


def no_clips(spec: CorpusSpec, source: Source, listing: Listing) -> BadInput:
    """The complaint about a copy without any usable clip: what it is instead, as far as that can be told."""
    other = recognised(source, but=spec.slug)
    seen = f"what looks like {other}; " * bool(other) + _glance(source, listing.refusals)
    expected = f"recordings of {spec.name} ({spec.obtain or spec.homepage or 'as its metadata says'})"
    return BadInput(source.folder.name, "no_clips", seen, expected + _advice(other))


def _advice(other: Match | None) -> str:
    return f"; {other.name} belongs into the landing folder {other.slug!r}" if other else ""


def _glance(source: Source, refused: Sequence[Refusal]) -> str:
    if refused:
        return f"none that can be used ({_digest(refused)})"
    members = source.members
    if not members:
        return "an empty folder"
    return f"{len(members)} other files, such as {members[0].path!r}"


def _digest(refused: Sequence[Refusal]) -> str:
    """How many refusals there are of the most frequent rule, and the first of them.

    Rows without a recording are told last: more often than not, the recordings are there and refused.
    """
    rules = Counter(each.rule for each in refused)
    rule, number = max(rules.items(), key=lambda item: (item[0] != MISSING, item[1]))
    first = min((each for each in refused if each.rule == rule), key=_by_path)
    most = f", {number:,}" * (number < len(refused))
    return f"{len(refused):,} refused{most} by {rule}, such as {msgspec.structs.replace(first, corpus='')}"
