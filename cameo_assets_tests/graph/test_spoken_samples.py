"""`make demo`: the spoken samples of all thirteen corpora through the whole graph, with Dagster.

Every trap of the corpora has to come out where a maintainer would look: in a table, a check or a column.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.registry import known
from cameo_assets.samples import SAMPLES
from cameo_assets.store import Store
from cameo_assets.vocabulary import EMOTIONS, LANGUAGES
from cameo_assets_tests.graph.looking import failed_checks, record

pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")

TABLES = {
    "cafe": {"other_version": 1},
    "crema_d": {"lfs_pointer": 1},
    "emozionalmente": {"missing_audio": 1},
    "enterface": {"unsegmented": 6},
    "jl_corpus": {"missing_audio": 1},
    "mesd": {"other_version": 3},
    "nemo": {"missing_audio": 1},
    "oreau": {"other_version": 3},
    "pavoque": {"outtake": 1, "span": 1},
    "resd": {"repeated_name": 1},
}
"""Rules of refusal by corpus; nothing is refused of the others."""

ODDITIES = {
    "crema_d": {"known_duplicate": 2, "rated_unheard": 1, "silent_at_source": 1},
    "emns": {"needs_updating": 3},
    "emozionalmente": {"called_bad_by_evaluators": 1, "evaluator_repeated": 1},
    "enterface": {"folder_disagrees": 8},
    "jl_corpus": {"no_text": 1, "text_differs": 1},
    "mesd": {"misspelt_at_source": 3, "odd_name_at_source": 2},
    "oreau": {"unknown_sentence": 6},
    "pavoque": {"late_segment": 2},
    "ravdess": {"known_duplicate": 2, "stereo_at_source": 3},
    "subesco": {"odd_name_at_source": 1},
}
"""Flags of utterances by corpus; none has the others."""

PART = "published_counts"  # a sample is a part of its corpus
CHECKS = {
    ("raw", "crema_d"): {"no_stand_ins"},
    ("utterances", "crema_d"): {PART, "nothing_refused"},
    ("utterances", "emozionalmente"): {PART, "audio_for_every_row"},
    ("utterances", "enterface"): {PART, "licence"},
    ("utterances", "jl_corpus"): {PART, "audio_for_every_row"},
    ("utterances", "nemo"): {PART, "audio_for_every_row"},
    ("utterances", "pavoque"): {PART, "nothing_refused"},
    ("utterances", "resd"): {PART, "nothing_refused"},
    ("normalized_audio", "crema_d"): {"no_contradictory_duplicates", "no_duplicates"},
    ("normalized_audio", "enterface"): {"mono_at_source"},
    ("normalized_audio", "oreau"): {"mono_at_source"},
    ("normalized_audio", "ravdess"): {"mono_at_source", "no_duplicates"},
    ("normalized_audio", "subesco"): {"mono_at_source"},
}
"""Checks that do not pass."""

RATES = {
    "cafe": {48_000, 192_000},
    "emozionalmente": {16_000, 44_100},
    "resd": {16_000, 44_100},
    "subesco": {44_100, 48_000},
}
"""Corpora whose recordings have different rates."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished demo."""
    folder = tmp_path_factory.mktemp("samples")
    command = [sys.executable, "-m", "cameo_assets.cli", "demo", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@cache
def rows(folder: Path) -> list[dict[str, Any]]:
    """The collection."""
    return list(Store(str(folder)).read_table("collection", "utterances.parquet").to_pylist())


def row(folder: Path, source_name: str) -> dict[str, Any]:
    """The utterance whose id is made of this name."""
    (found,) = [row for row in rows(folder) if row["file_id"] == file_id(source_name)]
    return found


def test_there_is_a_sample_of_every_corpus() -> None:
    assert SAMPLES.keys() == known().keys()
    assert len(SAMPLES) == 13


def test_the_collection_has_every_corpus_emotion_and_language(folder: Path) -> None:
    found = rows(folder)
    assert {row["corpus"] for row in found} == known().keys()
    assert {row["emotion"] for row in found} == set(EMOTIONS)
    assert {row["language"] for row in found} == set(LANGUAGES)


@pytest.mark.parametrize("corpus", sorted(SAMPLES))
def test_every_emotion_of_a_corpus_is_acted(corpus: str, folder: Path) -> None:
    acted = {row["emotion"] for row in rows(folder) if row["corpus"] == corpus}
    assert acted == set(known()[corpus].emotions)


@pytest.mark.parametrize("corpus", sorted(SAMPLES))
def test_what_is_refused_stands_in_a_table(corpus: str, folder: Path) -> None:
    refused = Store(str(folder)).read_table("refused", f"{corpus}.parquet").to_pylist()
    assert Counter(row["rule"] for row in refused) == TABLES.get(corpus, {})
    assert all(row["path"] and row["seen"] and row["expected"] for row in refused)


@pytest.mark.parametrize("corpus", sorted(SAMPLES))
def test_odd_clips_are_flagged_in_the_collection(corpus: str, folder: Path) -> None:
    table = Store(str(folder)).read_table("utterances", f"{corpus}.parquet", columns=["flags"])
    assert Counter(flag for row in table.to_pylist() for flag in row["flags"]) == ODDITIES.get(corpus, {})


@pytest.mark.parametrize("asset", ["raw", "utterances", "normalized_audio"])
@pytest.mark.parametrize("corpus", sorted(SAMPLES))
def test_checks_name_what_is_wrong_and_nothing_else(corpus: str, asset: str, folder: Path) -> None:
    usual = {PART} if asset == "utterances" else set()
    name = f"raw/{corpus}" if asset == "raw" else asset
    assert failed_checks(folder, name, corpus) == CHECKS.get((asset, corpus), usual)


@pytest.mark.parametrize("corpus", sorted(SAMPLES))
def test_every_listed_recording_is_normalised(corpus: str, folder: Path) -> None:
    details = record(folder, "normalized_audio", corpus)
    assert details["refused"] == 0
    assert details["clips"] == record(folder, "utterances", corpus)["utterances"]
    rates = {kind["source_rate"] for kind in details["formats"]}
    assert rates == RATES.get(corpus, rates)
    assert len(rates) == len(RATES.get(corpus, {0}))


def test_durations_that_browsers_inflated_are_flagged(folder: Path) -> None:
    assert record(folder, "normalized_audio", "emns")["flags"]["duration_header"] > 0


def test_one_recording_under_two_labels_is_named(folder: Path) -> None:
    (found,) = record(folder, "normalized_audio", "crema_d")["duplicates"]
    assert found["emotions"] == ["happiness", "neutral"]
    names = [path.rpartition("/")[2] for path in found["paths"]]
    assert names == ["1006_TIE_HAP_XX.wav", "1006_TIE_NEU_XX.wav"]


@pytest.mark.parametrize(
    ("source_name", "expected"),
    [
        ("cafe_11_neutral_21", {"speaker_id": "cafe_11", "gender": "male", "age": "35"}),
        ("cafe_12_disgust_11", {"speaker_id": "cafe_12", "gender": "female", "age": "37"}),
        ("crema-d_1040_sadness_ITHX", {"dataset": "CREMA-D", "emotion": "sadness"}),
        ("F_02_MONIKA_S_2_SURPRISE_3]", {"speaker_id": "subesco_F_02", "emotion": "surprise"}),
        ("pavoque-angry-0", {"emotion": "anger", "language": "German", "gender": "male"}),
        ("WR0_surprised_64", {"speaker_id": "nemo_WR0", "emotion": "surprise", "age": "23"}),
        ("Happiness_C_A_lento_dentro", {"speaker_id": None, "gender": "child", "group_id": "mesd_C"}),
        ("subject 11/s12_an_3", {"speaker_id": "enterface_11"}),
        ("s12_an_3", {"speaker_id": "enterface_12"}),
    ],
)
def test_ids_and_facts_are_those_of_cameo(
    source_name: str, expected: dict[str, str | None], folder: Path
) -> None:
    found = row(folder, source_name)
    assert {name: found[name] for name in expected} == expected


def test_accents_are_restored_beside_the_published_word(folder: Path) -> None:
    restored = {row["transcription"]: row["orthography"] for row in rows(folder) if row["orthography"]}
    assert restored["adios"] == "adiós"


def test_raters_votes_are_kept(folder: Path) -> None:
    assert {row["corpus"] for row in rows(folder) if row["votes"]} == {"crema_d", "emozionalmente"}


def test_what_cameo_has_and_is_missing_is_said(folder: Path) -> None:
    assert "published_totals" in failed_checks(folder, "unified_jsonl")


def test_folds_never_share_a_speaker_or_a_recording(folder: Path) -> None:
    folds = Store(str(folder)).read_table("collection", "splits.parquet").to_pylist()
    fold_of = {row["file_id"]: row["fold"] for row in folds}
    assert fold_of.keys() == {row["file_id"] for row in rows(folder)}
    for column in ("speaker_id", "pcm_md5"):
        single = {"emns", "pavoque"} if column == "speaker_id" else set()
        seen: dict[str, int] = {}
        for row in rows(folder):
            if row[column] and row["corpus"] not in single:
                assert seen.setdefault(row[column], fold_of[row["file_id"]]) == fold_of[row["file_id"]]


def test_audio_of_a_doubtful_licence_is_not_published(folder: Path) -> None:
    tree = folder / "publish" / "datasets" / "cameo"
    assert not list(tree.rglob("*enterface*.parquet"))
    assert (tree / "recipes" / "enterface.jsonl").is_file()
    assert list(tree.rglob("*ravdess*.parquet"))
    assert "eNTERFACE" in (tree / "LICENSES.md").read_text(encoding="utf-8")


def test_the_board_says_that_samples_mean_nothing(folder: Path) -> None:
    board = json.loads((folder / "board" / "board.json").read_text())
    assert len(board["corpora"]) == 13
    assert board["notes"][0].startswith("All corpora are spoken samples")
    for row in board["rows"]:
        assert row["coverage"] == 1
