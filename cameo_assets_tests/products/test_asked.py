"""What a change asks of a model: exactly what no stored answer fits any more, by the model's own log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from cameo_assets.collection import files
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.models.prompts import PROMPTS
from cameo_assets.models.registry import evaluations, load_all
from cameo_assets.products.asking import Failed
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make, run_together

CORPORA = ("alpha", "beta")
GREEDY, WARM = (0.0, 0, "generation"), [(0.7, 0, "generation"), (0.7, 1, "generation")]
DRAWS = [GREEDY, *WARM]

Draw = tuple[float, int, str]
Request = tuple[str, float, int, str]
Rows = dict[str, dict[str, Any]]
"""The collection by id."""


def refresh(home: Path) -> Rows:
    """Makes everything up to the predictions of the model, as far as it is out of date."""
    platform = Platform.of(Settings(home=str(home), workers=1))
    for corpus in CORPORA:
        for name in ("raw", "utterances", "normalized_audio"):
            make(name, platform, corpus)
    make("unified_jsonl", platform)
    keys = [key for key in evaluations(load_all(platform.store)) if key.startswith("parrot@")]
    for _, outcome in run_together(platform, keys):
        assert not isinstance(outcome, Failed), outcome.error
    return {row["file_id"]: row for row in files.read_rows(platform.store).to_pylist()}


def asked(home: Path) -> list[Request]:
    lines = (home / "log").read_text().splitlines()
    keys = ("file_id", "temperature", "sample", "method")
    return [tuple(json.loads(line)[key] for key in keys) for line in lines]  # type: ignore[misc]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two corpora of six clips, and a model that answered about all of them."""
    home = tmp_path_factory.mktemp("finished")
    for corpus in CORPORA:
        small.drop_in(home / "landing" / corpus, takes=1)
    small.model(home / "models", "parrot", temperatures=(0, 0.7))
    refresh(home)
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A copy in which whatever is asked from now on is logged, which shapes no answer."""
    home = Path(shutil.copytree(finished, tmp_path / "home"))
    in_model(options={"log": str(home / "log")})(home)
    (home / "log").touch()
    return home


# ---- changes

Change = Callable[[Path], None]


def in_model(**changes: Any) -> Change:
    """Sets keys of the model's file; options are added to those that are there."""

    def change(home: Path) -> None:
        path = home / "models" / "parrot.yaml"
        spec = yaml.safe_load(path.read_text())
        options = spec["options"] | changes.get("options", {})
        path.write_text(yaml.safe_dump(spec | changes | {"options": options}))

    return change


def in_corpus(**changes: Any) -> Change:
    """Sets keys of alpha's description."""

    def change(home: Path) -> None:
        path = home / "landing" / "alpha" / "corpus.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))

    return change


def in_first_row(**changes: Any) -> Change:
    """Sets cells of the first line of alpha's table."""

    def change(home: Path) -> None:
        path = home / "landing" / "alpha" / "metadata.jsonl"
        first, *rest = path.read_text().splitlines()
        path.write_text("\n".join([json.dumps(json.loads(first) | changes), *rest]) + "\n")

    return change


def a_new_clip(emotion: str) -> Change:
    def change(home: Path) -> None:
        folder = home / "landing" / "alpha"
        record(folder / "audio" / "new.wav")
        with (folder / "metadata.jsonl").open("a") as table:
            row = {"path": "audio/new.wav", "emotion": emotion, "speaker": "s9"}
            table.write(json.dumps(row) + "\n")

    return change


def another_recording(home: Path) -> None:
    record(home / "landing" / "alpha" / "audio" / "0-0-anger.wav")


def a_new_option(home: Path) -> None:
    in_corpus(labels={emotion: emotion for emotion in (*small.EMOTIONS, "calm")})(home)
    a_new_clip("calm")(home)


def record(path: Path) -> None:
    samples = np.random.default_rng(7).normal(0, 0.1, small.RATE // 2)
    soundfile.write(path, samples, small.RATE, subtype="PCM_16")


# ---- what they ask

Expected = Callable[[Rows, Rows], Collection[Request]]


def all_clips(*draws: Draw) -> Expected:
    return lambda _before, after: requests(after, draws)


def all_of(corpus: str) -> Expected:
    return lambda _before, after: requests([i for i, row in after.items() if row["corpus"] == corpus], DRAWS)


def changed_clips(before: Rows, after: Rows) -> Collection[Request]:
    """One clip, which is new or sounds otherwise."""
    found = [i for i, row in after.items() if i not in before or row["pcm_md5"] != before[i]["pcm_md5"]]
    assert len(found) == 1
    return requests(found, DRAWS)


def nothing(_before: Rows, _after: Rows) -> Collection[Request]:
    return []


def requests(ids: Iterable[str], draws: Iterable[Draw]) -> list[Request]:
    draws = list(draws)
    return [(file_id, *draw) for file_id in ids for draw in draws]


LIKELY: list[Draw] = [(0.0, 0, "likelihood"), (0.7, 0, "likelihood")]
CASES: dict[str, tuple[Change, Expected]] = {
    "nothing": (lambda _home: None, nothing),
    "a new temperature": (
        in_model(temperatures=[0, 0.7, 1.0]),
        all_clips((1.0, 0, "generation"), (1.0, 1, "generation")),
    ),
    "a temperature less": (in_model(temperatures=[0]), nothing),
    "a new method": (in_model(methods=["generation", "likelihood"]), all_clips(*LIKELY)),
    "another method": (in_model(methods=["likelihood"]), all_clips(*LIKELY)),
    "more samples": (in_model(samples=3), all_clips((0.7, 2, "generation"))),
    "another seed": (in_model(seed=1), all_clips(*DRAWS)),
    "another revision": (in_model(revision="r2"), all_clips(*DRAWS)),
    "another prompt": (in_model(prompt="other"), all_clips(*DRAWS)),
    "longer answers": (in_model(max_new_tokens=64), all_clips(*DRAWS)),
    "an option that shapes answers": (in_model(options={"styles": {"label": 1.0}}), all_clips(*DRAWS)),
    "an option that does not": (in_model(options={"delay_seconds": 0.0001}), nothing),
    "how the model is described": (
        in_model(name="Polly", licence="MIT", homepage="https://example.org", languages=["French"]),
        nothing,
    ),
    "a new clip": (a_new_clip("anger"), changed_clips),
    "another recording of a clip": (another_recording, changed_clips),
    "a new emotion in a corpus": (a_new_option, all_of("alpha")),
    "a label": (in_first_row(emotion="sadness"), nothing),
    "a speaker": (in_first_row(speaker="s1"), nothing),
    "a corpus's licence and name": (in_corpus(licence="CC BY 4.0", name="Other"), nothing),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_asks_for_what_is_missing_and_for_nothing_else(
    case: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, expected = CASES[case]
    monkeypatch.setitem(PROMPTS, "other", "Which of {options} is it?")
    before = refresh(home)
    assert asked(home) == []
    change(home)
    after = refresh(home)
    assert sorted(asked(home)) == sorted(expected(before, after))


def test_what_was_asked_before_a_change_is_there_when_it_is_taken_back(home: Path) -> None:
    in_model(max_new_tokens=64)(home)
    refresh(home)
    there = asked(home)
    in_model(max_new_tokens=32)(home)
    refresh(home)
    in_model(max_new_tokens=64)(home)
    refresh(home)
    assert asked(home) == there
