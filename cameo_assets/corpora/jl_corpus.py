"""JL-Corpus, acted emotional speech of New Zealand (English).

Origin: Kaggle tli725/jl-corpus. Licence: CC0 1.0. Each WAV has a text of the same stem beside it that says
what is spoken. Five primary emotions are spoken on fifteen sentences; the five secondary ones share ten of
these and have five others each. A name is speaker, emotion, sentence with session, and take. Ages are not
published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {
    "angry": "anger",
    "sad": "sadness",
    "neutral": "neutral",
    "happy": "happiness",
    "excited": "excitement",
    "anxious": "anxiety",
    "apologetic": "apology",
    "assertive": "assertiveness",
    "concerned": "concern",
    "encouraging": "encouragement",
}
PRIMARY: Final = frozenset({"angry", "sad", "neutral", "happy", "excited"})
NAME = re.compile(
    rf"(?P<speaker>(?P<gender>female|male)[12])_(?P<emotion>{'|'.join(LABELS)})"
    r"_(?P<sentence>[1-9]|1[0-5])(?P<session>[ab])_(?P<take>[12])"
)
GRAMMAR = "<speaker>_<emotion>_<sentence><a or b>_<take>.wav, such as female1_angry_10a_1.wav"
SENTENCES: Final = (
    "Tom beats that farmer.",
    "John laughs like your father.",
    "The seed is buried in deep.",
    "Taylor likes stewed Asian food.",
    "The lord swims in the sea.",
    "Jack views an art piece.",
    "Carl leaps into a jeep.",
    "Linda asks for more darts.",
    "Find your boot in this shute.",
    "Water harms the new born boy.",
    "I have not seen my tooth.",
    "Work hard or you lose.",
    "Jim saw the port.",
    "They should start to talk.",
    "Sound the horn if you need more.",
)
"""Sentences 1 to 15 of the primary emotions; the secondary ones have 1 to 10 of them."""
SECONDARY: Final = {
    "11": "Your results are unbelievable.",
    "12": "We were away a year ago.",
    "13": "How are you doing?",
}
"""Sentences 11 to 13 of every secondary emotion."""
OWN: Final = {
    ("apologetic", "14"): "I owe you an apology.",
    ("apologetic", "15"): "Forgive me, but I must leave now.",
    ("encouraging", "14"): "Thank you for your help!",
    ("encouraging", "15"): "You should be proud of yourself!",
    ("concerned", "14"): "It seems like you are taking a long time.",
    ("concerned", "15"): "I know how frustrating it can be.",
    ("assertive", "14"): "Please try to do your exercises next time.",
    ("assertive", "15"): "I will think about it and get back to you.",
    ("anxious", "14"): "I am so worried about my exam results.",
    ("anxious", "15"): "I am not sure how severe the wound is!",
}
"""The last two sentences of each secondary emotion."""


class Sidecar(msgspec.Struct, frozen=True):
    """A text beside a recording.

    Attributes:
        path: Where it lies.
        text: What it says, without blanks and line ends around it; empty where it says nothing.
        fault: Why it cannot be read, or None.
    """

    path: str
    text: str = ""
    fault: BadInput | None = None


def read_tables(source: Source) -> dict[str, Sidecar]:
    """Reads the sidecar of every stem, in the order in which they lie on disk or in their archive."""
    members = [member for member in source.members if member.suffix == ".txt" and NAME.fullmatch(member.stem)]
    found: dict[str, Sidecar] = {}
    for member in sorted(members, key=lambda member: source.place(member.path)):
        try:
            sidecar = Sidecar(member.path, source.text(member).strip())
        except BadInput as error:
            sidecar = Sidecar(member.path, fault=error)
        found.setdefault(member.stem, sidecar)
    return found


def find(source: Source, tables: dict[str, Sidecar]) -> Iterator[Clip | BadInput]:
    """Yields every recording, and reports the texts that have none."""
    seen = set()
    for member in source.members:
        if member.suffix != ".wav":
            continue
        seen.add(member.stem)
        if NAME.fullmatch(member.stem) is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
        else:
            yield Clip(name=member.stem, path=member.path, version=member.version)
    for stem, sidecar in tables.items():
        if stem not in seen:
            missing = sidecar.path.rpartition(".")[0] + ".wav"
            yield BadInput(missing, "missing_audio", "no such file", f"a file, as {sidecar.path} says")


def describe(clip: Clip, tables: dict[str, Sidecar]) -> Description:
    """Reads the name and takes the text of the sidecar, which is never made up where it is absent."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    sidecar = tables.get(clip.name)
    if sidecar is not None and sidecar.fault is not None:
        raise sidecar.fault
    text = sidecar.text if sidecar is not None else ""
    flags = () if text else ("no_text",)
    if text and _letters(text) != _letters(prompt(name["emotion"], name["sentence"])):
        flags = ("text_differs",)
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=text or None,
        speaker=name["speaker"],
        gender=name["gender"],
        flags=flags,
    )


def prompt(label: str, sentence: str) -> str:
    """The sentence that a speaker was given.

    Args:
        label: The publisher's emotion.
        sentence: Its number, 1 to 15.

    >>> prompt("happy", "13"), prompt("anxious", "13")
    ('Jim saw the port.', 'How are you doing?')
    """
    own = SECONDARY.get(sentence) or OWN.get((label, sentence))
    return own if own and label not in PRIMARY else SENTENCES[int(sentence) - 1]


def _letters(text: str) -> str:
    """What of a text is compared: letters and digits."""
    return "".join(character for character in text.casefold() if character.isalnum())


SPEC = CorpusSpec(
    slug="jl_corpus",
    name="JL-Corpus",
    language="English",
    licence="CC0 1.0",
    citation=(
        "James, Tian and Watson (2018), An Open Source Emotional Speech Corpus for Human Robot Interaction "
        "Applications, Interspeech 2018"
    ),
    homepage="https://www.kaggle.com/datasets/tli725/jl-corpus",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    obtain="the download of kaggle.com/datasets/tli725/jl-corpus (needs an account), as it is or unpacked",
    counts=dict.fromkeys(sorted(LABELS.values()), 240),
    speakers=4,
    sentences=28,
    defects=(
        "The publisher calls the recordings unchecked and unannotated.",
        "Prompts keep their spelling, such as shute.",
        "The texts of the secondary emotions end in a line feed, those of the primary ones do not.",
        "The papers call assertive pensive, concerned worried and encouraging enthusiastic.",
        "Nobody has confirmed that all 2,400 texts exist; a clip without one is flagged no_text.",
    ),
)
