"""RAVDESS: a complete grid of names, and the songs, videos and mirrors that share its grammar."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.ravdess import SPEC
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    Files,
    listing,
    ravdess_names,
    refused,
    small_ravdess,
    soundless,
    zipped,
)

KAGGLE = "audio_speech_actors_01-24"


def under(folder: str, files: Files) -> Files:
    return {f"{folder}/{path}": data for path, data in files.items()}


def test_all_of_ravdess_is_listed(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"Speech.zip": zipped(soundless(ravdess_names()))})
    assert len(found.utterances) == 1440
    assert found.counts == dict(sorted(SPEC.counts.items()))
    assert found.refusals == ()
    speakers = {(u.speaker_id, u.gender) for u in found.utterances}
    assert Counter(gender for _, gender in speakers) == {"male": 12, "female": 12}
    assert len(speakers) == SPEC.speakers
    assert len({u.transcription for u in found.utterances}) == SPEC.sentences
    assert Counter(flag for u in found.utterances for flag in u.flags) == {
        "stereo_at_source": 5,
        "known_duplicate": 2,
    }


def test_a_clip_is_described_by_its_name(tmp_path: Path) -> None:
    (utterance,) = listing(SPEC, tmp_path, {"Actor_18/03-01-08-02-02-01-18.wav": b""}).utterances
    assert utterance.file_id == file_id("03-01-08-02-02-01-18")
    assert (utterance.emotion, utterance.speaker_id) == ("surprise", "ravdess_18")
    assert (utterance.gender, utterance.age) == ("female", None)
    assert utterance.transcription == "Dogs are sitting by the door"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("Actor_01/03-02-03-01-01-01-01.wav", "song"),
        ("Actor_01/01-01-03-01-01-01-01.wav", "modality"),
        ("Actor_01/01-01-03-01-01-01-01.mp4", "video"),
        ("Actor_01/02-02-03-01-01-01-01.mp4", "video"),
        ("Actor_01/03-01-01-02-01-01-01.wav", "intensity"),
        ("Actor_02/03-01-03-01-01-01-01.wav", "folder_disagrees"),
        ("Actor_01/03-01-09-01-01-01-01.wav", "file_name"),
        ("Actor_01/04-01-03-01-01-01-01.wav", "file_name"),
        ("Actor_25/03-01-03-01-01-01-25.wav", "file_name"),
        ("Actor_01/03-01-03-01-01-01-01 (1).wav", "file_name"),
    ],
)
def test_ravdess_refuses(path: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small_ravdess(), path: b""})
    assert refused(found) == {path: rule}
    assert len(found.utterances) == len(small_ravdess())


def test_the_song_archive_beside_the_speech_is_told_apart(tmp_path: Path) -> None:
    songs = soundless(f"Actor_{actor}/03-02-05-01-01-01-{actor}.wav" for actor in ("01", "02"))
    archives = {
        "Audio_Speech_Actors_01-24.zip": zipped(small_ravdess()),
        "Audio_Song_Actors_01-24.zip": zipped(songs),
    }
    found = listing(SPEC, tmp_path, archives)
    assert refused(found) == dict.fromkeys(under("Audio_Song_Actors_01-24.zip", songs), "song")
    assert len(found.utterances) == len(small_ravdess())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_second_tree_of_the_kaggle_mirror_is_told_apart(layout: str, tmp_path: Path) -> None:
    once, again = small_ravdess(), under(KAGGLE, small_ravdess())
    found = listing(SPEC, tmp_path, LAYOUTS[layout]({**once, **again}))
    assert [u.file_id for u in found.utterances] == [
        u.file_id for u in listing(SPEC, tmp_path / "once", once).utterances
    ]
    assert found.reasons == {"second_copy": len(again)}
    assert all(KAGGLE not in u.source_path for u in found.utterances)


def test_the_inner_tree_of_the_kaggle_mirror_is_a_copy_of_its_own(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, under(KAGGLE, small_ravdess()))
    assert len(found.utterances) == len(small_ravdess())
    assert found.refusals == ()


def test_a_second_file_that_is_no_copy_is_not_called_one(tmp_path: Path) -> None:
    path = "Actor_01/03-01-05-01-01-01-01.wav"
    found = listing(SPEC, tmp_path, {path: b"one", f"{KAGGLE}/{path}": b"another"})
    assert refused(found) == {f"{KAGGLE}/{path}": "repeated_name"}


def test_a_refused_file_does_not_stand_for_the_first_copy(tmp_path: Path) -> None:
    path = "Actor_01/03-01-05-01-01-01-01.wav"
    found = listing(SPEC, tmp_path, soundless([path.replace("Actor_01/", "Actor_02/"), f"{KAGGLE}/{path}"]))
    assert [u.source_path for u in found.utterances] == [f"{KAGGLE}/{path}"]
    assert found.reasons == {"folder_disagrees": 1}
