"""nEMO, the dataset of emotional speech in Polish.

Origin: GitHub amu-cai/nEMO, a folder of recordings and `data.tsv`; or Hugging Face amu-cai/nEMO, the same in
Parquet tables. Licence: CC BY-NC-SA 4.0. File names are `<speaker>_<emotion>_<sentence>.wav`; the table
repeats the first two and adds text and speaker facts, so that all are checked against each other.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import records
from cameo_assets.errors import BadInput

LABELS = {
    "anger": "anger",
    "fear": "fear",
    "happiness": "happiness",
    "neutral": "neutral",
    "sadness": "sadness",
    "surprised": "surprise",
}
NAME = re.compile(
    rf"(?P<speaker>[A-Z]{{2}}\d)_(?P<emotion>{'|'.join(LABELS)})_(?P<sentence>[1-9]|[1-8]\d|90)"
)
GRAMMAR = "<speaker>_<emotion>_<sentence>.wav with sentence 1 to 90, such as WR0_surprised_64.wav"
COLUMNS = ["file_id", "emotion", "raw_text", "normalized_text", "speaker_id", "gender", "age"]


class Entry(msgspec.Struct, frozen=True):
    """What a table says of a recording; `where` is the row."""

    where: str
    stem: str
    emotion: str
    text: str
    speaker: str
    gender: str
    age: str


class Tables(msgspec.Struct, frozen=True):
    """All rows.

    Attributes:
        listed: Rows of `data.tsv` by stem, in the order of the file.
        packed: Rows of Parquet tables by the path of their recording.
        sentences: The text of each sentence number: the one that most of its rows have.
        refused: Rows and tables that cannot be used.
    """

    listed: dict[str, Entry]
    packed: dict[str, Entry]
    sentences: dict[str, str]
    refused: list[BadInput]


def read_tables(source: Source) -> Tables:
    """Reads `data.tsv` and the Parquet tables; a bad row or table does not keep the others away.

    Raises:
        BadInput: There is none, or `data.tsv` alone and its columns are others.
    """
    tables = Tables({}, {}, {}, [])
    for path in source.parquets:
        try:
            _read_parquet(source, path, tables)
        except BadInput as error:
            tables.refused.append(error)
    member = source.named("data.tsv")
    if member is not None:
        try:
            _read_list(source, member, tables)
        except BadInput as error:
            if not tables.packed:
                raise
            tables.refused.append(error)
    elif not source.parquets:
        raise BadInput(
            "data.tsv", "missing_table", "no such file", "the table that nEMO ships beside samples/"
        )
    tables.sentences.update(_sentences([*tables.listed.values(), *tables.packed.values()]))
    return tables


def _read_parquet(source: Source, path: str, tables: Tables) -> None:
    for member, values in source.records(path, COLUMNS):
        absent = [column for column in COLUMNS if values[column] is None]
        if absent:
            tables.refused.append(BadInput(member, "columns", f"no {', '.join(absent)}", "a value in each"))
        else:
            tables.packed[member] = _entry(member, values)


def _read_list(source: Source, member: Member, tables: Tables) -> None:
    form: dict[str, Any] = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    for where, row in records(member.path, source.text(member), COLUMNS, tables.refused, **form):
        entry = _entry(where, row)
        first = tables.listed.setdefault(entry.stem, entry)
        if first is not entry:
            expected = f"one row, already at {first.where}"
            tables.refused.append(BadInput(where, "repeated_row", repr(row["file_id"]), expected))


def _entry(where: str, values: Mapping[str, Any]) -> Entry:
    """A row of either kind; the age is a number in Parquet."""
    name, emotion, text, _, speaker, gender, age = (str(values[column]) for column in COLUMNS)
    # Every speaker_id as published has eight leading blanks.
    return Entry(where, name.removesuffix(".wav"), emotion, text, speaker.strip(), gender, age)


def _sentences(entries: list[Entry]) -> dict[str, str]:
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        texts[entry.stem.rpartition("_")[2]][entry.text] += 1
    return {number: found.most_common(1)[0][0] for number, found in texts.items()}


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording that has a row; rows without recording, and the reverse, are reported."""
    yield from tables.refused
    parquets = tuple(f"{path}/" for path in source.parquets)
    seen = set()
    for member in source.members:
        packed = tables.packed.get(member.path)
        if packed is None and (member.suffix != ".wav" or member.path.startswith(parquets)):
            continue
        stem = packed.stem if packed else member.stem
        seen.add(stem)
        if NAME.fullmatch(stem) is None:
            yield BadInput(member.path, "file_name", repr(stem if packed else member.name), GRAMMAR)
        elif packed is None and stem not in tables.listed:
            yield BadInput(
                member.path, "no_metadata", "a file without a row", f"a row {member.name} in data.tsv"
            )
        else:
            yield Clip(name=stem, path=member.path, version=member.version)
    for stem, entry in tables.listed.items():
        if stem not in seen:
            yield BadInput(
                f"samples/{stem}.wav", "missing_audio", "no such file", f"a file, as {entry.where} says"
            )


def describe(clip: Clip, tables: Tables) -> Description:
    """Takes the row, after a check against the name."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    entry = tables.packed.get(clip.path) or tables.listed[clip.name]
    sentence = name["sentence"]
    for what, expected, in_table in (
        (f"emotion {name['emotion']!r}", name["emotion"], entry.emotion),
        (f"speaker {name['speaker']!r}", name["speaker"], entry.speaker),
        (f"sentence {sentence}, {tables.sentences[sentence]!r},", tables.sentences[sentence], entry.text),
    ):
        if in_table != expected:
            row = f"{in_table!r} in {entry.where}"
            raise BadInput(clip.path, "name_disagrees", f"{what} in the name", row)
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
    code_version="2",
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
    obtain=(
        "a checkout or zip of github.com/amu-cai/nEMO with samples/ and data.tsv, or the Parquet files of "
        "huggingface.co/datasets/amu-cai/nEMO"
    ),
    counts={"anger": 749, "fear": 736, "happiness": 749, "neutral": 809, "sadness": 769, "surprise": 669},
    speakers=9,
    sentences=90,
    attribution="nEMO: Dataset of Emotional Speech in Polish by I. Christop, CC BY-NC-SA 4.0",
    defects=(
        "Every speaker_id in data.tsv has eight leading blanks.",
        "Speaker MK0 has no surprise, MP0 is incomplete, and EB0, SM0, TP0 and WR0 lack one or two clips.",
    ),
)
