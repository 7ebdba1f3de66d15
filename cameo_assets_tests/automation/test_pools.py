"""Slots for models that need an accelerator, with Dagster's own storage."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import dagster as dg
import pytest

from cameo_assets.automation.pools import GPU_POOL, turns
from cameo_assets.models.spec import ModelSpec, Needs
from cameo_assets_tests.models.examples import a_spec

DAGSTER_YAML = """\
storage: {{sqlite: {{base_dir: {folder}/storage}}}}
telemetry: {{enabled: false}}
concurrency: {{pools: {{default_limit: 1}}}}
"""
CHILD = """\
import sys, time
from pathlib import Path
import dagster as dg
from cameo_assets.automation.pools import gpu_slot
folder, name = Path(sys.argv[1]), sys.argv[2]
with dg.DagsterInstance.from_config(str(folder)) as instance:
    run = instance.get_run_by_id(sys.argv[3])
    for _ in range(3):
        with gpu_slot(instance, run, name, print), (folder / "log").open("a") as log:
            log.write(f"in {name}\\n"); log.flush()
            time.sleep(0.2)
            log.write(f"out {name}\\n"); log.flush()
"""

HUNGRY = a_spec(id="hungry", needs=Needs(gpu_memory_gib=16))
HUNGRIER = a_spec(id="hungrier", needs=Needs(gpu_memory_gib=80))
MODEST = a_spec(id="modest")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text(DAGSTER_YAML.format(folder=tmp_path))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def a_run(instance: dg.DagsterInstance) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None: ...

    return instance.create_run_for_job(nothing)


def turn(
    instance: dg.DagsterInstance, spec: ModelSpec, said: list[str] | None = None
) -> AbstractContextManager[None]:
    return turns(instance, a_run(instance), (said if said is not None else []).append)(spec)


def held(instance: dg.DagsterInstance) -> list[str]:
    """The steps that hold a slot or wait for one."""
    info = instance.event_log_storage.get_concurrency_info(GPU_POOL)
    return sorted(
        [
            *(step.step_key for step in info.claimed_slots),
            *(step.step_key for step in info.pending_steps if step.assigned_timestamp is None),
        ]
    )


def test_a_model_holds_a_slot_while_it_is_loaded(instance: dg.DagsterInstance) -> None:
    with turn(instance, HUNGRY):
        assert held(instance) == ["gpu:hungry"]
    assert held(instance) == []


def test_a_model_that_fails_gives_its_slot_back(instance: dg.DagsterInstance) -> None:
    with pytest.raises(KeyboardInterrupt), turn(instance, HUNGRY):
        raise KeyboardInterrupt
    assert held(instance) == []


def test_the_second_waits_and_says_so_while_others_pass(instance: dg.DagsterInstance) -> None:
    said: list[str] = []
    waiting = turn(instance, HUNGRIER, said)
    entered, leave = threading.Event(), threading.Event()

    def second() -> None:
        with waiting:
            entered.set()
            leave.wait(30)

    with turn(instance, HUNGRY):
        other = threading.Thread(target=second)
        other.start()
        end = time.monotonic() + 30
        while held(instance) != ["gpu:hungrier", "gpu:hungry"]:
            assert time.monotonic() < end
            time.sleep(0.02)
        with turn(instance, MODEST):
            assert not entered.is_set()
    assert entered.wait(30)
    assert held(instance) == ["gpu:hungrier"]
    leave.set()
    other.join()
    assert held(instance) == []
    assert said == ["hungrier waits for a slot of the pool gpu, which others hold"]


def test_two_processes_are_never_both_inside(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), name, a_run(instance).run_id])
        for name in ("one", "two")
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    lines = (tmp_path / "log").read_text().split("\n")[:-1]
    assert len(lines) == 12
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert entered.removeprefix("in ") == left.removeprefix("out ")


def test_there_may_be_more_slots(instance: dg.DagsterInstance) -> None:
    instance.event_log_storage.set_concurrency_slots(GPU_POOL, 2)
    with turn(instance, HUNGRY), turn(instance, HUNGRIER):
        assert held(instance) == ["gpu:hungrier", "gpu:hungry"]


def test_the_slots_of_a_run_that_is_gone_can_be_freed(instance: dg.DagsterInstance) -> None:
    run = a_run(instance)
    lost = turns(instance, run, print)(HUNGRY)
    lost.__enter__()  # and is killed: it never leaves
    assert instance.event_log_storage.get_concurrency_run_ids() == {run.run_id}
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)  # as run monitoring does
    with turn(instance, HUNGRIER):
        assert held(instance) == ["gpu:hungrier"]


def test_an_instance_without_limits_lets_everybody_in() -> None:
    with dg.DagsterInstance.ephemeral() as instance, turn(instance, HUNGRY), turn(instance, HUNGRIER):
        assert held(instance) == []
