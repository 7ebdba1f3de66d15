"""What is measured of a clip."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cameo_assets.audio.inspect import levels


def plain(samples: list[int]) -> tuple[float, float, float]:
    """The twin, in whole numbers."""
    frames = [samples[at : at + 320] for at in range(0, len(samples), 320)]
    quiet = [sum(x * x for x in frame) / len(frame) / 2**30 < 1e-6 for frame in frames]
    square = sum(x * x for x in samples) / len(samples)
    return max(map(abs, samples)) / 32768, math.sqrt(square) / 32768, sum(quiet) / len(frames)


@given(
    arrays(
        np.int16, st.integers(1, 1500), elements=st.one_of(st.integers(-40, 40), st.integers(-32768, 32767))
    )
)
def test_levels_are_what_their_definition_says(samples: NDArray) -> None:
    found = levels(samples)
    peak, rms, silence = plain(samples.tolist())
    assert (found.peak, found.silence) == (peak, silence)
    assert found.rms == pytest.approx(rms, rel=1e-14)


@pytest.mark.parametrize(
    ("samples", "peak", "silence"),
    [
        (np.zeros(3200, np.int16), 0.0, 1.0),
        (np.full(3200, -32768, np.int16), 1.0, 0.0),
        (np.repeat(np.array([0, 16384], np.int16), 1600), 0.5, 0.5),
        (np.full(3200, 32, np.int16), 32 / 32768, 1.0),  # -60.2 dBFS
        (np.full(3200, 33, np.int16), 33 / 32768, 0.0),  # -59.9 dBFS
        (np.append(np.zeros(320, np.int16), np.int16(9000)), 9000 / 32768, 0.5),  # a last frame of one sample
    ],
)
def test_peak_and_silence(samples: NDArray, peak: float, silence: float) -> None:
    found = levels(samples)
    assert (found.peak, found.silence) == (peak, silence)
