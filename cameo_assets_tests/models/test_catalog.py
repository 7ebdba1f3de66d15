"""The model files of this package: sound, honest about what is known, and ready to be pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cameo_assets.corpora.registry import known
from cameo_assets.models.checkup import examine
from cameo_assets.models.engines import engine_class
from cameo_assets.models.inventory import Entry
from cameo_assets.models.local import published
from cameo_assets.models.local.published import Published
from cameo_assets.models.pin import pin
from cameo_assets.models.registry import CATALOG, load_all
from cameo_assets.models.spec import ModelSpec
from cameo_assets.store import Store

FILES = sorted(CATALOG.glob("*.yaml"))
PAPER = {
    "qwen2-audio-7b-instruct",
    "seallms-audio-7b",
    "ultravox-v0.5-llama-3.1-8b",
    "ultravox-v0.5-llama-3.2-1b",
}
TODAY = {
    "audio-flamingo-3",
    "gemma-3n-e4b",
    "granite-speech",
    "phi-4-multimodal",
    "qwen2.5-omni-7b",
    "qwen3-omni-30b-a3b",
    "voxtral-mini",
}
SUPERVISED = {"acoustic-probe", "encoder-probe", "xlsr-53-emotion"}
WITHOUT_DOWNLOAD = {"acoustic-probe", "chance", "majority"}
COMMIT = "e" * 40


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def spec(file: Path) -> ModelSpec:
    return load_all(None).specs[file.stem]


def test_the_catalogue_holds_the_papers_models_todays_and_the_baselines() -> None:
    registry = load_all(None)
    assert registry.errors == []
    assert registry.specs.keys() == PAPER | TODAY | SUPERVISED | {"chance", "majority"}


def test_what_needs_a_download_or_a_server_is_off() -> None:
    specs = load_all(None).specs.values()
    assert {spec.id for spec in specs if spec.enabled} == WITHOUT_DOWNLOAD
    assert {spec.id for spec in specs if not spec.repository} == WITHOUT_DOWNLOAD


def test_nothing_else_is_in_the_way_of_a_model(spec: ModelSpec, tmp_path: Path) -> None:
    """But that it is off, and for one of them that no commit is known."""
    found = [finding.text for finding in examine(Entry(id=spec.id, file="", spec=spec), str(tmp_path))]
    expected = [] if spec.enabled else ["switched off"]
    if spec.id == "ultravox-v0.5-llama-3.1-8b":
        expected = ["no revision is pinned", *expected]
    assert [text.partition(":")[0] for text in found] == expected


def test_every_model_says_where_it_comes_from(spec: ModelSpec) -> None:
    if spec.repository:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", spec.repository)
        assert re.fullmatch(r"|[0-9a-f]{40}", spec.revision)
        assert spec.homepage.startswith("https://")
        assert not spec.trust_remote_code


def test_exposure_is_told_of_known_corpora(spec: ModelSpec) -> None:
    assert spec.exposure.keys() <= known().keys()


def test_a_model_that_learnt_from_a_corpus_is_known_to_have() -> None:
    seen = {
        (spec.id, corpus)
        for spec in load_all(None).specs.values()
        for corpus, exposure in spec.exposure.items()
        if exposure.seen == "yes"
    }
    assert seen == {("xlsr-53-emotion", "ravdess")}


def test_models_are_asked_at_the_same_temperatures(spec: ModelSpec) -> None:
    greedy = spec.kind == "baseline" or engine_class(spec.engine).greedy_only
    assert spec.temperatures == ((0.0,) if greedy else (0.0, 0.3, 0.7, 1.0))


@pytest.mark.parametrize("model", sorted(PAPER | TODAY | {"encoder-probe", "xlsr-53-emotion"}))
def test_a_model_of_the_catalogue_can_be_pinned(
    model: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(_repository: str, revision: str) -> Published:
        return Published(commit=revision or COMMIT, gated=False, allowed=True)

    monkeypatch.setattr(published, "look_up", look_up)
    pin(store, model)
    before = (CATALOG / f"{model}.yaml").read_text().splitlines()
    after = store.read_bytes("models", f"{model}.yaml").decode().splitlines()
    changed = [line for line in after if line not in before]
    was = yaml.safe_load("\n".join(before))
    assert [line.partition("  #")[0] for line in changed] == [
        *([] if was["revision"] else [f"revision: {COMMIT}"]),
        "enabled: true",
    ]
    assert load_all(store).specs[model].enabled
