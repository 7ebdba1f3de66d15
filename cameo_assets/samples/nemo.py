"""A miniature nEMO: `samples/*.wav` and `data.tsv`, as in the publisher's repository.

Six of the nine speakers say sentences of the corpus (quoted from its `data.tsv`, CC BY-NC-SA 4.0). Kept from
the real corpus: eight blanks before every speaker id, MK0 without `surprised`, rows in no order, a sentence
with Polish quotation marks. Added, as in a partial copy: one row whose audio is missing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

MISSING: Final = "KS0_fear_41"
COLUMNS: Final = ("file_id", "emotion", "raw_text", "normalized_text", "speaker_id", "gender", "age")

_RATE: Final = 24_000
_SPEAKERS: Final = {
    "EB0": (Voice("pl+f1", pitch=-4, pace=0.96), "female", "27"),
    "KD0": (Voice("pl+f2", pitch=4, pace=1.04), "female", "28"),
    "KS0": (Voice("pl+m1", pace=1.05), "male", "23"),
    "MK0": (Voice("pl+f5", pitch=7, pace=1.08), "female", "23"),
    "SM0": (Voice("pl+m4", pitch=-6, pace=0.97), "male", "24"),
    "WR0": (Voice("pl+m5", pitch=6), "male", "23"),
}
_EMOTIONS: Final = {
    "anger": "anger",
    "fear": "fear",
    "happiness": "happiness",
    "neutral": "neutral",
    "sadness": "sadness",
    "surprised": "surprise",
}
_SENTENCES: Final = {
    9: "Piłka nożna to moja pasja.",
    13: "Interesuje mnie historia Polski.",
    24: "Miasto tętni życiem, nawet w nocy.",
    38: "„Ród smoka” to serial telewizyjny.",
    41: "W parku rośnie ogromne drzewo.",
    64: "Ucho wykrywa dźwięki o różnej częstotliwości.",
}
_TAKES_EACH: Final = 4


def _stems() -> tuple[str, ...]:
    numbers = list(_SENTENCES)
    stems = []
    for (s, speaker), (e, emotion) in itertools.product(enumerate(_SPEAKERS), enumerate(_EMOTIONS)):
        if (speaker, emotion) == ("MK0", "surprised"):
            continue
        # The sentences rotate, so that no sentence belongs to one emotion or one speaker.
        taken = [numbers[(s + e + step) % len(numbers)] for step in range(_TAKES_EACH)]
        stems += [f"{speaker}_{emotion}_{number}" for number in sorted(taken)]
    return tuple(stems)


def _recording(stem: str) -> bytes:
    speaker, emotion, number = stem.split("_")
    spoken = say(_SENTENCES[int(number)], _SPEAKERS[speaker][0], _EMOTIONS[emotion], f"nemo/{stem}")
    return wav(resampled(spoken, _RATE), _RATE)


def _row(stem: str) -> str:
    speaker, emotion, number = stem.split("_")
    text = _SENTENCES[int(number)]
    _, gender, age = _SPEAKERS[speaker]
    normalized = text.lower().replace(".", "").replace(",", "")
    return "\t".join((f"{stem}.wav", emotion, text, normalized, f"        {speaker}", gender, age))


def _write(folder: Path, done: Callable[[str], None]) -> None:
    (folder / "samples").mkdir()
    shuffled = sorted(SAMPLE.clips, key=lambda stem: hashlib.sha256(stem.encode()).digest())
    lines = ["\t".join(COLUMNS), *map(_row, shuffled)]
    (folder / "data.tsv").write_bytes("".join(f"{line}\n" for line in lines).encode())
    for stem in SAMPLE.clips:
        if stem != MISSING:
            (folder / "samples" / f"{stem}.wav").write_bytes(_recording(stem))
        done(stem)


SAMPLE: Final = Sample(slug="nemo", name="nEMO", clips=_stems(), write=_write)
