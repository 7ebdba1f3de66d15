"""Runs whose process is gone are ended; runs that live are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.test_utils import create_run_for_test

from cameo_assets.automation.janitor import bury_dead_runs


def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    # The default launcher starts processes on this machine; only its runs can be judged from here.
    return dg.DagsterInstance.local_temp(str(tmp_path))


def a_run(
    instance: dg.DagsterInstance, pid: int | None, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED
) -> str:
    """A run that says it has this process."""
    run = create_run_for_test(instance, "job", status=status)
    if pid is not None:
        instance.report_engine_event("Started process", run, EngineEventData.in_process(pid))
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


@pytest.mark.parametrize("before", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_a_run_without_a_process_is_ended(before: dg.DagsterRunStatus, instance: dg.DagsterInstance) -> None:
    run_id = a_run(instance, gone(), before)
    assert bury_dead_runs(instance) == [run_id]
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
    assert bury_dead_runs(instance) == []


def test_a_run_that_lives_is_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = a_run(instance, os.getpid())
    assert bury_dead_runs(instance) == []
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_process_that_took_over_the_number_later_is_not_the_run(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(instance, os.getpid())
    # As after a restart of the machine: the process of this number is younger than the run.
    monkeypatch.setattr("psutil.Process.create_time", lambda _process: 4e9)
    assert bury_dead_runs(instance) == [run_id]


@pytest.mark.parametrize("other", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.SUCCESS])
def test_runs_that_are_not_under_way_are_left_alone(
    other: dg.DagsterRunStatus, instance: dg.DagsterInstance
) -> None:
    a_run(instance, gone(), other)
    assert bury_dead_runs(instance) == []


def test_a_run_that_has_no_process_yet_is_left_to_the_monitoring(instance: dg.DagsterInstance) -> None:
    a_run(instance, None, dg.DagsterRunStatus.STARTING)
    assert bury_dead_runs(instance) == []


def test_runs_of_another_launcher_are_left_alone(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(instance, gone())
    monkeypatch.setattr(type(instance), "run_launcher", property(lambda _instance: object()))
    assert bury_dead_runs(instance) == []
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED
