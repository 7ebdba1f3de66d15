"""CaFE, the Canadian French Emotional speech dataset (French).

Origin: Zenodo record 1478765 (version 1.1). `CaFE_48k.zip` holds WAV; `CaFE_192k_1.zip` and `CaFE_192k_2.zip`
hold the same recordings as AIFF of 192 kHz. Licence: CC BY-NC-SA 4.0. A name is actor, emotion, intensity and
sentence; the AIFF files leave the intensity of neutral out. The emotion is taken from the name alone: folder
names are stored in an old code page without a mark, and many tools garble their accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.spelling import unaccented
from cameo_assets.errors import BadInput

LABELS = {
    "C": "anger",
    "D": "disgust",
    "J": "happiness",
    "N": "neutral",
    "P": "fear",
    "S": "surprise",
    "T": "sadness",
}
SENTENCES = {
    "1": "Un cheval fou dans mon jardin",
    "2": "Deux ânes aigris au pelage brun",
    "3": "Trois cygnes aveugles au bord du lac",
    "4": "Quatre vieilles truies éléphantesques",
    "5": "Cinq pumas fiers et passionnés",
    "6": "Six ours aimants domestiqués",
}
AGES = {
    "01": "46",
    "02": "64",
    "03": "18",
    "04": "50",
    "05": "22",
    "06": "34",
    "07": "15",
    "08": "25",
    "09": "42",
    "10": "20",
    "11": "35",
    "12": "37",
}
"""From Readme.txt of version 1.1."""
NAME = re.compile(
    r"(?P<actor>0[1-9]|1[0-2])-(?P<emotion>[CDJNPST])(?:-(?P<intensity>[12]))?-(?P<sentence>[1-6])"
)
GRAMMAR = "AA-E-I-S.wav or .aiff, such as 01-C-2-5.wav; neutral has intensity 1 or none"
SUFFIXES = (".wav", ".aiff", ".aif")

CHANGES = "version-changelog.txt"
CURRENT, FIRST, UNKNOWN = "1.1", "1.0", ""
RENUMBERED = {"11": "12", "12": "11"}
"""Version 1.0 has two actors the other way round; ids and facts are those of 1.1, which CAMEO has."""
REPLACED = "01-D-2-6"
"""Another file since version 1.1, in the 48 kHz form alone."""

_EMOTION_FOLDERS: Final = {
    "colere": "C",
    "degout": "D",
    "joie": "J",
    "neutre": "N",
    "peur": "P",
    "surprise": "S",
    "tristesse": "T",
}
_INTENSITY_FOLDERS: Final = {"faible": "1", "fort": "2"}


class Take(msgspec.Struct, frozen=True):
    """What a file's name says, in the numbering of version 1.1.

    Attributes:
        stem: The name as it stands.
        actor: Two digits.
        emotion: Key of `LABELS`.
        intensity: `1` or `2`; `1` for neutral.
        sentence: Key of `SENTENCES`.
        version: Version of the copy, or `UNKNOWN`.
    """

    stem: str
    actor: str
    emotion: str
    intensity: str
    sentence: str
    version: str

    @property
    def source_name(self) -> str:
        """The name that CAMEO gave the recording."""
        return f"cafe_{self.actor}_{LABELS[self.emotion]}_{self.sentence}{self.intensity}"


def read_tables(source: Source) -> dict[str, str]:
    """Reads which version of the corpus lies in which folder.

    Returns:
        Version by folder that holds a change log.

    Raises:
        BadInput: A change log is a pointer or a web page.
    """
    logs = [member for member in source.members if member.name.lower() == CHANGES]
    # Only digits are looked for, so any encoding that keeps ASCII will do.
    return {_parent(log.path): _version(source.text(log, "latin-1")) for log in logs}


def _version(log: str) -> str:
    minor = {int(number) for number in re.findall(r"(?<![\d.])1\.(\d+)", log)}
    if not minor:
        return UNKNOWN
    return FIRST if max(minor) == 0 else CURRENT


def find(source: Source, tables: Mapping[str, str]) -> Iterator[Clip | BadInput]:
    """Yields every recording once: of version 1.1 rather than 1.0, and as WAV rather than AIFF.

    The WAV is the publisher's own conversion, and a quarter of the bytes. All that is left out for another
    file is one refusal, since a second form or version of the whole corpus is no fault.
    """
    taken: list[tuple[str, tuple[bool, bool], Member]] = []
    for member in source.members:
        if member.suffix in SUFFIXES:
            try:
                take = parse(member.path, tables)
            except BadInput as error:
                yield error
                continue
            taken.append((take.source_name, (take.version == FIRST, member.suffix != ".wav"), member))
    best: dict[str, tuple[bool, bool]] = {}
    for name, rank, _ in taken:
        best[name] = min(rank, best.get(name, rank))
    others = [member for name, rank, member in taken if rank != best[name]]
    if others:
        yield BadInput(
            others[0].path,
            "other_version",
            f"a second form or version of a recording, the first of {len(others)}",
            "one file for each; version 1.1 and WAV are preferred",
        )
    for name, rank, member in taken:
        if rank == best[name]:
            yield Clip(name=name, path=member.path, version=member.version)


def parse(path: str, tables: Mapping[str, str]) -> Take:
    """Reads a file's name.

    Args:
        path: Path inside the source.
        tables: Version by folder, as from `read_tables`.

    Raises:
        BadInput: `file_name`, or `intensity` for one that the emotion does not have.
    """
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    found = NAME.fullmatch(stem)
    if found is None:
        raise BadInput(path, "file_name", repr(name), GRAMMAR)
    neutral = found["emotion"] == "N"
    if found["intensity"] not in (("1", None) if neutral else ("1", "2")):
        expected = "1 or none for neutral, 1 or 2 for all else"
        raise BadInput(path, "intensity", found["intensity"] or "none", expected)
    version = _nearest(path, tables)
    actor = found["actor"]
    return Take(
        stem=stem,
        actor=RENUMBERED.get(actor, actor) if version == FIRST else actor,
        emotion=found["emotion"],
        intensity=found["intensity"] or "1",
        sentence=found["sentence"],
        version=version,
    )


def _nearest(path: str, tables: Mapping[str, str]) -> str:
    """The version that the change log nearest above a file names."""
    folder = path
    while folder:
        folder = _parent(folder)
        if folder in tables:
            return tables[folder]
    return UNKNOWN


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def describe(clip: Clip, tables: Mapping[str, str]) -> Description:
    """Reads all that is known from the name; odd actors are male."""
    take = parse(clip.path, tables)
    return Description(
        emotion=LABELS[take.emotion],
        transcription=SENTENCES[take.sentence],
        speaker=take.actor,
        gender="male" if int(take.actor) % 2 else "female",
        age=AGES[take.actor],
        flags=tuple(_flags(take, clip.path)),
    )


def _flags(take: Take, path: str) -> Iterator[str]:
    if take.actor in RENUMBERED and take.version == FIRST:
        yield "renumbered_actor"
    if take.actor in RENUMBERED and take.version == UNKNOWN:
        yield "uncertain_actor"
    if take.stem == REPLACED and take.version == FIRST and path.lower().endswith(".wav"):
        yield "replaced_later"
    folders = {unaccented(part).lower() for part in path.split("/")[-3:-1]}
    emotions = {_EMOTION_FOLDERS[folder] for folder in folders & _EMOTION_FOLDERS.keys()}
    intensities = {_INTENSITY_FOLDERS[folder] for folder in folders & _INTENSITY_FOLDERS.keys()}
    if emotions - {take.emotion} or intensities - {take.intensity}:
        yield "folder_disagrees"


_RECORD: Final = "https://zenodo.org/api/records/1478765"
_FILES: Final = "https://zenodo.org/records/1478765/files"

SPEC = CorpusSpec(
    slug="cafe",
    name="CaFE",
    language="French",
    licence="CC BY-NC-SA 4.0",
    citation=(
        "Gournay, Lahaie and Lefebvre (2018), A Canadian French Emotional Speech Dataset, "
        "9th ACM Multimedia Systems Conference (MMSys 2018)"
    ),
    homepage="https://zenodo.org/records/1478765",
    doi="10.5281/zenodo.1478765",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=(
        Archive(name="CaFE_48k.zip", url=f"{_FILES}/CaFE_48k.zip", record=_RECORD),
        Archive(name="CaFE_192k_1.zip", url=f"{_FILES}/CaFE_192k_1.zip", record=_RECORD, optional=True),
        Archive(name="CaFE_192k_2.zip", url=f"{_FILES}/CaFE_192k_2.zip", record=_RECORD, optional=True),
    ),
    obtain="CaFE_48k.zip of Zenodo record 1478765 (version 1.1), as it is or unpacked",
    counts={
        "anger": 144,
        "disgust": 144,
        "fear": 144,
        "happiness": 144,
        "neutral": 72,
        "sadness": 144,
        "surprise": 144,
    },
    speakers=12,
    sentences=6,
    attribution=(
        "Canadian French Emotional (CaFE) speech dataset by Philippe Gournay, Olivier Lahaie and "
        "Roch Lefebvre, Université de Sherbrooke, CC BY-NC-SA 4.0"
    ),
    defects=(
        "Version 1.0 has actors 11 and 12 swapped. Where Version-ChangeLog.txt names no later version, they "
        "are read as numbered in 1.1 and flagged renumbered_actor; without that file, they are flagged "
        "uncertain_actor.",
        "The 48 kHz 01-D-2-6.wav was replaced in version 1.1; that of 1.0 is flagged replaced_later.",
        "Neutral has no intensity: its WAV files are called AA-N-1-S, its AIFF files AA-N-S.",
        "Folder names in the zips are in code page 437 without a mark. The emotion comes from the file's "
        "name; a readable folder that says something else is flagged folder_disagrees.",
        "The 192 kHz archives hold the same recordings; where both forms are there, the WAV is taken, and "
        "where both versions are, that of 1.1.",
    ),
)
