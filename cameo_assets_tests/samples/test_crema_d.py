from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES
from cameo_assets.samples.crema_d import CHECKOUT, COPIES, NEVER_PUBLISHED, POINTER, RENAMED, SILENT
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import recordings, samples_of, table

STEM = re.compile(
    r"(\d{4})_(?:IEO_NEU_XX|IEO_(?:HAP|SAD|ANG|FEA|DIS)_(?:LO|MD|HI)|(?:TIE|MTI|ITH)_[A-Z]{3}_XX)"
)


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


def test_one_recording_bears_the_name_that_it_had_until_2022(landing: Path) -> None:
    found = recordings(landing, "crema_d")
    assert RENAMED == {"1040_ITH_SAD_XX": "1040_ITH_SAD_X"}
    assert "1040_ITH_SAD_X" in found
    assert "1040_ITH_SAD_XX" not in found


def test_votes_are_tabulated_for_each_of_the_three_channels(checkout: Path) -> None:
    rows = table(checkout / "processedResults" / "tabulatedVotes.csv")
    summary = table(checkout / "processedResults" / "summaryTable.csv")
    clips = list(SAMPLES["crema_d"].clips)
    numbers = [channel * 100_000 + place for channel in (1, 2, 3) for place in range(1, len(clips) + 1)]
    assert [int(row[""]) for row in rows] == numbers
    assert [row["fileName"] for row in rows] == 3 * clips
    for row, vote in zip(rows, [row["VoiceVote"] for row in summary], strict=False):
        counts = {answer: int(row[answer]) for answer in "ADFHNS"}
        assert ":".join(answer for answer in counts if counts[answer] == max(counts.values())) == vote
        assert int(row["numResponses"]) == sum(counts.values())


def test_only_pointers_lie_where_mp3_files_should(checkout: Path) -> None:
    found = [path.read_bytes()[:40] for path in (checkout / "AudioMP3").iterdir()]
    assert len(found) == len(SAMPLES["crema_d"].clips)
    assert set(found) == {b"version https://git-lfs.github.com/spec/v"[:40]}


def test_what_was_never_published_is_absent() -> None:
    assert NEVER_PUBLISHED not in SAMPLES["crema_d"].clips


def test_the_corpus_file_reads_all_but_the_pointer(landing: Path) -> None:
    found = list_corpus(known()["crema_d"], Source(landing / "crema_d"))
    assert len(found.utterances) == len(SAMPLES["crema_d"].clips) - 1
    assert {(refusal.path.rpartition("/")[2], refusal.rule) for refusal in found.refusals} == {
        (f"{POINTER}.wav", "lfs_pointer")
    }
    assert Counter(flag for u in found.utterances for flag in u.flags) == {
        "known_duplicate": 2,
        "rated_unheard": 1,
        "silent_at_source": 1,
    }
    assert all(sum((u.votes or {}).values()) == 9 for u in found.utterances)
    assert "crema-d_1040_sadness_ITHX" in {u.source_name for u in found.utterances}
