"""A miniature CaFE: the 48 kHz archive of WAV files, and the second of the 192 kHz ones.

Kept from the real archives: folder names in code page 437 without a mark, neutral without a folder of
intensity, `AA-N-1-S.wav` beside `AA-N-S.aiff`, AIFF of 24 bit, recordings that are there in both forms, a
readme that is not in UTF-8, and a change log of version 1.1. Added, as in a partial copy: actor 08 as AIFF
alone. The voices are of France, for want of Canadian ones. The labels are spelled here a second time on
purpose, so that the sample can catch a corpus file that reads them wrongly.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.samples.pcm import aiff, resampled, resampled_to_24_bits, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say
from cameo_assets.samples.zipping import DosInfo, put

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ARCHIVE_48K: Final = "CaFE_48k.zip"
ARCHIVE_192K: Final = "CaFE_192k_2.zip"
AIFF_ONLY: Final = ("08-C-2-5.aiff", "08-N-2.aiff", "08-T-1-1.aiff")
IN_BOTH_FORMS: Final = ("12-J-2-2.aiff", "12-N-6.aiff")

_ACTORS: Final = {
    "01": Voice("fr+m1", pitch=-4, pace=0.97),
    "02": Voice("fr+f1", pitch=-8, pace=0.93),
    "05": Voice("fr+m3", pitch=6, pace=1.05),
    "06": Voice("fr+f2"),
    "08": Voice("fr+f5", pitch=6, pace=1.04),
    "11": Voice("fr+m7", pitch=2),
    "12": Voice("fr+f4", pitch=3, pace=1.02),
}
EMOTIONS: Final = {
    "C": ("Colère", "anger"),
    "D": ("Dégoût", "disgust"),
    "J": ("Joie", "happiness"),
    "N": ("Neutre", "neutral"),
    "P": ("Peur", "fear"),
    "S": ("Surprise", "surprise"),
    "T": ("Tristesse", "sadness"),
}
_INTENSITIES: Final = {"1": ("Faible", 0.7), "2": ("Fort", 1.25)}
SENTENCES: Final = {
    "1": "Un cheval fou dans mon jardin",
    "2": "Deux ânes aigris au pelage brun",
    "3": "Trois cygnes aveugles au bord du lac",
    "4": "Quatre vieilles truies éléphantesques",
    "5": "Cinq pumas fiers et passionnés",
    "6": "Six ours aimants domestiqués",
}
_TEXTS: Final = {
    "Readme.txt": (
        "CaFE, échantillon synthétique : la voix est celle d'espeak-ng.\r\n"
        "Le corpus réel : Zenodo, 1478765.\r\n" + "".join(f"{n}. {text}\r\n" for n, text in SENTENCES.items())
    ),
    "License.txt": "CC BY-NC-SA 4.0\r\n",
    "Version-ChangeLog.txt": "Version 1.1: actors 11 and 12 were swapped.\r\nVersion 1.0: first version.\r\n",
}


def _wav_names() -> Iterator[str]:
    """Each actor but 08 says each emotion at one level, and neutral twice; sentences rotate."""
    for a, actor in enumerate(actor for actor in _ACTORS if actor != "08"):
        for e, emotion in enumerate(EMOTIONS):
            sentences = [(a + e) % 6 + 1, (a + e + 3) % 6 + 1] if emotion == "N" else [(a + e) % 6 + 1]
            for sentence in sentences:
                level = "1" if emotion == "N" else str((a + e) % 2 + 1)
                yield f"{actor}-{emotion}-{level}-{sentence}.wav"


def _spoken(name: str) -> NDArray[np.int16]:
    """The recording that a name stands for; its two forms are one recording."""
    actor, emotion, *level, sentence = name.rpartition(".")[0].split("-")
    intensity = level[0] if level else "1"
    return say(
        SENTENCES[sentence],
        _ACTORS[actor],
        EMOTIONS[emotion][1],
        f"cafe/{actor}-{emotion}-{intensity}-{sentence}",
        intensity=1.0 if emotion == "N" else _INTENSITIES[intensity][1],
    )


def _path(name: str) -> str:
    _, emotion, *level, _ = name.split("-")
    folder = EMOTIONS[emotion][0]
    return f"{folder}/{name}" if emotion == "N" else f"{folder}/{_INTENSITIES[level[0]][0]}/{name}"


def _recording(name: str) -> bytes:
    if name.endswith(".wav"):
        return wav(resampled(_spoken(name), 48_000), 48_000)
    return aiff(resampled_to_24_bits(_spoken(name), 192_000), 192_000)


def _write(folder: Path, done: Callable[[str], None]) -> None:
    for archive_name, suffix in ((ARCHIVE_48K, ".wav"), (ARCHIVE_192K, ".aiff")):
        with zipfile.ZipFile(folder / archive_name, "w") as archive:
            for name, text in _TEXTS.items():
                put(archive, name, text.encode("cp1252"), kind=DosInfo)
            for name in SAMPLE.clips:
                if name.endswith(suffix):
                    put(archive, _path(name), _recording(name), kind=DosInfo)
                    done(name)


SAMPLE: Final = Sample(
    slug="cafe", name="CaFE", clips=(*_wav_names(), *AIFF_ONLY, *IN_BOTH_FORMS), write=_write
)
