"""CREMA-D, the Crowd-sourced Emotional Multimodal Actors Dataset (English).

Origin: GitHub CheyneyComputerScience/CREMA-D, media in Git LFS: a zip download of the page holds pointers and
no sound. Licence: ODbL 1.0 for the database, DbCL 1.0 for its contents. Only `AudioWAV/` is read; some MP3
files are silent copies of each other. The emotion is the one that the actor was asked for, as in CAMEO.

`votes` are those of the raters who had the voice alone, counted in `tabulatedVotes.csv`. A copy that has only
`summaryTable.csv` tells winners and no counts: each winner then has one vote, and the clip is flagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Clip, CorpusSpec, Description
from cameo_assets.corpora.tables import cells
from cameo_assets.errors import BadInput

LABELS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}
SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
# From VideoDemographics.csv, for the mirrors that ship the sound alone.
ACTORS = (
    "1001:M51 1002:F21 1003:F21 1004:F42 1005:M29 1006:F58 1007:F38 1008:F46 1009:F24 1010:F27 "
    "1011:M32 1012:F23 1013:F22 1014:M24 1015:M32 1016:M61 1017:M42 1018:F25 1019:M29 1020:F61 "
    "1021:F30 1022:M22 1023:M22 1024:F59 1025:F48 1026:M33 1027:M44 1028:F57 1029:F33 1030:F42 "
    "1031:M31 1032:M30 1033:M31 1034:M74 1035:M48 1036:M49 1037:F45 1038:M21 1039:M51 1040:M42 "
    "1041:M42 1042:M37 1043:F25 1044:M40 1045:M22 1046:F22 1047:F22 1048:M38 1049:F25 1050:M62 "
    "1051:M56 1052:F33 1053:F35 1054:F36 1055:F57 1056:F52 1057:M25 1058:F36 1059:M21 1060:F28 "
    "1061:F51 1062:M56 1063:F33 1064:M53 1065:M38 1066:M25 1067:M66 1068:M34 1069:M27 1070:M25 "
    "1071:M41 1072:F33 1073:F24 1074:F31 1075:F40 1076:F25 1077:M20 1078:F21 1079:F21 1080:M21 "
    "1081:M30 1082:F20 1083:M45 1084:F46 1085:M34 1086:M33 1087:M62 1088:M23 1089:F24 1090:M50 "
    "1091:F29"
)
NAME = re.compile(
    rf"(?P<actor>\d{{4}})_(?P<sentence>{'|'.join(SENTENCES)})_(?P<emotion>{'|'.join(LABELS)})_(?P<level>LO|MD|HI|XX|X)"
)
GRAMMAR = "AAAA_SSS_EEE_LL.wav, such as 1001_IEO_ANG_LO.wav"
GRADED = "IEO"
"""The one sentence that is spoken at three levels; everything else, and all that is neutral, has none."""
RENAMED = "1040_ITH_SAD"
"""Published as `..._X` until 2022 and as `..._XX` since; CAMEO's id goes with the old name."""
SILENT = "1076_MTI_SAD_XX"
TWINS = frozenset(
    f"{stem}_XX"
    for stem in (
        "1006_TIE_HAP",
        "1006_TIE_NEU",
        "1013_WSI_DIS",
        "1013_WSI_SAD",
        "1017_IWW_ANG",
        "1017_IWW_FEA",
    )
)
BROKEN_MP3 = frozenset({"1064_IEO_DIS_MD", "1064_TIE_SAD_XX", "1076_MTI_NEU_XX"})
"""Raters heard something else than the recording, which is as it should be in `AudioWAV/` alone."""

ANSWERS = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
}
"""What raters could answer, as the vote tables spell it."""
VOICE = 1
"""The query type of ratings by the voice alone."""
LONGEST_POINTER = 200
"""A file of this many bytes or more is no Git LFS pointer."""


class Actor(msgspec.Struct, frozen=True):
    """Gender and age of a speaker."""

    gender: str
    age: str


class Tables(msgspec.Struct, frozen=True):
    """What the side tables say.

    Attributes:
        actors: By number.
        stems: The stems that the copy says it holds; none where it ships no list.
        votes: Votes on the voice alone by emotion, by stem.
        winners_only: Whether votes are only winners.
        refused: Rows that cannot be used.
    """

    actors: dict[str, Actor]
    stems: tuple[str, ...]
    votes: dict[str, dict[str, int]]
    winners_only: bool
    refused: tuple[BadInput, ...]


def read_tables(source: Source) -> Tables:
    """Reads the demographics, the list of files and the votes, where the copy has them.

    Raises:
        BadInput: A table has other columns, or is none.
    """
    refused: list[BadInput] = []
    demographics = _rows(source, "VideoDemographics.csv", ("ActorID", "Age", "Sex"), refused)
    actors = {actor: Actor(sex.lower(), age) for _, (actor, age, sex) in demographics}
    if not actors:
        facts = (actor.split(":") for actor in ACTORS.split())
        actors = {number: Actor("male" if fact[0] == "M" else "female", fact[1:]) for number, fact in facts}
    listed = tuple(stem for _, (stem,) in _rows(source, "SentenceFilenames.csv", ("Filename",), refused))
    counted = _counts(source, refused)
    votes = counted or _winners(source, refused)
    return Tables(actors, listed, votes, winners_only=not counted, refused=tuple(refused))


def _counts(source: Source, refused: list[BadInput]) -> dict[str, dict[str, int]]:
    """Voice-only votes of `tabulatedVotes.csv`; none where it is absent."""
    counted: dict[str, dict[str, int]] = {}
    # The first column has no name. The publisher's tabulateVotesV2.r fills it with 100,000 times the query
    # type (1 voice, 2 face, 3 both) plus the number of the clip.
    table = _rows(source, "tabulatedVotes.csv", ("", *ANSWERS, "fileName"), refused)
    for where, (key, *votes, stem) in table:
        if not all(cell.isdecimal() for cell in (key, *votes)):
            refused.append(BadInput(where, "votes", repr([key, *votes]), "whole numbers"))
        elif int(key) // 100_000 == VOICE:
            pairs = zip(ANSWERS.values(), map(int, votes), strict=True)
            counted[_spelling(stem)] = {emotion: number for emotion, number in pairs if number}
    return counted


def _winners(source: Source, refused: list[BadInput]) -> dict[str, dict[str, int]]:
    """One vote for each emotion that most listeners chose, by `summaryTable.csv`; none where it is absent."""
    won: dict[str, dict[str, int]] = {}
    for where, (stem, winners) in _rows(source, "summaryTable.csv", ("FileName", "VoiceVote"), refused):
        codes = winners.split(":")
        if set(codes) <= set(ANSWERS):
            won[_spelling(stem)] = {ANSWERS[code]: 1 for code in codes}
        else:
            refused.append(BadInput(where, "votes", repr(winners), f"some of {':'.join(ANSWERS)}"))
    return won


def _spelling(stem: str) -> str:
    """The stem in one spelling, so that the renamed clip finds its votes by either name."""
    return f"{RENAMED}_X" if stem.startswith(RENAMED) else stem


def _rows(
    source: Source, name: str, columns: tuple[str, ...], refused: list[BadInput]
) -> Iterator[tuple[str, list[str]]]:
    """The place of each row and the cells of the columns wanted; nothing where the copy has no such table."""
    member = source.named(name)
    if member is not None:
        yield from cells(member.path, source.text(member), columns, refused, more=True)


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording of `AudioWAV/`, and reports the listed ones that are not there."""
    yield from tables.refused
    seen = set()
    for member in source.members:
        if member.suffix != ".wav":
            continue
        name = NAME.fullmatch(member.stem)
        if name is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
            continue
        seen.add(member.stem)
        yield _clip(source, member, name)
    for stem in tables.stems:
        if stem not in seen and stem.removesuffix("X") not in seen:
            expected = "a file, as SentenceFilenames.csv says"
            yield BadInput(f"AudioWAV/{stem}.wav", "missing_audio", "no such file", expected)


def _clip(source: Source, member: Member, name: re.Match[str]) -> Clip | BadInput:
    levels = _levels(name)
    if name["level"] not in levels:
        return BadInput(member.path, "level", repr(name["level"]), f"one of {', '.join(levels)}")
    # A zip of the repository's page holds pointers alone; all recordings are far longer and stay unread.
    if 0 < member.size < LONGEST_POINTER:
        kind = pretender(source.read(member.path))
        if kind:
            return BadInput(member.path, "lfs_pointer", kind, "the recording, fetched with `git lfs pull`")
    return Clip(name=_source_name(name), path=member.path, version=member.version)


def _levels(name: re.Match[str]) -> tuple[str, ...]:
    """The levels that a combination was published with."""
    if name["sentence"] == GRADED and name["emotion"] != "NEU":
        return ("LO", "MD", "HI")
    return ("XX", "X") if name[0].startswith(RENAMED) else ("XX",)


def _source_name(name: re.Match[str]) -> str:
    """CAMEO's rewritten name, with the level as it was when CAMEO was made."""
    stem = f"{name['actor']}_{name['sentence']}_{name['emotion']}"
    level = "X" if stem == RENAMED else name["level"]
    return f"crema-d_{name['actor']}_{LABELS[name['emotion']]}_{name['sentence']}{level}"


def describe(clip: Clip, tables: Tables) -> Description:
    """Reads emotion and sentence from the name, and the speaker's facts from the table."""
    stem = clip.stem
    name = NAME.fullmatch(stem)
    assert name is not None  # find lets nothing else through
    actor = tables.actors.get(name["actor"])
    if actor is None:
        raise BadInput(clip.path, "unknown_speaker", name["actor"], "an actor of VideoDemographics.csv")
    votes = tables.votes.get(_spelling(stem))
    flags = (
        ("silent_at_source", stem == SILENT),
        ("known_duplicate", stem in TWINS),
        ("rated_unheard", bool(votes) and stem in BROKEN_MP3),
        ("winners_only", bool(votes) and tables.winners_only),
    )
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=SENTENCES[name["sentence"]],
        speaker=name["actor"],
        gender=actor.gender,
        age=actor.age,
        votes=votes,
        flags=tuple(flag for flag, holds in flags if holds),
    )


SPEC = CorpusSpec(
    slug="crema_d",
    name="CREMA-D",
    language="English",
    licence="ODbL 1.0 with DbCL 1.0",
    citation=(
        "Cao, Cooper, Keutmann, Gur, Nenkova and Verma (2014), CREMA-D: Crowd-sourced Emotional Multimodal "
        "Actors Dataset, IEEE Transactions on Affective Computing 5(4)"
    ),
    homepage="https://github.com/CheyneyComputerScience/CREMA-D",
    labels=LABELS,
    code_version="2",
    read_tables=read_tables,
    find=find,
    describe=describe,
    obtain="AudioWAV/ of github.com/CheyneyComputerScience/CREMA-D, fetched with `git lfs pull`",
    counts={
        "anger": 1271,
        "disgust": 1271,
        "fear": 1271,
        "happiness": 1271,
        "neutral": 1087,
        "sadness": 1271,
    },
    speakers=91,
    sentences=12,
    attribution=(
        "CREMA-D by H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova and R. Verma; database under "
        "ODbL 1.0, contents under DbCL 1.0"
    ),
    allow_silent=frozenset({"crema-d_1076_sadness_MTIXX"}),
    defects=(
        "1076_MTI_SAD_XX has no signal; CAMEO keeps it, and so do we.",
        "Three pairs are the same recording under two labels: 1006_TIE_HAP and _NEU, 1013_WSI_DIS and _SAD, "
        "1017_IWW_ANG and _FEA.",
        "Until 2022-10-18, 1040_ITH_SAD_XX was called 1040_ITH_SAD_X.",
        "A zip of the repository's page holds Git LFS pointers of some 130 bytes, refused as lfs_pointer.",
        "AudioMP3/ has silent files and copies of other clips; it is never read.",
        "Raters heard broken MP3s of 1076_MTI_NEU, 1064_TIE_SAD and 1064_IEO_DIS_MD: their votes are flagged "
        "rated_unheard; the WAV files are fine.",
        "Twenty combinations of actor, sentence and emotion were never published.",
    ),
)
