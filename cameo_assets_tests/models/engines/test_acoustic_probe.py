from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from cameo_assets.models.engines.acoustic_probe import AcousticProbe
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate
from cameo_assets.models.predictions import FINAL
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import COLD, EMOTIONS, a_recording, baseline, tones

RAVDESS = Path(__file__).parents[3] / "../shared/real_corpora/ravdess"
RAVDESS_EMOTIONS = dict(
    zip(
        "12345678",
        ("neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise"),
        strict=True,
    )
)


def probe(store: Store, rows: list[dict[str, Any]]) -> EvaluationOutcome:
    options: dict[str, set[str]] = {}
    for row in rows:
        options.setdefault(row["corpus"], set()).add(row["emotion"])
    return evaluate(
        store,
        baseline("acoustic-probe"),
        [COLD],
        rows,
        {key: sorted(found) for key, found in options.items()},
    )


def share_right(outcome: EvaluationOutcome, rows: list[dict[str, Any]]) -> float:
    truth = {row["file_id"]: row["emotion"] for row in rows}
    answers = outcome.answers(COLD).to_pylist()
    return sum(truth[row["file_id"]] == row["text"] for row in answers) / len(answers)


def test_emotion_in_the_pitch_is_learnt_from_other_speakers(store: Store) -> None:
    rows = tones(store, "alpha", speakers=4, each=3)
    outcome = probe(store, rows)
    assert outcome.coverage(COLD) == 1
    assert share_right(outcome, rows) > 0.9


def test_labels_without_connection_to_the_sound_are_not_learnt(store: Store) -> None:
    rows = tones(store, "alpha", speakers=5, each=4)
    labels = np.random.default_rng(0).permutation([row["emotion"] for row in rows])
    rows = [{**row, "emotion": str(label)} for row, label in zip(rows, labels, strict=True)]
    # Chance is a third; 60 answers have a standard deviation of 0.061.
    assert share_right(probe(store, rows), rows) < 1 / 3 + 4 * 0.061


def test_who_speaks_is_of_no_use(store: Store) -> None:
    """Each speaker has one emotion and a voice of their own: who knows the speaker knows the label."""
    noise, rows = np.random.default_rng(0), []
    for speaker in range(6):
        emotion = EMOTIONS[speaker % 3]
        pitch = 100 * 1.25 ** [0, 4, 2, 5, 1, 3][speaker]
        for take in range(6):
            wave = 0.2 * np.sin(2 * np.pi * pitch * np.arange(8_000) / 16_000)
            wave = wave + 0.02 * noise.standard_normal(8_000)
            rows.append(a_recording(store, "alpha", f"{speaker}-{take}", emotion, f"s{speaker}", wave))
    # Whoever knew the speaker would be always right.
    assert share_right(probe(store, rows), rows) < 0.7


def test_an_answer_tells_how_sure_it_is(store: Store) -> None:
    rows = tones(store, "alpha", speakers=3, each=2)
    for answer in probe(store, rows).answers(COLD).to_pylist():
        probabilities = msgspec.json.decode(answer["details"])["probabilities"]
        assert set(probabilities) == set(EMOTIONS)
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert answer["text"] == max(probabilities, key=probabilities.__getitem__)
        assert "librosa" in msgspec.json.decode(answer["engine_versions"])


def test_the_same_recordings_give_the_same_bytes(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    for place in (store, other):
        rows = tones(place, "alpha", speakers=3, each=2)
        probe(place, rows[::-1] if place is other else rows)
    folder = ("predictions", "acoustic-probe", "unversioned")
    for name in store.names(*folder):
        one, two = store.read_table(*folder, name), other.read_table(*folder, other.names(*folder)[0])
        assert one.sort_by("file_id") == two.sort_by("file_id")


def test_a_corpus_of_one_speaker_is_not_answered_and_not_asked_again(store: Store) -> None:
    rows = tones(store, "solo", speakers=1, each=2) + tones(store, "alpha", speakers=3, each=2)
    outcome = probe(store, rows)
    assert outcome.errors == {FINAL: 6}
    assert {row["error"] for row in outcome.answers(COLD).to_pylist() if row["corpus"] == "solo"} == {
        f"{FINAL}: solo has one speaker only"
    }
    assert outcome.coverage(COLD) == pytest.approx(18 / 24)
    assert (outcome.missing, probe(store, rows).asked) == (0, 0)


def test_where_the_other_speakers_express_one_emotion_only_there_is_no_answer(store: Store) -> None:
    rows = tones(store, "alpha", speakers=2, each=2)
    rows = [{**row, "emotion": "anger" if row["group_id"] == "alpha_0" else row["emotion"]} for row in rows]
    answers = probe(store, rows).answers(COLD).to_pylist()
    groups = {row["file_id"]: row["group_id"] for row in rows}
    refused = {groups[row["file_id"]] for row in answers if row["error"]}
    assert refused == {"alpha_1"}
    assert all("fewer than two emotions" in row["error"] for row in answers if row["error"])


def test_an_unreadable_recording_is_a_fault_of_its_corpus_and_of_no_other(store: Store) -> None:
    rows = tones(store, "alpha", speakers=2, each=1) + tones(store, "beta", speakers=2, each=1)
    path = store.path("audio", "beta", rows[-1]["file_id"])
    sound = path.read_bytes()
    path.unlink()
    outcome = probe(store, rows)
    assert outcome.errors == {"audio": 6}
    assert outcome.missing == 6
    path.write_bytes(sound)
    assert probe(store, rows).errors == {}


def test_a_new_clip_is_a_new_question_for_its_whole_corpus_and_for_no_other(store: Store) -> None:
    alpha, beta = tones(store, "alpha", speakers=3, each=2), tones(store, "beta", speakers=2, each=1)
    probe(store, alpha[:-1] + beta)
    outcome = probe(store, alpha + beta)
    assert (outcome.asked, outcome.reused) == (len(alpha), len(beta))


def test_the_class_is_known_without_heavy_imports() -> None:
    assert (AcousticProbe.family, AcousticProbe.scope) == ("acoustic-probe/1", "corpus")


@pytest.mark.skipif(not RAVDESS.is_dir(), reason="the real recordings are not on this machine")
def test_real_speech_is_answered(store: Store) -> None:
    import soundfile
    import soxr

    rows = []
    for path in sorted(RAVDESS.rglob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
        wave = soxr.resample(samples.mean(axis=1), rate, 16_000)
        fields = path.stem.split("-")
        emotion = RAVDESS_EMOTIONS[str(int(fields[2]))]
        rows.append(a_recording(store, "ravdess", path.stem, emotion, fields[6], wave))
    assert len({row["group_id"] for row in rows}) > 1
    outcome = probe(store, rows)
    assert outcome.coverage(COLD) == 1
    table = store.read_table("features", "acoustic-1", "ravdess.parquet")
    # Actors of both sexes, so medians lie between a low man's and a high woman's voice.
    tones_above_60_hertz = np.array(table["pitch_median"].to_pylist())
    assert tones_above_60_hertz.min() > 4
    assert tones_above_60_hertz.max() < 37
    assert share_right(outcome, rows) > 1 / 8
