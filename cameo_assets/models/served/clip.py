"""A recording of the store as a part of a request.

Imports soundfile at its top: import it inside functions only.
"""

from __future__ import annotations

import base64
import io
from typing import Final, Literal

import soundfile
from upath import UPath

from cameo_assets.audio.stored import DamagedAudioError, demand

Format = Literal["wav", "flac"]

RATE: Final = 16_000
"""Samples per second of every recording in the store; servers would resample others, each in its own way."""


class BadClip(Exception):  # noqa: N818 - it names what is wrong
    """A recording that must not be sent."""


def encoded(path: str, form: Format, pcm_md5: str = "") -> str:
    """A recording in base64, sample by sample as the store has it.

    Args:
        path: A FLAC file, 16 kHz, 16 bit, mono.
        form: What to send. `wav` is what every server reads; `flac` is smaller.
        pcm_md5: MD5 of its samples; empty where nobody knows it.

    Raises:
        BadClip: It is missing, damaged, empty, another recording, or of another rate, width or number of
            channels.
    """
    try:
        data = UPath(path).read_bytes()
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            seen = (file.format, file.samplerate, file.channels, file.subtype)
            samples = file.read(dtype="int16")
            promised = file.frames
    except (OSError, soundfile.SoundFileError) as fault:
        raise BadClip(f"it cannot be read: {' '.join(str(fault).split())}") from fault
    if seen != ("FLAC", RATE, 1, "PCM_16"):
        raise BadClip(
            f"it is {seen[0]} of {seen[1]} Hz, {seen[2]} channels, {seen[3]}, and not FLAC of {RATE} Hz, "
            "1 channel, PCM_16"
        )
    if not len(samples):
        raise BadClip("it holds no samples")
    if len(samples) != promised:
        raise BadClip(f"it ends after {len(samples)} of {promised} samples")
    try:
        demand(path, samples, pcm_md5)
    except DamagedAudioError as fault:
        raise BadClip(str(fault)) from fault
    if form == "wav":
        sink = io.BytesIO()
        soundfile.write(sink, samples, RATE, format="WAV", subtype="PCM_16")
        data = sink.getvalue()
    return base64.b64encode(data).decode()
