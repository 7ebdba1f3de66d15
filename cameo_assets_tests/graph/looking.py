"""What a finished demo left behind, read from its folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dagster as dg


def failed_checks(folder: Path, asset: str, partition: str = "") -> set[str]:
    """Names of the checks of an asset, such as `raw/nemo`, whose last evaluation did not pass."""
    here = Path.cwd()
    os.chdir(folder)  # the folders in dagster.yaml are relative
    try:
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            of = dg.RunsFilter(tags={"dagster/partition": partition} if partition else {})
            runs = [
                run.run_id
                for run in instance.get_runs(of)
                if dg.AssetKey(asset.split("/")) in (run.asset_selection or ())
            ]
            events = instance.all_logs(runs[0], of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
            logged = [event.dagster_event for event in events]
    finally:
        os.chdir(here)
    found = [event.asset_check_evaluation_data for event in logged if event]
    return {check.check_name for check in found if not check.passed}


def record(folder: Path, stage: str, partition: str) -> dict[str, Any]:
    details: dict[str, Any] = json.loads((folder / "records" / stage / f"{partition}.json").read_text())[
        "details"
    ]
    return details
