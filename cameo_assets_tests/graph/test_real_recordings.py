"""The whole graph, with Dagster, over real recordings of seven corpora in their publishers' layouts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.spec import CAMEO_FIELDS
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.graph.looking import failed_checks, record

UTTERANCES = {"ravdess": 40, "nemo": 40, "crema_d": 9, "emozionalmente": 1, "mesd": 1, "subesco": 1}
"""Real recordings of the known corpora."""

EMODB_LABELS = {
    "W": "anger",
    "L": None,  # boredom is no emotion of CAMEO
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
EMODB_MEN = {"03", "10", "11", "12", "15"}


def lay(landing: Path) -> None:
    """Copies the corpora that are known, and EmoDB as a corpus that a user drops in."""
    for corpus in UTTERANCES:
        shutil.copytree(real(corpus), landing / corpus)
    emodb = landing / "emodb"
    shutil.copytree(real("emodb", "wav"), emodb / "wav")
    rows = [
        {
            "path": f"wav/{path.name}",
            "emotion": path.name[5],
            "speaker": path.name[:2],
            "gender": "male" if path.name[:2] in EMODB_MEN else "female",
        }
        for path in sorted((emodb / "wav").glob("*.wav"))
    ]
    (emodb / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    about = {"name": "EmoDB", "language": "German", "licence": "CC0 1.0", "labels": EMODB_LABELS}
    (emodb / "corpus.yaml").write_text(json.dumps(about))  # JSON is YAML


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished `cameo demo --no-samples`."""
    folder = tmp_path_factory.mktemp("real")
    lay(folder / "landing")
    run(folder)
    return folder


def run(folder: Path) -> str:
    """Runs the graph; what it printed."""
    command = [sys.executable, "-m", "cameo_assets.cli", "demo", "--no-samples", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_board_shows_all_corpora(folder: Path) -> None:
    board = json.loads((folder / "board" / "board.json").read_text())
    found = {corpus["slug"]: corpus["utterances"] for corpus in board["corpora"]}
    bored = record(folder, "utterances", "emodb")["reasons"]["left_out"]
    spoken = len(list((folder / "landing" / "emodb" / "wav").iterdir())) - bored
    assert found == {**UTTERANCES, "emodb": spoken}
    assert {row["evaluation"] for row in board["rows"]} == {"chance@0", "majority@0", "acoustic-probe@0"}
    for row in board["rows"]:
        assert row["corpora"].keys() == found.keys()
        assert row["coverage"] == 1
    page = (folder / "board" / "index.html").read_text()
    assert all(corpus["name"] in page for corpus in board["corpora"])


def test_stereo_and_the_same_recording_twice_show_in_checks_and_tables(folder: Path) -> None:
    assert failed_checks(folder, "normalized_audio", "ravdess") == {"mono_at_source", "no_duplicates"}
    details = record(folder, "normalized_audio", "ravdess")
    assert details["stereo"] == 2
    assert [found["paths"] for found in details["duplicates"]] == [
        [
            "ravdess/Actor_07/03-01-03-01-02-01-07.wav",
            "ravdess/Actor_07/03-01-03-01-02-02-07.wav",
        ]
    ]


@pytest.mark.parametrize(("corpus", "missing"), [("nemo", 4441), ("crema_d", 7433), ("emozionalmente", 6901)])
def test_rows_without_recording_show_in_checks_and_tables(corpus: str, missing: int, folder: Path) -> None:
    assert "audio_for_every_row" in failed_checks(folder, "utterances", corpus)
    assert record(folder, "utterances", corpus)["reasons"] == {"missing_audio": missing}


def test_a_label_that_the_description_leaves_out_is_counted(folder: Path) -> None:
    bored = len([path for path in (folder / "landing" / "emodb" / "wav").iterdir() if path.name[5] == "L"])
    assert record(folder, "utterances", "emodb")["reasons"] == {"left_out": bored}


def test_every_line_of_the_jsonl_has_the_nine_fields_of_cameo_in_order(folder: Path) -> None:
    lines = (folder / "collection" / "cameo.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert {tuple(row) for row in rows} == {CAMEO_FIELDS}
    assert len({row["file_id"] for row in rows}) == len(rows)
    by_id = {row["file_id"]: row for row in rows}
    assert by_id[file_id("WR0_surprised_32")]["emotion"] == "surprise"
    assert by_id[file_id("crema-d_1001_anger_DFAXX")]["age"] == "51"
    assert all(row["age"] is None or isinstance(row["age"], str) for row in rows)


def test_a_second_run_changes_no_byte_and_asks_no_model(folder: Path) -> None:
    def products() -> dict[str, int]:
        kept = ("audio", "inspection", "utterances", "collection", "predictions", "answers", "metrics")
        kept += ("leaderboard", "analysis", "board", "publish", "records")
        return {
            str(path): path.stat().st_mtime_ns
            for name in kept
            for path in (folder / name).rglob("*")
            if path.is_file()
        }

    before = products()
    printed = run(folder)
    assert products() == before
    assert printed.count("unchanged") == printed.count("✓")
