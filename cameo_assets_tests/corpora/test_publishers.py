"""CREMA-D and nEMO: complete copies, and their traps; and what holds for these two and RAVDESS alike.

The Parquet tables of nEMO are in `test_nemo`.
"""

from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    SMALL,
    crema_d_stems,
    lay,
    listing,
    nemo_row,
    nemo_table,
    real,
    refused,
    small_crema_d,
    soundless,
    zipped,
)

RAVDESS, CREMA_D, NEMO = (known()[slug] for slug in ("ravdess", "crema_d", "nemo"))
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


def speakers(found: Listing) -> Counter[str | None]:
    """Speakers by gender."""
    return Counter(dict({(u.speaker_id, u.gender) for u in found.utterances}).values())


def only(found: Listing) -> Utterance:
    (utterance,) = found.utterances
    return utterance


# Complete copies.


def test_all_of_crema_d_is_listed(tmp_path: Path) -> None:
    stems = crema_d_stems()
    found = listing(CREMA_D, tmp_path, {"c.zip": zipped(soundless(f"AudioWAV/{s}.wav" for s in stems))})
    assert len(found.utterances) == len(stems) == 7442
    assert found.counts == dict(sorted(CREMA_D.counts.items()))
    assert speakers(found) == {"male": 48, "female": 43}
    assert found.refusals == ()
    assert Counter(u.transcription for u in found.utterances)["It's eleven o'clock."] == 1456
    flags = Counter(flag for u in found.utterances for flag in u.flags)
    assert flags == {"known_duplicate": 6, "silent_at_source": 1}
    silent = [u.source_name for u in found.utterances if "silent_at_source" in u.flags]
    assert set(silent) == CREMA_D.allow_silent


def test_crema_d_names_are_the_ones_that_its_own_list_holds() -> None:
    rows = real("crema_d", "SentenceFilenames.csv").read_text().splitlines()[1:]
    assert sorted(row.split(",")[1].strip('"') for row in rows) == sorted(crema_d_stems())


def test_crema_d_speakers_are_the_ones_of_its_own_table(tmp_path: Path) -> None:
    table = {"VideoDemographics.csv": real("crema_d", "VideoDemographics.csv").read_bytes()}
    audio = soundless(f"AudioWAV/{stem}.wav" for stem in crema_d_stems())
    with_table = listing(CREMA_D, tmp_path / "with", {"c.zip": zipped({**audio, **table})})
    without = listing(CREMA_D, tmp_path / "without", {"c.zip": zipped(audio)})
    facts = [[(u.speaker_id, u.gender, u.age) for u in found.utterances] for found in (with_table, without)]
    assert facts[0] == facts[1]


def test_all_of_nemo_is_described_by_its_own_table(tmp_path: Path) -> None:
    table = real("nemo", "data.tsv").read_bytes()
    names = [line.split(b"\t")[0].decode() for line in table.splitlines()[1:]]
    files = {**soundless(f"samples/{name}" for name in names), "data.tsv": table}
    found = listing(NEMO, tmp_path, {"nEMO.zip": zipped(files)})
    assert len(found.utterances) == 4481
    assert found.counts == dict(sorted(NEMO.counts.items()))
    assert len({u.speaker_id for u in found.utterances}) == NEMO.speakers
    assert speakers(found) == {"female": 4, "male": 5}
    assert len({u.transcription for u in found.utterances}) == NEMO.sentences == 90
    assert found.refusals == ()
    first = next(u for u in found.utterances if u.source_name == "WR0_surprised_64")
    assert (first.emotion, first.speaker_id, first.gender, first.age) == (
        "surprise",
        "nemo_WR0",
        "male",
        "23",
    )
    assert first.transcription == "Ucho wykrywa dźwięki o różnej częstotliwości."


# Every way to lay a copy down.


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("slug", SMALL)
def test_ids_do_not_depend_on_how_a_copy_is_packed(slug: str, layout: str, tmp_path: Path) -> None:
    plain = listing(known()[slug], tmp_path / "plain", SMALL[slug]())
    packed = listing(known()[slug], tmp_path / "packed", LAYOUTS[layout](SMALL[slug]()))
    assert packed.refusals == plain.refusals == ()
    hidden = {"source_path": "", "source_version": ""}
    describe = [
        [{**{f: getattr(u, f) for f in u.__struct_fields__}, **hidden} for u in found.utterances]
        for found in (plain, packed)
    ]
    assert describe[0] == describe[1]
    assert len(plain.utterances) == sum(path.endswith(".wav") for path in SMALL[slug]())


@pytest.mark.parametrize("slug", SMALL)
def test_what_systems_leave_behind_is_counted_and_not_refused(slug: str, tmp_path: Path) -> None:
    junk = soundless(["._a.wav", ".DS_Store", "Thumbs.db", "sub/desktop.ini"])
    in_zip = soundless(["__MACOSX/Actor_01/._03.wav", "x/.DS_Store"])
    found = listing(known()[slug], tmp_path, {**SMALL[slug](), **junk, "junk.zip": zipped(in_zip)})
    assert found.ignored == len(junk) + len(in_zip)
    assert found.refusals == ()


# Traps.


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
def test_crema_d_refuses(stem: str, rule: str, tmp_path: Path) -> None:
    path = f"AudioWAV/{stem}.wav"
    assert refused(listing(CREMA_D, tmp_path, {**small_crema_d(), path: b""})) == {path: rule}


@pytest.mark.parametrize("stem", ["1040_ITH_SAD_X", "1040_ITH_SAD_XX"])
def test_the_renamed_clip_of_crema_d_keeps_its_id(stem: str, tmp_path: Path) -> None:
    found = listing(CREMA_D, tmp_path, {f"AudioWAV/{stem}.wav": b""})
    assert only(found).file_id == file_id("crema-d_1040_sadness_ITHX")


def test_the_old_name_stands_for_the_listed_new_one(tmp_path: Path) -> None:
    listed = b'"Stimulus_Number","Filename"\n1,"1040_ITH_SAD_XX"\n2,"1041_ITH_SAD_XX"\n'
    files = {"AudioWAV/1040_ITH_SAD_X.wav": b"", "SentenceFilenames.csv": listed}
    found = listing(CREMA_D, tmp_path, files)
    assert refused(found) == {"AudioWAV/1041_ITH_SAD_XX.wav": "missing_audio"}


def test_mp3_and_video_of_crema_d_are_left_alone(tmp_path: Path) -> None:
    extra = soundless(["AudioMP3/1001_IEO_ANG_LO.mp3", "VideoFlash/1001_IEO_ANG_LO.flv"])
    found = listing(CREMA_D, tmp_path, {**small_crema_d(), **extra})
    assert len(found.utterances) == 3
    assert found.refusals == ()


def test_nemo_reports_rows_without_audio_and_audio_without_row(tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_3.wav", "samples/other.wav"])
    found = listing(NEMO, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {
        "samples/EB0_anger_2.wav": "missing_audio",
        "samples/EB0_anger_3.wav": "no_metadata",
        "samples/other.wav": "file_name",
    }
    assert only(found).source_name == "EB0_anger_1"


@pytest.mark.parametrize("wrong", [{"speaker": "WR0"}, {"emotion": "fear"}])
def test_nemo_compares_name_and_table(wrong: dict[str, str], tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1", **wrong), nemo_row("EB0_anger_2"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav"])
    found = listing(NEMO, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {"samples/EB0_anger_1.wav": "name_disagrees"}
    (refusal,) = found.refusals
    assert "data.tsv line 2" in refusal.expected


def test_a_sentence_may_hold_quotes_and_line_separators(tmp_path: Path) -> None:
    text = 'Powiedział: „tak", a potem\u2028"nie'
    table = nemo_table(nemo_row("EB0_anger_1", text=text))
    found = listing(NEMO, tmp_path, {"data.tsv": table, "EB0_anger_1.wav": b""})
    assert only(found).transcription == text


def test_nemo_compares_sentence_numbers_and_texts(tmp_path: Path) -> None:
    stems = ("EB0_anger_1", "EB0_fear_1", "WR0_fear_1", "WR0_fear_2")
    other = nemo_row("EB0_fear_1", text="Nie.")
    rows = [other if stem == "EB0_fear_1" else nemo_row(stem) for stem in stems]
    files = {"data.tsv": nemo_table(*rows), **soundless(f"samples/{stem}.wav" for stem in stems)}
    found = listing(NEMO, tmp_path, files)
    assert refused(found) == {"samples/EB0_fear_1.wav": "name_disagrees"}
    assert "sentence 1, 'Tak.', in the name" in found.refusals[0].seen
    assert found.refusals[0].expected == "'Nie.' in data.tsv line 3"


def test_bad_rows_of_nemo_are_refused_alone(tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1"), "EB0_anger_2.wav\tanger", nemo_row("EB0_anger_1"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav"])
    found = listing(NEMO, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {
        "data.tsv line 3": "columns",
        "data.tsv line 4": "repeated_row",
        "samples/EB0_anger_2.wav": "no_metadata",
    }
    assert only(found).source_name == "EB0_anger_1"


@pytest.mark.parametrize("number", ["0", "01", "91", "99", "100"])
def test_sentences_of_nemo_are_1_to_90(number: str, tmp_path: Path) -> None:
    rows = [nemo_row("EB0_anger_90"), nemo_row(f"EB0_anger_{number}")]
    audio = soundless(["EB0_anger_90.wav", f"EB0_anger_{number}.wav"])
    found = listing(NEMO, tmp_path, {"data.tsv": nemo_table(*rows), **audio})
    assert refused(found) == {f"EB0_anger_{number}.wav": "file_name"}


@pytest.mark.parametrize("made", ["\r\n", "\ufeff", ".WAV"])
def test_a_copy_of_nemo_made_on_windows_is_the_same(made: str, tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1")).decode()
    changed = {"\r\n": table.replace("\n", "\r\n"), "\ufeff": f"\ufeff{table}", ".WAV": table}[made]
    name, audio = ("DATA.TSV", "EB0_anger_1.WAV") if made == ".WAV" else ("data.tsv", "EB0_anger_1.wav")
    found = listing(NEMO, tmp_path, {name: changed.encode(), f"samples/{audio}": b""})
    assert found.refusals == ()
    assert (only(found).age, only(found).speaker_id) == ("27", "nemo_EB0")


# Side tables that cannot be used.


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (None, "missing_table"),
        (b"", "columns"),
        (b"file_id\temotion\n", "columns"),
        (POINTER, "pretender"),
        (b"<!DOCTYPE html><html>", "pretender"),
        (nemo_table().replace(b"age", b"\xff"), "encoding"),
    ],
)
def test_nemo_needs_its_table(table: bytes | None, rule: str, tmp_path: Path) -> None:
    files = {"samples/EB0_anger_1.wav": b"", **({} if table is None else {"data.tsv": table})}
    with pytest.raises(BadInput) as error:
        listing(NEMO, tmp_path, files)
    assert error.value.rule == rule
    assert "data.tsv" in error.value.path


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (b"", "columns"),
        (b"ActorID,Age\n1001,51\n", "columns"),
        (b'ActorID,Age,Sex\n"' + b"x" * 200_000, "csv"),
        (POINTER, "pretender"),
    ],
)
def test_crema_d_refuses_a_broken_table(table: bytes, rule: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(CREMA_D, tmp_path, {**small_crema_d(), "VideoDemographics.csv": table})
    assert error.value.rule == rule
    assert "VideoDemographics.csv" in error.value.path


def test_a_missing_table_names_the_archive_that_was_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(NEMO, tmp_path, {"nEMO-main.zip": b"<html>Sign in"})
    assert error.value.rule == "missing_table"
    assert "nEMO-main.zip: not_an_archive: seen an HTML page" in error.value.seen


# One corpus in the folder of another.


@pytest.mark.parametrize(("slug", "inside"), list(permutations(SMALL, 2)))
def test_another_corpus_is_told_from_this_one(slug: str, inside: str, tmp_path: Path) -> None:
    folder = lay(tmp_path / slug, SMALL[inside]())
    with pytest.raises(BadInput) as error:
        listing(known()[slug], folder, {})
    if slug == "nemo":
        assert error.value.rule == "missing_table"
    else:
        audio = sum(path.endswith(".wav") for path in SMALL[inside]())
        assert error.value.rule == "no_clips"
        assert f"{audio} refused, {audio} by file_name, such as " in error.value.seen
        assert known()[slug].name in error.value.expected


def test_an_empty_folder_is_told_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(RAVDESS, tmp_path, {})
    assert error.value.seen == "an empty folder"
    assert "Audio_Speech_Actors_01-24.zip" in error.value.expected


def test_files_of_another_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(RAVDESS, tmp_path, {"speech.7z": b"7z", "notes.txt": b""})
    assert error.value.seen == "2 other files, such as 'notes.txt'"
