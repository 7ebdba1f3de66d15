from __future__ import annotations

import subprocess
import sys

from cameo_assets.models.registry import build_engine, evaluations, load_all
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import WARM, a_spec

USER = b"""
id: parrot
name: Parrot
kind: model
engine: scripted
licence: MIT
temperatures: [0, 0.7]
prompt: cameo-1
"""


def test_the_catalogue_is_sound_and_its_baselines_are_enabled() -> None:
    registry = load_all(None)
    assert registry.errors == []
    assert {"acoustic-probe@0", "chance@0", "majority@0"} <= evaluations(registry).keys()


def test_a_user_adds_a_model_by_a_file(store: Store) -> None:
    store.write_bytes(USER, "models", "parrot.yaml")
    found = evaluations(load_all(store))
    assert found["parrot@0.7"][1] == WARM
    assert {"parrot@0", "chance@0"} <= found.keys()


def test_a_bad_file_hides_no_other(store: Store) -> None:
    store.write_bytes(USER, "models", "parrot.yaml")
    store.write_bytes(USER.replace(b"scripted", b"nothing"), "models", "broken.yaml")
    store.write_bytes(b"\xff", "models", "noise.yaml")
    registry = load_all(store)
    assert registry.broken == ("broken", "noise")
    assert [error.path.split(":")[0] for error in registry.errors] == [
        "models/broken.yaml",
        "models/noise.yaml",
    ]
    assert {"parrot", "chance", "majority"} <= registry.specs.keys()


def test_a_users_file_stands_in_place_of_the_catalogues(store: Store) -> None:
    mine = b"{id: chance, name: Mine, kind: baseline, engine: chance, licence: MIT, temperatures: [0]}"
    store.write_bytes(mine, "models", "chance.yaml")
    registry = load_all(store)
    assert registry.overridden == ("chance",)
    assert registry.specs["chance"].name == "Mine"


def test_a_broken_file_in_place_of_the_catalogues_withholds_the_model(store: Store) -> None:
    store.write_bytes(b"id: chance", "models", "chance.yaml")
    registry = load_all(store)
    assert "chance" not in registry.specs
    assert registry.broken == ("chance",)


def test_a_file_that_would_be_overlooked_is_a_complaint(store: Store) -> None:
    store.write_bytes(USER, "models", "parrot.yml")
    store.write_bytes(b"notes", "models", "README.md")
    registry = load_all(store)
    assert [error.rule for error in registry.errors] == ["file_name"]


def test_a_model_that_is_not_enabled_is_not_evaluated(store: Store) -> None:
    store.write_bytes(USER + b"enabled: false\n", "models", "parrot.yaml")
    registry = load_all(store)
    assert "parrot" in registry.specs
    assert "parrot@0" not in evaluations(registry)


def test_an_engine_is_built_with_its_options() -> None:
    engine = build_engine(a_spec(options={"fail": {"after": 1}}), "nowhere")
    assert engine.family == "scripted/1"


def test_reading_the_registry_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "pyarrow", "sklearn", "librosa", "soundfile", "torch", "dagster")
    code = (
        "import sys; from cameo_assets.models import evaluate, registry; registry.load_all(None); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
