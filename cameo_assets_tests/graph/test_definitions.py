"""The graph as Dagster loads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from cameo_assets.assets.common import key_of, raw_keys
from cameo_assets.definitions import build
from cameo_assets.lineage.declaration import Setting
from cameo_assets.lineage.graph import ordered
from cameo_assets.resources import Cameo
from cameo_assets_tests import small

SNAPSHOT = Path(__file__).parent / "graph.json"
HEAVY = (
    "av",
    "huggingface_hub",
    "jinja2",
    "librosa",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "rapidfuzz",
    "scipy",
    "sklearn",
    "soundfile",
    "soxr",
    "torch",
    "transformers",
)


def described(definitions: dg.Definitions) -> dict[str, Any]:
    """All that a change of lineage would change, by asset."""
    graph = definitions.resolve_asset_graph()
    found = {}
    for key in graph.toposorted_asset_keys:
        node = graph.get(key)
        partitions = node.partitions_def
        found[key.to_user_string()] = {
            "after": sorted(parent.to_user_string() for parent in node.parent_keys),
            "partitions": getattr(partitions, "name", None),
            "group": node.group_name,
            "kinds": sorted(node.kinds),
            "owners": list(node.owners),
            "checks": sorted(check.name for check in graph.get_check_keys_for_assets({key})),
            "automation": node.automation_condition.get_label() if node.automation_condition else None,
        }
    return found


def test_the_graph_is_the_one_that_was_reviewed() -> None:
    """After a wanted change: `UPDATE_GRAPH=1 pytest cameo_assets_tests/graph`, and look at the difference."""
    found = described(build())
    if os.environ.get("UPDATE_GRAPH"):
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_every_asset_has_a_description_an_owner_a_group_and_a_code_version() -> None:
    graph = build().resolve_asset_graph()
    for key in graph.toposorted_asset_keys:
        node = graph.get(key)
        assert node.description and node.owners and node.group_name != "default" and node.kinds, key
        assert node.code_version or not node.is_materializable, key


def test_dagsters_dependencies_are_what_the_products_declare_to_read() -> None:
    graph = build().resolve_asset_graph()
    for product in ordered():
        declared = {key for read in product.upstream for key in read_by(read.product)}
        if Setting.MODELS in product.settings:
            declared.add(dg.AssetKey("model_specs"))
        for key in read_by(product.name):
            assert graph.get(key).parent_keys == declared, key
            assert graph.get(key).code_version == product.code_version, key


def read_by(product: str) -> list[dg.AssetKey]:
    return raw_keys() if product == "raw" else [key_of(product)]


def test_dagster_can_load_everything() -> None:
    dg.Definitions.validate_loadable(build())


def test_loading_imports_nothing_heavy_and_warns_of_nothing() -> None:
    code = f"import sys, cameo_assets.definitions; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_three_assets_of_an_evaluation_can_be_made_in_one_run(tmp_path: Path) -> None:
    small.drop_in(tmp_path / "landing" / "alpha")
    definitions = build(Cameo(home=str(tmp_path), workers=1))
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        for name, key in (("drop_in_corpora", "alpha"), ("corpora", "alpha"), ("evaluations", "chance@0")):
            instance.add_dynamic_partitions(name, [key])

        def run(*assets: str, partition: str | None = None) -> dg.ExecuteInProcessResult:
            return job.execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(asset.split("/")) for asset in assets],
                partition_key=partition,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )

        assert run("raw/drop_in", partition="alpha").success
        assert run("utterances", "normalized_audio", partition="alpha").success
        assert run("unified_jsonl").success
        made = run("predictions", "answers", "metrics", partition="chance@0")
    keys = {
        event.asset_key.to_user_string()
        for event in made.get_asset_materialization_events()
        if event.asset_key
    }
    assert keys == {"predictions", "answers", "metrics"}


@pytest.mark.parametrize(
    ("asset", "partition", "says"),
    [
        ("raw/ravdess", "ravdess", "Audio_Speech_Actors_01-24.zip of Zenodo record 1188976"),
        ("utterances", "ravdess", "raw of ravdess has not been materialised yet"),
        ("unified_jsonl", None, "no corpus has been normalised yet"),
        ("predictions", "chance@0", "unified_jsonl has not been materialised yet"),
        ("leaderboard", None, "unified_jsonl has not been materialised yet"),
        ("hub/board", None, "board_page has not been materialised yet"),
    ],
)
def test_what_cannot_be_made_yet_says_what_to_do_first(
    asset: str, partition: str | None, says: str, tmp_path: Path
) -> None:
    job = build(Cameo(home=str(tmp_path))).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        for name, key in (("raw_ravdess", "ravdess"), ("corpora", "ravdess"), ("evaluations", "chance@0")):
            instance.add_dynamic_partitions(name, [key])
        done = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(asset.split("/"))],
            partition_key=partition,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    failure = next(event for event in done.all_events if event.is_step_failure).step_failure_data
    assert failure.user_failure_data is not None
    assert says in (failure.user_failure_data.description or "")
