"""What holds for the samples that were there first; each newer one has a file of tests of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cameo_assets.samples import SAMPLES
from cameo_assets.samples.ravdess import QUIET
from cameo_assets_tests.samples.reading import emotion_code, recordings, samples_of, unusual

RATES = {"ravdess": 48_000, "nemo": 24_000, "crema_d": 16_000}
SPEAKERS = {
    "ravdess": lambda stem: stem[-2:],
    "nemo": lambda stem: stem[:3],
    "crema_d": lambda stem: stem[:4],
}
LOUD_AND_SOFT = {"ravdess": ("05", "04"), "nemo": ("anger", "sadness"), "crema_d": ("ANG", "SAD")}

every_corpus = pytest.mark.parametrize("slug", sorted(RATES))


def spoken(landing: Path, slug: str) -> dict[str, np.ndarray]:
    """Samples of every recording that holds speech of its own, by stem."""
    found = recordings(landing, slug)
    return {stem: samples_of(data)[0] for stem, data in found.items() if stem not in unusual(slug)}


def test_all_samples_together_are_small() -> None:
    assert 350 <= sum(len(sample.clips) for sample in SAMPLES.values()) <= 1_100


@every_corpus
def test_clips_are_named_once(slug: str) -> None:
    assert len(set(SAMPLES[slug].clips)) == len(SAMPLES[slug].clips)


@every_corpus
def test_every_emotion_is_acted_by_enough_speakers_for_folds(slug: str) -> None:
    by_emotion: dict[str, set[str]] = {}
    for stem in SAMPLES[slug].clips:
        by_emotion.setdefault(emotion_code(slug, stem), set()).add(SPEAKERS[slug](stem))
    least = 5 if slug == "nemo" else 6  # MK0 has no `surprised`
    assert min(map(len, by_emotion.values())) >= least
    assert len(set.union(*by_emotion.values())) >= 6


@every_corpus
def test_every_recording_is_16_bit_speech_of_the_publishers_rate(landing: Path, slug: str) -> None:
    for stem, data in recordings(landing, slug).items():
        if stem in unusual(slug):
            continue
        samples, rate = samples_of(data)
        assert rate == RATES[slug], stem
        assert 0.7 < len(samples) / rate < 4.5, stem
        faint = slug == "ravdess" and SPEAKERS[slug](stem) == QUIET
        assert np.sqrt(np.mean(samples.astype(float) ** 2)) > (20 if faint else 500), stem


@every_corpus
def test_no_two_recordings_are_alike_but_the_copies(landing: Path, slug: str) -> None:
    contents = [samples.tobytes() for samples in spoken(landing, slug).values()]
    assert len(set(contents)) == len(contents)


@every_corpus
def test_speech_is_hardly_ever_clipped(landing: Path, slug: str) -> None:
    clipped = [
        float(np.mean(np.abs(samples.astype(int)) >= 32767)) for samples in spoken(landing, slug).values()
    ]
    assert max(clipped) < 0.001


@every_corpus
def test_anger_is_louder_and_quicker_than_sadness(landing: Path, slug: str) -> None:
    found = spoken(landing, slug)

    def mean(code: str, measure: str) -> float:
        chosen = [
            samples.astype(float) for stem, samples in found.items() if emotion_code(slug, stem) == code
        ]
        values = [np.sqrt(np.mean(each**2)) if measure == "loudness" else len(each) for each in chosen]
        return float(np.mean(values))

    anger, sadness = LOUD_AND_SOFT[slug]
    assert mean(anger, "loudness") > 1.8 * mean(sadness, "loudness")
    assert mean(anger, "length") < 0.85 * mean(sadness, "length")
