"""nEMO from Hugging Face: the same rows as in `data.tsv`, in Parquet tables that hold the recordings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.nemo import COLUMNS, SPEC
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    Files,
    listing,
    nemo_row,
    nemo_table,
    real,
    refused,
    small_nemo,
    soundless,
)

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


def facts(found: Listing) -> list[tuple[object, ...]]:
    """All that is known of the utterances but where they lie."""
    hidden = ("source_path", "source_version")
    fields = [field for field in found.utterances[0].__struct_fields__ if field not in hidden]
    return [tuple(getattr(u, field) for field in fields) for u in found.utterances]


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
