"""The recordings of the store as models take them: float32, 16 kHz, mono.

Imports numpy at its top: import it inside functions only.

What is checked here, most feature extractors let pass: a wrong rate is played too fast or too slow, and what
is longer than a model hears is cut off.
"""

from __future__ import annotations

import inspect
import io
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from cameo_assets.audio.stored import DamagedAudioError, demand
from cameo_assets.models.engines.base import AUDIO
from cameo_assets.models.predictions import FINAL

RATE: Final = 16_000
SHORTEST: Final = 0.1
"""Seconds; below, some models make not one token of a recording."""


class Unusable(Exception):  # noqa: N818 - it names what is wrong
    """A recording that cannot be given to a model, with the reason."""

    kind: ClassVar[str] = AUDIO

    @property
    def error(self) -> str:
        """As of `base.Answer`."""
        return f"{self.kind}: {self}"


class WrongLength(Unusable):
    """A recording that the model cannot hear as a whole, neither now nor later."""

    kind = FINAL


def read(path: str, longest: float, pcm_md5: str = "") -> NDArray[np.float32]:
    """Reads a recording.

    Args:
        path: Of the FLAC.
        longest: Most seconds that the model hears (see `longest_heard`).
        pcm_md5: MD5 of its samples; empty where nobody knows it.

    Returns:
        The samples, full scale 1.

    Raises:
        Unusable: It is missing, damaged, not 16 kHz mono, or another recording.
        WrongLength: It is empty, too short, or too long.
    """
    import soundfile
    from upath import UPath

    try:
        data = UPath(path).read_bytes()
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as fault:
        raise Unusable(f"{path}: {fault}") from fault
    if rate != RATE or samples.shape[1] != 1:
        raise Unusable(f"{path}: {rate} Hz and {samples.shape[1]} channels, not {RATE} Hz mono")
    seconds = len(samples) / RATE
    if not SHORTEST <= seconds <= longest:
        raise WrongLength(f"{path}: {seconds:g} seconds of audio, not {SHORTEST:g} to {longest:g}")
    if not np.isfinite(samples).all():
        raise Unusable(f"{path}: samples that are not numbers")
    mono: NDArray[np.float32] = np.ascontiguousarray(samples[:, 0])
    try:
        demand(path, mono, pcm_md5)
    except DamagedAudioError as fault:
        raise Unusable(str(fault)) from fault
    return mono


def longest_heard(processor: Any) -> float:
    """Seconds of a recording that a model hears; infinite where its processor sets no limit.

    A processor that cuts recordings into windows says how long they may be in all (`max_audio_len`). An
    extractor without windows hears one chunk (`chunk_length`, Whisper's 30 s) or as many samples as its
    `max_length` says, and drops the rest.
    """
    if total := getattr(processor, "max_audio_len", None):
        return float(total)
    extractor = getattr(processor, "feature_extractor", None)
    if chunk := getattr(extractor, "chunk_length", None):
        return float(chunk)
    parameters = inspect.signature(extractor).parameters if callable(extractor) else {}
    length = parameters["max_length"].default if "max_length" in parameters else None
    return length / RATE if isinstance(length, int) else float("inf")
