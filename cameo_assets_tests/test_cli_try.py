"""`cameo models try`, as a person runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cameo_assets.cli import main
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two corpora of 12 clips."""
    home = tmp_path_factory.mktemp("finished")
    platform = Platform.of(Settings(home=str(home), workers=1))
    for corpus in ("alpha", "beta"):
        small.drop_in(home / "landing" / corpus)
        for name in ("raw", "utterances", "normalized_audio"):
            make(name, platform, corpus)
    make("unified_jsonl", platform)
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in CAMEO_HOME, with a model."""
    home = Path(shutil.copytree(finished, tmp_path / "home"))
    small.model(home / "models", "parrot", temperatures=(0, 0.7), log=str(tmp_path / "log"))
    monkeypatch.setenv("CAMEO_HOME", str(home))
    monkeypatch.delenv("CAMEO_LANDING", raising=False)
    return home


def tried(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["models", "try", *arguments])


def page(*arguments: str) -> str:
    done = tried(*arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_page_says_what_was_said_what_it_took_and_what_all_would_take(home: Path) -> None:
    text = page("parrot", "--clips", "6")
    assert "Parrot (parrot) on 6 clips: 3.0 s of 2 corpora, out of 24 clips" in text
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert lines["parrot@0"][1] == "6"
    assert lines["parrot@0.7"][1] == "12"
    assert lines["answers"][1:] == ["72", "54"]
    for words in ("loading", "clips/s", "GiB at most", "Extrapolated from 18 answers on 6 clips"):
        assert words in text


def test_json_says_the_same_in_full(home: Path) -> None:
    report = json.loads(page("parrot", "--clips", "6", "--json"))
    assert (report["corpora"], report["utterances"], len(report["clips"])) == (["alpha", "beta"], 24, 6)
    assert [line["evaluation"] for line in report["lines"]] == ["parrot@0", "parrot@0.7"]
    for line in report["lines"]:
        assert sum(kind["count"] for kind in line["kinds"].values()) == line["answers"]
    assert {example["corpus"] for example in report["examples"]} == {"alpha", "beta"}
    for example in report["examples"]:
        assert example["read"] in small.EMOTIONS


def test_a_second_trial_asks_nothing(home: Path, tmp_path: Path) -> None:
    page("parrot", "--clips", "6")
    assert len(small.requests(tmp_path / "log")) == 18
    assert "nothing was asked" in page("parrot", "--clips", "6")
    assert len(small.requests(tmp_path / "log")) == 18


def test_a_model_that_is_only_a_file_is_tried(home: Path, tmp_path: Path) -> None:
    file = small.model(tmp_path / "elsewhere", "starling")
    assert "Starling (starling) on 20 clips" in page(str(file))


def test_a_baseline_that_learns_is_tried_on_a_corpus(home: Path) -> None:
    text = page("majority")
    assert "on 12 clips: the whole of alpha" in text
    assert "learns from whole corpora" in text


def test_faults_are_shown_with_their_message(home: Path) -> None:
    small.model(home / "models", "faulty", errors=1.0)
    text = page("faulty", "--clips", "2")
    assert "scripted: this request fails as its spec asks" in text
    assert "2 engine" in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parot", "did you mean parrot?"),
        ("broken", "models/broken.yaml: licence"),
        ("brittle", "ScriptedFailure: after 3 answers"),
    ],
)
def test_what_cannot_be_tried_is_told(home: Path, name: str, words: str) -> None:
    small.model(home / "models", "brittle", fail={"after": 3})
    text = small.model(home / "models", "broken").read_text()
    (home / "models" / "broken.yaml").write_text(text.replace("licence: CC0-1.0", "licence: 1"))
    done = tried(name)
    assert done.exit_code == 1
    assert words in done.stderr


def test_without_a_collection_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMEO_HOME", str(tmp_path / "nothing"))
    done = tried("chance")
    assert done.exit_code == 1
    assert "there is no collection" in done.stderr
    assert "make demo" in done.stderr
    assert not (tmp_path / "nothing").exists()
