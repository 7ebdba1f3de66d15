"""Mixing, resampling and rounding, each beside a plain twin in doubles."""

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cameo_assets.audio.resample import downmix, quantise, to_samples
from cameo_assets_tests.audio.recordings import tone


def plain(frames: NDArray, rate: int) -> NDArray:
    """The twin: everything in doubles, written as it is said."""
    full = {"int16": 2.0**15, "int32": 2.0**31}.get(frames.dtype.name, 1.0)
    mono = np.mean(frames.astype(np.float64) / full, axis=1)
    if rate != 16_000:
        mono = soxr.resample(mono, rate, 16_000, quality="HQ")
    return np.clip(np.rint(mono * 32768), -32768, 32767).astype(np.int16)


int16_frames = arrays(
    np.int16, st.tuples(st.integers(1, 300), st.integers(1, 8)), elements=st.integers(-32768, 32767)
)


@given(arrays(np.int16, st.tuples(st.integers(1, 400), st.just(1))))
def test_16_bit_mono_at_16_khz_passes_bit_for_bit(frames: NDArray) -> None:
    samples, clipped = to_samples(frames, 16_000)
    assert np.array_equal(samples, frames[:, 0])
    assert clipped == 0


@given(int16_frames)
def test_the_downmix_of_16_bit_is_the_rounded_mean(frames: NDArray) -> None:
    assert np.array_equal(to_samples(frames, 16_000)[0], plain(frames, 16_000))


@given(arrays(np.int32, st.tuples(st.integers(1, 200), st.integers(1, 4))))
def test_wide_integers_are_rounded_once(frames: NDArray) -> None:
    assert np.array_equal(to_samples(frames, 16_000)[0], plain(frames, 16_000))


@given(int16_frames)
def test_no_downmix_can_clip(frames: NDArray) -> None:
    assert to_samples(frames, 16_000)[1] == 0


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("kind", ["int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 2])
def test_single_precision_is_enough_for_the_resampler(rate: int, kind: str, channels: int) -> None:
    frames = np.random.default_rng(rate).uniform(-0.5, 0.5, (rate // 2, channels))
    scale = {"int16": 2.0**15, "int32": 2.0**31}.get(kind, 1.0)
    frames = (frames * scale).astype(kind)
    difference = to_samples(frames, rate)[0].astype(int) - plain(frames, rate)
    assert np.abs(difference).max() <= 1
    assert np.count_nonzero(difference) <= 0.002 * len(difference)


@pytest.mark.parametrize("rate", [8_000, 11_025, 24_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("frames", [4_001, 30_000, 99_999])
def test_the_length_is_the_rounded_share(rate: int, frames: int) -> None:
    samples, _ = to_samples(np.zeros((frames, 1), np.int16), rate)
    assert abs(len(samples) - frames * 16_000 / rate) <= 0.5


def test_the_same_sound_on_both_channels_keeps_its_level() -> None:
    mono = np.rint(0.9 * 32767 * tone(1, 48_000, level=1.0)).astype(np.int16)[:, None]
    stereo, clipped = to_samples(np.repeat(mono, 2, axis=1), 48_000)
    assert np.array_equal(stereo, to_samples(mono, 48_000)[0])
    assert clipped == 0


def level_db(hertz: float) -> float:
    """Level after resampling 48 kHz to 16 kHz of a tone at full scale, away from the ends."""
    signal = tone(1.0, 48_000, hertz, level=32768.0).astype(np.float32)
    out = soxr.resample(downmix(signal[:, None] / 32768, np.float32) / 32768, 48_000, 16_000, quality="HQ")
    return 20 * np.log10(np.sqrt(2 * np.mean(out[2000:-2000].astype(np.float64) ** 2)))


@pytest.mark.parametrize("hertz", [8_050, 8_500, 9_000, 15_000, 20_000])
def test_what_lies_above_half_the_rate_is_gone(hertz: float) -> None:
    assert level_db(hertz) < -100


@pytest.mark.parametrize("hertz", [100, 1_000, 4_000, 7_000])
def test_what_lies_below_is_kept(hertz: float) -> None:
    assert level_db(hertz) == pytest.approx(0, abs=0.05)


def test_a_tone_above_half_the_rate_leaves_silence_in_16_bit() -> None:
    frames = np.rint(tone(1.0, 48_000, 8_050, level=16_000)).astype(np.int16)[:, None]
    samples, _ = to_samples(frames, 48_000)
    assert np.abs(samples[1000:-1000]).max() <= 1


@pytest.mark.parametrize(
    ("value", "rounded", "clipped"),
    [
        (0.5, 0, 0),
        (1.5, 2, 0),
        (-0.5, 0, 0),
        (-0.6, -1, 0),
        (32767.4, 32767, 0),
        (32767.6, 32767, 1),
        (-32768.4, -32768, 0),
        (-32769.0, -32768, 1),
        (9e9, 32767, 1),
    ],
)
def test_rounding_is_to_even_and_saturates(value: float, rounded: int, clipped: int) -> None:
    samples, count = quantise(np.array([value]))
    assert (samples.tolist(), count) == ([rounded], clipped)


@given(arrays(np.float32, st.integers(0, 200), elements=st.floats(-1e5, 1e5, width=32)))
def test_every_saturated_sample_is_counted(signal: NDArray) -> None:
    whole = [round(float(value)) for value in signal]
    samples, clipped = quantise(signal.copy())
    assert samples.tolist() == [min(max(value, -32768), 32767) for value in whole]
    assert clipped == sum(not -32768 <= value <= 32767 for value in whole)
