"""The whole way of one clip: bytes as published in, FLAC and its inspection out."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cameo_assets.audio.decode import decode
from cameo_assets.audio.decoded import Decoded, Span
from cameo_assets.audio.encode import encode_flac, pcm_md5
from cameo_assets.audio.inspect import Inspection, levels
from cameo_assets.audio.policy import SAMPLE_RATE, Policy
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from cameo_assets.audio.resample import Samples


class Normalized(msgspec.Struct, frozen=True):
    """A clip that was taken.

    Attributes:
        flac: FLAC of 16 bit, 16 kHz, mono.
        inspection: What was found; its `file_id` is the name that `normalize` was given.
    """

    flac: bytes
    inspection: Inspection


def normalize(
    recording: bytes | BinaryIO, name: str, policy: Policy | None = None, span: Span | None = None
) -> Normalized:
    """Normalises one recording.

    Args:
        recording: The file as published, or one on the disk that is open.
        name: Its path, for messages.
        policy: What is taken.
        span: Start and end in seconds where the clip is a part of a longer file.

    Raises:
        BadInput: `not_finite`, `too_short`, `silent`, or a rule of `decode`.
    """
    from cameo_assets.audio.resample import to_samples

    policy = policy or Policy()
    source = decode(recording, name, policy, span)
    policy.check_short(name, len(source.frames), source.rate)
    flags = source.flags
    if _over_full_scale(source, name):
        flags += ("over_full_scale",)
    samples, clipped = to_samples(source.frames, source.rate)
    if not samples.any():
        if not policy.allow_silent:
            raise BadInput(name, "silent", f"all {len(samples)} samples are 0", "a signal")
        flags += ("silent",)
    flac = encode_flac(samples)
    return Normalized(flac, _inspection(name, source, samples, flac, clipped, flags))


def _over_full_scale(source: Decoded, name: str) -> bool:
    """Whether a float source exceeds full scale.

    Raises:
        BadInput: `not_finite`; one such sample would spoil hundreds in the resampler.
    """
    import numpy as np

    if source.frames.dtype.kind != "f":
        return False
    peak = np.abs(source.frames).max()  # of a NaN, it is NaN
    if np.isfinite(peak):
        return bool(peak > 1.0)
    bad = ~np.isfinite(source.frames).all(axis=1)
    at = int(bad.argmax())
    values = source.frames[at]
    value = values[~np.isfinite(values)][0]
    raise BadInput(name, "not_finite", f"{value} at frame {at} of {len(bad)}", "finite samples")


def _inspection(
    name: str, source: Decoded, samples: Samples, flac: bytes, clipped: int, flags: tuple[str, ...]
) -> Inspection:
    measured = levels(samples)
    return Inspection(
        file_id=name,
        status="ok",
        seconds=len(samples) / SAMPLE_RATE,
        samples=len(samples),
        peak=measured.peak,
        rms=measured.rms,
        silence=measured.silence,
        clipped_samples=clipped,
        source_rate=source.rate,
        source_bits=source.bits,
        source_channels=source.frames.shape[1],
        source_format=source.format,
        pcm_md5=pcm_md5(flac),
        flags=flags,
    )
