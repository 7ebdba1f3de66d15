"""SUBESCO: a complete grid of names, with one name that is wrong."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora import subesco
from cameo_assets.corpora.identity import file_id
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    Files,
    listing,
    refused,
    small_ravdess,
    soundless,
    zipped,
)

SPEC = subesco.SPEC
MISNAMED_ID = "228f2803578741d8bec4de613fbf868e2da24c34792c22c3f255aac88877901b.flac"
EMOTIONS = {
    "ANGRY": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "NEUTRAL": "neutral",
    "SAD": "sadness",
    "SURPRISE": "surprise",
}
WOMEN = ["OISHI", "MONIKA", "SMITA", "SWARNALI", "MOUNI", "SIMI", "TITHI", "JOYEETA", "CHAITY", "FAHMEE"]
MEN = ["BASHIR", "NIPUN", "ILIAS", "BIBHAS", "DURANTO", "SHUKANTO", "SIBLY", "PRASUN", "SHUMANTA", "EVAN"]


def published() -> list[str]:
    """All 7,000 paths of the archive, the misnamed one as it is."""
    speakers = [
        f"{g}_{n:02d}_{name}" for g, names in (("F", WOMEN), ("M", MEN)) for n, name in enumerate(names, 1)
    ]
    grid = itertools.product(speakers, range(1, 11), EMOTIONS, range(1, 6))
    stems = [f"{speaker}_S_{sentence}_{emotion}_{take}" for speaker, sentence, emotion, take in grid]
    stems[stems.index("F_02_MONIKA_S_2_SURPRISE_3")] += "]"
    return [f"SUBESCO/{stem}.wav" for stem in stems]


def small() -> Files:
    return soundless(path for path in published() if "_MONIKA_S_2_" in path or "_EVAN_S_10_" in path)


def test_all_of_subesco_is_listed(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"SUBESCO.zip": zipped(soundless(published()))})
    assert len(found.utterances) == 7000
    assert found.counts == dict.fromkeys(sorted(EMOTIONS.values()), 1000) == SPEC.counts
    assert found.refusals == ()
    speakers = {(u.speaker_id, u.gender) for u in found.utterances}
    assert len(speakers) == SPEC.speakers == 20
    assert Counter(gender for _, gender in speakers) == {"female": 10, "male": 10}
    assert len({u.transcription for u in found.utterances}) == SPEC.sentences == 10
    assert Counter(u.flags for u in found.utterances) == {(): 6999, ("odd_name_at_source",): 1}


def test_a_clip_is_described_by_its_name(tmp_path: Path) -> None:
    (utterance,) = listing(SPEC, tmp_path, {"SUBESCO/M_10_EVAN_S_9_SAD_5.wav": b""}).utterances
    assert utterance.file_id == file_id("M_10_EVAN_S_9_SAD_5")
    assert (utterance.emotion, utterance.gender, utterance.age) == ("sadness", "male", None)
    assert utterance.transcription == "একদিন পরেই তার বিয়ে"
    assert (utterance.dataset, utterance.language, utterance.license) == ("SUBESCO", "Bengali", "CC BY 4.0")


def test_speakers_are_called_by_number_not_by_their_first_names(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, small())
    assert {u.speaker_id for u in found.utterances} == {"subesco_F_02", "subesco_M_10"}
    assert {u.group_id for u in found.utterances} == {"subesco_F_02", "subesco_M_10"}


@pytest.mark.parametrize(("label", "emotion"), EMOTIONS.items())
def test_labels(label: str, emotion: str, tmp_path: Path) -> None:
    (utterance,) = listing(SPEC, tmp_path, {f"F_01_OISHI_S_1_{label}_1.wav": b""}).utterances
    assert utterance.emotion == emotion


@pytest.mark.parametrize("stem", ["F_02_MONIKA_S_2_SURPRISE_3]", "F_02_MONIKA_S_2_SURPRISE_3"])
def test_the_misnamed_clip_keeps_its_id(stem: str, tmp_path: Path) -> None:
    (utterance,) = listing(SPEC, tmp_path, {f"SUBESCO/{stem}.wav": b""}).utterances
    assert utterance.file_id == MISNAMED_ID
    assert (utterance.emotion, utterance.speaker_id) == ("surprise", "subesco_F_02")
    assert utterance.flags == ("odd_name_at_source",)


def test_the_misnamed_clip_is_taken_once(tmp_path: Path) -> None:
    stems = ("F_02_MONIKA_S_2_SURPRISE_3]", "F_02_MONIKA_S_2_SURPRISE_3")
    found = listing(SPEC, tmp_path, soundless(f"{stem}.wav" for stem in stems))
    assert len(found.utterances) == 1
    assert list(refused(found).values()) == ["repeated_name"]


@pytest.mark.parametrize("sentence", subesco.SENTENCES.values())
def test_sentences_are_in_one_unicode_form(sentence: str) -> None:
    assert unicodedata.is_normalized("NFC", sentence)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, LAYOUTS[layout](small()))
    assert found.counts == dict.fromkeys(sorted(EMOTIONS.values()), 10)
    assert MISNAMED_ID in {u.file_id for u in found.utterances}
    assert found.refusals == ()


@pytest.mark.parametrize(
    ("stem", "rule"),
    [
        ("F_01_MONIKA_S_1_SAD_1", "name_disagrees"),
        ("M_02_MONIKA_S_1_SAD_1", "name_disagrees"),
        ("F_00_OISHI_S_1_SAD_1", "file_name"),
        ("F_11_OISHI_S_1_SAD_1", "file_name"),
        ("F_1_OISHI_S_1_SAD_1", "file_name"),
        ("F_01_OISHI_S_11_SAD_1", "file_name"),
        ("F_01_OISHI_S_01_SAD_1", "file_name"),
        ("F_01_OISHI_S_1_SADNESS_1", "file_name"),
        ("F_01_OISHI_S_1_SAD_6", "file_name"),
        ("F_01_OISHI_S_1_SAD_1]", "file_name"),
        ("F_02_MONIKA_S_2_SURPRISE_3]]", "file_name"),
        ("f_01_oishi_s_1_sad_1", "file_name"),
    ],
)
def test_subesco_refuses(stem: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), f"SUBESCO/{stem}.wav": b""})
    assert refused(found) == {f"SUBESCO/{stem}.wav": rule}
    assert len(found.utterances) == len(small())


def test_another_corpus_is_told_from_this_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, small_ravdess())
    assert error.value.rule == "no_clips"
    assert "6 refused by file_name" in error.value.seen
    assert "SUBESCO.zip" in error.value.expected
