"""What a decoder hands on, and the rules that hold for every decoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cameo_assets.audio.policy import Policy
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[float, float]
"""Start and end in seconds within a longer file."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """The frames of a recording as its codec yields them.

    Attributes:
        frames: Shape (frames, channels). Integers fill their type (24 bit sound in int32 is shifted left by
            8); floats have full scale at 1.0.
        rate: Hz.
        bits: Of the source's samples; 0 for codecs that have no such thing (MP3, Opus, ADPCM).
        format: Container and codec, such as `WAV/PCM_24`.
        flags: What was odd.
    """

    frames: NDArray[Any]
    rate: int
    bits: int
    format: str
    flags: tuple[str, ...] = ()


@contextmanager
def decoder_faults(name: str) -> Iterator[None]:
    """Turns whatever a decoder raises into `BadInput` with rule `undecodable`.

    Decoders raise far more than their own errors on damaged input (IndexError, ValueError, AssertionError).
    Shortage of memory is no fault of the clip and passes.
    """
    try:
        yield
    except (BadInput, MemoryError):
        raise
    except Exception as error:
        # The messages of these two hold an address or a number that differs from run to run.
        cause = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        seen = f"{type(error).__name__}: {cause}"
        raise BadInput(name, "undecodable", seen, "a recording that decodes to its end") from error


def extent(name: str, frames: int, rate: int, policy: Policy, span: Span | None) -> tuple[int, int]:
    """First frame and number of frames that are wanted.

    Args:
        name: For messages.
        frames: Length of the whole file.
        rate: Hz.
        policy: The limits.
        span: The part that is wanted; None for all.

    Raises:
        BadInput: `span` where it does not lie in the file, or `too_long`.
    """
    seconds = frames / rate
    if span is None:
        policy.check_long(name, seconds)
        return 0, frames
    start, end = span
    if not 0 <= start < end <= seconds + policy.duration_seconds:
        raise BadInput(name, "span", f"{start:g} to {end:g} s", f"a part of {seconds:.3f} s")
    policy.check_long(name, end - start)
    first = min(round(start * rate), frames)
    return first, min(round(end * rate), frames) - first
