"""CREMA-D: its grid of names and its speakers, pointers in place of recordings, and what raters heard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora.crema_d import ANSWERS, LONGEST_POINTER, SENTENCES, SPEC
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    Files,
    crema_d_stems,
    listing,
    only,
    real,
    refused,
    small_crema_d,
    soundless,
    speakers,
    zipped,
)

STEM = "1001_DFA_ANG_XX"
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4237f19885270cc7ec8c1e60deb987a1868cb8c069486f0edb4c02dc25dc8f19\nsize 72804\n"
)
SUMMARY = "processedResults/summaryTable.csv"
TABULATED = "processedResults/tabulatedVotes.csv"


def summary(*rows: tuple[str, str]) -> Files:
    """The publisher's table of winners: file name and voice vote."""
    head = '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"'
    lines = [f'"{n}","{stem}","{vote}","50","N","50","N","50"' for n, (stem, vote) in enumerate(rows, 1)]
    return {SUMMARY: "\n".join([head, *lines, ""]).encode()}


def tabulated(*rows: tuple[int, str, str]) -> Files:
    """The first columns of the publisher's table of counts: key, six counts, file name."""
    head = '"","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote"'
    lines = [f'"{key}",{counts},"{stem}",10,0.5,"N"' for key, counts, stem in rows]
    return {TABULATED: "\n".join([head, *lines, ""]).encode()}


def clip(stem: str = STEM) -> Files:
    return {f"AudioWAV/{stem}.wav": b""}


# Names.


def test_all_of_it_is_listed(tmp_path: Path) -> None:
    stems = crema_d_stems()
    found = listing(SPEC, tmp_path, {"c.zip": zipped(soundless(f"AudioWAV/{s}.wav" for s in stems))})
    assert len(found.utterances) == len(stems) == 7442
    assert found.counts == dict(sorted(SPEC.counts.items()))
    assert speakers(found) == {"male": 48, "female": 43}
    assert found.refusals == ()
    assert Counter(u.transcription for u in found.utterances)["It's eleven o'clock."] == 1456
    flags = Counter(flag for u in found.utterances for flag in u.flags)
    assert flags == {"known_duplicate": 6, "silent_at_source": 1}
    silent = [u.source_name for u in found.utterances if "silent_at_source" in u.flags]
    assert set(silent) == SPEC.allow_silent


def test_names_are_the_ones_that_its_own_list_holds() -> None:
    rows = real("crema_d", "SentenceFilenames.csv").read_text().splitlines()[1:]
    assert sorted(row.split(",")[1].strip('"') for row in rows) == sorted(crema_d_stems())


def test_speakers_are_the_ones_of_its_own_table(tmp_path: Path) -> None:
    table = {"VideoDemographics.csv": real("crema_d", "VideoDemographics.csv").read_bytes()}
    audio = soundless(f"AudioWAV/{stem}.wav" for stem in crema_d_stems())
    with_table = listing(SPEC, tmp_path / "with", {"c.zip": zipped({**audio, **table})})
    without = listing(SPEC, tmp_path / "without", {"c.zip": zipped(audio)})
    facts = [[(u.speaker_id, u.gender, u.age) for u in found.utterances] for found in (with_table, without)]
    assert facts[0] == facts[1]


@pytest.mark.parametrize(
    ("stem", "rule"),
    [
        ("1001_IEO_ANG_XX", "level"),
        ("1001_DFA_ANG_LO", "level"),
        ("1001_IEO_NEU_HI", "level"),
        ("1001_DFA_ANG_X", "level"),
        ("1001_DFA_ANG_XY", "file_name"),
        ("1001_AAA_ANG_XX", "file_name"),
        ("1092_DFA_ANG_XX", "unknown_speaker"),
    ],
)
def test_other_names_are_refused(stem: str, rule: str, tmp_path: Path) -> None:
    path = f"AudioWAV/{stem}.wav"
    assert refused(listing(SPEC, tmp_path, {**small_crema_d(), path: b""})) == {path: rule}


@pytest.mark.parametrize("stem", ["1040_ITH_SAD_X", "1040_ITH_SAD_XX"])
def test_the_renamed_clip_keeps_its_id(stem: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {f"AudioWAV/{stem}.wav": b""})
    assert only(found).file_id == file_id("crema-d_1040_sadness_ITHX")


def test_the_old_name_stands_for_the_listed_new_one(tmp_path: Path) -> None:
    listed = b'"Stimulus_Number","Filename"\n1,"1040_ITH_SAD_XX"\n2,"1041_ITH_SAD_XX"\n'
    files = {"AudioWAV/1040_ITH_SAD_X.wav": b"", "SentenceFilenames.csv": listed}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {"AudioWAV/1041_ITH_SAD_XX.wav": "missing_audio"}


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (b"", "columns"),
        (b"ActorID,Age\n1001,51\n", "columns"),
        (b'ActorID,Age,Sex\n"' + b"x" * 200_000, "csv"),
        (POINTER, "pretender"),
    ],
)
def test_it_refuses_a_broken_table(table: bytes, rule: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, {**small_crema_d(), "VideoDemographics.csv": table})
    assert error.value.rule == rule
    assert "VideoDemographics.csv" in error.value.path


# The real tables.


def test_the_real_lists_parse_completely(tmp_path: Path) -> None:
    parts = ("SentenceFilenames.csv", "VideoDemographics.csv", SUMMARY)
    tables = {part: real("crema_d", *part.split("/")).read_bytes() for part in parts}
    audio = soundless(f"AudioWAV/{stem}.wav" for stem in crema_d_stems())
    found = listing(SPEC, tmp_path, {"CREMA-D.zip": zipped({**tables, **audio})})
    assert len(found.utterances) == SPEC.total == 7442
    assert found.refusals == ()
    won = Counter(tuple(sorted(u.votes or {})) for u in found.utterances)
    assert won[("neutral",)] == 3897
    assert won[("anger", "disgust")] == 73
    assert sum(won.values()) == 7442
    assert () not in won
    assert Counter(flag for u in found.utterances for flag in u.flags) == {
        "winners_only": 7442,
        "known_duplicate": 6,
        "rated_unheard": 3,
        "silent_at_source": 1,
    }


def test_listed_files_without_audio_are_reported() -> None:
    found = list_corpus(SPEC, Source(real("crema_d")))
    assert len(found.utterances) == 9
    assert found.reasons == {"missing_audio": 7433}


def test_there_are_twelve_sentences() -> None:
    assert len(SENTENCES) == SPEC.sentences == 12


# Pointers in place of recordings.


def test_a_pointer_is_no_recording(tmp_path: Path) -> None:
    path = "AudioWAV/1002_DFA_ANG_XX.wav"
    found = listing(SPEC, tmp_path, {**small_crema_d(), path: POINTER})
    assert refused(found) == {path: "lfs_pointer"}
    assert "git lfs pull" in found.refusals[0].expected


def test_a_copy_of_pointers_alone_says_what_to_do(tmp_path: Path) -> None:
    files = {f"CREMA-D-master/AudioWAV/{stem}.wav": POINTER for stem in crema_d_stems()[:50]}
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, {"CREMA-D-master.zip": zipped(files)})
    assert error.value.rule == "no_clips"
    assert "50 refused by lfs_pointer" in error.value.seen
    assert "git lfs pull" in error.value.seen


def test_recordings_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(Source, "read", lambda _self, path: read.append(path) or POINTER)
    long = {"AudioWAV/1002_DFA_ANG_XX.wav": bytes(LONGEST_POINTER)}
    short = {"AudioWAV/1002_DFA_DIS_XX.wav": bytes(LONGEST_POINTER - 1)}
    found = listing(SPEC, tmp_path, {**clip(), **long, **short})
    assert read == list(short)
    assert len(found.utterances) == 2


@pytest.mark.parametrize("name", [f"AudioMP3/{STEM}.mp3", f"VideoFlash/{STEM}.flv"])
def test_only_wav_is_taken(name: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**clip("1002_DFA_ANG_XX"), name: POINTER})
    assert only(found).source_path == "AudioWAV/1002_DFA_ANG_XX.wav"
    assert found.refusals == ()


# What raters heard.


def test_votes_are_counts_of_those_who_had_the_voice_alone(tmp_path: Path) -> None:
    counts = tabulated(
        (100_001, "5,0,0,3,2,0", STEM), (200_001, "9,0,0,0,0,0", STEM), (300_001, "0,9,0,0,0,0", STEM)
    )
    utterance = only(listing(SPEC, tmp_path, {**clip(), **counts}))
    assert utterance.votes == {"anger": 5, "happiness": 3, "neutral": 2}
    assert utterance.flags == ()


@pytest.mark.parametrize(("place", "emotion"), list(enumerate(ANSWERS.values())))
def test_every_answer_has_its_emotion(place: int, emotion: str, tmp_path: Path) -> None:
    counts = ",".join("7" if column == place else "0" for column in range(6))
    found = listing(SPEC, tmp_path, {**clip(), **tabulated((100_001, counts, STEM))})
    assert only(found).votes == {emotion: 7}


def test_counts_are_preferred_to_winners(tmp_path: Path) -> None:
    files = {**clip(), **summary((STEM, "A")), **tabulated((100_001, "5,4,0,0,0,0", STEM))}
    utterance = only(listing(SPEC, tmp_path, files))
    assert (utterance.votes, utterance.flags) == ({"anger": 5, "disgust": 4}, ())


@pytest.mark.parametrize(
    ("winners", "votes"),
    [
        ("A", {"anger": 1}),
        ("A:D", {"anger": 1, "disgust": 1}),
        ("F:H:N:S", {"fear": 1, "happiness": 1, "neutral": 1, "sadness": 1}),
    ],
)
def test_winners_have_a_vote_each_and_the_clip_is_flagged(
    winners: str, votes: dict[str, int], tmp_path: Path
) -> None:
    utterance = only(listing(SPEC, tmp_path, {**clip(), **summary((STEM, winners))}))
    assert (utterance.votes, utterance.flags) == (votes, ("winners_only",))


@pytest.mark.parametrize("stem", ["1064_IEO_DIS_MD", "1064_TIE_SAD_XX", "1076_MTI_NEU_XX"])
def test_votes_on_a_broken_mp3_are_flagged(stem: str, tmp_path: Path) -> None:
    counts = tabulated((100_001, "5,4,0,0,0,0", stem))
    assert only(listing(SPEC, tmp_path / "a", {**clip(stem), **counts})).flags == ("rated_unheard",)
    assert only(listing(SPEC, tmp_path / "b", clip(stem))).flags == ()


def test_without_tables_there_are_no_votes(tmp_path: Path) -> None:
    utterance = only(listing(SPEC, tmp_path, clip()))
    assert (utterance.votes, utterance.flags) == (None, ())


@pytest.mark.parametrize("in_table", ["1040_ITH_SAD_X", "1040_ITH_SAD_XX"])
@pytest.mark.parametrize("stem", ["1040_ITH_SAD_X", "1040_ITH_SAD_XX"])
def test_the_renamed_clip_finds_its_votes_by_either_name(stem: str, in_table: str, tmp_path: Path) -> None:
    counts = tabulated((100_001, "0,0,0,0,2,8", in_table))
    utterance = only(listing(SPEC, tmp_path, {**clip(stem), **counts}))
    assert utterance.votes == {"neutral": 2, "sadness": 8}
    assert utterance.file_id == file_id("crema-d_1040_sadness_ITHX")


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (summary((STEM, "X")), "votes"),
        (summary((STEM, "")), "votes"),
        (tabulated((100_001, "1,2,3,4,5,x", STEM)), "votes"),
        (tabulated((100_001, "1,2,3", STEM)), "columns"),
    ],
)
def test_a_bad_row_of_votes_costs_the_votes_alone(table: Files, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**clip(), **table})
    assert only(found).votes is None
    assert refused(found) == {f"{next(iter(table))} line 2": rule}


def test_a_list_of_actors_that_breaks_off_costs_only_those_who_are_missing(tmp_path: Path) -> None:
    people = b'"ActorID","Age","Sex"\n1001,51,"Male"\n1002,2'
    files = {**clip(), **clip("1002_DFA_ANG_XX"), "VideoDemographics.csv": people}
    found = listing(SPEC, tmp_path, files)
    assert only(found).speaker_id == "crema_d_1001"
    assert refused(found) == {
        "AudioWAV/1002_DFA_ANG_XX.wav": "unknown_speaker",
        "VideoDemographics.csv line 3": "columns",
    }


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ({SUMMARY: b"FileName,FaceVote\n"}, "columns"),
        ({TABULATED: b"fileName,A\n"}, "columns"),
        ({TABULATED: POINTER}, "pretender"),
    ],
)
def test_broken_vote_tables(table: Files, rule: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, {**clip(), **table})
    assert error.value.rule == rule
    assert "processedResults" in error.value.path
