"""`cameo status`: what a person is told who never opens the UI."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cameo_assets.cli import main
from cameo_assets_tests.corpora.making import lay, small_nemo


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAMEO_HOME", str(tmp_path))
    monkeypatch.delenv("CAMEO_LANDING", raising=False)
    return tmp_path


def status() -> str:
    done = CliRunner().invoke(main, ["status"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_new_corpus_can_be_made(home: Path) -> None:
    lay(home / "landing" / "nemo", small_nemo())
    first, last = status().splitlines()
    assert first.split(maxsplit=2) == ["raw", "nemo", "can be made now: there is no record of it"]
    assert last == "1 out of date"


def test_a_product_can_be_made_by_name(home: Path) -> None:
    lay(home / "landing" / "nemo", small_nemo())
    done = CliRunner().invoke(main, ["make", "raw", "nemo"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "raw nemo: made: there is no record of it")
    again = CliRunner().invoke(main, ["make", "raw"])
    assert again.output.splitlines()[-1] == "raw nemo: unchanged"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rwa"], "rwa: unknown_product: seen 'rwa'; expected one of "),
        (["raw", "nmeo"], "raw: unknown_partition: seen 'nmeo'"),
        (["splits"], "unified_jsonl has not been materialised yet; do that first"),
    ],
)
def test_what_cannot_be_made_says_why(home: Path, words: list[str], says: str) -> None:
    done = CliRunner().invoke(main, ["make", *words])
    assert done.exit_code == 1
    assert says in done.output


def test_a_folder_that_is_no_corpus_is_told(home: Path) -> None:
    lay(home / "landing" / "ravdes", {"a.wav": b""})
    first, *_ = status().splitlines()
    assert first.startswith("no corpus: ravdes: unknown_corpus: seen no corpus.yaml")
    assert first.endswith("did you mean 'ravdess'?")


def test_a_withdrawn_name_that_nothing_has_is_told(home: Path) -> None:
    lay(home / "landing" / "mine", {"corpus.yaml": b""})
    lay(home, {"withdrawn.txt": b"mine\nnemo # the authors asked\nCREMA-D\n"})
    assert status().splitlines() == [
        "no corpus: withdrawn.txt: unknown_corpus: seen 'CREMA-D'; "
        "expected the name of a landing folder, such as crema_d",
        "everything is current",
    ]
