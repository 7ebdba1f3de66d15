from __future__ import annotations

from pathlib import Path

import dagster as dg

from cameo_assets.automation import demo
from cameo_assets.resources import Cameo
from cameo_assets_tests import small


def steps(cameo: Cameo, instance: dg.DagsterInstance) -> dict[str, list[str]]:
    found = demo._steps(cameo.snapshot(), instance)
    return {key.to_user_string(): list(partitions) for key, partitions in found}


def test_a_demo_forgets_the_evaluations_of_another_run(tmp_path: Path) -> None:
    """Dagster keeps partitions in the order in which they came, and a range takes all that stand in it."""
    cameo = Cameo(home=str(tmp_path), landing=str(tmp_path / "landing"))
    models = tmp_path / "models"
    small.switched_off(models, "acoustic-probe", "majority")
    with dg.DagsterInstance.ephemeral() as instance:
        gone = small.model(models, "gone")
        first = steps(cameo, instance)["predictions"]
        assert first == ["chance@0", "gone@0"] == instance.get_dynamic_partitions("evaluations")
        gone.unlink()
        small.model(models, "aardvark")
        second = steps(cameo, instance)["predictions"]
        assert second == ["aardvark@0", "chance@0"] == instance.get_dynamic_partitions("evaluations")
