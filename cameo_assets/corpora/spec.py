"""What a corpus file declares, and the rows that come out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.vocabulary import EMOTIONS, LANGUAGES, LICENCES

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""What a corpus may be called; Dagster takes anything, and some characters break it silently."""


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its publisher published it.

    Attributes:
        name: File name.
        url: Where it is openly downloadable; empty where a person must fetch it.
        size: Bytes, where published.
        md5: Checksum, where published.
        sha256: Checksum, where published.
        record: Address of the publisher's own list of sizes and checksums, in the JSON of Zenodo's records;
            asked when a file is downloaded of which no checksum is known here.
        optional: Known, but not downloaded by itself: another version of what the others hold.
    """

    name: str
    url: str = ""
    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    record: str = ""
    optional: bool = False


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """Where one recording is.

    Attributes:
        name: Source name: what CAMEO hashes to make the id (see `identity`).
        path: Path inside the source.
        version: Changes when the file does (see `source.Member`).
        span: Start and end in seconds where the clip is a part of a longer file.
    """

    name: str
    path: str
    version: str
    span: tuple[float, float] | None = None

    @property
    def stem(self) -> str:
        """The file's name without folders and extension."""
        return self.path.rpartition("/")[2].rpartition(".")[0]


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one clip, in the terms of the vocabulary.

    Attributes:
        emotion: One of `vocabulary.EMOTIONS`.
        transcription: What is said, as the publisher writes it.
        speaker: The publisher's own speaker id.
        gender: One of `vocabulary.GENDERS`.
        age: As text, since some corpora give a range.
        group: What must stay together when resampling; the speaker if empty, else the utterance.
        votes: Raters' votes by emotion, where published.
        flags: Known oddities of this clip.
        orthography: The transcription as it is properly written, where the publisher's lacks accents.
    """

    emotion: str
    transcription: str | None = None
    speaker: str | None = None
    gender: str | None = None
    age: str | None = None
    group: str | None = None
    votes: dict[str, int] | None = None
    flags: tuple[str, ...] = ()
    orthography: str | None = None


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the collection before its audio is known: CAMEO's nine fields, and ours beside them.

    Attributes:
        file_id: 64 hex digits and `.flac`.
        emotion: One of `vocabulary.EMOTIONS`.
        transcription: What is said, or None.
        speaker_id: `<corpus>_<native id>`, or None.
        gender: One of `vocabulary.GENDERS`, or None.
        age: Text, or None.
        dataset: CAMEO's spelling of the corpus name.
        language: English name of the language.
        license: CAMEO's spelling of the licence.
        corpus: Slug.
        source_name: What the id is the hash of.
        source_path: Path inside the landing folder of the corpus.
        source_version: Changes when the file does.
        span: Start and end in seconds within a longer file, or None.
        group_id: Cluster for resampling: speaker, or the best known one where there is no speaker.
        votes: Raters' votes by emotion, or None.
        flags: Known oddities.
        orthography: The transcription with the accents that the publisher's lacks, or None.
    """

    file_id: str
    emotion: str
    transcription: str | None
    speaker_id: str | None
    gender: str | None
    age: str | None
    dataset: str
    language: str
    license: str
    corpus: str
    source_name: str
    source_path: str
    source_version: str
    span: tuple[float, float] | None = None
    group_id: str
    votes: dict[str, int] | None = None
    flags: tuple[str, ...] = ()
    orthography: str | None = None


CAMEO_FIELDS: Final = Utterance.__struct_fields__[:9]
"""CAMEO's nine metadata fields, in CAMEO's order and spelling."""


def _no_tables(_source: Source) -> None:
    return None


class CorpusSpec(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to know about a corpus, and the functions that read it.

    Attributes:
        slug: Name of folder, partition and split.
        name: CAMEO's spelling in the `dataset` field.
        language: Key of `vocabulary.LANGUAGES`.
        licence: Key of `vocabulary.LICENCES`.
        citation: How its authors want to be cited, in one line.
        homepage: Where it is published.
        labels: The publisher's label to an emotion of the vocabulary.
        find: Yields a `Clip` for each recording, and a `BadInput` for what should be one and is not.
        describe: Says what is known of a clip; raises `BadInput` where the clip breaks a rule.
        code_version: To be raised when the reading changes, so that the corpus is read again.
        read_tables: Reads the side files that `find` and `describe` need, once.
        doi: DOI, where there is one.
        archives: Files as published, with checksums where known.
        obtain: What a person has to fetch, and how it has to lie in the landing zone.
        counts: Published number of utterances for each emotion; empty where unknown.
        cameo_counts: How many of them CAMEO has, where it has not all; empty where these are the same.
        in_cameo: Whether CAMEO has a clip, where it has not all; clips that it lacks are left out on demand.
        speakers: Published number of speakers; None where unknown.
        sentences: Published number of different texts; None where it is unknown or texts are free.
        attribution: The text that names the authors as their licence asks for it; the citation if empty.
        licence_doubt: What a person has to decide before the audio is passed on; empty where nothing is open.
        allow_silent: Source names that are published without signal and are kept nevertheless.
        defects: Known defects, for people to read.
        added: Whether the corpus is none of CAMEO's, so that its ids are made of slug and path.
    """

    slug: str
    name: str
    language: str
    licence: str
    citation: str
    homepage: str
    labels: Mapping[str, str | None]
    find: Callable[[Source, Any], Iterable[Clip | BadInput]]
    describe: Callable[[Clip, Any], Description]
    code_version: str = "1"
    read_tables: Callable[[Source], Any] = _no_tables
    doi: str = ""
    archives: tuple[Archive, ...] = ()
    obtain: str = ""
    counts: Mapping[str, int] = {}
    cameo_counts: Mapping[str, int] = {}
    in_cameo: Callable[[Clip], bool] | None = None
    speakers: int | None = None
    sentences: int | None = None
    attribution: str = ""
    licence_doubt: str = ""
    allow_silent: frozenset[str] = frozenset()
    defects: tuple[str, ...] = ()
    added: bool = False

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise ValueError(f"corpus slug {self.slug!r} does not match {SLUG.pattern}")
        if self.language not in LANGUAGES and not self.added:
            raise ValueError(f"{self.slug}: language {self.language!r} is none of {sorted(LANGUAGES)}")
        if self.licence not in LICENCES:
            raise ValueError(f"{self.slug}: licence {self.licence!r} is none of {sorted(LICENCES)}")
        unknown = {emotion for emotion in self.labels.values() if emotion} - set(EMOTIONS)
        if unknown:
            raise ValueError(f"{self.slug}: emotions {sorted(unknown)} are not in the vocabulary")

    @property
    def emotions(self) -> tuple[str, ...]:
        """The emotions of the corpus, sorted: the options that a model is offered."""
        return tuple(sorted({emotion for emotion in self.labels.values() if emotion}))

    @property
    def total(self) -> int | None:
        """Published number of utterances; None where unknown."""
        return sum(self.counts.values()) or None

    @property
    def cameo(self) -> Mapping[str, int]:
        """CAMEO's number of utterances for each emotion; empty for a corpus that is none of CAMEO's."""
        return {} if self.added else self.cameo_counts or self.counts
