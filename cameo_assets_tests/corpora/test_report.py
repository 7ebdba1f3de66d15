"""The report on a copy: what is there, what should be, what was refused and why."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cameo_assets.corpora.listing import list_corpus, look_through
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.report import FoundArchive, Report, archives, reasons, report
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive, CorpusSpec
from cameo_assets.errors import Refusal
from cameo_assets_tests.corpora.making import (
    Files,
    lay,
    nemo_row,
    nemo_table,
    ravdess_names,
    small_nemo,
    small_ravdess,
    soundless,
    zipped,
)

RAVDESS, NEMO = known()["ravdess"], known()["nemo"]


def reported(spec: CorpusSpec, folder: Path, files: Files) -> Report:
    return report(spec, list_corpus(spec, Source(lay(folder, files))))


def changed(spec: CorpusSpec, **changes: Any) -> CorpusSpec:
    return msgspec.structs.replace(spec, **changes)


def refusal(path: str, rule: str) -> Refusal:
    return Refusal(corpus="x", path=path, rule=rule, seen="", expected="")


# How much of the corpus it is.


def test_a_complete_copy_is_complete(tmp_path: Path) -> None:
    found = reported(RAVDESS, tmp_path, {"all.zip": zipped(soundless(ravdess_names()))})
    assert found.state == "complete"
    assert (found.recordings, found.published, found.cameo) == (1440, 1440, 1440)
    assert (found.speakers, found.published_speakers, found.without_speaker) == (24, 24, 0)
    assert (found.sentences, found.without_text) == (2, 0)
    assert found.flags == {"stereo_at_source": 5, "known_duplicate": 2}
    assert [(each.emotion, each.found, each.published, each.cameo) for each in found.tallies][:2] == [
        ("anger", 192, 192, 192),
        ("calm", 192, 192, 192),
    ]
    assert found.refused == found.not_here == found.passed_over == ()


def test_a_partial_copy_shows_every_published_emotion(tmp_path: Path) -> None:
    found = reported(RAVDESS, tmp_path, small_ravdess())
    assert found.state == "partial"
    assert {each.emotion: each.found for each in found.tallies if each.found} == {
        "neutral": 2,
        "anger": 2,
        "surprise": 2,
    }
    assert {each.emotion for each in found.tallies} == set(RAVDESS.emotions)
    assert (found.speakers, found.published_speakers) == (2, 24)


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"anger": 2, "neutral": 2, "surprise": 2}, "complete"),
        ({"anger": 2, "neutral": 2, "surprise": 2, "calm": 0}, "complete"),
        ({"anger": 3, "neutral": 2, "surprise": 2}, "partial"),
        ({"anger": 1, "neutral": 2, "surprise": 2}, "too many"),
        ({"anger": 9, "neutral": 2}, "too many"),
        ({}, "unknown"),
    ],
)
def test_the_state_is_decided_emotion_by_emotion(counts: dict[str, int], state: str, tmp_path: Path) -> None:
    assert reported(changed(RAVDESS, counts=counts), tmp_path, small_ravdess()).state == state


def test_a_copy_without_recordings_is_empty_and_keeps_its_rows(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"data.tsv": nemo_table(nemo_row("EB0_anger_1"))}))
    found = report(NEMO, look_through(NEMO, source))
    assert (found.state, found.recordings, found.speakers) == ("empty", 0, 0)
    assert {each.published for each in found.tallies} == set(NEMO.counts.values())
    assert [each.number for each in found.not_here] == [1]


def test_where_nothing_is_published_nothing_is_claimed(tmp_path: Path) -> None:
    found = reported(changed(RAVDESS, counts={}, speakers=None, added=True), tmp_path, small_ravdess())
    assert (found.published, found.cameo, found.published_speakers) == (None, None, None)
    assert {(each.published, each.cameo) for each in found.tallies} == {(None, None)}


def test_a_sample_is_never_complete(tmp_path: Path) -> None:
    counts = {"anger": 2, "neutral": 2, "surprise": 2}
    files = {**small_ravdess(), "SAMPLE.txt": b""}
    assert reported(changed(RAVDESS, counts=counts), tmp_path, files).state == "sample"


def test_what_cameo_lacks_stands_beside_what_is_published(tmp_path: Path) -> None:
    spec = changed(RAVDESS, cameo_counts={"anger": 100})
    found = {each.emotion: each for each in reported(spec, tmp_path, small_ravdess()).tallies}
    assert (found["anger"].published, found["anger"].cameo) == (192, 100)
    assert found["calm"].cameo == 0


# What was not taken.


def test_rows_without_recording_stand_apart_from_faults(tmp_path: Path) -> None:
    files = {
        **soundless(["samples/EB0_anger_1.wav", "samples/other.wav", "samples/another.wav"]),
        "data.tsv": nemo_table(nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2")),
        ".DS_Store": b"",
    }
    found = reported(NEMO, tmp_path, files)
    assert [(each.rule, each.number, each.example.path) for each in found.not_here] == [
        ("missing_audio", 1, "samples/EB0_anger_2.wav")
    ]
    assert [(each.rule, each.number, each.example.path) for each in found.refused] == [
        ("file_name", 2, "samples/another.wav")
    ]
    assert found.ignored == 1


def test_what_is_rightly_left_out_is_passed_over(tmp_path: Path) -> None:
    files = small_ravdess()
    copies = {f"audio_speech_actors_01-24/{path}": data for path, data in files.items()}
    found = reported(RAVDESS, tmp_path, {**files, **copies})
    assert {each.rule: each.number for each in found.passed_over} == {"second_copy": 6}
    assert found.refused == ()


def test_reasons_are_sorted_by_number_and_keep_the_first_example() -> None:
    found = reasons([refusal("b", "x"), refusal("a", "y"), refusal("c", "y"), refusal("d", "w")])
    assert [(each.rule, each.number, each.example.path) for each in found] == [
        ("y", 2, "a"),
        ("w", 1, "d"),
        ("x", 1, "b"),
    ]


@pytest.mark.parametrize(
    ("seen", "kinds"),
    [
        ("aab", {}),  # as good as one by one
        ("aabb", {"a": 2, "b": 2}),
        ("abbbbc", {"b": 4, "a": 1, "c": 1}),
        ("aaaa", {}),
        ("abcdefghij" * 2, dict.fromkeys("abcdefghij", 2)),
        ("abcdefghijk" * 2, {}),
    ],
)
def test_a_few_things_that_were_seen_are_counted(seen: str, kinds: dict[str, int]) -> None:
    (found,) = reasons(Refusal(corpus="x", path="", rule="y", seen=each, expected="") for each in seen)
    assert found.kinds == kinds


# Archives.

DATA = zipped(small_nemo())
SHA256 = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()
NAME = "Oréau.zip"


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        ({"size": len(DATA), "sha256": SHA256}, "equal"),
        ({"sha256": SHA256}, "equal"),
        ({"md5": MD5}, "equal"),
        ({"size": len(DATA)}, "equal"),
        ({}, "not published"),
        ({"size": 7, "sha256": SHA256}, f"size {len(DATA)}, expected 7"),
        ({"size": len(DATA), "sha256": "00"}, f"SHA-256 {SHA256}, expected 00"),
        ({"md5": "00"}, f"MD5 {MD5}, expected 00"),
    ],
)
@pytest.mark.parametrize("name", [NAME, "Ore\u0301au.zip"])
def test_an_archive_is_compared_with_the_published_one(
    name: str, published: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    spec = changed(NEMO, archives=(Archive(name=NAME, **published),))
    folder = lay(tmp_path, {f"a/{name}": DATA, "other.zip": DATA})
    assert archives(spec, Source(folder)) == (FoundArchive(path=f"a/{name}", verdict=verdict),)


def named(name: str) -> Archive:
    return Archive(name=name)


def test_archives_that_lack_are_told_where_others_are_there(tmp_path: Path) -> None:
    names = [*map(named, ("a.zip", "b.zip", "d.yaml")), Archive(name="c.zip", optional=True)]
    spec = changed(NEMO, archives=tuple(names))
    assert archives(spec, Source(lay(tmp_path / "none", small_nemo()))) == ()
    found = archives(spec, Source(lay(tmp_path / "one", {"b.zip": DATA})))
    assert [(each.path, each.verdict) for each in found] == [
        ("b.zip", "not published"),
        ("a.zip", "not here, or unpacked"),
        ("d.yaml", "not here"),
    ]


def test_hashing_tells_how_far_it_is(tmp_path: Path) -> None:
    told = []
    spec = changed(NEMO, archives=(Archive(name=NAME, sha256=SHA256),))
    archives(spec, Source(lay(tmp_path, {NAME: DATA})), lambda *each: told.append(each))
    assert told == [(1, 1, f"hashing {NAME}, MiB")]
