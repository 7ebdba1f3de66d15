"""FLAC in memory, and the identity of audio: the MD5 of its samples, which stands in the header of a FLAC."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Final

from cameo_assets.audio.policy import SAMPLE_RATE

if TYPE_CHECKING:
    from cameo_assets.audio.resample import Samples

_LEVEL: Final = 5
"""FLAC's default. Level 8 takes 2.5 times as long for 1.7 % of the bytes."""


def encode_flac(samples: Samples) -> bytes:
    """Encodes 16 bit mono samples at 16 kHz; the same samples give the same bytes."""
    import soundfile

    sink = io.BytesIO()
    soundfile.write(sink, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16", compression_level=_LEVEL / 8)
    return sink.getvalue()


def pcm_md5(flac: bytes) -> str:
    """The MD5 of the samples, from the first 42 bytes of a FLAC file.

    Raises:
        ValueError: These are not the first bytes of a FLAC file.
    """
    if flac[:4] != b"fLaC" or len(flac) < 42:
        raise ValueError(f"not the header of a FLAC file: {flac[:4]!r}, {len(flac)} bytes")
    return flac[26:42].hex()


def pcm_md5_of(samples: Samples) -> str:
    """The MD5 of the samples as little-endian 16 bit integers: what `pcm_md5` finds in their FLAC."""
    return hashlib.md5(samples.astype("<i2", copy=False).tobytes(), usedforsecurity=False).hexdigest()
