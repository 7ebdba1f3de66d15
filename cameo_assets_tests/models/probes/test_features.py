from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cameo_assets.models.engines.base import Reference
from cameo_assets.models.probes import features, recordings
from cameo_assets.models.probes.features import VERSION, feature_table, features_of, pitch
from cameo_assets.models.probes.recordings import Recording, Unreadable
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import a_recording

RATE = 16_000


def references_of(store: Store, rows: list[dict[str, Any]]) -> list[Reference]:
    return [
        Reference(
            file_id=row["file_id"],
            path=str(store.path("audio", row["corpus"], row["file_id"])),
            pcm_md5=row["pcm_md5"],
            emotion=row["emotion"],
            group_id=row["group_id"],
        )
        for row in rows
    ]


@pytest.fixture
def noises(store: Store) -> list[Reference]:
    noise = np.random.default_rng(0)
    rows = [
        a_recording(store, "alpha", str(number), "anger", "a", 0.1 * noise.standard_normal(4_000))
        for number in range(4)
    ]
    return references_of(store, rows)


def a_tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    phase = 2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE
    return sum(np.sin(k * phase) / k for k in range(1, 5)).astype(np.float32) * np.float32(0.2)


@pytest.mark.parametrize("hertz", [80, 120, 200, 310, 450])
def test_the_pitch_of_a_tone_is_found_to_one_percent(hertz: float) -> None:
    frequency, voiced = pitch(a_tone(hertz))
    assert voiced[2:-2].all()
    assert np.median(frequency[voiced]) == pytest.approx(hertz, rel=0.01)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * np.float32(0.1)
    assert pitch(noise)[1].mean() < 0.05


def test_a_soft_tail_counts_as_pause() -> None:
    sound = np.concatenate([a_tone(150), a_tone(150) * np.float32(0.001)])
    assert features_of(sound)["voiced_share"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(1), np.zeros(RATE), np.ones(700), a_tone(100, 0.01), a_tone(100, 0.1)],
    ids=["none", "one", "silence", "constant", "10 ms", "100 ms"],
)
def test_any_recording_has_all_features_and_they_are_numbers(samples: np.ndarray) -> None:
    found = features_of(samples.astype(np.float32))
    assert found.keys() == features_of(a_tone(200)).keys()
    assert np.isfinite(list(found.values())).all()


def test_louder_and_higher_is_seen() -> None:
    soft, loud = features_of(a_tone(100) * np.float32(0.1)), features_of(a_tone(200))
    assert loud["loudness_db_mean"] - soft["loudness_db_mean"] == pytest.approx(20, abs=1)
    assert loud["pitch_median"] - soft["pitch_median"] == pytest.approx(12, abs=0.2)


def test_features_are_computed_once(
    store: Store, noises: list[Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    plain = features._from_file

    def noting(recording: Recording) -> dict[str, float]:
        read.append(Path(recording.path).name)
        return plain(recording)

    monkeypatch.setattr(features, "_from_file", noting)
    first = feature_table(store, "alpha", noises[:3])
    assert len(read) == 3
    second = feature_table(store, "alpha", noises)
    assert read[3:] == [noises[3].file_id]
    for row in noises[:3]:
        assert (second[row.pcm_md5] == first[row.pcm_md5]).all()
    feature_table(store, "alpha", noises)
    assert len(read) == 4


def test_the_cache_is_a_function_of_the_recordings_alone(store: Store, noises: list[Reference]) -> None:
    place = ("features", VERSION, "alpha.parquet")
    feature_table(store, "alpha", noises[:2])
    expected = store.read_bytes(*place)
    feature_table(store, "alpha", noises)
    feature_table(store, "alpha", noises[1::-1])
    assert store.read_bytes(*place) == expected


def test_a_run_that_dies_keeps_its_blocks(
    store: Store, noises: list[Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "BLOCK", 1)
    last = max(noises, key=lambda row: row.pcm_md5)
    sound = Path(last.path).read_bytes()
    Path(last.path).write_bytes(b"damaged")
    with pytest.raises(Unreadable, match=last.file_id):
        feature_table(store, "alpha", noises)
    assert store.read_table("features", VERSION, "alpha.parquet").num_rows == 3
    Path(last.path).write_bytes(sound)
    assert len(feature_table(store, "alpha", noises)) == 4


def test_several_processes_give_the_same_as_one(
    noises: list[Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = [Recording(row.path, row.pcm_md5) for row in noises]
    alone = list(features._compute(heard))
    monkeypatch.setattr(features, "_EACH", 1)
    monkeypatch.setenv("CAMEO_WORKERS", "2")
    assert list(features._compute(heard)) == alone


def test_a_missing_recording_is_named(store: Store, noises: list[Reference]) -> None:
    Path(noises[0].path).unlink()
    with pytest.raises(Unreadable, match=noises[0].file_id):
        feature_table(store, "alpha", noises)
