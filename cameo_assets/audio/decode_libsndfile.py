"""WAV, AIFF, FLAC, MP3 and Ogg, by libsndfile, in the integers that the file holds."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cameo_assets.audio.containers import Container
from cameo_assets.audio.decoded import Decoded, Span, decoder_faults, extent
from cameo_assets.audio.policy import Policy
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUBTYPES: Final = {
    "PCM_S8": ("int16", 8),
    "PCM_U8": ("int16", 8),
    "PCM_16": ("int16", 16),
    "PCM_24": ("int32", 24),
    "PCM_32": ("int32", 32),
    "FLOAT": ("float32", 32),
    "DOUBLE": ("float64", 64),
    "ULAW": ("int16", 8),
    "ALAW": ("int16", 8),
}
"""How samples are read, and their bits. Lossy codecs may exceed full scale and are read as floats; the ADPCM
family and GSM decode to 16 bit integers."""
_FLOATING: Final = ("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "VORBIS", "OPUS")


def read(
    recording: bytes | BinaryIO, name: str, container: Container, policy: Policy, span: Span | None
) -> Decoded:
    """Decodes a file, or a part of it; of an open file it reads what the part needs.

    Raises:
        BadInput: `undecodable`, `sample_rate`, `channels`, `too_long`, `span`, `duration_mismatch`, or
            `flac_md5`, which can be asked of a whole file only.
    """
    import soundfile

    stream = io.BytesIO(recording) if isinstance(recording, bytes) else recording
    stream.seek(0)
    with decoder_faults(name), soundfile.SoundFile(stream) as file:
        policy.check_format(name, file.samplerate, file.channels)
        first, wanted = extent(name, file.frames, file.samplerate, policy, span)
        kind, bits = _SUBTYPES.get(file.subtype, ("float32" if file.subtype in _FLOATING else "int16", 0))
        if first:
            file.seek(first)
        # An explicit number: files that cannot seek (GSM) have no default.
        frames = file.read(wanted, dtype=kind, always_2d=True)
        rate, form = file.samplerate, f"{file.format}/{file.subtype}"
    declared = wanted / rate
    if span is None and container.seconds is not None:
        declared = container.seconds
    _check_duration(name, len(frames) / rate, declared, policy)
    if container.md5 is not None and span is None:
        _check_md5(name, frames, bits, container.md5)
    return Decoded(frames, rate, bits, form, container.flags)


def _check_duration(name: str, decoded: float, declared: float, policy: Policy) -> None:
    if abs(decoded - declared) > policy.duration_slack(declared):
        seen = f"decoded {decoded:.3f} s of {declared:.3f} s declared"
        raise BadInput(name, "duration_mismatch", seen, "the declared duration")


def _check_md5(name: str, frames: NDArray[Any], bits: int, declared: bytes) -> None:
    """Compares with the MD5 of the samples at their own width, little-endian, channels interleaved."""
    import hashlib

    import numpy as np

    used, width = bits // 8, frames.dtype.itemsize
    raw = np.ascontiguousarray(frames, dtype=frames.dtype.newbyteorder("<")).view(np.uint8)
    if used < width:
        raw = np.ascontiguousarray(raw.reshape(-1, width)[:, width - used :])
    found = hashlib.md5(raw.data, usedforsecurity=False).digest()
    if found != declared:
        raise BadInput(name, "flac_md5", f"samples of MD5 {found.hex()}", declared.hex())
