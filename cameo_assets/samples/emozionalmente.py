"""A miniature Emozionalmente: one zip with `audio/` and the tables of `metadata/`, named as version 1.1.

Eight actors say nine of the corpus's eighteen sentences; people and votes are made up. Kept from the
real corpus: names that are time stamps, people named by 64 hex digits, typographic apostrophes, `E’` and
digits in sentences, two recordings of 44.1 kHz among those of 16 kHz, a person whose gender is `other`,
an evaluator one year old, one who voted twice on a clip, and a clip that two of five call bad. Added, as
in a partial copy: a row without audio. What the published lists of train, dev and test hold is not known
here; ours name the files alone.
"""

from __future__ import annotations

import hashlib
import itertools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say
from cameo_assets.samples.zipping import put

ARCHIVE: Final = "emozionalmente.zip"
TOP: Final = "emozionalmente"

_RATE: Final = 16_000
_OTHER_RATE: Final = 44_100
_EMOTIONS: Final = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "neutrality": "neutral",
    "sadness": "sadness",
    "surprise": "surprise",
}
_SENTENCES: Final = (
    "E’ andato a scuola dopo pranzo",
    "E’ una notte stellata",
    "Ho preso 6 nella verifica di matematica",
    "L’ho incontrato oggi dopo 2 anni",
    "La cascata fa molto rumore",
    "Non sapevo che fosse in città",
    "Oggi c’è una partita di basket",
    "Tornerà a casa presto",
    "Vado in biblioteca",
)
_ACTORS: Final = (
    (Voice("it+f1", pitch=-3), "female", "34"),
    (Voice("it+m1", pitch=-6, pace=0.95), "male", "51"),
    (Voice("it+f2", pitch=6, pace=1.05), "female", "16"),
    (Voice("it+m3", pitch=4), "male", "23"),
    (Voice("it+f3", pitch=-8, pace=0.94), "female", "65"),
    (Voice("it+m4", pitch=2, pace=1.06), "male", "30"),
    (Voice("it+f4", pitch=3), "female", "27"),
    (Voice("it+m5", pitch=8), "other", "29"),
)
_EVALUATORS: Final = (
    ("female", "41"),
    ("male", "36"),
    ("female", "1"),
    ("male", "19"),
    ("female", "58"),
    ("male", "24"),
    ("female", "33"),
)
_EACH: Final = 5
_FIRST: Final = 1_612_877_880_000
"""Milliseconds since 1970, in February 2021."""
_SPLITS: Final = (("train", range(6)), ("dev", range(6, 7)), ("test", range(7, 8)))

_README: Final = """This is a synthetic sample in the layout of Emozionalmente, a corpus of Italian speech.
Its recordings are spoken by espeak-ng; people and evaluations are made up.
The real corpus is record 12616095 of Zenodo.
"""


def _user(number: int) -> str:
    """A user name, as published: 64 hex digits. Actors come first, evaluators after them."""
    return hashlib.sha256(f"emozionalmente sample {number}".encode()).hexdigest()


def _clips() -> dict[str, tuple[int, str, str]]:
    """Actor, emotion and sentence of every file name, in the order of time."""
    clips = {}
    acted = itertools.product(range(len(_ACTORS)), enumerate(_EMOTIONS))
    for number, (actor, (place, emotion)) in enumerate(acted):
        # The sentences rotate, so that none belongs to one emotion or one actor.
        sentence = _SENTENCES[(2 * actor + place) % len(_SENTENCES)]
        stamp = _FIRST + 86_413_007 * number + _digest(f"{actor}/{emotion}")[0]
        clips[str(stamp)] = (actor, emotion, sentence)
    return clips


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


CLIPS: Final = _clips()
"""Actor, emotion and sentence of every file name."""
_NAMES: Final = tuple(CLIPS)
MISSING: Final = _NAMES[11]
OTHER_RATE: Final = (_NAMES[3], _NAMES[40])
TWICE: Final = _NAMES[5]
"""One evaluator voted twice here."""
BAD: Final = _NAMES[8]
"""Two evaluators call this bad."""


def _recording(name: str) -> bytes:
    actor, emotion, sentence = CLIPS[name]
    spoken = say(sentence, _ACTORS[actor][0], _EMOTIONS[emotion], f"emozionalmente/{actor}/{emotion}")
    rate = _OTHER_RATE if name in OTHER_RATE else _RATE
    return wav(resampled(spoken, rate), rate)


def _samples() -> str:
    shuffled = sorted(CLIPS, key=_digest)
    rows = (
        f"{name}.wav,{sentence},italian,{_user(actor)},{emotion}"
        for name in shuffled
        for actor, emotion, sentence in (CLIPS[name],)
    )
    return _lines("file_name,sentence,sentence_language,actor,emotion_expressed", *rows)


def _users() -> str:
    people = [(gender, age) for _, gender, age in _ACTORS] + list(_EVALUATORS)
    rows = [f"{_user(number)},{gender},{age},italian" for number, (gender, age) in enumerate(people)]
    return _lines("username,gender,age,mother_tongue", *sorted(rows))


def _evaluations() -> str:
    rows = [row for name in CLIPS for row in _heard(name)]
    return _lines("file_name,evaluator,audio_quality,emotion_recognized", *rows)


def _heard(name: str) -> list[str]:
    """Five answers: mostly the emotion meant, else another one."""
    _, meant, _ = CLIPS[name]
    digest = _digest(name)
    rows = []
    for place in range(_EACH):
        evaluator = (digest[0] + place) % len(_EVALUATORS)
        if name == TWICE and place == 1:
            evaluator = digest[0] % len(_EVALUATORS)
        answer = meant if digest[1 + place] < 180 else list(_EMOTIONS)[digest[6 + place] % len(_EMOTIONS)]
        quality = "bad" if name == BAD and place < 2 else "good"
        rows.append(f"{name}.wav,{_user(len(_ACTORS) + evaluator)},{quality},{answer}")
    return rows


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def _write(folder: Path, done: Callable[[str], None]) -> None:
    texts = {
        "README.txt": _README,
        "metadata/samples.csv": _samples(),
        "metadata/users.csv": _users(),
        "metadata/evaluations.csv": _evaluations(),
    }
    for split, actors in _SPLITS:
        names = (f"{name}.wav" for name, (actor, *_) in CLIPS.items() if actor in actors)
        texts[f"metadata/split/{split}.csv"] = _lines("file_name", *names)
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        for path, text in texts.items():
            put(archive, f"{TOP}/{path}", text.encode())
        for name in CLIPS:
            if name != MISSING:
                put(archive, f"{TOP}/audio/{name}.wav", _recording(name))
            done(name)


SAMPLE: Final = Sample(slug="emozionalmente", name="Emozionalmente", clips=_NAMES, write=_write)
