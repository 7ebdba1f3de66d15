"""What the README and `docs/models.md` say can be done, done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from cameo_assets.cli import main
from cameo_assets.corpora.drop_in_rows import Entry
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.hub.rulings import read_rulings
from cameo_assets.models.registry import load_all
from cameo_assets.models.spec import conditions, load, parse_key
from cameo_assets.store import Store
from cameo_assets_tests import small
from cameo_assets_tests.corpora.making import lay, real, soundless

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODELS = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
BOTH = README + MODELS
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", BOTH, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own, in which the variables that the README names are not set."""
    monkeypatch.setenv("CAMEO_HOME", str(tmp_path))
    monkeypatch.delenv("CAMEO_LANDING", raising=False)
    return tmp_path


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
    named = set(re.findall(r"\bcameo (models [a-z]+|check|demo|status)\b", BOTH))
    assert named >= {"check", "status", *(f"models {name}" for name in ("list", "check", "pin", "try"))}
    for command in named:
        done = CliRunner().invoke(main, [*command.split(), "--help"])
        assert done.exit_code == 0, done.output


def test_every_linked_file_is_there() -> None:
    for folder, page in ((ROOT, README), (ROOT / "docs", MODELS)):
        for link, title in re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", page):
            assert (folder / link).exists(), link
            if title:
                titles = re.findall(r"^#+ (.*)$", (folder / link).read_text(), flags=re.MULTILINE)
                assert title in [each.lower().replace(" ", "-") for each in titles]


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


@pytest.fixture
def fourteenth(tmp_path: Path) -> Path:
    """A folder with the corpus file that the README shows."""
    text = next(text for text in blocks("python") if "EmoDB" in text)
    assert len(text.splitlines()) < 60
    (tmp_path / "emodb.py").write_text(text, encoding="utf-8")
    return tmp_path


def with_fourteenth(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process where a folder is a part of `cameo_assets.corpora`."""
    start = f"import cameo_assets.corpora as package; package.__path__.append({str(folder)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", start + program, *arguments],
        cwd=folder,
        env={**os.environ, "CAMEO_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )


LIST_EMODB = """
import json, sys
from pathlib import Path
from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
found = list_corpus(known()["emodb"], Source(Path(sys.argv[1])))
rows = {u.source_name: [u.speaker_id, u.gender, u.age, u.transcription] for u in found.utterances}
print(json.dumps([found.counts, found.reasons, rows]))
"""


def test_a_fourteenth_corpus_is_one_file(fourteenth: Path) -> None:
    done = with_fourteenth(fourteenth, LIST_EMODB, str(real("emodb")))
    assert done.returncode == 0, done.stderr
    counts, reasons, rows = json.loads(done.stdout)
    letters = Counter(path.stem[5] for path in real("emodb", "wav").iterdir())
    names = {"W": "anger", "E": "disgust", "A": "fear", "F": "happiness", "N": "neutral", "T": "sadness"}
    assert counts == {names[letter]: number for letter, number in letters.items() if letter != "L"}
    assert reasons == {"left_out": letters["L"]}
    assert rows["emodb/wav/03a05Aa"] == [
        "emodb_03",
        "male",
        "31",
        "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    ]
    assert len(rows) == sum(letters.values()) - letters["L"]


SHOW_RAW = """
import dagster as dg
from cameo_assets.definitions import defs
print(*sorted(key.path[1] for key in defs.resolve_all_asset_keys() if key.path[0] == "raw"))
"""


def test_the_graph_has_the_fourteenth_corpus_without_being_told(fourteenth: Path) -> None:
    done = with_fourteenth(fourteenth, SHOW_RAW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted([*known(), "drop_in", "emodb"])


def test_the_fourteenth_corpus_refuses_what_is_none_of_it(fourteenth: Path) -> None:
    files = ["wav/03a01Fa.wav", "wav/03a01La.wav", "wav/04a01Fa.wav", "wav/03a03Fa.wav", "wav/03a01Xa.wav"]
    copy = lay(fourteenth / "copy", soundless(files))
    _, reasons, rows = json.loads(with_fourteenth(fourteenth, LIST_EMODB, str(copy)).stdout)
    assert list(rows) == ["emodb/wav/03a01Fa"]
    assert reasons == {"file_name": 3, "left_out": 1}


def test_the_decision_about_a_licence_can_be_read(tmp_path: Path) -> None:
    text = next(text for text in blocks("yaml") if "licences.yaml" in text)
    (tmp_path / "licences.yaml").write_text(text)
    assert read_rulings(Store(str(tmp_path)), [])["enterface"].redistribution is False


def model_files() -> dict[str, str]:
    """The model files that are shown, by name."""
    found = (re.match(r"# data/models/(\S+)\n", text) for text in blocks("yaml"))
    return {name[1]: name.string for name in found if name}


def test_a_model_file_is_shown_for_every_engine_that_asks_a_model() -> None:
    engines = {load(text.encode(), name).engine for name, text in model_files().items()}
    assert engines == {"scripted", "transformers", "openai", "classifier", "encoder-probe"}


@pytest.mark.parametrize("name", sorted(model_files()))
def test_a_model_file_is_sound(name: str, home: Path) -> None:
    path = home / "models" / name
    path.parent.mkdir()
    path.write_text(model_files()[name])
    done = CliRunner().invoke(main, ["models", "check", str(path)])
    complaints = [line for line in done.stdout.splitlines() if "error:" in line]
    assert complaints == []
    assert done.exit_code == 0


def test_the_evaluations_that_are_named_are_those_of_their_files() -> None:
    files = {Path(name).stem: load(text.encode(), name) for name, text in model_files().items()}
    named = set(re.findall(r"`?\b([a-z0-9-]+@[a-z0-9.-]*[0-9])\b", BOTH))
    assert named >= {"parrot@0.7", "my-qwen2-audio@0.7", "my-qwen2-audio@likelihood-0.7"}
    for key in named:
        model, condition = parse_key(key)
        assert condition in conditions(files[model])


def test_the_server_is_started_with_the_revision_that_its_model_file_names() -> None:
    served = load(model_files()["qwen2-audio-served.yaml"].encode(), "qwen2-audio-served.yaml")
    (command,) = [text for text in blocks("sh") if "vllm serve" in text]
    assert f"vllm serve {served.repository} --revision {served.revision} " in command
    assert "--generation-config vllm " in command  # else the server's own penalties shape what is said
    assert (served.repository, served.revision) == (
        load_all(None).specs["qwen2-audio-7b-instruct"].repository,
        load_all(None).specs["qwen2-audio-7b-instruct"].revision,
    )


def test_the_models_of_the_catalogue_that_are_named_are_there() -> None:
    specs = load_all(None).specs
    shown = {Path(name).stem for name in model_files()}
    assert set(re.findall(r"models (?:pin|try) ([a-z0-9.-]+)", BOTH)) - shown <= specs.keys()
    assert all(f"`{name}`" in MODELS for name in ("xlsr-53-emotion", "encoder-probe"))
    table = dict(re.findall(r"^\| `([a-z-]+)` \|.*\| `([a-z0-9.-]+)` \|$", README, flags=re.MULTILINE))
    assert {engine: specs[name].engine for engine, name in table.items()} == {name: name for name in table}
    assert table.keys() == {"transformers", "openai", "classifier", "encoder-probe"}


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
