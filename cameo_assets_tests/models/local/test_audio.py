from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from transformers import (
    Gemma3nAudioFeatureExtractor,
    GraniteSpeechFeatureExtractor,
    WhisperFeatureExtractor,
)

from cameo_assets.models.local.audio import Unusable, longest_heard, read


def a_file(folder: Path, samples: np.ndarray, rate: int = 16_000, name: str = "a.flac", **how: Any) -> str:
    soundfile.write(folder / name, samples, rate, **how)
    return str(folder / name)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, shape)


def test_a_recording_comes_as_it_is_in_the_file(tmp_path: Path) -> None:
    pcm = (noise(4_000) * 32768).astype(np.int16)
    samples = read(a_file(tmp_path, pcm, subtype="PCM_16"), 30.0)
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples * 32768, pcm)


@pytest.mark.parametrize(
    ("samples", "rate", "reason"),
    [
        (noise(4_000), 8_000, "8000 Hz"),
        (noise(4_000), 48_000, "48000 Hz"),
        (noise(4_000, 2), 16_000, "2 channels"),
        (noise(0), 16_000, "0 seconds"),
        (noise(1_599), 16_000, "0.0999.* seconds"),
        (noise(32_001), 16_000, "2.00006 seconds of audio, not 0.1 to 2"),
    ],
)
def test_what_a_model_would_take_wrongly_in_silence_is_refused(
    tmp_path: Path, samples: np.ndarray, rate: int, reason: str
) -> None:
    path = a_file(tmp_path, samples, rate, "a.wav")  # libsndfile makes no FLAC without samples
    with pytest.raises(Unusable, match=f"{path}: .*{reason}") as fault:
        read(path, 2.0)
    # A length follows from the recording; anything else a repair may mend.
    kind = "not applicable" if "seconds" in reason else "audio"
    assert fault.value.error == f"{kind}: {fault.value}"


@pytest.mark.parametrize("length", [1_600, 32_000])
def test_the_shortest_and_the_longest_are_taken(tmp_path: Path, length: int) -> None:
    assert len(read(a_file(tmp_path, noise(length)), 2.0)) == length


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    broken = noise(4_000)
    broken[7] = math.nan
    with pytest.raises(Unusable, match="not numbers"):
        read(a_file(tmp_path, broken, name="a.wav", subtype="FLOAT"), 30.0)


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="gone"):
        read(str(tmp_path / "gone.flac"), 30.0)
    path = tmp_path / "damaged.flac"
    path.write_bytes(b"fLaC and then nothing")
    with pytest.raises(Unusable, match="damaged"):
        read(str(path), 30.0)


@pytest.mark.parametrize(
    ("processor", "seconds"),
    [
        (SimpleNamespace(feature_extractor=WhisperFeatureExtractor()), 30.0),
        (SimpleNamespace(feature_extractor=WhisperFeatureExtractor(chunk_length=300)), 300.0),
        (SimpleNamespace(feature_extractor=WhisperFeatureExtractor(), max_audio_len=600), 600.0),
        (SimpleNamespace(feature_extractor=Gemma3nAudioFeatureExtractor()), 30.0),
        (SimpleNamespace(audio_processor=GraniteSpeechFeatureExtractor), math.inf),
    ],
    ids=["Whisper", "Whisper with longer chunks", "windows", "Gemma 3n", "no limit"],
)
def test_how_long_a_model_hears_is_found_in_its_processor(processor: Any, seconds: float) -> None:
    assert longest_heard(processor) == seconds
