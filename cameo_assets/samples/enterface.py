"""A miniature eNTERFACE'05: the publisher's zip of AVI films, with a folder for each subject and emotion.

Kept from the real archive, each in small: all films of subject 11 are named after subject 12; two of subject
2 are swapped; subject 3's names are spelled otherwise from fear 5 on; subject 16 has an `s16_su_3avi.avi`;
subject 23 lacks happiness 1 to 3; subject 6 was never cut into sentences (here, a film holds two); Windows
left `Thumbs.db` behind. Added: no two films are the same recording, also not of subjects 11 and 12, of which
nobody knows. The films show nothing but grey.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.samples.containers import avi
from cameo_assets.samples.pcm import resampled
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say
from cameo_assets.samples.zipping import put

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ARCHIVE: Final = "project2_database.zip"
TOP: Final = "enterface database"
UNSEGMENTED: Final = "6"

_RATE: Final = 48_000
_PAUSE_SECONDS: Final = 1.0
_SUBJECTS: Final = {
    "1": Voice("en-us+m1"),
    "2": Voice("en-gb-x-rp+m3", pitch=-4, pace=0.97),
    "3": Voice("en-029+m2", pitch=5),
    "6": Voice("en-gb-scotland+m5", pace=1.05),
    "11": Voice("en-us+m7", pitch=-7, pace=0.95),
    "12": Voice("en-gb-scotland+m1", pitch=3, pace=1.03),
    "16": Voice("en-gb-x-rp+f2", pitch=4),
    "23": Voice("en-029+f4", pace=1.04),
}
_CODES: Final = {
    "anger": "an",
    "disgust": "di",
    "fear": "fe",
    "happiness": "ha",
    "sadness": "sa",
    "surprise": "su",
}
_SENTENCES: Final = {
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
        "I still loved him",
        "He was my life",
    ),
    "surprise": (
        "You have never told me that!",
        "I didn't expect that!",
        "Wahoo, I would never have believed this!",
        "I never saw that coming!",
        "Oh my God, that's so weird!",
    ),
}
# Sentences that every copy of a trap needs, beside the one that each subject says in each emotion.
_WANTED: Final = (
    ("2", "anger", 1),
    ("2", "anger", 2),
    ("3", "fear", 5),
    ("16", "surprise", 3),
    ("23", "happiness", 4),
    ("23", "happiness", 5),
)
_NEVER_FILMED: Final = frozenset(("23", "happiness", sentence) for sentence in (1, 2, 3))
_THUMBNAILS: Final = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def _said() -> list[tuple[str, str, int]]:
    """Subject, emotion and sentence of every film of one sentence, in the order of the archive."""
    taken = set(_WANTED)
    for subject in _SUBJECTS:
        # The sentences rotate with the emotion and the subject; 11 and 12 say the same ones.
        turn = 12 if subject == "11" else int(subject)
        taken |= {
            (subject, emotion, (turn + position) % 5 + 1)
            for position, emotion in enumerate(_CODES)
            if subject != UNSEGMENTED
        }
    return sorted(taken - _NEVER_FILMED, key=lambda film: (int(film[0]), *film[1:]))


def _stem(subject: str, emotion: str, sentence: int) -> str:
    """The name of a film as published, without its extension."""
    code = _CODES[emotion]
    if subject == "2" and emotion == "anger" and sentence in (1, 2):
        return f"s2_{code}_{3 - sentence}"
    if subject == "3" and (emotion, sentence) >= ("fear", 5):
        return f"s_3_{code}_{sentence}"
    if (subject, emotion, sentence) == ("16", "surprise", 3):
        return "s16_su_3avi"
    return f"s{'12' if subject == '11' else subject}_{code}_{sentence}"


def _films() -> dict[str, tuple[str, str, tuple[int, ...]]]:
    """Subject, emotion and sentences of every film by its path below the top folder, without extension."""
    films: dict[str, tuple[str, str, tuple[int, ...]]] = {
        f"subject {subject}/{emotion}/sentence {sentence}/{_stem(subject, emotion, sentence)}": (
            subject,
            emotion,
            (sentence,),
        )
        for subject, emotion, sentence in _said()
    }
    for emotion, code in _CODES.items():
        films[f"subject {UNSEGMENTED}/{emotion}/s{UNSEGMENTED}_{code}"] = (UNSEGMENTED, emotion, (4, 5))
    return films


def _sound(path: str, subject: str, emotion: str, sentences: tuple[int, ...]) -> NDArray[np.int16]:
    """What is said in a film, with a pause after each sentence but the last; mono samples at 48 kHz."""
    import numpy as np

    pause = np.zeros(round(_PAUSE_SECONDS * _RATE), np.int16)
    parts: list[NDArray[np.int16]] = []
    for sentence in sentences:
        text = _SENTENCES[emotion][sentence - 1]
        spoken = say(text, _SUBJECTS[subject], emotion, f"enterface/{path}/{sentence}")
        parts += [resampled(spoken, _RATE), pause]
    return np.concatenate(parts[:-1])


def _write(folder: Path, done: Callable[[str], None]) -> None:
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        for path, (subject, emotion, sentences) in FILMS.items():
            put(archive, f"{TOP}/{path}.avi", avi(_sound(path, subject, emotion, sentences), _RATE))
            done(path)
        for subject in _SUBJECTS:
            put(archive, f"{TOP}/subject {subject}/anger/Thumbs.db", _THUMBNAILS)


FILMS: Final = _films()
SAMPLE: Final = Sample(slug="enterface", name="eNTERFACE", clips=tuple(FILMS), write=_write)
