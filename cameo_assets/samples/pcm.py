"""Samples to the bytes of WAV and AIFF files, as the publishers' own files are laid out."""

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

    rounded: NDArray[np.int16] = _converted(samples, rate, 16).astype(np.int16)
    return rounded


def resampled_to_24_bits(samples: NDArray[np.int16], rate: int) -> NDArray[np.int32]:
    """Speech at another rate in steps of 24 bits, for publishers who ship more than 16.

    Args:
        samples: Mono samples at `SPEECH_RATE`, shape (n,).
        rate: Samples per second wanted.

    Returns:
        Mono samples at `rate`, from -2**23 to 2**23 - 1.
    """
    import numpy as np

    rounded: NDArray[np.int32] = _converted(samples, rate, 24).astype(np.int32)
    return rounded


def _converted(samples: NDArray[np.int16], rate: int, bits: int) -> NDArray[np.float32]:
    """Speech at another rate, rounded to nearest and saturated at a signed integer of so many bits."""
    import numpy as np
    import soxr

    converted = soxr.resample(samples.astype(np.float32), SPEECH_RATE, rate, quality="HQ")
    scaled = np.rint(converted * np.float32(2 ** (bits - 16)))
    limited: NDArray[np.float32] = np.clip(scaled, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return limited


def chunk(name: bytes, body: bytes, order: str = "<") -> bytes:
    """A chunk of RIFF, or of AIFF's FORM: four letters, size, body, and a zero byte where the size is odd.

    Args:
        name: Four letters.
        body: What it holds.
        order: `<` for RIFF, `>` for FORM.
    """
    return name + struct.pack(f"{order}I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(
    samples: NDArray[np.int16], rate: int, *, channels: int = 1, before: bytes = b"", after: bytes = b""
) -> bytes:
    """A 16-bit PCM WAV file.

    Args:
        samples: Mono samples, shape (n,), or those of each channel, shape (n, channels).
        rate: Samples per second.
        channels: How many identical channels to write of mono samples.
        before: Chunks between format and data.
        after: Chunks behind the data.
    """
    import numpy as np

    frames = samples if samples.ndim == 2 else np.repeat(samples[:, np.newaxis], channels, axis=1)
    channels = frames.shape[1]
    frame = 2 * channels
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, 16))
    data = chunk(b"data", frames.astype("<i2").tobytes())
    return chunk(b"RIFF", b"WAVE" + form + before + data + after)


def aiff(samples: NDArray[np.int32], rate: int) -> bytes:
    """A 24-bit AIFF file of one channel.

    Args:
        samples: Mono samples, shape (n,), from -2**23 to 2**23 - 1.
        rate: Samples per second.
    """
    import numpy as np

    # Of each big-endian integer of four bytes, the last three.
    sound = samples.astype(">i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    common = struct.pack(">hIh", 1, len(samples), 24) + _extended(rate)
    body = chunk(b"COMM", common, ">") + chunk(b"SSND", struct.pack(">II", 0, 0) + sound, ">")
    return chunk(b"FORM", b"AIFF" + body, ">")


def _extended(number: int) -> bytes:
    """A positive integer as a float of 80 bits, in which AIFF writes its rate: exponent, then mantissa."""
    bits = number.bit_length()
    return struct.pack(">HQ", 16383 + bits - 1, number << (64 - bits))
