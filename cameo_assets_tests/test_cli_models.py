"""`cameo models list`, `check` and `pin`, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cameo_assets.cli import main
from cameo_assets_tests.models import fake_hub

PARROT = """\
id: parrot
name: Parrot
kind: model
engine: scripted
licence: MIT
repository: someone/parrot
temperatures: [0, 0.7]
methods: [generation, likelihood]
prompt: cameo-1
enabled: false   # for now
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAMEO_HOME", str(tmp_path))
    monkeypatch.delenv("CAMEO_LANDING", raising=False)
    (tmp_path / "models").mkdir()
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["models", *words], catch_exceptions=False)


def lay(home: Path, text: str, name: str = "parrot.yaml") -> Path:
    path = home / "models" / name
    path.write_text(text)
    return path


def test_the_list_shows_the_catalogue_the_users_models_and_what_is_broken(home: Path) -> None:
    lay(home, PARROT)
    lay(home, PARROT.replace("licence: MIT", "").replace("id: parrot", "id: crow"), "crow.yaml")
    done = run("list")
    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if "parrot" in line and "scripted" in line]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["parrot", "no", "scripted", "0 0.7 +", "none yet", "", "MIT", "store"]
    assert "chance" in done.stdout
    assert "broken: models/crow.yaml: missing_key: seen no licence" in done.stdout


@pytest.mark.parametrize(
    ("revision", "shown"),
    [
        ("0123abcdef" * 4, "0123abc"),
        ("sha256-0123456789abcdef", "sha256-012345"),
        ("2026-10-01", "2026-10-01"),
    ],
)
def test_the_list_shortens_what_people_never_type(revision: str, shown: str, home: Path) -> None:
    lay(home, PARROT + f"revision: {revision}\n")
    (line,) = [line for line in run("list").stdout.splitlines() if "parrot" in line and "scripted" in line]
    assert line.split("│")[5].strip() == shown


def test_programs_get_the_list_as_json(home: Path) -> None:
    lay(home, PARROT)
    lay(home, "id: crow", "crow.yaml")
    listed = {entry["id"]: entry for entry in json.loads(run("list", "--json").stdout)}
    assert listed["chance"]["file"] == "catalog/chance.yaml"
    assert listed["parrot"]["file"] == str(home / "models" / "parrot.yaml")
    assert listed["parrot"]["spec"]["enabled"] is False
    assert listed["parrot"]["evaluations"] == [
        "parrot@0",
        "parrot@likelihood-0",
        "parrot@0.7",
        "parrot@likelihood-0.7",
    ]
    assert listed["crow"]["spec"] is None
    assert "models/crow.yaml" in listed["crow"]["error"]


def test_a_sound_file_is_said_to_be_sound_with_its_evaluations(home: Path) -> None:
    lay(home, PARROT)
    done = run("check", "parrot")
    assert done.exit_code == 0
    assert f"parrot ({home / 'models' / 'parrot.yaml'}): sound" in done.stdout
    assert "note: switched off" in done.stdout
    assert "evaluations: parrot@0 parrot@likelihood-0 parrot@0.7 parrot@likelihood-0.7" in done.stdout


def test_a_file_is_checked_before_it_is_put_into_the_store(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "parrot.yaml"
    path.write_text(PARROT.replace("prompt: cameo-1", "promt: cameo-1"))
    done = run("check", str(path))
    assert done.exit_code == 1
    for words in (str(path), "unknown_key", "seen promt", "did you mean prompt?"):
        assert words in done.stdout


def test_everything_is_checked_where_nothing_is_named(home: Path) -> None:
    assert run("check").exit_code == 0
    lay(home, PARROT.replace("temperatures: [0, 0.7]", "temperatures: [0, 0]"))
    done = run("check")
    assert done.exit_code == 1
    assert "chance (catalog/chance.yaml): sound" in done.stdout
    assert "error: models/parrot.yaml: temperatures" in done.stdout


def test_an_unknown_name_is_an_error_with_the_likeliest_meant(home: Path) -> None:
    done = run("check", "chanse")
    assert done.exit_code == 1
    assert "did you mean chance?" in done.stderr


def test_pinning_writes_the_file_and_says_so(home: Path) -> None:
    """In a process of its own, as huggingface_hub reads HF_ENDPOINT when it is loaded."""
    path = lay(home, PARROT)
    with fake_hub.running() as address:
        done = subprocess.run(
            [sys.executable, "-m", "cameo_assets.cli", "models", "pin", "parrot"],
            env={**os.environ, "HF_ENDPOINT": address, "HF_TOKEN": ""},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{path}: parrot is now pinned to {fake_hub.NEW} and enabled\n"
    pinned = PARROT.replace("someone/parrot", f"someone/parrot\nrevision: {fake_hub.NEW}")
    assert path.read_text() == pinned.replace("enabled: false", "enabled: true")


def test_a_server_must_be_told_what_was_pinned(home: Path) -> None:
    lay(
        home,
        PARROT.replace("scripted", "openai").replace(", likelihood", "").replace("someone/parrot", "./mine"),
    )
    (home / "mine").mkdir()
    assert "Its server must be started with this revision" in run("pin", "parrot").stdout


def test_a_refusal_to_pin_is_one_line_and_changes_nothing(home: Path) -> None:
    path = lay(home, PARROT.replace("someone/parrot", "./nowhere"))
    before = path.read_text()
    done = run("pin", "parrot")
    assert done.exit_code == 1
    assert "missing_folder" in done.stderr
    assert path.read_text() == before


def test_a_folder_is_pinned_and_moved_by_force_alone(home: Path) -> None:
    path = lay(home, PARROT.replace("someone/parrot", "./weights"))
    weights = home / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    off = run("pin", "--off", "parrot").stdout
    assert "now pinned to sha256-" in off
    assert off.endswith(" and off\n")
    assert run("pin", "parrot").stdout == off.replace("and off", "and enabled")
    (weights / "config.json").write_text("{ }")
    before = path.read_text()
    assert run("pin", "parrot").exit_code == 1
    assert path.read_text() == before
    assert "all of its answers are asked for anew" in run("pin", "parrot", "--force").stdout
    assert path.read_text() != before
