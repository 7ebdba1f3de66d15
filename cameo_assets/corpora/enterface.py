"""eNTERFACE'05, the audio-visual emotion database (English, spoken by people of fourteen nations).

Origin: eNTERFACE site, `project2_database.zip`: AVI films as `subject N/<emotion>/sentence S/sN_<ee>_S.avi`,
without any table. The archive holds no licence; its authors permit research. Files of other kinds, such as
films that somebody converted, are passed over.

Subject, emotion and sentence are those of the folders, since subject 11's files are named after subject 12.
Genders and ages are not published; a curator's notes by ear exist and are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happiness",
    "sadness": "sadness",
    "surprise": "surprise",
}
SENTENCES = {
    "anger": (
        "What??? No, no, no, listen! I need this money!",
        "I don't care about your coffee! Please serve me!",
        "I can have you fired you know!",
        "Is your coffee more important than my money?",
        "You're getting paid to work, not drink coffee!",
    ),
    "disgust": (
        "That's horrible! I'll never eat noodles again.",
        "Something is moving inside my plate!",
        "Aaaaah a cockroach!!!",
        "Eeeek, this is disgusting!!!",
        "That's gross!",
    ),
    "fear": (
        "Oh my god, there is someone in the house!",
        "Someone is climbing up the stairs",
        "Please don't kill me...",
        "I'm not alone! Go away!",
        "I have nothing to give you! Please don't hurt me!",
    ),
    "happiness": (
        "That's great, I'm rich now!!!",
        "I won: this is great! I'm so happy!!",
        "Wahoo... This is so great.",
        "I'm so lucky!",
        "I'm so excited!",
    ),
    "sadness": (
        "Life won't be the same now",
        "Oh no, tell me this is not true, please!",
        "Everything was so perfect! I just don't understand!",
        "I still loved him (her)",
        "He (she) was my life",
    ),
    "surprise": (
        "You have never told me that!",
        "I didn't expect that!",
        "Wahoo, I would never have believed this!",
        "I never saw that coming!",
        "Oh my God, that's so weird!",
    ),
}
SUBJECTS = range(1, 45)
PLACE = re.compile(
    rf"(?:.*/)?subject[ _-]*(?P<subject>\d+)/(?P<emotion>{'|'.join(LABELS)})/"
    r"(?:sentence[ _-]*(?P<sentence>[1-5])/)?[^/]+",
    re.IGNORECASE,
)
NAME = re.compile(
    rf"s_?(?P<subject>\d+)_(?P<code>{'|'.join(label[:2] for label in LABELS)})"
    r"(?:_(?P<sentence>[1-5]))?(?:avi)?",
    re.IGNORECASE,
)
PLACES = "subject N/<emotion>/sentence S/<name>.avi"
GRAMMAR = "sN_<ee>_S.avi, such as s1_an_1.avi"
NAMESAKE = ("11", "12")
"""All files in the folder of the first subject bear the number of the second."""
SWAPPED = {("2", "anger", "1"): "2", ("2", "anger", "2"): "1"}
"""Sentence of the folder by subject, emotion and sentence of the name: where they disagree as published."""


def find(source: Source, _tables: None) -> Iterator[Clip | BadInput]:
    """Yields every film of one sentence; those of all five in a row are reported."""
    for member in source.members:
        if member.suffix != ".avi":
            continue
        place, name = PLACE.fullmatch(member.path), NAME.fullmatch(member.stem)
        if place is None:
            yield BadInput(member.path, "folder_name", repr(member.path), PLACES)
        elif name is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
        else:
            yield _checked(member, place, name)


def _checked(member: Member, place: re.Match[str], name: re.Match[str]) -> Clip | BadInput:
    """The clip, unless file and folders contradict each other in a way that was not published."""
    subject, emotion, sentence = _facts(place, name)
    named = str(int(name["subject"]))
    if int(subject) not in SUBJECTS:
        expected = f"{SUBJECTS.start} to {SUBJECTS.stop - 1}"
        return BadInput(member.path, "unknown_speaker", f"subject {subject}", expected)
    if named != subject and (subject, named) != NAMESAKE:
        return _disagree(member, f"subject {named}", f"subject {subject}")
    if name["code"].lower() != emotion[:2]:
        return _disagree(member, name["code"], f"{emotion[:2]} for {emotion}")
    if name["sentence"] is None:
        return BadInput(member.path, "unsegmented", "a film of several sentences", "one sentence to a file")
    if sentence not in (name["sentence"], SWAPPED.get((subject, emotion, name["sentence"]))):
        return _disagree(member, f"sentence {name['sentence']}", f"sentence {sentence}")
    return Clip(name=_source_name(subject, member.stem), path=member.path, version=member.version)


def _facts(place: re.Match[str], name: re.Match[str]) -> tuple[str, str, str]:
    """Subject, emotion and sentence by the folders; without a folder of a sentence, the one it was in."""
    subject, emotion, named = str(int(place["subject"])), place["emotion"].lower(), name["sentence"] or ""
    return subject, emotion, place["sentence"] or SWAPPED.get((subject, emotion, named), named)


def _disagree(member: Member, in_name: str, in_folder: str) -> BadInput:
    return BadInput(member.path, "folder_disagrees", f"{in_name} in the name", f"{in_folder}, as the folder")


def _source_name(subject: str, stem: str) -> str:
    """The stem as published, in small letters; with its folder where two subjects share the stems.

    CAMEO has one of each two films of the same name; the plain name, and with it CAMEO's id, goes to the
    subject whose number it bears.
    """
    return f"subject {subject}/{stem.lower()}" if subject == NAMESAKE[0] else stem.lower()


def describe(clip: Clip, _tables: None) -> Description:
    """Reads all that is known from the folders."""
    place, name = PLACE.fullmatch(clip.path), NAME.fullmatch(clip.stem)
    assert place is not None  # find lets nothing else through
    assert name is not None
    subject, emotion, sentence = _facts(place, name)
    agrees = (str(int(name["subject"])), name["sentence"]) == (subject, sentence)
    return Description(
        emotion=LABELS[emotion],
        transcription=SENTENCES[emotion][int(sentence) - 1],
        speaker=subject,
        flags=() if agrees else ("folder_disagrees",),
    )


def in_cameo(clip: Clip) -> bool:
    """Whether CAMEO has a clip: of the two subjects whose films share their names it has one."""
    return "/" not in clip.name


SPEC = CorpusSpec(
    slug="enterface",
    name="eNTERFACE",
    language="English",
    licence="MIT",
    licence_doubt=(
        "CAMEO lists MIT, but the archive holds no licence and its authors make it available for research"
    ),
    citation=(
        "Martin, Kotsia, Macq and Pitas (2006), The eNTERFACE'05 Audio-Visual Emotion Database, 22nd "
        "International Conference on Data Engineering Workshops"
    ),
    homepage="https://enterface.net/enterface05/",
    doi="10.1109/ICDEW.2006.145",
    labels=LABELS,
    find=find,
    describe=describe,
    archives=(
        Archive(
            name="project2_database.zip",
            url="https://enterface.net/enterface05/docs/results/databases/project2_database.zip",
        ),
    ),
    obtain="project2_database.zip of the eNTERFACE'05 site, as it is or unpacked into its AVI films",
    counts={
        "anger": 215,
        "disgust": 215,
        "fear": 215,
        "happiness": 212,
        "sadness": 215,
        "surprise": 215,
    },
    cameo_counts={
        "anger": 210,
        "disgust": 210,
        "fear": 210,
        "happiness": 207,
        "sadness": 210,
        "surprise": 210,
    },
    in_cameo=in_cameo,
    speakers=43,
    sentences=30,
    defects=(
        "All 30 films of subject 11 bear the names of subject 12's; CAMEO has one of the two sets. Whether "
        "they are the same recordings, the check for equal audio says.",
        "Subject 6 was never cut into sentences: six films of a minute and more are refused as unsegmented.",
        "Subject 2, anger: the film in the folder of sentence 1 is named after sentence 2, and the reverse; "
        "the folder is believed, and both are flagged.",
        "Subject 23 has no happiness 1 to 3.",
        "Subject 3's names are spelled s_3_ from fear 5 on, and subject 16 has an s16_su_3avi.avi.",
        "Speakers do not always say the text literally; him (her) and he (she) stand for either.",
        "Neither gender nor age is published.",
    ),
)
