"""A miniature MESD: a folder of single words in Mexican Spanish, for three kinds of voice.

Three words of list A and B for each emotion and voice; which words of list B the publisher gave to which
emotion is not known here. Kept from the real corpus: 24 bit at 48 kHz, names without accents, words of
two parts, a word misspelt at source, the two odd names of the publisher, no recording of
`Anger_C_A_hoy`. Added, as in some releases: a folder of noise-reduced recordings whose names have one
more field.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.samples.pcm import chunk, resampled
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP: Final = "cy34mh68j9-5"
FOLDER: Final = f"{TOP}/Mexican Emotional Speech Database (MESD)"
REDUCED: Final = f"{TOP}/Mexican Emotional Speech Database (MESD) reduced noise"
ODD: Final = ("Happiness_C_A_lento_dentro", "Sadness_M_A_afuera")
NEVER_PUBLISHED: Final = "Anger_C_A_hoy"

_RATE: Final = 48_000
_EMOTIONS: Final = ("Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness")
_VOICES: Final = {
    "F": Voice("es-419+f3", pitch=2),
    "M": Voice("es-419+m2", pitch=-5, pace=0.96),
    "C": Voice("es-419+f5", pitch=22, pace=1.05),
}
_LIST_A: Final = ("adios", "hoy", "por_favor", "rapido", "de_nada", "ayer")
_LIST_B: Final = {
    "Anger": "humillacion",
    "Disgust": "nausea",
    "Fear": "huracan",
    "Happiness": "celebracion",
    "Neutral": "chiminea",
    "Sadness": "traicion",
}
_SPOKEN: Final = {
    "adios": "adiós",
    "rapido": "rápido",
    "humillacion": "humillación",
    "nausea": "náusea",
    "huracan": "huracán",
    "celebracion": "celebración",
    "traicion": "traición",
    "chiminea": "chimenea",
}
"""How the words are said, where the name tells it badly."""


def _stems() -> tuple[str, ...]:
    stems = []
    for (v, voice), (e, emotion) in itertools.product(enumerate(_VOICES), enumerate(_EMOTIONS)):
        # The words of list A rotate, so that none belongs to one emotion or one voice.
        taken = {_LIST_A[(v + e + step) % len(_LIST_A)] for step in (0, 2)}
        stems += [f"{emotion}_{voice}_A_{word}" for word in sorted(taken)]
        stems.append(f"{emotion}_{voice}_B_{_LIST_B[emotion]}")
    return tuple(sorted({*stems, *ODD} - {NEVER_PUBLISHED}))


def _recording(stem: str) -> bytes:
    emotion, voice, _, word = stem.split("_", 3)
    text = _SPOKEN.get(word, word.replace("_", " "))
    return _wav(resampled(say(text, _VOICES[voice], emotion.lower(), f"mesd/{stem}"), _RATE))


def _wav(samples: NDArray[np.int16]) -> bytes:
    """A mono WAV file of 24 bit whose lowest eight bits are 0."""
    import numpy as np

    wide = (samples.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3]
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 3, 3, 24))
    return chunk(b"RIFF", b"WAVE" + form + chunk(b"data", wide.tobytes()))


def _write(folder: Path, done: Callable[[str], None]) -> None:
    for place in (FOLDER, REDUCED):
        (folder / place).mkdir(parents=True)
    for number, stem in enumerate(SAMPLE.clips):
        data = _recording(stem)
        (folder / FOLDER / f"{stem}.wav").write_bytes(data)
        if number % 20 == 0:
            emotion, voice, words, word = stem.split("_", 3)
            reduced = f"{emotion}_{voice}_{words}_reduced_{word}.wav"
            (folder / REDUCED / reduced).write_bytes(data)
        done(stem)


SAMPLE: Final = Sample(slug="mesd", name="MESD", clips=_stems(), write=_write)
