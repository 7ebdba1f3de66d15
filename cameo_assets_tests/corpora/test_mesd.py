"""MESD: all that is known stands in the name, and the words have lost their accents."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.mesd import MISSPELT, ODD, RESTORED, SPEC, WORDS_A
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import LAYOUTS, lay, listing, real, refused, soundless, zipped

FOLDER = "cy34mh68j9-5/Mexican Emotional Speech Database (MESD)"
EMOTIONS = ("Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness")
NEVER_PUBLISHED = {"Anger_C_A_hoy", "Neutral_C_A_tarde"}


def stems() -> list[str]:
    """All 862 stems; the words of list B are stand-ins, since their distribution is not known here."""
    instead = {"Happiness_C_A_lento": "Happiness_C_A_lento_dentro", "Sadness_M_A_fuera": "Sadness_M_A_afuera"}
    listed = [f"{emotion}_{voice}_A_{word}" for emotion, voice, word in product(EMOTIONS, "FMC", WORDS_A)]
    letters = "abcdefghijklmnopqrstuvwx"
    other = [f"{emotion}_{voice}_B_palabra{x}" for emotion, voice, x in product(EMOTIONS, "FMC", letters)]
    return [instead.get(stem, stem) for stem in [*listed, *other] if stem not in NEVER_PUBLISHED]


def only(stem: str, folder: Path) -> Utterance:
    (utterance,) = listing(SPEC, folder, {f"{FOLDER}/{stem}.wav": b""}).utterances
    return utterance


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    files = soundless(f"{FOLDER}/{stem}.wav" for stem in stems())
    return listing(SPEC, tmp_path_factory.mktemp("all"), {"cy34mh68j9-5.zip": zipped(files)})


def test_all_of_it_is_listed(complete: Listing) -> None:
    assert len(complete.utterances) == SPEC.total == 862
    assert complete.counts == dict(sorted(SPEC.counts.items()))
    assert {SPEC.counts["anger"], SPEC.counts["neutral"]} == {143}
    assert complete.refusals == ()


def test_voices_stand_for_the_speakers_that_nobody_knows(complete: Listing) -> None:
    assert {u.speaker_id for u in complete.utterances} == {None}
    assert {u.age for u in complete.utterances} == {None}
    assert Counter((u.group_id, u.gender) for u in complete.utterances) == {
        ("mesd_F", "female"): 288,
        ("mesd_M", "male"): 288,
        ("mesd_C", "child"): 286,
    }


def test_the_two_odd_names_are_flagged(complete: Listing) -> None:
    flagged = {u.source_name: (u.flags, u.transcription) for u in complete.utterances if u.flags}
    assert flagged == {
        "Happiness_C_A_lento_dentro": (("odd_name_at_source",), "lento dentro"),
        "Sadness_M_A_afuera": (("odd_name_at_source",), "afuera"),
    }
    assert set(flagged) == ODD


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clip_does_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    files = soundless([f"{FOLDER}/Fear_F_A_por_favor.wav", f"{FOLDER}/Anger_C_B_nausea.wav"])
    found = listing(SPEC, tmp_path, LAYOUTS[layout](files))
    assert found.refusals == ()
    assert {u.file_id for u in found.utterances} == {
        file_id("Fear_F_A_por_favor"),
        file_id("Anger_C_B_nausea"),
    }


@pytest.mark.parametrize("label", EMOTIONS)
def test_labels(label: str, tmp_path: Path) -> None:
    assert only(f"{label}_F_A_ayer", tmp_path).emotion == label.lower()


@pytest.mark.parametrize(
    ("word", "raw", "proper", "flags"),
    [
        ("por_favor", "por favor", None, ()),
        ("basta_ya", "basta ya", None, ()),
        ("de_nada", "de nada", None, ()),
        ("si", "si", "sí", ()),
        ("adios", "adios", "adiós", ()),
        ("rapido", "rapido", "rápido", ()),
        ("detras", "detras", "detrás", ()),
        ("hola", "hola", None, ()),
        ("mesa", "mesa", None, ("unlisted_text",)),
    ],
)
def test_words_of_list_a(
    word: str, raw: str, proper: str | None, flags: tuple[str, ...], tmp_path: Path
) -> None:
    utterance = only(f"Fear_M_A_{word}", tmp_path)
    assert (utterance.transcription, utterance.orthography, utterance.flags) == (raw, proper, flags)


@pytest.mark.parametrize(
    ("word", "proper", "flags"),
    [
        ("arana", "araña", ()),
        ("danino", "dañino", ()),
        ("nausea", "náusea", ()),
        ("conciente", "consciente", ("misspelt_at_source",)),
        ("inconciente", "inconsciente", ("misspelt_at_source",)),
        ("chiminea", "chimenea", ("misspelt_at_source",)),
        ("pelirrojo", None, ()),
    ],
)
def test_words_of_list_b(word: str, proper: str | None, flags: tuple[str, ...], tmp_path: Path) -> None:
    utterance = only(f"Happiness_C_B_{word}", tmp_path)
    assert (utterance.transcription, utterance.orthography, utterance.flags) == (word, proper, flags)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("word", "published"), [("adiós", "adios"), ("araña", "arana")])
def test_accents_in_the_names_of_a_copy_change_nothing(
    word: str, published: str, form: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    utterance = only(unicodedata.normalize(form, f"Fear_F_B_{word}"), tmp_path)
    assert utterance.file_id == file_id(f"Fear_F_B_{published}")
    assert (utterance.transcription, utterance.orthography) == (published, word)


@pytest.mark.parametrize(("word", "proper"), RESTORED.items())
def test_restoring_adds_nothing_but_accents(word: str, proper: str) -> None:
    letters = unicodedata.normalize("NFD", proper)
    assert "".join(letter for letter in letters if not unicodedata.combining(letter)) == word
    assert word != proper
    assert word not in MISSPELT


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (f"{FOLDER}/Anger_F_A_reduced_ayer.wav", "other_version"),
        (f"{FOLDER}/Anger_F_A_reduced_por_favor.wav", "other_version"),
        (f"{FOLDER}/Anger_F_B_reduced_nausea.wav", "other_version"),
        ("MESD reduced noise/Anger_F_A_tarde.wav", "other_version"),
        ("MESD noise reduction/Anger_F_A_tarde.wav", "other_version"),
        (f"{FOLDER}/Anger_X_A_tarde.wav", "file_name"),
        (f"{FOLDER}/Anger_F_C_tarde.wav", "file_name"),
        (f"{FOLDER}/Surprise_F_A_tarde.wav", "file_name"),
        (f"{FOLDER}/Anger_F_A_.wav", "file_name"),
        (f"{FOLDER}/Anger_F_A_tarde (1).wav", "file_name"),
        ("copy/Anger_F_A_hola.wav", "repeated_name"),
    ],
)
def test_what_is_not_taken(path: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {f"{FOLDER}/Anger_F_A_hola.wav": b"", path: b""})
    assert [refusal.rule for refusal in found.refusals] == [rule]
    assert [u.source_name for u in found.utterances] == ["Anger_F_A_hola"]
    if rule != "repeated_name":
        assert refused(found) == {path: rule}


def test_another_corpus_is_told_from_this_one(tmp_path: Path) -> None:
    folder = lay(tmp_path / "mesd", soundless(["AudioWAV/1001_IEO_ANG_LO.wav"]))
    with pytest.raises(BadInput) as error:
        list_corpus(SPEC, Source(folder))
    assert error.value.rule == "no_clips"


def test_a_real_recording_is_listed() -> None:
    (utterance,) = list_corpus(SPEC, Source(real("mesd"))).utterances
    assert (utterance.source_name, utterance.emotion) == ("Happiness_M_B_pelirrojo", "happiness")
