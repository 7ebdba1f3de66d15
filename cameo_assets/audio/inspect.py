"""What is known of a clip after its normalisation: one row of the inspection table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from cameo_assets.audio.policy import SAMPLE_RATE
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from cameo_assets.audio.resample import Samples

FULL_SCALE: Final = 32768
_FRAME: Final = SAMPLE_RATE // 50
_SILENCE_DBFS: Final = -60.0


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one clip.

    Attributes:
        file_id: Id of the utterance; the clip's own name where it was normalised by itself.
        status: Whether it was taken.
        seconds: Duration.
        samples: Number of samples at 16 kHz.
        peak: Largest magnitude, as a share of full scale.
        rms: Root mean square, as a share of full scale.
        clipped_samples: Samples that were saturated.
        silence: Share of the frames of 20 ms whose RMS lies under -60 dBFS.
        source_rate: Hz before normalisation.
        source_bits: Bits per sample before; 0 for codecs that have no such thing.
        source_channels: Channels before.
        source_format: Container and codec before, such as `WAV/PCM_24`.
        pcm_md5: Identity of the audio: MD5 of the normalised samples.
        flags: What was odd: `container_mismatch`, `header_unfinalised`, `several_audio_streams`,
            `duration_header`, `over_full_scale`, `silent`.
        rule: The broken rule of a refused clip, else empty. So are the next two.
        seen: What was found.
        expected: What the rule asks for.
    """

    file_id: str
    status: Literal["ok", "refused"]
    seconds: float = 0.0
    samples: int = 0
    peak: float = 0.0
    rms: float = 0.0
    clipped_samples: int = 0
    silence: float = 0.0
    source_rate: int = 0
    source_bits: int = 0
    source_channels: int = 0
    source_format: str = ""
    pcm_md5: str = ""
    flags: tuple[str, ...] = ()
    rule: str = ""
    seen: str = ""
    expected: str = ""


class Levels(msgspec.Struct, frozen=True):
    """The loudness of a clip; see `Inspection` for the fields."""

    peak: float
    rms: float
    silence: float


def refused(file_id: str, error: BadInput) -> Inspection:
    """The row of a clip that was not taken."""
    return Inspection(
        file_id=file_id, status="refused", rule=error.rule, seen=error.seen, expected=error.expected
    )


def levels(samples: Samples) -> Levels:
    """Measures normalised samples, at least one.

    Sums of squares of 16 bit integers are whole numbers below 2**53 here, so doubles add them exactly and the
    result is the same on every machine.
    """
    import numpy as np

    signal = samples.astype(np.float64)
    peak = int(max(samples.max(), -int(samples.min())))
    sums = np.add.reduceat(signal * signal, np.arange(0, len(signal), _FRAME))
    lengths = np.full(len(sums), _FRAME)
    lengths[-1] = len(signal) - _FRAME * (len(sums) - 1)
    quiet = sums < lengths * (FULL_SCALE * 10 ** (_SILENCE_DBFS / 20)) ** 2
    return Levels(
        peak=peak / FULL_SCALE,
        rms=float(np.sqrt(sums.sum() / len(signal)) / FULL_SCALE),
        silence=float(np.count_nonzero(quiet) / len(sums)),
    )
