from __future__ import annotations

import re
from pathlib import Path

import pytest

from cameo_assets.samples import SAMPLES
from cameo_assets.samples.crema_d import CHECKOUT, COPIES, NEVER_PUBLISHED, POINTER, SILENT
from cameo_assets_tests.samples.reading import real, recordings, samples_of, table

STEM = re.compile(r"(\d{4})_(?:IEO_NEU_XX|IEO_(?:HAP|SAD|ANG|FEA|DIS)_(?:LO|MD|HI)|(?:TIE|MTI)_[A-Z]{3}_XX)")


@pytest.fixture
def checkout(landing: Path) -> Path:
    return landing / "crema_d" / CHECKOUT


def test_stems_follow_the_publishers_grammar() -> None:
    assert all(STEM.fullmatch(stem) for stem in SAMPLES["crema_d"].clips)
    assert {stem[-2:] for stem in SAMPLES["crema_d"].clips} == {"XX", "LO", "MD", "HI"}


def test_stems_and_people_are_those_of_the_real_corpus(checkout: Path) -> None:
    names = real("crema_d", "SentenceFilenames.csv")
    assert set(SAMPLES["crema_d"].clips) <= {row["Filename"] for row in table(names)}
    people = real("crema_d", "VideoDemographics.csv").read_text().split("\n")
    assert set((checkout / "VideoDemographics.csv").read_text().split("\n")) <= set(people)


def test_side_files_name_every_clip(checkout: Path) -> None:
    clips = list(SAMPLES["crema_d"].clips)
    assert [row["Filename"] for row in table(checkout / "SentenceFilenames.csv")] == clips
    assert [row["FileName"] for row in table(checkout / "processedResults" / "summaryTable.csv")] == clips
    actors = {row["ActorID"] for row in table(checkout / "VideoDemographics.csv")}
    assert actors == {clip[:4] for clip in clips}


def test_the_list_of_files_ends_without_a_line_feed(checkout: Path) -> None:
    assert not (checkout / "SentenceFilenames.csv").read_bytes().endswith(b"\n")


def test_headers_of_side_files_are_the_publishers(checkout: Path) -> None:
    for name in ("SentenceFilenames.csv", "VideoDemographics.csv", "processedResults/summaryTable.csv"):
        theirs = real("crema_d", name).read_text().split("\n")[0]
        assert (checkout / name).read_text().split("\n")[0] == theirs


def test_votes_have_a_level_for_each_winner_and_sometimes_a_tie(checkout: Path) -> None:
    rows = table(checkout / "processedResults" / "summaryTable.csv")
    ties = 0
    for row in rows:
        for channel in ("Voice", "Face", "MultiModal"):
            winners, levels = row[f"{channel}Vote"].split(":"), row[f"{channel}Level"].split(":")
            assert set(winners) <= set("ADFHNS")
            assert winners == sorted(set(winners))
            assert len(levels) == len(winners)
            assert all(40 <= float(level) <= 90 for level in levels)
            ties += len(winners) > 1
    assert 0 < ties < len(rows)


def test_one_recording_has_no_signal(landing: Path) -> None:
    data = recordings(landing, "crema_d")[SILENT]
    samples, rate = samples_of(data)
    assert len(data) == 82_260
    assert rate == 16_000
    assert not samples.any()


def test_one_recording_has_two_labels(landing: Path) -> None:
    found = recordings(landing, "crema_d")
    assert {(copy, original) for copy, original in COPIES.items()} == {("1006_TIE_HAP_XX", "1006_TIE_NEU_XX")}
    assert all(found[copy] == found[original] for copy, original in COPIES.items())


def test_one_recording_is_a_git_lfs_pointer(landing: Path) -> None:
    text = recordings(landing, "crema_d")[POINTER].decode()
    assert re.fullmatch(
        r"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize \d{5,}\n", text
    )


def test_what_was_never_published_is_absent() -> None:
    assert NEVER_PUBLISHED not in SAMPLES["crema_d"].clips
