"""A miniature RAVDESS: one zip of eight actors, named and contained as the publisher's.

Kept from the real archive: 48 kHz 16-bit WAV whose data starts behind a padding chunk (at byte 4096), three
of the five stereo files with identical channels, the pair of actor 07 that is one recording under two names,
and actor 09, who is recorded very quietly. The labels are spelled here a second time on purpose, so that the
sample can catch a corpus file that reads them wrongly.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import chunk, resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say
from cameo_assets.samples.zipping import put

ARCHIVE: Final = "Audio_Speech_Actors_01-24.zip"
STEREO: Final = frozenset({"03-01-02-01-01-02-01", "03-01-08-01-02-02-01", "03-01-02-01-02-02-05"})
COPIES: Final = {"03-01-03-01-02-02-07": "03-01-03-01-02-01-07"}

QUIET: Final = "09"

_RATE: Final = 48_000
_FAINTER: Final = 25
"""What the samples of the quiet actor are divided by: 28 dB."""
_ACTORS: Final = {
    "01": Voice("en-us+m1"),
    "02": Voice("en-us+f1"),
    "04": Voice("en-us+f2", pitch=6),
    "05": Voice("en-us+m3", pitch=8, pace=1.05),
    "06": Voice("en-us+f3", pitch=-5, pace=0.94),
    "07": Voice("en-us+m7", pitch=3),
    "08": Voice("en-us+f4", pitch=2, pace=1.06),
    "09": Voice("en-us+m2", pitch=-8, pace=0.95),
}
_EMOTIONS: Final = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
_INTENSITIES: Final = {"01": 0.8, "02": 1.2}
_STATEMENTS: Final = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
# Intensity, statement and repetition of what is taken from the full factorial; neutral has no strong version.
_TAKES: Final = (("01", "01", "02"), ("01", "02", "02"), ("02", "01", "01"))
_NEUTRAL_TAKES: Final = (("01", "01", "01"), ("01", "02", "01"))

# The publisher's files hold 4044 bytes of padding, so that the data begins at byte 4096.
_BEFORE: Final = chunk(b"FLLR", bytes(4044))
_AFTER: Final = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"cameo_assets sample\0"))


def _stems() -> tuple[str, ...]:
    stems = [
        "-".join(("03", "01", emotion, *take, actor))
        for actor, emotion in itertools.product(_ACTORS, _EMOTIONS)
        for take in (_NEUTRAL_TAKES if emotion == "01" else _TAKES)
    ]
    return tuple(sorted({*stems, *COPIES.values()}, key=lambda stem: (stem[-2:], stem)))


def _recording(stem: str) -> bytes:
    _, _, emotion, intensity, statement, _, actor = stem.split("-")
    spoken = say(
        _STATEMENTS[statement],
        _ACTORS[actor],
        _EMOTIONS[emotion],
        f"ravdess/{stem}",
        intensity=_INTENSITIES[intensity],
    )
    samples = resampled(spoken, _RATE) // (_FAINTER if actor == QUIET else 1)
    channels = 2 if stem in STEREO else 1
    return wav(samples, _RATE, channels=channels, before=_BEFORE, after=_AFTER)


def _write(folder: Path, done: Callable[[str], None]) -> None:
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        for stem in SAMPLE.clips:
            put(archive, f"Actor_{stem[-2:]}/{stem}.wav", _recording(COPIES.get(stem, stem)))
            done(stem)


SAMPLE: Final = Sample(slug="ravdess", name="RAVDESS", clips=_stems(), write=_write)
