"""A corpus that describes itself: `corpus.yaml` and `metadata.jsonl` (or `.csv`) beside its audio.

No code and no restart: the folder in the landing zone is all. Its ids cannot collide with those of CAMEO.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput
from cameo_assets.vocabulary import EMOTIONS, LICENCES

DESCRIPTION = "corpus.yaml"
METADATA = ("metadata.jsonl", "metadata.csv")
AUDIO = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".aif", ".webm", ".avi", ".flv", ".m4a", ".mp4"}
)


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `corpus.yaml` may say.

    Attributes:
        name: Display name.
        language: English name of the language.
        licence: Spelling of the licence, as in `vocabulary.LICENCES`; `unknown` keeps the audio unpublished.
        citation: How to cite it.
        homepage: Where it is published.
        doi: DOI.
        labels: The corpus's label to an emotion of the vocabulary, or to null for a label to leave out.
            Without it, labels are the emotions themselves.
        counts: Published number of utterances for each emotion.
        speakers: Published number of speakers.
    """

    name: str
    language: str
    licence: str
    citation: str = ""
    homepage: str = ""
    doi: str = ""
    labels: dict[str, str | None] = {}
    counts: dict[str, int] = {}
    speakers: int | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a row of the metadata may say; `path` is relative to the folder of the corpus."""

    path: str
    emotion: str
    transcription: str | None = None
    speaker: str | None = None
    gender: str | None = None
    age: str | None = None
    group: str | None = None


class Tables(msgspec.Struct, frozen=True):
    """Rows by path with where each stands, and the rows that could not be read."""

    entries: dict[str, tuple[str, Entry]]
    refused: list[BadInput]


def is_drop_in(folder: Path) -> bool:
    """Whether a landing folder describes itself."""
    return (folder / DESCRIPTION).is_file()


def load(folder: Path) -> CorpusSpec:
    """Reads the description of a drop-in corpus.

    Args:
        folder: Its folder in the landing zone.

    Raises:
        BadInput: There is no description, or it breaks a rule.
    """
    where = f"{folder.name}/{DESCRIPTION}"
    if not is_drop_in(folder):
        raise BadInput(
            where, "missing_description", "no such file", f"{DESCRIPTION}, or a corpus known by name"
        )
    about = _about(where, (folder / DESCRIPTION).read_bytes())
    labels = about.labels or {emotion: emotion for emotion in EMOTIONS}
    return CorpusSpec(
        slug=folder.name,
        name=about.name,
        language=about.language,
        licence=about.licence,
        citation=about.citation,
        homepage=about.homepage,
        doi=about.doi,
        labels=labels,
        read_tables=read_tables,
        find=find,
        describe=lambda clip, tables: describe(clip, tables, labels),
        counts=about.counts,
        speakers=about.speakers,
        added=True,
    )


def _about(where: str, data: bytes) -> About:
    import yaml

    try:
        raw = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise BadInput(where, "yaml", str(error).replace("\n", " "), "valid YAML") from error
    if not isinstance(raw, dict):
        raise BadInput(where, "yaml", type(raw).__name__, "a mapping of keys to values")
    fields = About.__struct_fields__
    for key in raw:
        if key not in fields:
            close = difflib.get_close_matches(str(key), fields, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise BadInput(where, "unknown_key", repr(key), f"one of {', '.join(fields)}{hint}")
    try:
        about = msgspec.convert(raw, About)
    except msgspec.ValidationError as error:
        raise BadInput(where, "value", str(error), "see the README, 'Adding a corpus'") from error
    if about.licence not in LICENCES:
        raise BadInput(where, "licence", repr(about.licence), f"one of {', '.join(LICENCES)}")
    for emotion in [*(value for value in about.labels.values() if value), *about.counts]:
        if emotion not in EMOTIONS:
            raise BadInput(where, "unknown_emotion", repr(emotion), f"one of {', '.join(EMOTIONS)}")
    return about


def read_tables(source: Source) -> Tables:
    """Reads the metadata.

    Raises:
        BadInput: There is none, or both kinds, or its header is wrong.
    """
    found = [name for name in METADATA if (source.folder / name).is_file()]
    if len(found) != 1:
        raise BadInput(
            source.folder.name,
            "metadata",
            " and ".join(found) or "no metadata file",
            f"one of {' or '.join(METADATA)}",
        )
    text = source.text(Member(found[0], 0, ""))
    rows = _jsonl(found[0], text) if found[0].endswith(".jsonl") else _csv(found[0], text)
    entries: dict[str, tuple[str, Entry]] = {}
    refused: list[BadInput] = []
    for where, row in rows:
        entry = row if isinstance(row, BadInput) else _entry(where, row)
        if isinstance(entry, Entry) and entry.path in entries:
            entry = BadInput(
                where, "repeated_path", repr(entry.path), f"one row, already at {entries[entry.path][0]}"
            )
        if isinstance(entry, BadInput):
            refused.append(entry)
        else:
            entries[entry.path] = (where, entry)
    return Tables(entries, refused)


def _jsonl(name: str, text: str) -> Iterator[tuple[str, dict[str, Any] | BadInput]]:
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{name} line {number}"
        if not line.strip():
            continue
        try:
            yield where, msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            yield where, BadInput(where, "json", str(error), "one JSON object")


def _csv(name: str, text: str) -> Iterator[tuple[str, dict[str, Any] | BadInput]]:
    reader = csv.DictReader(text.splitlines())
    missing = {"path", "emotion"} - set(reader.fieldnames or ())
    if missing:
        raise BadInput(name, "columns", repr(reader.fieldnames), f"also {sorted(missing)}")
    for row in reader:
        where = f"{name} line {reader.line_num}"
        if None in row:
            yield where, BadInput(where, "columns", "more fields than the header", repr(reader.fieldnames))
        else:
            yield where, {key: value for key, value in row.items() if value not in ("", None)}


def _entry(where: str, row: dict[str, Any]) -> Entry | BadInput:
    unknown = [key for key in row if key not in Entry.__struct_fields__]
    if unknown:
        return BadInput(
            where, "unknown_key", repr(unknown[0]), f"one of {', '.join(Entry.__struct_fields__)}"
        )
    try:
        # A number as age or speaker is what people write; it is kept as the text that it was.
        plain = {key: str(value) if isinstance(value, int) else value for key, value in row.items()}
        entry = msgspec.convert(plain, Entry)
    except msgspec.ValidationError as error:
        return BadInput(where, "value", str(error), "path and emotion as text")
    parts = entry.path.split("/")
    if entry.path.startswith("/") or ".." in parts or "\\" in entry.path:
        return BadInput(where, "path", repr(entry.path), "a path inside the folder, with forward slashes")
    return entry


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording that has a row, and reports rows without recording and the reverse."""
    yield from tables.refused
    members = {member.path: member for member in source.members}
    for path, (where, _) in tables.entries.items():
        member = members.get(path)
        if member is None:
            yield BadInput(path, "missing_audio", "no such file", f"a file, as {where} says")
        else:
            yield Clip(name=path, path=path, version=member.version)
    for path, member in members.items():
        if member.suffix in AUDIO and path not in tables.entries:
            yield BadInput(path, "no_metadata", "a file without a row", "a row in the metadata")


def describe(clip: Clip, tables: Tables, labels: dict[str, str | None]) -> Description:
    """Takes the row and maps its label."""
    where, entry = tables.entries[clip.path]
    if entry.emotion not in labels:
        raise BadInput(where, "unknown_emotion", repr(entry.emotion), f"one of {', '.join(labels)}")
    emotion = labels[entry.emotion]
    if emotion is None:
        raise BadInput(
            where, "left_out", repr(entry.emotion), f"nothing: {DESCRIPTION} leaves this label out"
        )
    return Description(
        emotion=emotion,
        transcription=entry.transcription,
        speaker=entry.speaker,
        gender=entry.gender,
        age=entry.age,
        group=entry.group,
    )
