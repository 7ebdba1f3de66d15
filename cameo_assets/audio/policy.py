"""What a clip must be to be taken, and what it becomes."""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.errors import BadInput

SAMPLE_RATE: Final = 16_000
"""Hz of normalised audio."""

RESAMPLER: Final = "HQ"
"""Quality of soxr. HQ and VHQ differ in the last bit of many samples, so the name is part of the version."""

AUDIO_VERSION: Final = f"flac-16bit-{SAMPLE_RATE}Hz-mono/soxr-{RESAMPLER}/1"
"""Part of the data version of normalised audio; the last number is raised when the samples change."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The limits. A clip outside them is refused with a message, never repaired.

    Attributes:
        min_seconds: Shortest clip.
        max_seconds: Longest clip; also bounds the memory that one clip can take.
        min_rate: Lowest sample rate of a source, in Hz.
        max_rate: Highest.
        max_channels: Most channels of a source.
        allow_silent: Whether a clip whose samples are all zero is taken, flagged `silent`.
        duration_seconds: How far a decoded duration may be from the declared one, in seconds, or
        duration_share: as a share of the declared one, whichever is more.
    """

    min_seconds: float = 0.1
    max_seconds: float = 120.0
    min_rate: int = 4_000
    max_rate: int = 384_000
    max_channels: int = 8
    allow_silent: bool = False
    duration_seconds: float = 0.05
    duration_share: float = 0.01

    def check_format(self, name: str, rate: int, channels: int) -> None:
        """Refuses a sample rate or a number of channels outside the limits.

        Raises:
            BadInput: `sample_rate` or `channels`.
        """
        if not self.min_rate <= rate <= self.max_rate:
            raise BadInput(name, "sample_rate", f"{rate} Hz", f"{self.min_rate} to {self.max_rate} Hz")
        if not 1 <= channels <= self.max_channels:
            raise BadInput(name, "channels", f"{channels} channels", f"1 to {self.max_channels} channels")

    def check_long(self, name: str, seconds: float) -> None:
        """Refuses what is too long; asked before the decoding too, so that a header cannot fill the memory.

        Raises:
            BadInput: `too_long`.
        """
        if seconds > self.max_seconds:
            raise BadInput(name, "too_long", f"{seconds:.2f} s", f"at most {self.max_seconds:g} s")

    def check_short(self, name: str, frames: int, rate: int) -> None:
        """Refuses what is too short.

        Raises:
            BadInput: `too_short`.
        """
        if frames < max(self.min_seconds * rate, rate / SAMPLE_RATE):  # at least one sample is left
            seen = f"{frames} samples, {frames / rate:.3f} s"
            raise BadInput(name, "too_short", seen, f"at least {self.min_seconds:g} s")

    def duration_slack(self, declared: float) -> float:
        """How far from `declared` seconds a decoded duration may be, in seconds."""
        return max(self.duration_seconds, self.duration_share * declared)
