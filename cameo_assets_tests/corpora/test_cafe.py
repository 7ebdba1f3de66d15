"""CaFE: 48 kHz WAV, 192 kHz AIFF, two versions, and folder names that many tools garble."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora import cafe
from cameo_assets.corpora.identity import file_id
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    Files,
    listing,
    only,
    refused,
    small_ravdess,
    soundless,
    zipped,
)

SPEC = cafe.SPEC
FOLDERS = {
    "C": "Colère",
    "D": "Dégoût",
    "J": "Joie",
    "N": "Neutre",
    "P": "Peur",
    "S": "Surprise",
    "T": "Tristesse",
}
LOG = "Version-ChangeLog.txt"
LOG_1_0 = {LOG: b"Version 1.0: first publication"}
LOG_1_1 = {LOG: "Version 1.1 : acteurs 11 et 12 échangés\nVersion 1.0 : première".encode("cp1252")}


def paths(form: str = "wav") -> list[str]:
    """All 936 paths of the WAV or AIFF form, as published."""
    actors, sentences = range(1, 13), range(1, 7)
    neutral = "N-1" if form == "wav" else "N"
    found = [f"Neutre/{a:02d}-{neutral}-{s}.{form}" for a, s in itertools.product(actors, sentences)]
    for emotion, (intensity, folder) in itertools.product("CDJPST", ((1, "Faible"), (2, "Fort"))):
        here = f"{FOLDERS[emotion]}/{folder}"
        found += [f"{here}/{a:02d}-{emotion}-{intensity}-{s}.{form}" for a in actors for s in sentences]
    return found


def small() -> Files:
    return {
        **soundless(path for path in paths() if path.rpartition("/")[2].startswith(("02", "12"))),
        **LOG_1_1,
    }


@pytest.mark.parametrize("form", ["wav", "aiff"])
def test_all_of_cafe_is_listed_from_either_form(form: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"CaFE.zip": zipped({**soundless(paths(form)), **LOG_1_1})})
    assert len(found.utterances) == 936
    assert found.counts == dict(sorted(SPEC.counts.items()))
    assert found.refusals == ()
    assert {u.flags for u in found.utterances} == {()}
    speakers = {(u.speaker_id, u.gender, u.age) for u in found.utterances}
    assert len(speakers) == SPEC.speakers
    assert Counter(gender for _, gender, _ in speakers) == {"male": 6, "female": 6}
    assert len({u.transcription for u in found.utterances}) == SPEC.sentences


def test_both_forms_have_the_same_ids(tmp_path: Path) -> None:
    ids = [
        {u.file_id for u in listing(SPEC, tmp_path / form, soundless(paths(form))).utterances}
        for form in ("wav", "aiff")
    ]
    assert ids[0] == ids[1]
    assert file_id("cafe_01_anger_11") in ids[0]


@pytest.mark.parametrize(
    ("path", "source_name"),
    [
        ("Colère/Faible/01-C-1-1.wav", "cafe_01_anger_11"),
        ("Dégoût/Fort/12-D-2-6.wav", "cafe_12_disgust_62"),
        ("Joie/Fort/02-J-2-3.wav", "cafe_02_happiness_32"),
        ("Neutre/03-N-1-4.wav", "cafe_03_neutral_41"),
        ("Neutre/03-N-4.aiff", "cafe_03_neutral_41"),
        ("Peur/Faible/04-P-1-5.AIF", "cafe_04_fear_51"),
        ("Surprise/Fort/05-S-2-2.wav", "cafe_05_surprise_22"),
        ("Tristesse/Faible/11-T-1-2.wav", "cafe_11_sadness_21"),
    ],
)
def test_the_id_is_the_hash_of_cameos_name(path: str, source_name: str, tmp_path: Path) -> None:
    utterance = only(listing(SPEC, tmp_path, {path: b"", **LOG_1_1}))
    assert utterance.source_name == source_name
    assert utterance.file_id == file_id(source_name)


def test_a_clip_is_described_as_in_cameos_own_example(tmp_path: Path) -> None:
    utterance = only(listing(SPEC, tmp_path, {"Joie/Fort/12-J-2-5.wav": b"", **LOG_1_1}))
    assert (utterance.speaker_id, utterance.gender, utterance.age) == ("cafe_12", "female", "37")
    assert utterance.transcription == "Cinq pumas fiers et passionnés"
    assert (utterance.dataset, utterance.language, utterance.license) == ("CaFE", "French", "CC BY-NC-SA 4.0")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, LAYOUTS[layout](small()))
    assert found.counts == {emotion: published // 6 for emotion, published in sorted(SPEC.counts.items())}
    assert found.refusals == ()
    assert {u.flags for u in found.utterances} == {()}


# Two forms at once.


def test_the_wav_is_taken_where_both_forms_are_there(tmp_path: Path) -> None:
    parts = {
        f"CaFE_192k_{part}.zip": zipped(
            soundless(path for path in paths("aiff") if (path.rpartition("/")[2] < "07") is (part == 1))
        )
        for part in (1, 2)
    }
    found = listing(SPEC, tmp_path, {"CaFE_48k.zip": zipped(soundless(paths())), **parts})
    assert len(found.utterances) == 936
    assert all(u.source_path.startswith("CaFE_48k.zip/") for u in found.utterances)
    (refusal,) = found.refusals
    assert refusal.rule == "other_version"
    assert refusal.seen.endswith("the first of 936")
    assert refusal.path.startswith("CaFE_192k_1.zip/")


def test_a_recording_that_is_there_as_aiff_alone_is_taken(tmp_path: Path) -> None:
    files = soundless(["Neutre/01-N-1-1.wav", "Neutre/01-N-1.aiff", "Neutre/01-N-2.aiff"])
    found = listing(SPEC, tmp_path, files)
    assert sorted(u.source_path for u in found.utterances) == ["Neutre/01-N-1-1.wav", "Neutre/01-N-2.aiff"]
    assert refused(found) == {"Neutre/01-N-1.aiff": "other_version"}


def test_the_same_form_twice_is_refused_file_by_file(tmp_path: Path) -> None:
    files = soundless(["a/Neutre/01-N-1-1.wav", "b/Neutre/01-N-1-1.wav"])
    assert refused(listing(SPEC, tmp_path, files)) == {"b/Neutre/01-N-1-1.wav": "repeated_name"}


# Two versions.


@pytest.mark.parametrize(
    ("file", "actor", "gender", "age"), [("11", "12", "female", "37"), ("12", "11", "male", "35")]
)
def test_the_first_version_is_read_in_the_numbering_of_the_second(
    file: str, actor: str, gender: str, age: str, tmp_path: Path
) -> None:
    utterance = only(listing(SPEC, tmp_path, {f"Neutre/{file}-N-1-1.wav": b"", **LOG_1_0}))
    assert utterance.source_name == f"cafe_{actor}_neutral_11"
    assert (utterance.speaker_id, utterance.gender, utterance.age) == (f"cafe_{actor}", gender, age)
    assert utterance.flags == ("renumbered_actor",)


def test_all_of_the_first_version_is_listed(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"CaFE_48k.zip": zipped({**soundless(paths()), **LOG_1_0})})
    assert len(found.utterances) == 936
    flags = Counter(flag for u in found.utterances for flag in u.flags)
    assert flags == {"renumbered_actor": 156, "replaced_later": 1}


@pytest.mark.parametrize(
    ("log", "flags"),
    [
        ({}, ("uncertain_actor",)),
        ({LOG: b"changes"}, ("uncertain_actor",)),
        ({LOG: b"11.1 and 2.1.0"}, ("uncertain_actor",)),
        ({LOG: b"v1.0"}, ("renumbered_actor",)),
        (LOG_1_1, ()),
        ({LOG: b"1.2, after 1.0"}, ()),
        ({LOG.upper(): b"1.1"}, ()),
    ],
)
def test_the_change_log_says_who_is_who(log: Files, flags: tuple[str, ...], tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**soundless(["Neutre/10-N-1-1.wav", "Neutre/11-N-1-1.wav"]), **log})
    assert {u.flags for u in found.utterances} == {(), flags}


def test_each_archive_goes_by_its_own_change_log(tmp_path: Path) -> None:
    old = zipped({"Neutre/11-N-1-1.wav": b"", **LOG_1_0})
    new = zipped({"Neutre/11-N-1.aiff": b"", **LOG_1_1})
    found = listing(SPEC, tmp_path, {"CaFE_48k.zip": old, "CaFE_192k_2.zip": new})
    assert {u.source_name: u.flags for u in found.utterances} == {
        "cafe_12_neutral_11": ("renumbered_actor",),
        "cafe_11_neutral_11": (),
    }


def test_of_both_versions_the_later_is_taken(tmp_path: Path) -> None:
    old = {f"1219621/{path}": data for path, data in {**soundless(paths()), **LOG_1_0}.items()}
    new = {f"1478765/{path}": data for path, data in {**soundless(paths()), **LOG_1_1}.items()}
    found = listing(SPEC, tmp_path, {**old, **new})
    assert len(found.utterances) == 936
    assert {u.source_path.split("/")[0] for u in found.utterances} == {"1478765"}
    assert {u.flags for u in found.utterances} == {()}
    (refusal,) = found.refusals
    assert (refusal.rule, refusal.path.split("/")[0]) == ("other_version", "1219621")
    assert refusal.seen.endswith("the first of 936")


@pytest.mark.parametrize(
    ("path", "log", "flags"),
    [
        ("Dégoût/Fort/01-D-2-6.wav", LOG_1_0, ("replaced_later",)),
        ("Dégoût/Fort/01-D-2-6.aiff", LOG_1_0, ()),
        ("Dégoût/Fort/01-D-2-6.wav", LOG_1_1, ()),
    ],
)
def test_the_replaced_recording_is_flagged(
    path: str, log: Files, flags: tuple[str, ...], tmp_path: Path
) -> None:
    assert only(listing(SPEC, tmp_path, {path: b"", **log})).flags == flags


def test_a_change_log_that_is_a_web_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, {**small(), LOG: b"<!DOCTYPE html><html>"})
    assert (error.value.path, error.value.rule) == (LOG, "pretender")


# Folders.


@pytest.mark.parametrize(
    ("folder", "flags"),
    [
        ("Colère/Fort", ()),
        (unicodedata.normalize("NFD", "Colère") + "/Fort", ()),
        ("ColŠre/Fort", ()),  # code page 437 read as 1252
        ("Colere/FORT", ()),
        ("anything/at all", ()),
        ("Joie/Fort", ("folder_disagrees",)),
        (unicodedata.normalize("NFD", "Dégoût") + "/Fort", ("folder_disagrees",)),
        ("Colère/Faible", ("folder_disagrees",)),
        ("Peur/Colère/Fort", ()),
    ],
)
def test_the_emotion_is_the_names_whatever_the_folder_says(
    folder: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    utterance = only(listing(SPEC, tmp_path, {f"{folder}/01-C-2-1.wav": b""}))
    assert utterance.emotion == "anger"
    assert utterance.flags == flags


# What is refused.


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("13-C-1-1.wav", "file_name"),
        ("00-C-1-1.wav", "file_name"),
        ("1-C-1-1.wav", "file_name"),
        ("01-A-1-1.wav", "file_name"),
        ("01-C-3-1.wav", "file_name"),
        ("01-C-1-7.wav", "file_name"),
        ("01-C-1-1 (1).wav", "file_name"),
        ("01-c-1-1.wav", "file_name"),
        ("01-C-1.wav", "intensity"),
        ("01-N-2-1.wav", "intensity"),
    ],
)
def test_cafe_refuses(name: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**soundless(["Neutre/02-N-1-1.wav"]), name: b""})
    assert refused(found) == {name: rule}
    assert only(found).source_name == "cafe_02_neutral_11"


def test_another_corpus_is_told_from_this_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, small_ravdess())
    assert error.value.rule == "no_clips"
    assert "6 refused by file_name" in error.value.seen
    assert "CaFE_48k.zip" in error.value.expected
