"""A miniature SUBESCO: one zip with one folder of WAV files, speakers named as in the publisher's archive.

Kept from the real archive: the misnamed recording (`F_02_MONIKA_S_2_SURPRISE_3].wav`), 44.1 kHz beside 48 kHz
from speaker to speaker and within F_09 and M_07, and stereo whose right channel is all but silent, as in the
one real recording at hand; that all of F_01's are so is our guess. No entries for folders. The labels are
spelled here a second time on purpose, so that the sample can catch a corpus file that reads them wrongly.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say
from cameo_assets.samples.zipping import put

ARCHIVE: Final = "SUBESCO.zip"
MISNAMED: Final = "F_02_MONIKA_S_2_SURPRISE_3]"
STEREO: Final = "F_01_OISHI"
AT_48K: Final = frozenset({"F_06_SIMI", "M_06_SHUKANTO"})
MIXED: Final = frozenset({"F_09_CHAITY", "M_07_SIBLY"})

_QUIET: Final = 800
"""What the right channel is divided by: about -58 dB, as in the real recording."""
_SPEAKERS: Final = {
    "F_01_OISHI": Voice("bn+f1", pitch=-3, pace=0.97),
    "F_02_MONIKA": Voice("bn+f2", pitch=5, pace=1.04),
    "F_06_SIMI": Voice("bn+f4", pitch=-7),
    "F_09_CHAITY": Voice("bn+f5", pitch=8, pace=1.06),
    "M_01_BASHIR": Voice("bn+m1", pitch=-5, pace=0.95),
    "M_06_SHUKANTO": Voice("bn+m3", pitch=4),
    "M_07_SIBLY": Voice("bn+m7", pace=1.05),
}
EMOTIONS: Final = {
    "ANGRY": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "NEUTRAL": "neutral",
    "SAD": "sadness",
    "SURPRISE": "surprise",
}
SENTENCES: Final = {
    "1": "মৌমাছির চাক দেখে কুকুরটি ঘেউঘেউ করছে",
    "2": "তুমি সব উলটপালট করে দিয়েছ",
    "3": "সে কোন কিছু না বলেই চলে গেছে",
    "4": "তোমাকে এখনি আমার সাথে যেতে হবে",
    "5": "তোমার কাজটা করা ঠিক হয়নি",
    "6": "ইঁদুর ছানাটা হারিয়ে গেল",
    "7": "এখন প্রশ্ন করা যাবে না",
    "8": "দরজার বাইরে কুকুরটি দাঁড়িয়ে আছে",
    "9": "একদিন পরেই তার বিয়ে",
    "10": "ডাকাতেরা ঢাল তলোয়ার নিয়ে এল",
}


def _stems() -> tuple[str, ...]:
    """Each speaker says each emotion once, with rotating sentences and takes."""
    stems = []
    for s, speaker in enumerate(_SPEAKERS):
        for e, emotion in enumerate(EMOTIONS):
            stems.append(f"{speaker}_S_{(3 * s + e) % 10 + 1}_{emotion}_{(s + e) % 5 + 1}")
    return (*stems, MISNAMED)


def _rate(stem: str) -> int:
    speaker, _, rest = stem.partition("_S_")
    takes_differ = speaker in MIXED and int(rest.split("_")[0]) % 2 == 0
    return 48_000 if speaker in AT_48K or takes_differ else 44_100


def _recording(stem: str) -> bytes:
    import numpy as np

    speaker, _, rest = stem.partition("_S_")
    sentence, emotion, _ = rest.split("_")
    spoken = say(SENTENCES[sentence], _SPEAKERS[speaker], EMOTIONS[emotion], f"subesco/{stem}")
    rate = _rate(stem)
    samples = resampled(spoken, rate)
    if speaker == STEREO:
        samples = np.stack([samples, samples // _QUIET], axis=1)
    return wav(samples, rate)


def _write(folder: Path, done: Callable[[str], None]) -> None:
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        for stem in SAMPLE.clips:
            put(archive, f"SUBESCO/{stem}.wav", _recording(stem))
            done(stem)


SAMPLE: Final = Sample(slug="subesco", name="SUBESCO", clips=_stems(), write=_write)
