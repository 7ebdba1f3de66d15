"""What the README says can be done, done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cameo_assets.corpora.drop_in_rows import Entry
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.models.spec import load
from cameo_assets_tests import small

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return [text for found, text in BLOCKS if found == language]


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)$", README, flags=re.MULTILINE))
    named = {target for pair in named for target in pair if target}
    assert named >= {"demo", "test", "up", "bench"}
    assert named <= targets


def test_every_command_of_cameo_that_is_named_is_there() -> None:
    for command in set(re.findall(r"\.venv/bin/cameo ([a-z]+)", README)):
        done = subprocess.run(
            [sys.executable, "-m", "cameo_assets.cli", command, "--help"], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_every_linked_file_is_there() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_table_of_corpora_names_every_known_one() -> None:
    assert set(re.findall(r"`data/landing/(\w+)` \|", README)) == known().keys()


def test_the_drop_in_corpus_can_be_read(tmp_path: Path) -> None:
    about = next(text for text in blocks("yaml") if "corpus.yaml" in text)
    (tmp_path / "emodb").mkdir()
    (tmp_path / "emodb" / "corpus.yaml").write_text(about)
    spec = spec_for("emodb", tmp_path)
    row = json.loads(blocks("json")[0])
    assert spec.labels[row["emotion"]] == "anger"
    assert set(row) <= set(Entry.__struct_fields__)


def test_the_model_file_can_be_loaded() -> None:
    text = next(text for text in blocks("yaml") if "models/" in text)
    spec = load(text.encode(), f"{yaml.safe_load(text)['id']}.yaml")
    assert spec.temperatures == (0.0, 0.7)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data of a finished run over one small corpus in `data`."""
    folder = tmp_path_factory.mktemp("readme")
    small.drop_in(folder / "data" / "landing" / "alpha")
    small.switched_off(folder / "data" / "models", "acoustic-probe")
    command = [sys.executable, "-m", "cameo_assets.cli", "demo", "--no-samples", "--folder", "data"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_results_can_be_read_with_pandas(finished: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[0]], cwd=finished, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "chance@0" in done.stdout


def test_status_finds_everything_current_after_a_run(finished: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cameo_assets.cli", "status"], cwd=finished, capture_output=True, text=True
    )
    assert done.stdout == "everything is current\n", done.stdout + done.stderr
