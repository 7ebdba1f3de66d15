"""A classifier and an encoder probe over real recordings: from publishers' files to scores."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from cameo_assets.lineage.snapshot import Platform
from cameo_assets.models.local.repository import folder_revision
from cameo_assets.models.predictions import FINAL
from cameo_assets.products.asking import Failed
from cameo_assets.settings import Settings
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.models import tiny
from cameo_assets_tests.products.made import make, run_together

CORPORA = {"ravdess": 40, "nemo": 40, "crema_d": 9, "emozionalmente": 1, "mesd": 1, "subesco": 1}
SEVERAL_SPEAKERS = {"ravdess", "nemo", "crema_d"}
LABELS = {
    "ang": "anger",
    "dis": "disgust",
    "fea": "fear",
    "hap": "happiness",
    "neu": "neutral",
    "sad": "sadness",
    "sur": "surprise",
    "oth": None,
}
KEYS = ("ears@0", "states@0")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def a_model(home: Path, name: str, **fields: Any) -> None:
    """Writes a model file for a model that lies in the store."""
    spec = {
        "id": name,
        "name": name,
        "licence": "MIT",
        "temperatures": [0],
        "repository": f"./weights/{name}",
        "revision": folder_revision(home / "weights" / name),
        **fields,
    }
    path = home / "models" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(spec))  # JSON is YAML


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Six real corpora, two tiny models, and everything up to the scores."""
    home = tmp_path_factory.mktemp("supervised")
    for corpus in CORPORA:
        shutil.copytree(real(corpus), home / "landing" / corpus)
    tiny.classifier(home / "weights" / "ears", LABELS)
    tiny.encoder(home / "weights" / "states", "wavlm")
    a_model(home, "ears", kind="model", engine="classifier", options={"labels": LABELS})
    a_model(home, "states", kind="baseline", engine="encoder-probe", options={"pooling": "mean+std"})
    platform = Platform.of(Settings(home=str(home), workers=1))
    for corpus in CORPORA:
        for name in ("raw", "utterances", "normalized_audio"):
            make(name, platform, corpus)
    make("unified_jsonl", platform)
    for _, outcome in run_together(platform, KEYS):
        assert not isinstance(outcome, Failed), outcome.error
    for key in KEYS:
        make("answers", platform, key)
        make("metrics", platform, key)
    return platform


def answers(platform: Platform, key: str) -> list[dict[str, Any]]:
    (revision,) = platform.store.names("predictions", key.partition("@")[0])
    (part,) = platform.store.names("predictions", key.partition("@")[0], revision)
    rows: list[dict[str, Any]] = platform.store.read_table(
        "predictions", key.partition("@")[0], revision, part
    ).to_pylist()
    return rows


def test_the_classifier_answers_about_every_recording(platform: Platform) -> None:
    rows = answers(platform, "ears@0")
    assert {corpus: sum(row["corpus"] == corpus for row in rows) for corpus in CORPORA} == CORPORA
    assert {row["error"] for row in rows} == {""}
    assert {row["text"] for row in rows} <= set(LABELS.values())
    for row in rows:
        details = msgspec.json.decode(row["details"])
        assert 0 < details["mass"] < 1
        assert sum(details["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_the_probe_answers_where_there_are_other_speakers_to_learn_from(platform: Platform) -> None:
    rows = answers(platform, "states@0")
    assert {row["corpus"] for row in rows if not row["error"]} == SEVERAL_SPEAKERS
    alone = [row["error"] for row in rows if row["corpus"] not in SEVERAL_SPEAKERS]
    assert alone
    assert all(error.startswith(f"{FINAL}: ") for error in alone)


def test_states_of_real_speech_are_kept_and_differ(platform: Platform) -> None:
    (cache,) = platform.store.names("features")
    table = platform.store.read_table("features", cache, "nemo.parquet")
    states = np.stack(table["states"].to_numpy())
    assert states.shape == (CORPORA["nemo"], 64)
    assert len(np.unique(states, axis=0)) == CORPORA["nemo"]
    assert platform.store.names("features", cache) == sorted(f"{name}.parquet" for name in SEVERAL_SPEAKERS)


@pytest.mark.parametrize("key", KEYS)
def test_answers_are_read_and_scored(key: str, platform: Platform) -> None:
    read = platform.store.read_table("answers", f"{key}.parquet").to_pylist()
    raw = {row["file_id"]: row["text"] for row in answers(platform, key)}
    strict = [row for row in read if row["reader"] == "strict"]
    assert len(strict) == sum(CORPORA.values())
    assert all(row["label"] == raw[row["file_id"]] for row in strict)
    scores = platform.store.read_table("metrics", key, "scores.parquet").to_pylist()
    overall = [row for row in scores if row["scope"] == "overall"]
    assert overall
    assert {row["n"] for row in overall} == {sum(CORPORA.values())}
