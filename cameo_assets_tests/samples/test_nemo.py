from __future__ import annotations

from pathlib import Path

import pytest

from cameo_assets.samples import SAMPLES
from cameo_assets.samples.nemo import COLUMNS, MISSING
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import chunks, recordings


@pytest.fixture
def lines(landing: Path) -> list[str]:
    return (landing / "nemo" / "data.tsv").read_bytes().decode().split("\n")


def test_the_table_has_the_publishers_shape(lines: list[str]) -> None:
    assert lines[0] == "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage"
    assert lines[-1] == ""
    assert not any("\r" in line or line.startswith("\ufeff") for line in lines)
    assert {line.count("\t") for line in lines[:-1]} == {len(COLUMNS) - 1}


def test_every_clip_has_one_row_in_no_order(lines: list[str]) -> None:
    files = [line.split("\t")[0] for line in lines[1:-1]]
    assert sorted(files) == sorted(f"{stem}.wav" for stem in SAMPLES["nemo"].clips)
    assert files != sorted(files)


def test_speaker_ids_have_eight_leading_blanks(lines: list[str]) -> None:
    assert all(line.split("\t")[4] == " " * 8 + line[:3] for line in lines[1:-1])


def test_rows_are_rows_of_the_real_corpus(lines: list[str]) -> None:
    published = real("nemo", "data.tsv").read_text(encoding="utf-8").split("\n")
    assert set(lines) <= set(published)


def test_one_row_has_no_audio(landing: Path) -> None:
    assert set(SAMPLES["nemo"].clips) - set(recordings(landing, "nemo")) == {MISSING}


def test_mk0_is_never_surprised() -> None:
    assert not [stem for stem in SAMPLES["nemo"].clips if stem.startswith("MK0_surprised")]


def test_the_published_test_vector_is_among_the_clips() -> None:
    assert "WR0_surprised_64" in SAMPLES["nemo"].clips


def test_headers_are_canonical(landing: Path) -> None:
    assert {tuple(chunks(data)[1][:2]) for data in recordings(landing, "nemo").values()} == {(b"data", 44)}
