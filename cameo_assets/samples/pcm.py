"""Samples to the bytes of a WAV file, as the publishers' own files are laid out."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cameo_assets.samples.speech import SPEECH_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resampled(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """Speech at another rate, rounded to nearest and saturated.

    Args:
        samples: Mono samples at `SPEECH_RATE`, shape (n,).
        rate: Samples per second wanted.

    Returns:
        Mono samples at `rate`.
    """
    import numpy as np
    import soxr

    converted = soxr.resample(samples.astype(np.float32), SPEECH_RATE, rate, quality="HQ")
    limits = np.iinfo(np.int16)
    rounded: NDArray[np.int16] = np.clip(np.rint(converted), limits.min, limits.max).astype(np.int16)
    return rounded


def chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk: four letters, size, body, and a zero byte where the size is odd."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(
    samples: NDArray[np.int16], rate: int, *, channels: int = 1, before: bytes = b"", after: bytes = b""
) -> bytes:
    """A 16-bit PCM WAV file.

    Args:
        samples: Mono samples, shape (n,).
        rate: Samples per second.
        channels: How many identical channels to write.
        before: Chunks between format and data.
        after: Chunks behind the data.
    """
    import numpy as np

    frame = 2 * channels
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, 16))
    data = chunk(b"data", np.repeat(samples, channels).astype("<i2").tobytes())
    return chunk(b"RIFF", b"WAVE" + form + before + data + after)
