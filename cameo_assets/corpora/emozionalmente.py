"""Emozionalmente, a crowd-sourced corpus of acted emotional speech (Italian).

Origin: Zenodo record 12616095 (version 1.1; version 1.0 is record 6569824), one zip with `audio/` and three
tables in `metadata/`. Licence: CC BY 4.0. A file name is a time stamp and says nothing: `samples.csv` gives
the sentence, the actor and the emotion asked for, `users.csv` the people, and `evaluations.csv` what five of
them heard in each clip. Texts are kept as published: typographic apostrophes, `E’` for È, digits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import cells
from cameo_assets.errors import BadInput

LABELS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "neutrality": "neutral",
    "sadness": "sadness",
    "surprise": "surprise",
}
SENTENCES: Final = frozenset(
    {
        "E’ andato a scuola dopo pranzo",
        "E’ impegnato in una riunione",
        "E’ una notte stellata",
        "Giovanni parte per Roma domani",
        "Gli operai si alzano presto",
        "Ho preso 6 nella verifica di matematica",
        "Ieri un gatto ha bevuto dalla tazza",
        "Il cane ha riportato qui la palla",
        "Il capo mi ha affidato un altro lavoro",
        "La cascata fa molto rumore",
        "L’ho incontrato oggi dopo 2 anni",
        "Non sapevo che fosse in città",
        "Oggi c’è una partita di basket",
        "Tommaso ha detto che dovevo scegliere io cosa fare",
        "Tornerà a casa presto",
        "Vado in biblioteca",
        "Vorrei il numero telefonico del Signor Piatti",
        "Zia Marta ha detto che devo stare a casa stasera",
    }
)
NAME = re.compile(r"\d{13}")
GRAMMAR = "thirteen digits and .wav, such as 1616256756877.wav"
USER = re.compile(r"[0-9a-f]{64}")
SAMPLES: Final = ("file_name", "sentence", "sentence_language", "actor", "emotion_expressed")
USERS: Final = ("username", "gender", "age", "mother_tongue")
EVALUATIONS: Final = ("file_name", "evaluator", "audio_quality", "emotion_recognized")
EACH: Final = 5
"""Evaluations of every clip."""
MANY_BAD: Final = 2
"""So many evaluators who call the sound bad make a flag; no published clip has more."""


class Entry(msgspec.Struct, frozen=True):
    """One row of `samples.csv`; `where` names table and line."""

    where: str
    sentence: str
    actor: str
    emotion: str


class Heard(msgspec.Struct):
    """What the evaluators said of one clip: votes by emotion, who voted, and how many call the sound bad."""

    votes: Counter[str] = msgspec.field(default_factory=Counter)
    evaluators: list[str] = []
    bad: int = 0


class Tables(msgspec.Struct, frozen=True):
    """The three tables.

    Attributes:
        entries: A row of `samples.csv` for each stem, in the order of the file.
        users: Gender and age by user name.
        heard: Evaluations by stem; empty where the copy has no `evaluations.csv`.
        refused: Rows that cannot be used.
    """

    entries: dict[str, Entry]
    users: dict[str, tuple[str, str]]
    heard: dict[str, Heard]
    refused: tuple[BadInput, ...]


def read_tables(source: Source) -> Tables:
    """Reads and joins the tables; only the evaluations may be absent.

    Of two rows for one clip or one person, the first counts.

    Raises:
        BadInput: A table is missing, or its columns are others.
    """
    refused: list[BadInput] = []
    entries: dict[str, Entry] = {}
    for where, (name, sentence, _, actor, emotion) in _table(source, "samples.csv", SAMPLES, refused):
        stem = name.removesuffix(".wav")
        if NAME.fullmatch(stem) is None:
            refused.append(BadInput(where, "file_name", repr(name), GRAMMAR))
        elif stem in entries:
            expected = f"one row, already at {entries[stem].where}"
            refused.append(BadInput(where, "repeated_row", repr(name), expected))
        else:
            entries[stem] = Entry(where, sentence, actor, emotion)
    users: dict[str, tuple[str, str]] = {}
    for where, (user, gender, age, _) in _table(source, "users.csv", USERS, refused):
        if user in users:
            refused.append(BadInput(where, "repeated_row", repr(user), "one row for each person"))
        else:
            users[user] = (gender, age)
    heard = _evaluations(source, entries, users, refused)
    return Tables(entries, users, heard, tuple(refused))


def _evaluations(
    source: Source,
    entries: dict[str, Entry],
    users: dict[str, tuple[str, str]],
    refused: list[BadInput],
) -> dict[str, Heard]:
    """Sums the evaluations up by stem; a row that does not fit the other tables is a complaint."""
    heard: dict[str, Heard] = {}
    if source.named("evaluations.csv") is None:
        return heard
    table = _table(source, "evaluations.csv", EVALUATIONS, refused)
    for where, (name, evaluator, quality, answer) in table:
        stem = name.removesuffix(".wav")
        if stem not in entries:
            refused.append(BadInput(where, "unknown_clip", repr(name), "a clip of samples.csv"))
        elif evaluator not in users:
            refused.append(BadInput(where, "unknown_evaluator", repr(evaluator), "a person of users.csv"))
        elif answer not in LABELS:
            # Not a vote for anything that we know; the clip itself is as good as before.
            refused.append(BadInput(where, "unknown_answer", repr(answer), f"one of {', '.join(LABELS)}"))
        else:
            clip = heard.setdefault(stem, Heard())
            clip.votes[LABELS[answer]] += 1
            clip.evaluators.append(evaluator)
            clip.bad += quality == "bad"
    return heard


def _table(
    source: Source, name: str, columns: tuple[str, ...], refused: list[BadInput]
) -> Iterator[tuple[str, list[str]]]:
    """The rows of a table, with the place of each."""
    member = source.named(name)
    if member is None:
        raise BadInput(name, "missing_table", "no such file", "a table of metadata/, beside audio/")
    yield from cells(member.path, source.text(member), columns, refused)


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording that has a row; rows without recording, and the reverse, are reported."""
    yield from tables.refused
    seen = set()
    for member in source.members:
        if member.suffix == ".wav":
            seen.add(member.stem)
            yield _clip(member, tables)
    for stem, entry in tables.entries.items():
        if stem not in seen:
            expected = f"a file, as {entry.where} says"
            yield BadInput(f"audio/{stem}.wav", "missing_audio", "no such file", expected)


def _clip(member: Member, tables: Tables) -> Clip | BadInput:
    if NAME.fullmatch(member.stem) is None:
        return BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
    if member.stem not in tables.entries:
        expected = f"a row {member.name} in samples.csv"
        return BadInput(member.path, "no_metadata", "a file without a row", expected)
    return Clip(name=member.stem, path=member.path, version=member.version)


def describe(clip: Clip, tables: Tables) -> Description:
    """Takes the row, the person and the votes."""
    entry = tables.entries[clip.name]
    if entry.emotion not in LABELS:
        seen = f"{entry.emotion!r} in {entry.where}"
        raise BadInput(clip.path, "unknown_emotion", seen, f"one of {', '.join(LABELS)}")
    if USER.fullmatch(entry.actor) is None or entry.actor not in tables.users:
        seen = f"{entry.actor!r} in {entry.where}"
        raise BadInput(clip.path, "unknown_speaker", seen, "64 hex digits that have a row in users.csv")
    gender, age = tables.users[entry.actor]
    if not age.isdecimal():
        raise BadInput(clip.path, "age", f"{age!r} of {entry.actor} in users.csv", "years, in digits")
    heard = tables.heard.get(clip.name)
    return Description(
        emotion=LABELS[entry.emotion],
        transcription=entry.sentence,
        speaker=entry.actor,
        gender=gender,
        age=age,
        votes=dict(sorted(heard.votes.items())) if heard else None,
        flags=tuple(_flags(entry, heard, evaluated=bool(tables.heard))),
    )


def _flags(entry: Entry, heard: Heard | None, *, evaluated: bool) -> Iterator[str]:
    if entry.sentence not in SENTENCES:
        yield "unlisted_text"
    evaluators = heard.evaluators if heard else []
    if evaluated and len(evaluators) != EACH:
        yield "not_five_votes"
    if len(set(evaluators)) < len(evaluators):
        yield "evaluator_repeated"
    if heard and heard.bad >= MANY_BAD:
        yield "called_bad_by_evaluators"


SPEC = CorpusSpec(
    slug="emozionalmente",
    name="Emozionalmente",
    language="Italian",
    licence="CC BY 4.0",
    citation=(
        "Catania, Wilke and Garzotto (2025), Emozionalmente: A Crowdsourced Corpus of Simulated Emotional "
        "Speech in Italian, IEEE Transactions on Audio, Speech and Language Processing 33, 1142-1155"
    ),
    homepage="https://zenodo.org/records/12616095",
    doi="10.5281/zenodo.12616095",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=(
        Archive(
            name="emozionalmente.zip",
            url="https://zenodo.org/records/12616095/files/emozionalmente.zip",
            md5="398c6502dd2b0e1e810f927c12897547",
        ),
        Archive(
            name="emozionalmente_dataset.zip",
            url="https://zenodo.org/records/6569824/files/emozionalmente_dataset.zip",
            record="https://zenodo.org/api/records/6569824",
            optional=True,
        ),
    ),
    obtain="emozionalmente.zip of Zenodo record 12616095 (version 1.1), as it is or unpacked",
    counts=dict.fromkeys(sorted(LABELS.values()), 986),
    speakers=431,
    sentences=18,
    attribution="Emozionalmente by F. Catania, J. W. Wilke and F. Garzotto, CC BY 4.0",
    defects=(
        "150 recordings have 44.1 kHz and not 16 kHz as the README says.",
        "Sentences have typographic apostrophes, E’ for È, and digits; all is kept as published.",
        "Evaluators hear another emotion in a third of all cases; the label is what the actor was asked for.",
        "In 34 clips an evaluator voted more than once; votes count every row, and such clips are flagged.",
        "One actor's gender is given as other.",
        "Two evaluators are said to be one year old; neither is an actor.",
        "In 177 clips two of five evaluators call the sound bad; they are flagged.",
    ),
)
