"""JL-Corpus: names that cross everything with everything, and a text beside each recording."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.jl_corpus import LABELS, SPEC, prompt
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    Files,
    lay,
    listing,
    only,
    refused,
    soundless,
    zipped,
)

TOP = "Raw JL corpus (unchecked and unannotated)"
FOLDER = f"{TOP}/JL(wav+txt)"
STEM = "female1_angry_10a_1"
PATH = f"{FOLDER}/{STEM}"


def stems() -> list[str]:
    """All 2,400 stems."""
    grid = product(("male1", "male2", "female1", "female2"), LABELS, range(1, 16), "ab", "12")
    return [f"{who}_{label}_{sentence}{session}_{take}" for who, label, sentence, session, take in grid]


def pair(stem: str) -> Files:
    """A recording and its text as published: a line feed behind those of secondary emotions alone."""
    _, label, sentence, _ = stem.split("_")
    text = prompt(label, sentence[:-1])
    ends = "\n" if label not in ("angry", "sad", "neutral", "happy", "excited") else ""
    return {f"{FOLDER}/{stem}.wav": b"", f"{FOLDER}/{stem}.txt": (text + ends).encode()}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    files: Files = {f"{TOP}/Format_Intro.txt": b"Format"}
    for stem in stems():
        files |= pair(stem)
    return listing(SPEC, tmp_path_factory.mktemp("all"), {"archive.zip": zipped(files)})


def test_all_of_it_is_listed(complete: Listing) -> None:
    assert len(complete.utterances) == SPEC.total == 2400
    assert complete.counts == dict.fromkeys(SPEC.emotions, 240)
    assert len(SPEC.emotions) == 10
    assert complete.refusals == ()
    assert {u.flags for u in complete.utterances} == {()}
    assert {u.age for u in complete.utterances} == {None}


def test_female_contains_male_and_is_told_from_it(complete: Listing) -> None:
    assert Counter((u.speaker_id, u.gender) for u in complete.utterances) == {
        ("jl_corpus_female1", "female"): 600,
        ("jl_corpus_female2", "female"): 600,
        ("jl_corpus_male1", "male"): 600,
        ("jl_corpus_male2", "male"): 600,
    }
    assert all(u.group_id == u.speaker_id for u in complete.utterances)


def test_texts_have_no_line_feed(complete: Listing) -> None:
    texts = Counter(u.transcription for u in complete.utterances)
    assert len(texts) == SPEC.sentences == 28
    assert texts["Find your boot in this shute."] == 160
    assert texts["Jim saw the port."] == texts["How are you doing?"] == 80
    assert texts["I am so worried about my exam results."] == 16


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clip_does_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, LAYOUTS[layout](pair(STEM)))
    assert found.refusals == ()
    utterance = only(found)
    assert utterance.file_id == file_id(STEM)
    assert (utterance.emotion, utterance.transcription) == ("anger", "Water harms the new born boy.")


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("angry", "anger"),
        ("sad", "sadness"),
        ("neutral", "neutral"),
        ("happy", "happiness"),
        ("excited", "excitement"),
        ("anxious", "anxiety"),
        ("apologetic", "apology"),
        ("assertive", "assertiveness"),
        ("concerned", "concern"),
        ("encouraging", "encouragement"),
    ],
)
def test_labels(label: str, emotion: str, tmp_path: Path) -> None:
    assert only(listing(SPEC, tmp_path, pair(f"male2_{label}_3b_2"))).emotion == emotion


@pytest.mark.parametrize(
    ("label", "sentence", "text"),
    [
        ("sad", "1", "Tom beats that farmer."),
        ("concerned", "1", "Tom beats that farmer."),
        ("neutral", "11", "I have not seen my tooth."),
        ("concerned", "11", "Your results are unbelievable."),
        ("excited", "15", "Sound the horn if you need more."),
        ("encouraging", "15", "You should be proud of yourself!"),
        ("assertive", "14", "Please try to do your exercises next time."),
    ],
)
def test_prompts(label: str, sentence: str, text: str) -> None:
    assert prompt(label, sentence) == text


# Sidecars.


@pytest.mark.parametrize(
    ("text", "taken", "flags"),
    [
        ("Water harms the new born boy.", "Water harms the new born boy.", ()),
        (" Water harms the new born boy. \r\n", "Water harms the new born boy.", ()),
        ("\ufeffwater harms the new-born boy", "water harms the new-born boy", ()),
        ("Water harms the old boy.", "Water harms the old boy.", ("text_differs",)),
        (" \n", None, ("no_text",)),
        (None, None, ("no_text",)),
    ],
)
def test_the_sidecar_is_the_text(
    text: str | None, taken: str | None, flags: tuple[str, ...], tmp_path: Path
) -> None:
    files: Files = {f"{PATH}.wav": b""}
    if text is not None:
        files[f"{PATH}.txt"] = text.encode()
    found = listing(SPEC, tmp_path, files)
    assert (only(found).transcription, only(found).flags) == (taken, flags)
    assert found.refusals == ()


@pytest.mark.parametrize(("text", "rule"), [(b"caf\xe9", "encoding"), (b"<html>", "pretender")])
def test_an_unreadable_sidecar_costs_its_clip_and_no_other(text: bytes, rule: str, tmp_path: Path) -> None:
    files = {**pair("male1_sad_1a_1"), f"{PATH}.wav": b"", f"{PATH}.txt": text}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {f"{PATH}.txt": rule}
    assert only(found).source_name == "male1_sad_1a_1"


def test_a_text_without_recording_is_reported(tmp_path: Path) -> None:
    files = {**pair(STEM), f"{FOLDER}/male1_sad_2a_1.txt": b"John laughs like your father."}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {f"{FOLDER}/male1_sad_2a_1.wav": "missing_audio"}
    assert only(found).source_name == STEM


def test_other_texts_and_documents_are_left_alone(tmp_path: Path) -> None:
    more = soundless([f"{TOP}/Format_Intro.txt", f"{TOP}/Corpus Setup.docx", f"{TOP}/paper.pdf"])
    assert listing(SPEC, tmp_path, {**pair(STEM), **more}).refusals == ()


@pytest.mark.parametrize(
    "stem",
    [
        "emale1_angry_10a_1",
        "female3_angry_10a_1",
        "female1_furious_10a_1",
        "female1_angry_0a_1",
        "female1_angry_16a_1",
        "female1_angry_10c_1",
        "female1_angry_10a_3",
        "female1_angry_10a_1 (2)",
    ],
)
def test_names_outside_the_grammar_are_refused(stem: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**pair(STEM), f"{FOLDER}/{stem}.wav": b""})
    assert refused(found) == {f"{FOLDER}/{stem}.wav": "file_name"}


def test_another_corpus_is_told_from_this_one(tmp_path: Path) -> None:
    folder = lay(tmp_path / "jl_corpus", soundless(["Actor_01/03-01-01-01-01-01-01.wav"]))
    with pytest.raises(BadInput) as error:
        list_corpus(SPEC, Source(folder))
    assert error.value.rule == "no_clips"
