"""`make demo`: lays spoken samples in a landing zone and takes them through the whole graph, with Dagster.

Everything is in one folder, with a Dagster instance of its own, so that nothing of it mixes with real data. A
second run finds everything current.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.partitions import raw
from cameo_assets.definitions import build
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from rich.console import Console

INSTANCE = """\
storage: {sqlite: {base_dir: .dagster/storage}}
compute_logs:  # what is captured would not be seen on the terminal, progress bars above all
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
local_artifact_storage:
  module: dagster._core.storage.root
  class: LocalArtifactStorage
  config: {base_dir: .dagster}
telemetry: {enabled: false}
nux: {enabled: false}
"""


class StepFailed(Exception):  # noqa: N818 - it names what happened
    """A materialisation failed; the message says which and why."""


def run(folder: Path, console: Console, *, samples: bool = True) -> None:
    """Runs the whole graph over the corpora in a folder and prints the board.

    Args:
        folder: Home of the demo; made if it is not there.
        console: Where to print.
        samples: Whether to lay the spoken samples first; without them, what lies in `landing/` is taken.

    Raises:
        StepFailed: An asset could not be materialised.
    """
    from cameo_assets.stages.base import Platform
    from cameo_assets.stages.current import landed

    started = time.monotonic()
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    cameo = Cameo(home=str(folder), bars=console.is_terminal)
    platform: Platform = cameo.platform()
    if samples:
        _lay(folder / "landing", console, cameo)
    corpora = landed(platform)
    if not corpora:
        raise StepFailed(f"no corpus lies in {folder / 'landing'}")
    with _instance(folder) as instance:
        job = build(cameo).resolve_implicit_global_asset_job_def()
        for name, partitions in _steps(cameo, instance, corpora):
            _materialize(job, instance, name, partitions, console)
    _show(cameo, console)
    console.print(f"\n{time.monotonic() - started:.0f} s in all.")


def _lay(landing: Path, console: Console, cameo: Cameo) -> None:
    from cameo_assets.samples import lay
    from cameo_assets.terminal import ProgressBar

    laid = lay(landing, progress=ProgressBar() if cameo.bars else None)
    console.print(f"[bold]Spoken samples[/] of {', '.join(laid)} lie in {landing}")


def _instance(folder: Path) -> dg.DagsterInstance:
    (folder / "dagster.yaml").write_text(INSTANCE)
    # Relative folders in dagster.yaml belong to the current folder.
    os.chdir(folder)
    return dg.DagsterInstance.from_config(str(folder))


def _steps(
    cameo: Cameo, instance: dg.DagsterInstance, corpora: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Assets in the order of the graph, each with its partitions; none for one that has no partitions."""
    from cameo_assets.corpora.registry import known
    from cameo_assets.models.registry import evaluations
    from cameo_assets.stages.current import registry

    instance.add_dynamic_partitions("corpora", list(corpora))
    for corpus in corpora:
        of = corpus if corpus in known() else "drop_in"
        instance.add_dynamic_partitions(raw(of).name or "" if of == corpus else "drop_in_corpora", [corpus])
        yield f"raw/{of}", [corpus]
        yield "utterances", [corpus]
        yield "normalized_audio", [corpus]
    yield "unified_jsonl", []
    yield "splits", []
    keys = list(evaluations(registry(cameo.platform())))
    # All of them run as one range, in which nothing may stand that another run has left.
    for left in instance.get_dynamic_partitions("evaluations"):
        instance.delete_dynamic_partition("evaluations", left)
    instance.add_dynamic_partitions("evaluations", keys)
    yield "predictions", keys
    for key in keys:
        yield "answers", [key]
        yield "metrics", [key]
    for name in (
        "leaderboard",
        "analysis/postprocessing_ablation",
        "board_page",
        "hub/dataset",
        "hub/results",
        "hub/board",
    ):
        yield name, []


def _materialize(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    name: str,
    partitions: Sequence[str],
    console: Console,
) -> None:
    tags: dict[str, str] = {}
    if len(partitions) > 1:
        tags = {
            "dagster/asset_partition_range_start": partitions[0],
            "dagster/asset_partition_range_end": partitions[-1],
        }
    key = dg.AssetKey(name.split("/"))
    started = time.monotonic()
    result = job.execute_in_process(
        instance=instance,
        asset_selection=[key],
        partition_key=partitions[0] if len(partitions) == 1 else None,
        tags=tags,
        run_config={
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            # The demo shows what lies there, and never asks the network for more.
            "ops": {_op(name): {"config": {"download": False}}} if name.startswith("raw/") else {},
        },
        raise_on_error=False,
    )
    if not result.success:
        raise StepFailed(f"{name} {', '.join(partitions)}: {_why(result)}")
    unchanged = all(
        bool(found.metadata["unchanged"].value) for found in result.asset_materializations_for_node(_op(name))
    )
    failing = [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]
    shown = partitions[0] if len(partitions) == 1 else f"{len(partitions)} evaluations" if partitions else ""
    console.print(
        f"  [green]✓[/] {name:<34} {shown:<24.24} "
        f"{'unchanged' if unchanged else f'{time.monotonic() - started:.1f} s':>9}"
        + (f"  [yellow]! {', '.join(failing)}[/]" if failing else "")
    )


def _op(name: str) -> str:
    return name.replace("/", "__")


def _why(result: Any) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            failure = data.user_failure_data
            return str(failure.description if failure else data.error.message).strip()
    return "the run failed before its step"


def _show(cameo: Cameo, console: Console) -> None:
    from cameo_assets.stages import board
    from cameo_assets.terminal import board_table

    platform = cameo.platform()
    found = board.read(platform)
    console.print()
    console.print(board_table(found, found.readers[0]))
    for note in found.notes:
        console.print(f"[dim]{note}[/]")
    console.print(f"\nThe board: [bold]{platform.store.path(board.PAGE)}[/]")
