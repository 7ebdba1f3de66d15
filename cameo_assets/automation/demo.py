"""`make demo`: lays spoken samples in a landing zone and takes them through the whole graph, with Dagster.

Everything is in one folder, with a Dagster instance of its own, so that nothing of it mixes with real data. A
second run finds everything current.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.common import key_of
from cameo_assets.assets.partitions import CORPORA, DROP_INS, EVALUATIONS, raw
from cameo_assets.corpora.registry import known
from cameo_assets.definitions import build
from cameo_assets.places import PAGE
from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from rich.console import Console

    from cameo_assets.lineage.snapshot import Snapshot

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
    started = time.monotonic()
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    cameo = Cameo(home=str(folder), bars=console.is_terminal)
    if samples:
        _lay(folder / "landing", console, cameo)
    snapshot = cameo.snapshot()
    if not snapshot.landed:
        raise StepFailed(f"no corpus lies in {folder / 'landing'}")
    with _instance(folder) as instance:
        job = build(cameo).resolve_implicit_global_asset_job_def()
        for key, partitions in _steps(snapshot, instance):
            _materialize(job, instance, key, partitions, console)
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


def _steps(snapshot: Snapshot, instance: dg.DagsterInstance) -> Iterator[tuple[dg.AssetKey, Sequence[str]]]:
    """Assets in the order of the graph, each with its partitions; none for one that has no partitions.

    Neighbours with the same partitions are made for one partition after the other.
    """
    from cameo_assets.lineage.graph import ordered

    _add_partitions(snapshot, instance)
    keys = {"corpus": snapshot.landed, "evaluation": list(snapshot.evaluations)}
    # All evaluations are one run, which loads each model once.
    for (kind, together), group in groupby(
        ordered(), lambda each: (each.partitions, each.name == "predictions")
    ):
        names = [product.name for product in group]
        if not kind or together:
            yield from ((key_of(name), keys.get(kind, [])) for name in names)
        else:
            yield from ((key_of(name, each), [each]) for each in keys[kind] for name in names)


def _add_partitions(snapshot: Snapshot, instance: dg.DagsterInstance) -> None:
    for corpus in snapshot.landed:
        own = raw(corpus) if corpus in known() else DROP_INS
        for partitions in (CORPORA, own):
            instance.add_dynamic_partitions(partitions.name or "", [corpus])
    # All of them run as one range, in which nothing may stand that another run has left.
    for left in instance.get_dynamic_partitions(EVALUATIONS.name or ""):
        instance.delete_dynamic_partition(EVALUATIONS.name or "", left)
    instance.add_dynamic_partitions(EVALUATIONS.name or "", list(snapshot.evaluations))


def _materialize(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    partitions: Sequence[str],
    console: Console,
) -> None:
    tags: dict[str, str] = {}
    if len(partitions) > 1:
        tags = {
            "dagster/asset_partition_range_start": partitions[0],
            "dagster/asset_partition_range_end": partitions[-1],
        }
    name, op = key.to_user_string(), key.to_python_identifier()
    started = time.monotonic()
    result = job.execute_in_process(
        instance=instance,
        asset_selection=[key],
        partition_key=partitions[0] if len(partitions) == 1 else None,
        tags=tags,
        run_config={
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            # The demo shows what lies there, and never asks the network for more.
            "ops": {op: {"config": {"download": False}}} if name.startswith("raw/") else {},
        },
        raise_on_error=False,
    )
    if not result.success:
        raise StepFailed(f"{name} {', '.join(partitions)}: {_why(result)}")
    unchanged = all(
        bool(found.metadata["unchanged"].value) for found in result.asset_materializations_for_node(op)
    )
    failing = [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]
    shown = partitions[0] if len(partitions) == 1 else f"{len(partitions)} evaluations" if partitions else ""
    console.print(
        f"  [green]✓[/] {name:<34} {shown:<24.24} "
        f"{'unchanged' if unchanged else f'{time.monotonic() - started:.1f} s':>9}"
        + (f"  [yellow]! {', '.join(failing)}[/]" if failing else "")
    )


def _why(result: Any) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            failure = data.user_failure_data
            return str(failure.description if failure else data.error.message).strip()
    return "the run failed before its step"


def _show(cameo: Cameo, console: Console) -> None:
    from cameo_assets.products import board_page
    from cameo_assets.terminal import board_table

    store = cameo.platform().store
    found = board_page.read(store)
    console.print()
    console.print(board_table(found, found.readers[0]))
    for note in found.notes:
        console.print(f"[dim]{note}[/]")
    console.print(f"\nThe board: [bold]{store.path(PAGE.of())}[/]")
