from __future__ import annotations

import io
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import soundfile

from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.resd import SPEC
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.resd import IN_BOTH, SHORT, TEST, TRAIN, WITHOUT_TEXT
from cameo_assets.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("resd"), ["resd"])["resd"]


@pytest.fixture(scope="module")
def parts(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {part: pq.read_table(folder / part).to_pylist() for part in (TRAIN, TEST)}


@pytest.fixture(scope="module")
def rows(parts: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for part in parts.values() for row in part}


@pytest.fixture(scope="module")
def listing(folder: Path) -> Listing:
    return list_corpus(SPEC, Source(folder))


@pytest.mark.parametrize("part", [TRAIN, TEST])
def test_tables_have_the_publishers_columns_and_no_compression(part: str, folder: Path) -> None:
    file = pq.ParquetFile(folder / part)
    assert file.schema_arrow.names == ["name", "path", "speech", "text", "emotion"]
    assert {field.name for field in file.schema_arrow.field("speech").type} == {"bytes", "path"}
    group = file.metadata.row_group(0)
    assert {group.column(n).compression for n in range(group.num_columns)} == {"UNCOMPRESSED"}


def test_one_recording_is_in_both_parts_and_all_dialogues_are(
    parts: dict[str, list[dict[str, Any]]],
) -> None:
    names = {part: [row["name"] for row in found] for part, found in parts.items()}
    assert set(names[TRAIN]) & set(names[TEST]) == {IN_BOTH}
    assert sum(map(len, names.values())) == len(SAMPLES["resd"].clips) + 1
    assert {name[:2] for name in names[TEST]} == {name[:2] for name in names[TRAIN]}


def test_blanks_stand_in_early_dialogues_alone(rows: dict[str, dict[str, Any]]) -> None:
    assert {name for name in rows if " " in name} == {name for name in rows if name[:2] <= "11"}
    assert len({name for name in rows if " " in name}) == 16


def test_the_folder_of_dialogue_11_has_the_other_order(rows: dict[str, dict[str, Any]]) -> None:
    folders = {
        row["path"].split("/")[0] for name, row in rows.items() if name.startswith("11_anger_disgust ")
    }
    assert folders == {"11_disgust_anger"}
    assert {row["path"].split("/")[0] for name, row in rows.items() if name.startswith("27")} == {
        "neutral_fear_27"
    }


def test_each_dialogue_has_its_rate_and_each_emotion_two_dialogues(rows: dict[str, dict[str, Any]]) -> None:
    rates: dict[str, set[int]] = defaultdict(set)
    dialogues: dict[str, set[str]] = defaultdict(set)
    for name, row in rows.items():
        info = soundfile.info(io.BytesIO(row["speech"]["bytes"]))
        assert (info.channels, info.subtype) == (1, "PCM_16")
        rates[name[:2]].add(info.samplerate)
        dialogues[row["emotion"]].add(name[:2])
    early, late = {16_000}, {44_100}
    assert rates == {
        "03": early,
        "11": early,
        "21": late,
        "27": late,
        "31": early,
        "45": late,
        "50": late,
    }
    assert {emotion: len(found) for emotion, found in dialogues.items()} == dict.fromkeys(SPEC.emotions, 2)


def test_one_recording_is_very_short(rows: dict[str, dict[str, Any]]) -> None:
    lengths = {n: soundfile.info(io.BytesIO(row["speech"]["bytes"])).duration for n, row in rows.items()}
    assert [name for name, length in lengths.items() if length < 0.5] == [SHORT]


def test_the_corpus_file_reads_all_once(listing: Listing) -> None:
    assert {u.source_name for u in listing.utterances} == set(SAMPLES["resd"].clips)
    assert Counter(refusal.rule for refusal in listing.refusals) == {"repeated_name": 1}
    assert listing.counts == dict.fromkeys(SPEC.emotions, 8)
    assert len({u.group_id for u in listing.utterances}) == 7
    assert {u.speaker_id for u in listing.utterances} == {None}


def test_texts_are_russian_and_one_is_missing(listing: Listing) -> None:
    texts = {u.source_name: u.transcription for u in listing.utterances}
    assert [name for name, text in texts.items() if text is None] == [WITHOUT_TEXT]
    assert all("а" <= text.lower()[0] <= "я" for text in texts.values() if text)


def test_every_recording_is_normalised(folder: Path, listing: Listing, tmp_path: Path) -> None:
    found = normalize_corpus(Store(tmp_path), Source(folder), listing.utterances)
    assert Counter((row.status, row.source_rate) for row in found) == {("ok", 16_000): 24, ("ok", 44_100): 32}
