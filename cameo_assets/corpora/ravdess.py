"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song (English, speech part).

Origin: Zenodo record 1188976, one zip with a folder for each of 24 actors. Licence: CC BY-NC-SA 4.0.
A file name is seven two-digit fields: modality, vocal channel, emotion, intensity, statement, repetition and
actor. There is no side table. Ages are not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
NAME = re.compile(
    r"(?P<modality>0[1-3])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])"
    r"-(?P<statement>0[12])-(?P<repetition>0[12])-(?P<actor>0[1-9]|1\d|2[0-4])"
)
GRAMMAR = "MM-VV-EE-II-SS-RR-AA.wav, such as 03-01-05-01-02-01-18.wav"
STEREO = frozenset(
    {
        "03-01-02-01-01-02-01",
        "03-01-08-01-02-02-01",
        "03-01-02-01-02-02-05",
        "03-01-03-01-02-01-20",
        "03-01-06-01-01-02-20",
    }
)
TWINS = frozenset({"03-01-03-01-02-01-07", "03-01-03-01-02-02-07"})


def find(source: Source, _tables: None) -> Iterator[Clip | BadInput]:
    """Yields every speech recording once; songs, videos and second copies are told apart."""
    first: dict[str, Member] = {}
    for member in source.members:
        if member.suffix not in (".wav", ".mp4"):
            continue
        name = NAME.fullmatch(member.stem)
        if name is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
            continue
        wrong = _wrong(member, name)
        if wrong is not None:
            yield wrong
            continue
        kept = first.setdefault(member.stem, member)
        if kept is not member and kept.size == member.size:
            yield BadInput(
                member.path, "second_copy", f"{member.size} bytes as at {kept.path}", "each recording once"
            )
        else:
            yield Clip(name=member.stem, path=member.path, version=member.version)


def _wrong(member: Member, name: re.Match[str]) -> BadInput | None:
    """Why a file of the right grammar is none of the speech recordings."""
    strong_neutral = name["emotion"] == "01" and name["intensity"] == "02"
    actor = f"Actor_{name['actor']}"
    elsewhere = member.folder.startswith("Actor_") and member.folder != actor
    rules = (
        (member.suffix == ".mp4", "video", "a video", "the speech archive, which holds sound alone"),
        (name["channel"] == "02", "song", "vocal channel 02 (song)", "vocal channel 01 (speech)"),
        (name["modality"] != "03", "modality", name["modality"], "03 (audio only)"),
        (strong_neutral, "intensity", "a strong neutral", "neutral is never strong"),
        (elsewhere, "folder_disagrees", member.folder, actor),
    )
    broken = (BadInput(member.path, rule, seen, expected) for holds, rule, seen, expected in rules if holds)
    return next(broken, None)


def describe(clip: Clip, _tables: None) -> Description:
    """Reads all that is known from the name; odd actors are male."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    flags = ("stereo_at_source",) if clip.name in STEREO else ()
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=SENTENCES[name["statement"]],
        speaker=name["actor"],
        gender="male" if int(name["actor"]) % 2 else "female",
        flags=(*flags, "known_duplicate") if clip.name in TWINS else flags,
    )


SPEC = CorpusSpec(
    slug="ravdess",
    name="RAVDESS",
    language="English",
    licence="CC BY-NC-SA 4.0",
    citation=(
        "Livingstone and Russo (2018), The Ryerson Audio-Visual Database of Emotional Speech and Song, "
        "PLoS ONE 13(5): e0196391"
    ),
    homepage="https://zenodo.org/records/1188976",
    doi="10.5281/zenodo.1188976",
    labels=LABELS,
    code_version="2",
    find=find,
    describe=describe,
    archives=(
        Archive(
            name="Audio_Speech_Actors_01-24.zip",
            url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
            size=208_468_073,
            md5="bc696df654c87fed845eb13823edef8a",
            sha256="5d208e01632cc3e5242106fa2af3273e6dc5239fb8143131979ac74c4aa40657",
        ),
    ),
    obtain="Audio_Speech_Actors_01-24.zip of Zenodo record 1188976, as it is or unpacked",
    counts={
        "neutral": 96,
        "calm": 192,
        "happiness": 192,
        "sadness": 192,
        "anger": 192,
        "fear": 192,
        "disgust": 192,
        "surprise": 192,
    },
    speakers=24,
    sentences=2,
    attribution=(
        "The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS) by S. R. Livingstone and "
        "F. A. Russo, CC BY-NC-SA 4.0"
    ),
    defects=(
        "Five files are stereo with identical channels (two of actor 01, one of 05, two of 20).",
        "03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 are the same recording.",
        "Actor 09 is recorded very quietly.",
        "A mirror on Kaggle holds every file twice, the second time in audio_speech_actors_01-24/; these are "
        "refused as second_copy, and one of another size as repeated_name.",
        "The archives of songs and videos use the same names; their files are refused as song and video.",
    ),
)
