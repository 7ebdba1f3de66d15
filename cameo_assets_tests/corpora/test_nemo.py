"""nEMO from GitHub and from Hugging Face."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cameo_assets.corpora.nemo import COLUMNS, SPEC
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    Files,
    facts,
    listing,
    nemo_row,
    nemo_table,
    only,
    real,
    refused,
    small_nemo,
    soundless,
    speakers,
    zipped,
)

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
STEMS = ("EB0_anger_1", "EB0_surprised_64", "WR0_neutral_90")


def row(stem: str, **other: Any) -> dict[str, Any]:
    """A row as Hugging Face has it: the age is a number."""
    values = dict(zip(COLUMNS, nemo_row(stem).split("\t"), strict=True))
    audio = {"bytes": b"RIFF", "path": f"{stem}.wav"}
    return {**values, "audio": audio, "age": int(values["age"]), **other}


def parquet(*rows: dict[str, Any], columns: tuple[str, ...] = (*COLUMNS, "audio")) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist([{column: row[column] for column in columns} for row in rows])
    as_published = [field.with_type(pa.int32()) if field.name == "age" else field for field in table.schema]
    pq.write_table(table.cast(pa.schema(as_published)), sink)
    return sink.getvalue()


# From GitHub: a folder of recordings and `data.tsv`.


def test_all_of_it_is_described_by_its_own_table(tmp_path: Path) -> None:
    table = real("nemo", "data.tsv").read_bytes()
    names = [line.split(b"\t")[0].decode() for line in table.splitlines()[1:]]
    files = {**soundless(f"samples/{name}" for name in names), "data.tsv": table}
    found = listing(SPEC, tmp_path, {"nEMO.zip": zipped(files)})
    assert len(found.utterances) == 4481
    assert found.counts == dict(sorted(SPEC.counts.items()))
    assert len({u.speaker_id for u in found.utterances}) == SPEC.speakers
    assert speakers(found) == {"female": 4, "male": 5}
    assert len({u.transcription for u in found.utterances}) == SPEC.sentences == 90
    assert found.refusals == ()
    first = next(u for u in found.utterances if u.source_name == "WR0_surprised_64")
    assert (first.emotion, first.speaker_id, first.gender, first.age) == (
        "surprise",
        "nemo_WR0",
        "male",
        "23",
    )
    assert first.transcription == "Ucho wykrywa dźwięki o różnej częstotliwości."


def test_it_reports_rows_without_audio_and_audio_without_row(tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_3.wav", "samples/other.wav"])
    found = listing(SPEC, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {
        "samples/EB0_anger_2.wav": "missing_audio",
        "samples/EB0_anger_3.wav": "no_metadata",
        "samples/other.wav": "file_name",
    }
    assert only(found).source_name == "EB0_anger_1"


@pytest.mark.parametrize("wrong", [{"speaker": "WR0"}, {"emotion": "fear"}])
def test_it_compares_name_and_table(wrong: dict[str, str], tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1", **wrong), nemo_row("EB0_anger_2"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav"])
    found = listing(SPEC, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {"samples/EB0_anger_1.wav": "name_disagrees"}
    (refusal,) = found.refusals
    assert "data.tsv line 2" in refusal.expected


def test_a_sentence_may_hold_quotes_and_line_separators(tmp_path: Path) -> None:
    text = 'Powiedział: „tak", a potem\u2028"nie'
    table = nemo_table(nemo_row("EB0_anger_1", text=text))
    found = listing(SPEC, tmp_path, {"data.tsv": table, "EB0_anger_1.wav": b""})
    assert only(found).transcription == text


def test_it_compares_sentence_numbers_and_texts(tmp_path: Path) -> None:
    stems = ("EB0_anger_1", "EB0_fear_1", "WR0_fear_1", "WR0_fear_2")
    other = nemo_row("EB0_fear_1", text="Nie.")
    rows = [other if stem == "EB0_fear_1" else nemo_row(stem) for stem in stems]
    files = {"data.tsv": nemo_table(*rows), **soundless(f"samples/{stem}.wav" for stem in stems)}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {"samples/EB0_fear_1.wav": "name_disagrees"}
    assert "sentence 1, 'Tak.', in the name" in found.refusals[0].seen
    assert found.refusals[0].expected == "'Nie.' in data.tsv line 3"


def test_bad_rows_are_refused_alone(tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1"), "EB0_anger_2.wav\tanger", nemo_row("EB0_anger_1"))
    audio = soundless(["samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav"])
    found = listing(SPEC, tmp_path, {"data.tsv": table, **audio})
    assert refused(found) == {
        "data.tsv line 3": "columns",
        "data.tsv line 4": "repeated_row",
        "samples/EB0_anger_2.wav": "no_metadata",
    }
    assert only(found).source_name == "EB0_anger_1"


@pytest.mark.parametrize("number", ["0", "01", "91", "99", "100"])
def test_sentences_are_1_to_90(number: str, tmp_path: Path) -> None:
    rows = [nemo_row("EB0_anger_90"), nemo_row(f"EB0_anger_{number}")]
    audio = soundless(["EB0_anger_90.wav", f"EB0_anger_{number}.wav"])
    found = listing(SPEC, tmp_path, {"data.tsv": nemo_table(*rows), **audio})
    assert refused(found) == {f"EB0_anger_{number}.wav": "file_name"}


@pytest.mark.parametrize("made", ["\r\n", "\ufeff", ".WAV"])
def test_a_copy_made_on_windows_is_the_same(made: str, tmp_path: Path) -> None:
    table = nemo_table(nemo_row("EB0_anger_1")).decode()
    changed = {"\r\n": table.replace("\n", "\r\n"), "\ufeff": f"\ufeff{table}", ".WAV": table}[made]
    name, audio = ("DATA.TSV", "EB0_anger_1.WAV") if made == ".WAV" else ("data.tsv", "EB0_anger_1.wav")
    found = listing(SPEC, tmp_path, {name: changed.encode(), f"samples/{audio}": b""})
    assert found.refusals == ()
    assert (only(found).age, only(found).speaker_id) == ("27", "nemo_EB0")


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
def test_the_table_is_needed(table: bytes | None, rule: str, tmp_path: Path) -> None:
    files = {"samples/EB0_anger_1.wav": b"", **({} if table is None else {"data.tsv": table})}
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, files)
    assert error.value.rule == rule
    assert "data.tsv" in error.value.path


def test_a_missing_table_names_the_archive_that_was_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, {"nEMO-main.zip": b"<html>Sign in"})
    assert error.value.rule == "missing_table"
    assert "nEMO-main.zip: not_an_archive: seen an HTML page" in error.value.seen


# From Hugging Face: the same rows, in Parquet tables that hold the recordings.


def test_the_tables_of_hugging_face_say_what_the_folder_says(tmp_path: Path) -> None:
    files = {
        "data/train-00000-of-00002.parquet": parquet(*map(row, STEMS[:2])),
        "data/train-00001-of-00002.parquet": parquet(row(STEMS[2])),
    }
    found = listing(SPEC, tmp_path / "packed", files)
    assert found.refusals == ()
    assert facts(found) == facts(listing(SPEC, tmp_path / "plain", small_nemo()))
    assert {u.age for u in found.utterances} == {"27"}
    assert {u.source_path for u in found.utterances} == {
        "data/train-00000-of-00002.parquet/000000.wav",
        "data/train-00000-of-00002.parquet/000001.wav",
        "data/train-00001-of-00002.parquet/000000.wav",
    }


def test_all_of_nemo_is_listed_from_a_parquet_table(tmp_path: Path) -> None:
    lines = real("nemo", "data.tsv").read_text(encoding="utf-8").split("\n")[1:-1]
    values = [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]
    audio = {"bytes": b"", "path": None}
    packed = parquet(*({**value, "age": int(value["age"]), "audio": audio} for value in values))
    found = listing(SPEC, tmp_path / "packed", {"train.parquet": packed})
    table = {"data.tsv": real("nemo", "data.tsv").read_bytes()}
    plain = listing(SPEC, tmp_path / "plain", {**table, **soundless(value["file_id"] for value in values)})
    assert len(found.utterances) == 4481
    assert facts(found) == facts(plain)


def test_columns_are_read_by_name_in_any_order(tmp_path: Path) -> None:
    mixed = parquet(row(STEMS[0]), columns=("audio", *reversed(COLUMNS)))
    found = listing(SPEC, tmp_path, {"a.parquet": mixed})
    assert [u.source_name for u in found.utterances] == [STEMS[0]]


def test_a_file_id_may_come_without_its_extension(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"a.parquet": parquet(row(STEMS[0], file_id=STEMS[0]))})
    assert [u.source_name for u in found.utterances] == [STEMS[0]]


def test_a_table_beside_the_folder_gives_no_recording_twice(tmp_path: Path) -> None:
    files = {**small_nemo(), "train.parquet": parquet(*map(row, STEMS))}
    found = listing(SPEC, tmp_path, files)
    assert len(found.utterances) == 3
    assert set(refused(found).values()) == {"repeated_name"}


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"emotion": "fear"}, "name_disagrees"),
        ({"speaker_id": "WR0"}, "name_disagrees"),
        ({"file_id": "EB0_joy_1.wav"}, "file_name"),
        ({"age": None}, "columns"),
        ({"raw_text": None}, "columns"),
        ({"gender": "f"}, "unknown_gender"),
    ],
)
def test_a_bad_row_is_refused_alone(other: dict[str, Any], rule: str, tmp_path: Path) -> None:
    packed = parquet(row(STEMS[0], **other), row(STEMS[1]))
    found = listing(SPEC, tmp_path, {"a.parquet": packed})
    assert refused(found) == {"a.parquet/000000.wav": rule}
    assert [u.source_name for u in found.utterances] == [STEMS[1]]


@pytest.mark.parametrize(
    "broken",
    [{"b.parquet": parquet(row(STEMS[0]), columns=("file_id", "audio"))}, {"b.parquet": b"PAR1 cut short"}],
    ids=["columns", "cut"],
)
def test_a_broken_table_does_not_keep_the_others_away(broken: Files, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path / "a", {"a.parquet": parquet(row(STEMS[0])), **broken})
    assert len(found.utterances) == 1
    assert list(refused(found)) == ["b.parquet"]
    found = listing(SPEC, tmp_path / "b", {**small_nemo(), **broken})
    assert len(found.utterances) == 3
    assert list(refused(found)) == ["b.parquet"]


def test_a_broken_list_does_not_keep_a_table_away(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"a.parquet": parquet(row(STEMS[0])), "data.tsv": b"<html>"})
    assert len(found.utterances) == 1
    assert refused(found) == {"data.tsv": "pretender"}


def test_the_table_of_another_corpus_is_not_taken(tmp_path: Path) -> None:
    speech = {"bytes": b"RIFF", "path": "a.wav"}
    other = {"name": "03_disgust_neutral n_050", "path": "a/b.wav", "emotion": "neutral", "speech": speech}
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, {"a.parquet": parquet(other, columns=("name", "path", "emotion", "speech"))})
    assert caught.value.rule == "no_clips"
    assert "what looks like RESD" in caught.value.seen


def test_rows_of_data_tsv_are_told_where_recordings_are_packed(tmp_path: Path) -> None:
    table = nemo_table(*map(nemo_row, STEMS))
    found = listing(SPEC, tmp_path, {"a.parquet": parquet(*map(row, STEMS[:2])), "data.tsv": table})
    assert refused(found) == {f"samples/{STEMS[2]}.wav": "missing_audio"}
