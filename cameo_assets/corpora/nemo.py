"""nEMO, the dataset of emotional speech in Polish.

Origin: GitHub amu-cai/nEMO, a folder of recordings and `data.tsv`. Licence: CC BY-NC-SA 4.0.
File names are `<speaker>_<emotion>_<sentence>.wav`; the table repeats the first two and adds text and speaker
facts, so that both are checked against each other.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import msgspec

from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import rows
from cameo_assets.errors import BadInput

LABELS = {
    "anger": "anger",
    "fear": "fear",
    "happiness": "happiness",
    "neutral": "neutral",
    "sadness": "sadness",
    "surprised": "surprise",
}
NAME = re.compile(rf"(?P<speaker>[A-Z]{{2}}\d)_(?P<emotion>{'|'.join(LABELS)})_(?P<sentence>[1-9]\d?)")
GRAMMAR = "<speaker>_<emotion>_<sentence>.wav, such as WR0_surprised_64.wav"
COLUMNS = ["file_id", "emotion", "raw_text", "normalized_text", "speaker_id", "gender", "age"]


class Entry(msgspec.Struct, frozen=True):
    """One row of `data.tsv`; `line` counts from 1, the header included."""

    line: int
    emotion: str
    text: str
    speaker: str
    gender: str
    age: str


def read_tables(source: Source) -> dict[str, Entry]:
    """Reads `data.tsv`: an entry for each stem, in the order of the file.

    Raises:
        BadInput: The table is missing, its columns are others, or it names a file twice.
    """
    member = source.named("data.tsv")
    if member is None:
        raise BadInput(
            "data.tsv", "missing_table", "no such file", "the table that nEMO ships beside samples/"
        )
    table = rows(member.path, source.text(member), delimiter="\t", quoting=csv.QUOTE_NONE)
    _, header = next(table, (0, []))
    if header != COLUMNS:
        raise BadInput(member.path, "columns", repr(header), repr(COLUMNS))
    entries: dict[str, Entry] = {}
    for line, row in table:
        where = f"{member.path} line {line}"
        if len(row) != len(COLUMNS):
            raise BadInput(where, "columns", f"{len(row)} fields", f"{len(COLUMNS)} fields")
        name, emotion, text, _, speaker, gender, age = row
        stem = name.removesuffix(".wav")
        if stem in entries:
            raise BadInput(
                where, "repeated_row", repr(name), f"one row, already at line {entries[stem].line}"
            )
        # Every speaker_id as published has eight leading blanks.
        entries[stem] = Entry(line, emotion, text, speaker.strip(), gender, age)
    return entries


def find(source: Source, tables: dict[str, Entry]) -> Iterator[Clip | BadInput]:
    """Yields every recording that has a row; rows without recording, and the reverse, are reported."""
    seen = set()
    for member in source.members:
        if member.suffix != ".wav":
            continue
        seen.add(member.stem)
        if NAME.fullmatch(member.stem) is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
        elif member.stem not in tables:
            yield BadInput(
                member.path, "no_metadata", "a file without a row", f"a row {member.name} in data.tsv"
            )
        else:
            yield Clip(name=member.stem, path=member.path, version=member.version)
    for stem, entry in tables.items():
        if stem not in seen:
            yield BadInput(
                f"samples/{stem}.wav",
                "missing_audio",
                "no such file",
                f"a file, as data.tsv line {entry.line} says",
            )


def describe(clip: Clip, tables: dict[str, Entry]) -> Description:
    """Takes the row, after a check against the name."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    entry = tables[clip.name]
    for what, in_table in (("emotion", entry.emotion), ("speaker", entry.speaker)):
        if name[what] != in_table:
            row = f"{in_table!r} in data.tsv line {entry.line}"
            raise BadInput(clip.path, "name_disagrees", f"{what} {name[what]!r} in the name", row)
    return Description(
        emotion=LABELS[entry.emotion],
        transcription=entry.text,
        speaker=entry.speaker,
        gender=entry.gender,
        age=entry.age,
    )


SPEC = CorpusSpec(
    slug="nemo",
    name="nEMO",
    language="Polish",
    licence="CC BY-NC-SA 4.0",
    citation="Christop (2024), nEMO: Dataset of Emotional Speech in Polish, LREC-COLING 2024",
    homepage="https://github.com/amu-cai/nEMO",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=(
        # The state of 2024-05-28. GitHub packs it anew for each download, so it has no size or checksum.
        Archive(
            name="nEMO-66de9999a8f2f605eb5f64841790aa5cb0877782.zip",
            url="https://github.com/amu-cai/nEMO/archive/66de9999a8f2f605eb5f64841790aa5cb0877782.zip",
        ),
    ),
    obtain="a checkout or zip of github.com/amu-cai/nEMO with samples/ and data.tsv",
    counts={"anger": 749, "fear": 736, "happiness": 749, "neutral": 809, "sadness": 769, "surprise": 669},
    speakers=9,
    defects=(
        "Every speaker_id in data.tsv has eight leading blanks.",
        "Speaker MK0 has no surprise, and speaker MP0 is incomplete.",
    ),
)
