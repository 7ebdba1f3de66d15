"""A miniature JL-Corpus: recordings and their texts side by side, as in the publisher's folder.

All four speakers and ten emotions, one or two sentences each, spoken in British English, since espeak-ng
has no New Zealander. Kept from the real corpus: blanks, parentheses and a plus sign in folder names,
`female` that contains `male`, a line feed behind the texts of secondary emotions and none behind those
of primary ones, a text file that belongs to no recording. Added, as in a damaged copy: a recording
without text, a text without recording, and a text that is not the sentence that the speaker was given.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

TOP: Final = "Raw JL corpus (unchecked and unannotated)"
FOLDER: Final = f"{TOP}/JL(wav+txt)"
NO_TEXT: Final = "male2_neutral_2a_1"
NO_RECORDING: Final = "female2_anxious_14b_2"
OTHER_TEXT: Final = ("female1_angry_1a_1", "Tom beats the farmer.")

_RATE: Final = 44_100
_SPEAKERS: Final = {
    "female1": Voice("en+f2", pitch=2),
    "female2": Voice("en+f4", pitch=-7, pace=0.95),
    "male1": Voice("en+m2", pitch=-5, pace=0.96),
    "male2": Voice("en+m7", pitch=5, pace=1.05),
}
_EMOTIONS: Final = {
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
_SECONDARY: Final = tuple(_EMOTIONS)[5:]
_SHARED: Final = {
    1: "Tom beats that farmer.",
    2: "John laughs like your father.",
    5: "The lord swims in the sea.",
    9: "Find your boot in this shute.",
}
_PRIMARY_OWN: Final = {11: "I have not seen my tooth.", 13: "Jim saw the port."}
_SECONDARY_OWN: Final = {11: "Your results are unbelievable.", 13: "How are you doing?"}
_LAST: Final = {
    "anxious": "I am so worried about my exam results.",
    "apologetic": "I owe you an apology.",
    "assertive": "Please try to do your exercises next time.",
    "concerned": "It seems like you are taking a long time.",
    "encouraging": "Thank you for your help!",
}
"""Sentence 14 of each secondary emotion."""

_INTRO: Final = """Synthetic sample in the layout of the JL-Corpus, spoken by espeak-ng.
Names: <gender and number of the speaker>_<emotion>_<sentence><session>_<take>
Format: WAV, 44100 Hz, 16 bit, mono
"""


def _prompt(emotion: str, sentence: int) -> str:
    if sentence in _SHARED:
        return _SHARED[sentence]
    if emotion not in _SECONDARY:
        return _PRIMARY_OWN[sentence]
    return _LAST[emotion] if sentence == 14 else _SECONDARY_OWN[sentence]


def _stems() -> tuple[str, ...]:
    stems = []
    for (s, speaker), (e, emotion) in itertools.product(enumerate(_SPEAKERS), enumerate(_EMOTIONS)):
        # The shared sentences rotate, so that none belongs to one emotion or one speaker.
        stems.append(f"{speaker}_{emotion}_{list(_SHARED)[(s + e) % len(_SHARED)]}a_1")
        if (s + e) % 2 == 0:
            own = 14 if emotion in _SECONDARY else 11 + e % 2 * 2
            stems.append(f"{speaker}_{emotion}_{own}b_2")
    return tuple(stems)


def _said(stem: str) -> str:
    _, emotion, sentence, _ = stem.split("_")
    return _prompt(emotion, int(sentence[:-1]))


def _recording(stem: str) -> bytes:
    speaker, emotion, _, _ = stem.split("_")
    spoken = say(_said(stem), _SPEAKERS[speaker], _EMOTIONS[emotion], f"jl_corpus/{stem}")
    return wav(resampled(spoken, _RATE), _RATE)


def _text(stem: str) -> str:
    other, instead = OTHER_TEXT
    text = instead if stem == other else _said(stem)
    return f"{text}\n" if stem.split("_")[1] in _SECONDARY else text


def _write(folder: Path, done: Callable[[str], None]) -> None:
    place = folder / FOLDER
    place.mkdir(parents=True)
    (folder / TOP / "Format_Intro.txt").write_bytes(_INTRO.encode())
    for stem in SAMPLE.clips:
        if stem != NO_TEXT:
            (place / f"{stem}.txt").write_bytes(_text(stem).encode())
        if stem != NO_RECORDING:
            (place / f"{stem}.wav").write_bytes(_recording(stem))
        done(stem)


SAMPLE: Final = Sample(slug="jl_corpus", name="JL-Corpus", clips=_stems(), write=_write)
