"""The whole graph, with Dagster, over two audio language models with random weights.

They are a tiny Qwen2-Audio and a tiny Audio Flamingo 3, each saved as its real family is, and go the whole
way: pinned, loaded, past the parity gate, asked by both methods at two temperatures, read, scored, on the
board. What they say is nonsense; how it is got is what real ones do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cameo_assets.models.parity import Gate
from cameo_assets.models.spec import ModelSpec, parse_key
from cameo_assets.store import Store
from cameo_assets_tests import small
from cameo_assets_tests.graph.looking import failed_checks, record

tiny = pytest.importorskip("cameo_assets_tests.models.tiny", reason="needs torch and transformers")

MODELS = ("tiny-flamingo", "tiny-qwen")
CONDITIONS = ("0", "0.7", "likelihood-0", "likelihood-0.7")
KEYS = [f"{model}@{condition}" for model in MODELS for condition in CONDITIONS]
CLIPS = {"alpha": 6, "beta": 4}
DRAWS = {"0": 1, "0.7": 2, "likelihood-0": 1, "likelihood-0.7": 1}


def condition(key: str) -> str:
    return key.partition("@")[2]


def write(models: Path, spec: ModelSpec) -> None:
    """Writes a model file, as a person would: what has a default is left out."""
    shown = {
        field.name: getattr(spec, field.name)
        for field in msgspec.structs.fields(spec)
        if field.required or getattr(spec, field.name) != field.default
    }
    models.mkdir(parents=True, exist_ok=True)
    (models / f"{spec.id}.yaml").write_text(yaml.safe_dump(msgspec.to_builtins(shown)))


def demo(folder: Path) -> None:
    command = [sys.executable, "-m", "cameo_assets.cli", "demo", "--no-samples", "--folder", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # so small a model is slower on many threads
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished `cameo demo --no-samples`."""
    folder = tmp_path_factory.mktemp("language-models")
    small.drop_in(folder / "landing" / "alpha", takes=1)
    small.drop_in(folder / "landing" / "beta", takes=1, emotions=("calm", "fear"))
    small.switched_off(folder / "models", "acoustic-probe", "majority")
    for name, save in (("tiny-qwen", tiny.qwen2_audio), ("tiny-flamingo", tiny.audio_flamingo3)):
        save(folder / "weights" / name)
        spec = tiny.spec(folder / "weights" / name, id=name, methods=("generation", "likelihood"))
        write(folder / "models", msgspec.structs.replace(spec, repository=f"./weights/{name}"))
    demo(folder)
    return folder


def answers(folder: Path, model: str) -> list[dict[str, Any]]:
    """All raw answers of a model."""
    (part,) = (folder / "predictions" / model).glob("*/part-*.parquet")
    return list(Store(str(folder)).read_table(str(part.relative_to(folder))).to_pylist())


@pytest.fixture(scope="module")
def board(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "board" / "board.json").read_text())
    return found


@pytest.mark.parametrize("key", KEYS)
def test_every_utterance_has_its_answers(key: str, folder: Path) -> None:
    found = record(folder, "predictions", key)
    wanted = sum(CLIPS.values()) * DRAWS[condition(key)]
    assert (found["answers"], found["missing"], found["errors"]) == (wanted, 0, {})
    assert sum(kind["count"] for kind in found["kinds"].values()) == wanted


@pytest.mark.parametrize("key", KEYS)
def test_every_evaluation_has_passed_the_parity_gate(key: str, folder: Path) -> None:
    parity = msgspec.convert(record(folder, "predictions", key)["parity"], Gate)
    assert (parity.passed, parity.compared) == (True, sum(CLIPS.values()))
    assert parity.settings.keys() == {"batch_tokens", "features", "prefill"}


def test_all_checks_of_the_predictions_pass(folder: Path) -> None:
    assert failed_checks(folder, "predictions") == set()


@pytest.mark.parametrize("key", [key for key in KEYS if "likelihood" in key])
def test_by_likelihood_every_answer_is_an_option_and_read_as_such(key: str, folder: Path) -> None:
    asked = parse_key(key)[1]
    said = {
        row["file_id"]: row["text"]
        for row in answers(folder, key.partition("@")[0])
        if (row["method"], row["temperature"]) == (asked.method, asked.temperature)
    }
    offered = {"alpha": {"anger", "happiness", "sadness"}, "beta": {"calm", "fear"}}
    rows = Store(str(folder)).read_table("answers", f"{key}.parquet").to_pylist()
    assert {row["file_id"] for row in rows} == said.keys()
    for row in rows:
        assert said[row["file_id"]] in offered[row["corpus"]]
        assert (row["label"], row["reason"], row["resolved"]) == (said[row["file_id"]], "exact", True)


@pytest.mark.parametrize("model", MODELS)
def test_the_probabilities_of_the_options_add_up(model: str, folder: Path) -> None:
    rows = [row for row in answers(folder, model) if row["method"] == "likelihood"]
    scored = [json.loads(row["details"]) for row in rows]
    assert len(scored) == 2 * sum(CLIPS.values())
    for details in scored:
        assert sum(details["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert 0 <= details["mass"] <= 1


def test_the_board_has_a_row_for_every_evaluation_and_says_how_it_was_got(board: dict[str, Any]) -> None:
    rows = {(row["evaluation"], row["method"]) for row in board["rows"] if row["evaluation"] in KEYS}
    assert rows == {(key, "likelihood" if "likelihood" in condition(key) else "generation") for key in KEYS}


def test_the_page_shows_both_models(folder: Path) -> None:
    page = (folder / "board" / "index.html").read_text()
    assert all(model in page for model in MODELS)
    assert "likelihood" in page
