"""EMNS, the Emotive Narrative Storytelling corpus (British English, one speaker).

Origin: OpenSLR resource 136: `metadata.csv`, and each recording as the browser left it in `raw_webm.tar.xz`
and, but for 24 of them, cleaned in `cleaned_webm.tar.xz`. Licence: Apache 2.0. CAMEO has the raw ones.

A row becomes one utterance: its raw recording where the copy has it, else the cleaned one. The version that
is not needed, and files that are not WebM, are passed over. The column `description` is a template for a
synthesiser and not what is said; `level`, how expressive the speaker was asked to be, is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import cells
from cameo_assets.errors import BadInput

LABELS = {
    "Angry": "anger",
    "Disgust": "disgust",
    "Excited": "excitement",
    "Happy": "happiness",
    "Neutral": "neutral",
    "Sad": "sadness",
    "Sarcastic": "sarcasm",
    "Surprise": "surprise",
    "Surprised": "surprise",
}
TABLE = "metadata.csv"
COLUMNS = [
    "id",
    "utterance",
    "description",
    "emotion",
    "date_created",
    "status",
    "gender",
    "age",
    "level",
    "audio_recording",
    "user_id",
]
NAME = re.compile(r"recorded_audio(_[A-Za-z0-9]{7})?\.webm")
GRAMMAR = "a path that ends in recorded_audio_XXXXXXX.webm"
RAW, CLEANED = "raw", "cleaned"
COMPLETE = "Complete"


class Entry(msgspec.Struct, frozen=True):
    """One row of `metadata.csv`; `where` names table and line."""

    where: str
    emotion: str
    text: str
    speaker: str
    gender: str
    age: str
    status: str


class Tables(msgspec.Struct, frozen=True):
    """The rows by the name of their recording, in the order of the file, and the rows that are none."""

    entries: dict[str, Entry]
    refused: tuple[BadInput, ...]


def read_tables(source: Source) -> Tables:
    """Reads `metadata.csv`.

    The folder that the table names for every recording exists in neither archive, so the name alone is kept.

    Raises:
        BadInput: The table is missing, or its columns are others.
    """
    member = source.named(TABLE)
    if member is None:
        raise BadInput(
            TABLE, "missing_table", "no such file", "the table that EMNS ships beside its archives"
        )
    entries: dict[str, Entry] = {}
    refused: list[BadInput] = []
    for where, row in cells(member.path, source.text(member), COLUMNS, refused, delimiter="|"):
        _, text, _, emotion, _, status, gender, age, _, recording, speaker = row
        name = recording.rpartition("/")[2]
        if NAME.fullmatch(name) is None:
            refused.append(BadInput(where, "file_name", repr(recording), GRAMMAR))
        elif name in entries:
            expected = f"one row, already at {entries[name].where}"
            refused.append(BadInput(where, "repeated_row", repr(recording), expected))
        else:
            entries[name] = Entry(where, emotion, text, speaker, gender, age, status)
    return Tables(entries, tuple(refused))


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields the recordings of every row, and reports rows without recording and the reverse."""
    yield from tables.refused
    found: dict[str, dict[str, list[Member]]] = {}
    for member in source.members:
        if member.suffix != ".webm":
            continue
        # Capitals count, but for the extension: names are random letters.
        name = f"{member.stem}.webm"
        if name in tables.entries:
            found.setdefault(name, {}).setdefault(_version(member.path), []).append(member)
        else:
            expected = f"a row with {name} in {TABLE}"
            yield BadInput(member.path, "no_metadata", "a file without a row", expected)
    for name, entry in tables.entries.items():
        versions = found.get(name, {})
        # Files in a folder of neither name are somebody's own choice of the two.
        chosen = versions.get(RAW) or versions.get("") or versions.get(CLEANED) or []
        for member in chosen:
            yield Clip(name=member.stem, path=member.path, version=member.version)
        if not chosen:
            expected = f"a file, as {entry.where} says"
            if entry.status != COMPLETE:
                expected += "; raw_webm.tar.xz has those that were never cleaned"
            yield BadInput(f"raw_webm/{name}", "missing_audio", "no such file", expected)


def _version(path: str) -> str:
    """Which of the two archives a recording is from, by the folder nearest to it; empty where none says."""
    for folder in reversed(path.lower().split("/")[:-1]):
        for version in (RAW, CLEANED):
            if folder.startswith(version):
                return version
    return ""


def describe(clip: Clip, tables: Tables) -> Description:
    """Takes the row."""
    entry = tables.entries[f"{clip.name}.webm"]
    if entry.emotion not in LABELS:
        row = f"{entry.emotion!r} in {entry.where}"
        raise BadInput(clip.path, "unknown_emotion", row, f"one of {', '.join(LABELS)}")
    flags: tuple[str, ...] = () if entry.status == COMPLETE else (entry.status.lower().replace(" ", "_"),)
    if _version(clip.path) == CLEANED:
        flags += ("cleaned_recording",)
    return Description(
        emotion=LABELS[entry.emotion],
        transcription=entry.text,
        speaker=entry.speaker,
        gender=entry.gender.lower(),
        age=entry.age,
        flags=flags,
    )


SPEC = CorpusSpec(
    slug="emns",
    name="EMNS",
    language="English",
    licence="Apache 2.0",
    citation=(
        "Noriy, Yang and Zhang (2023), EMNS /Imz/ Corpus: An emotive single-speaker dataset for narrative "
        "storytelling in games, television and graphic novels, arXiv 2305.13137"
    ),
    homepage="https://www.openslr.org/136/",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=(
        Archive(name="metadata.csv", url="https://www.openslr.org/resources/136/metadata.csv"),
        Archive(name="raw_webm.tar.xz", url="https://www.openslr.org/resources/136/raw_webm.tar.xz"),
        Archive(
            name="cleaned_webm.tar.xz",
            url="https://www.openslr.org/resources/136/cleaned_webm.tar.xz",
            optional=True,
        ),
    ),
    obtain="metadata.csv and raw_webm.tar.xz of OpenSLR resource 136, the archive as it is or unpacked",
    counts={
        "anger": 133,
        "disgust": 165,
        "excitement": 155,
        "happiness": 158,
        "neutral": 149,
        "sadness": 150,
        "sarcasm": 142,
        "surprise": 153,
    },
    speakers=1,
    defects=(
        "24 of the 1205 rows (status Needs Updating) were never cleaned: cleaned_webm.tar.xz holds 1181 "
        "recordings, raw_webm.tar.xz and CAMEO all of them.",
        "The duration in a recording's header is the browser's and often too long; what was decoded counts, "
        "and the clip is flagged duration_header.",
        "The table's wavs/ is the folder of neither archive; recordings are found by name.",
        "Names of recordings are random letters whose capitals count, and one has none: recorded_audio.webm.",
        "One speaker: nothing can be said across speakers.",
    ),
)
