from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.samples.speech import SPEECH_RATE
from cameo_assets.samples.voices import PROSODY, Voice, prosody, say
from cameo_assets.vocabulary import EMOTIONS

VOICE = Voice("en-us+f2")
TEXT = "Dogs are sitting by the door"


def test_emotions_are_those_of_the_vocabulary() -> None:
    assert set(PROSODY) == set(EMOTIONS)


def test_every_emotion_has_a_prosody_of_its_own() -> None:
    assert len(set(PROSODY.values())) == len(PROSODY)


@given(
    emotion=st.sampled_from(sorted(PROSODY)),
    take=st.text(),
    intensity=st.floats(0, 2),
    pitch=st.floats(-100, 100),
    pace=st.floats(0.3, 3),
)
def test_prosody_stays_within_what_the_synthesiser_takes(
    emotion: str, take: str, intensity: float, pitch: float, pace: float
) -> None:
    found = prosody(Voice("en-us", pitch, pace), emotion, take, intensity=intensity)
    assert 80 <= found.rate <= 450
    assert 0 <= found.pitch <= 99
    assert 0 <= found.pitch_range <= 99
    assert 20 <= found.volume <= 140


@given(take=st.text(), emotion=st.sampled_from(sorted(PROSODY)))
def test_no_intensity_is_neutral(take: str, emotion: str) -> None:
    assert prosody(VOICE, emotion, take, intensity=0) == prosody(VOICE, "neutral", take)


def test_two_takes_differ_and_one_take_does_not() -> None:
    assert prosody(VOICE, "fear", "take 1") == prosody(VOICE, "fear", "take 1")
    assert prosody(VOICE, "fear", "take 1") != prosody(VOICE, "fear", "take 2")


def test_an_emotion_without_prosody_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown_emotion"):
        prosody(VOICE, "boredom", "take")


def measures(emotion: str) -> dict[str, float]:
    pytest.importorskip("espeakng_loader", reason="speech needs espeakng-loader")
    import librosa

    takes = [say(TEXT, VOICE, emotion, f"take {number}").astype(np.float32) / 32768 for number in range(4)]
    pitches = [librosa.yin(take, fmin=80, fmax=500, sr=SPEECH_RATE) for take in takes]
    return {
        "seconds": float(np.mean([len(take) for take in takes])) / SPEECH_RATE,
        "loudness": float(np.mean([np.sqrt(np.mean(take**2)) for take in takes])),
        "pitch": float(np.median(np.concatenate(pitches))),
    }


def test_emotions_can_be_heard() -> None:
    anger, fear, happiness, sadness = map(measures, ("anger", "fear", "happiness", "sadness"))
    assert anger["loudness"] > 1.8 * sadness["loudness"]
    assert happiness["loudness"] > 1.4 * sadness["loudness"]
    assert sadness["seconds"] > 1.15 * max(anger["seconds"], fear["seconds"], happiness["seconds"])
    assert min(fear["pitch"], happiness["pitch"]) > 1.1 * sadness["pitch"]
