"""RESD, Russian emotional speech dialogues.

Origin: Hugging Face Aniemore/resd_annotated, two Parquet tables of recordings with texts; Aniemore/resd is
the same without texts, and was once `train.csv`, `test.csv` and folders of WAV files. All are read. Licence:
MIT. A name is `<dialogue>_<emotion>_<emotion> <letter>_<turn>`: the emotions of the two sides, and the first
letter of the one that speaks. Before the letter stands a blank in dialogues 01 to 11 and an underscore later,
and CAMEO's ids go with it. The texts are made by a machine. About speakers nothing is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import records
from cameo_assets.errors import BadInput

LABELS = {
    "anger": "anger",
    "disgust": "disgust",
    "enthusiasm": "enthusiasm",
    "fear": "fear",
    "happiness": "happiness",
    "neutral": "neutral",
    "sadness": "sadness",
}
LETTERS = {emotion[0]: emotion for emotion in LABELS}
ANY = "|".join(LABELS)
NAME = re.compile(
    rf"(?P<dialogue>0[1-9]|[1-4]\d|50)_(?P<one>{ANY})_(?P<other>{ANY})(?P<gap>[ _])(?P<letter>[a-z])_\d{{3}}"
)
GRAMMAR = (
    "'03_disgust_neutral n_050.wav' and its like up to dialogue 11, '12_sadness_disgust_s_020.wav' after it"
)
LAST_WITH_BLANK = 11
FOLDER = re.compile(rf"(?:(\d\d)_)?({ANY})_({ANY})(?:_(\d\d))?")
"""`03_disgust_neutral` up to dialogue 11, and `sadness_disgust_12` after it."""


class Row(msgspec.Struct, frozen=True):
    """What a table says of a recording; `folder` is that of its dialogue, where the table has it."""

    where: str
    name: str
    folder: str
    emotion: str
    text: str | None


class Tables(msgspec.Struct, frozen=True):
    """Rows of Parquet tables by path of the recording, those of CSV files by name, and what is refused."""

    packed: dict[str, Row]
    listed: dict[str, Row]
    refused: list[BadInput]


def read_tables(source: Source) -> Tables:
    """Reads all tables that are there; a table of other columns does not keep the others away."""
    tables = Tables({}, {}, [])
    for path in source.parquets:
        try:
            tables.packed.update(_packed(source, path))
        except BadInput as error:
            tables.refused.append(error)
    for part in ("train.csv", "test.csv"):
        try:
            _read_list(source, part, tables)
        except BadInput as error:
            tables.refused.append(error)
    return tables


def _packed(source: Source, path: str) -> dict[str, Row]:
    columns = ("name", "path", "emotion")
    try:
        found = list(source.records(path, (*columns, "text")))
    except BadInput as error:
        if error.rule != "columns":
            raise
        found = list(source.records(path, columns))  # plain resd has no texts
    return {member: _row(member, values) for member, values in found}


def _read_list(source: Source, name: str, tables: Tables) -> None:
    member = source.named(name)
    if member is None:
        return
    listed = records(member.path, source.text(member), ("path", "emotion"), tables.refused, more=True)
    for where, values in listed:
        row = _row(where, values)
        first = tables.listed.setdefault(row.name, row)
        if first is not row:
            expected = f"one row, already at {first.where}"
            tables.refused.append(BadInput(where, "repeated_row", repr(row.name), expected))


def _row(where: str, values: Mapping[str, Any]) -> Row:
    """A row of either kind; its name is that of its path where the table has no column for it."""
    *folders, file = str(values["path"] or "").replace("\\", "/").split("/")
    name = values.get("name") or file.removesuffix(".wav")
    folder = folders[-1] if folders else ""
    return Row(where, str(name), folder, str(values["emotion"]), values.get("text") or None)


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording of the Parquet tables and of the folders; reports rows without recording."""
    yield from tables.refused
    parquets = tuple(f"{path}/" for path in source.parquets)
    seen = set()
    for member in source.members:
        row = tables.packed.get(member.path)
        if row is None and (member.suffix != ".wav" or member.path.startswith(parquets)):
            continue
        stem, folder = (row.name, row.folder) if row else (member.stem, member.folder)
        seen.add(stem)
        yield _fault(member.path, stem, folder) or Clip(name=stem, path=member.path, version=member.version)
    for row in tables.listed.values():
        if row.name not in seen:
            yield BadInput(row.where, "missing_audio", f"no {row.name}.wav", "a file for each row")


def _fault(path: str, stem: str, folder: str) -> BadInput | None:
    """What is wrong with a name."""
    name = NAME.fullmatch(stem)
    if name is None or (name["gap"] == " ") != (int(name["dialogue"]) <= LAST_WITH_BLANK):
        return BadInput(path, "file_name", repr(stem), GRAMMAR)
    pair = {name["one"], name["other"]}
    if LETTERS.get(name["letter"]) not in pair:
        return BadInput(
            path, "file_name", f"letter {name['letter']} in {stem!r}", f"of {' or '.join(sorted(pair))}"
        )
    found = FOLDER.fullmatch(folder)
    # In any order: the folder of dialogue 11 is 11_disgust_anger, and its files are 11_anger_disgust.
    if found and not ({found[2], found[3]} == pair and name["dialogue"] in (found[1], found[4])):
        return BadInput(path, "folder_disagrees", folder, f"the folder of dialogue {name['dialogue']}")
    return None


def describe(clip: Clip, tables: Tables) -> Description:
    """Reads the emotion from the letter, after a check against the table, and takes the table's text."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    emotion = LETTERS[name["letter"]]
    row = tables.packed.get(clip.path) or tables.listed.get(clip.name)
    if row is not None and row.emotion != emotion:
        raise BadInput(
            clip.path, "name_disagrees", f"{emotion} in the name", f"{row.emotion!r} of {row.where}"
        )
    return Description(
        emotion=LABELS[emotion],
        transcription=row.text if row else None,
        group=name["dialogue"],
    )


_FILES: Final = "https://huggingface.co/datasets/Aniemore/resd_annotated/resolve/main/data/"

SPEC = CorpusSpec(
    slug="resd",
    name="RESD",
    language="Russian",
    licence="MIT",
    citation=(
        "Amentes, Lubenets and Davidchuk (2022), Russian Emotional Speech Dialogues (RESD), Hugging Face "
        "Aniemore/resd_annotated"
    ),
    homepage="https://huggingface.co/datasets/Aniemore/resd_annotated",
    doi="10.57967/hf/1272",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=tuple(
        Archive(name=name, url=_FILES + name)
        for name in (
            "train-00000-of-00001-1f5fe73d1293189c.parquet",
            "test-00000-of-00001-a2b788d59856c4ae.parquet",
        )
    ),
    obtain="the two files of data/ of huggingface.co/datasets/Aniemore/resd_annotated",
    counts={
        "anger": 219,
        "disgust": 185,
        "enthusiasm": 198,
        "fear": 223,
        "happiness": 218,
        "neutral": 191,
        "sadness": 162,
    },
    defects=(
        "301 names, those of dialogues 01 to 11, hold a blank.",
        "The folder of dialogue 11 is 11_disgust_anger, and its files are 11_anger_disgust.",
        "716 recordings have 16 kHz and 680 have 44.1 kHz; the shortest lasts 0.37 s.",
        "Training and test part share all dialogues from 12 on: the parts are not kept apart here.",
        "Older revisions hold lists of numbers instead of recordings, and are refused.",
    ),
)
