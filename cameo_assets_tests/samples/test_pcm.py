from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from cameo_assets.samples.pcm import aiff, chunk, resampled, resampled_to_24_bits, wav
from cameo_assets.samples.speech import SPEECH_RATE
from cameo_assets_tests.samples.reading import chunks, samples_of

TONE = np.rint(12_000 * np.sin(2 * np.pi * 440 * np.arange(SPEECH_RATE) / SPEECH_RATE)).astype(np.int16)


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
def test_a_tone_keeps_length_and_level_at_another_rate(rate: int) -> None:
    converted = resampled(TONE, rate)
    assert converted.dtype == np.int16
    assert len(converted) == rate
    expected = 12_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    middle = slice(rate // 10, -rate // 10)
    assert np.abs(converted[middle] - expected[middle]).max() <= 2


def test_what_overshoots_is_saturated_not_wrapped() -> None:
    square = np.where(np.arange(4000) // 50 % 2, 32767, -32768).astype(np.int16)
    converted = resampled(square, 48_000).astype(int)
    assert converted.max() == 32767
    assert converted.min() == -32768
    assert np.abs(np.diff(converted)).max() < 60_000


@pytest.mark.parametrize("channels", [1, 2])
def test_a_wav_holds_the_samples_in_each_channel(channels: int) -> None:
    samples, rate = samples_of(wav(TONE, 22_050, channels=channels))
    assert rate == 22_050
    assert samples.shape == (len(TONE), channels)
    assert all(np.array_equal(samples[:, channel], TONE) for channel in range(channels))


def test_chunks_stand_where_they_are_asked_for_and_are_padded_to_even() -> None:
    data = wav(TONE, 16_000, before=chunk(b"odd ", b"abc"), after=chunk(b"LIST", b"INFO"))
    assert [name for name, _, _ in chunks(data)] == [b"fmt ", b"odd ", b"data", b"LIST"]
    assert all(place % 2 == 0 for _, place, _ in chunks(data))
    assert int.from_bytes(data[4:8], "little") + 8 == len(data)
    assert np.array_equal(samples_of(data)[0][:, 0], TONE)


def test_each_channel_of_a_wav_may_hold_samples_of_its_own() -> None:
    both = np.stack([TONE, -TONE], axis=1)
    assert np.array_equal(samples_of(wav(both, 44_100))[0], both)


@pytest.mark.parametrize("rate", [44_100, 192_000])
def test_24_bits_are_finer_steps_of_the_same_speech(rate: int) -> None:
    fine = resampled_to_24_bits(TONE, rate)
    assert fine.dtype == np.int32
    assert np.abs(fine / 256 - resampled(TONE, rate)).max() <= 0.51
    assert np.any(fine % 256)


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_an_aiff_holds_24_bits_and_its_rate(rate: int) -> None:
    fine = resampled_to_24_bits(TONE, rate)
    fine[:2] = -(2**23), 2**23 - 1
    data = aiff(fine, rate)
    info = soundfile.info(io.BytesIO(data))
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("AIFF", "PCM_24", rate, 1)
    read, _ = soundfile.read(io.BytesIO(data), dtype="int32")
    assert np.array_equal(read >> 8, fine)


def test_an_aiff_of_odd_length_is_padded() -> None:
    data = aiff(np.array([1, -2, 3], dtype=np.int32), 44_100)
    assert len(data) % 2 == 0
    assert int.from_bytes(data[4:8], "big") + 8 == len(data)
    assert list(soundfile.read(io.BytesIO(data), dtype="int32")[0] >> 8) == [1, -2, 3]
