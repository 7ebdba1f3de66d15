"""Starts the real platform for a test: `dagster dev` on the repo's own configuration, in a folder of its own.

Everything is as a user has it: `dagster.yaml` and `workspace.yaml` are copies of those in the repo, storage
is relative to the folder, `DAGSTER_HOME` is not set. Started again in a folder, it finds its old state.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).parents[2]
LOCATION = {
    "repositoryLocationName": "cameo_assets.definitions",
    "repositoryName": "__repository__",
}
"""Where GraphQL finds our graph; its `RepositorySelector`."""
START_SECONDS = 180
STOP_SECONDS = 20

T = TypeVar("T")


class Running:
    """A platform that runs.

    Attributes:
        url: Address of the web server, without a slash at the end.
        folder: Where the platform was started; holds `.dagster` and the logs.
        home: Its `CAMEO_HOME`.
        landing: Its landing zone.
        process: The first process; its group holds all others.
    """

    def __init__(self, folder: Path, landing: Path, port: int, process: subprocess.Popen[bytes], log: Path):
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.home = folder / "data"
        self.landing = landing
        self.process = process
        self._log = log

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """Asks the web server; the `data` of its answer.

        Raises:
            AssertionError: The server refused the query.
            OSError: Nobody answers.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        assert not found.get("errors"), found["errors"]
        data: dict[str, Any] = found["data"]
        return data

    def add_partition(self, partitions: str, key: str) -> None:
        """Adds a key to a set of dynamic partitions."""
        answer = self.graphql(
            "mutation ($key: String!, $set: String!, $at: RepositorySelector!) {"
            " addDynamicPartition(partitionKey: $key, partitionsDefName: $set, repositorySelector: $at)"
            " { __typename } }",
            key=key,
            set=partitions,
            at=LOCATION,
        )["addDynamicPartition"]["__typename"]
        assert answer in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"), answer

    def switch_off_automation(self) -> None:
        """Stops all sensors and schedules, so that nothing runs but what a person asks for."""
        found = self.graphql(
            "query ($at: RepositorySelector!) {"
            " sensorsOrError(repositorySelector: $at) { ... on Sensors { results { sensorState { id } } } }"
            " schedulesOrError(repositorySelector: $at) {"
            " ... on Schedules { results { scheduleState { id } } } } }",
            at=LOCATION,
        )
        for sensor in found["sensorsOrError"]["results"]:
            assert self._stopped("stopSensor", sensor["sensorState"]["id"]) == "StopSensorMutationResult"
        for schedule in found["schedulesOrError"]["results"]:
            state = schedule["scheduleState"]["id"]
            assert self._stopped("stopRunningSchedule", state) == "ScheduleStateResult"

    def _stopped(self, mutation: str, state: str) -> str:
        """What became of stopping a sensor or a schedule."""

        def attempt() -> str | None:
            # The daemon writes its first states just then, and whoever comes second is told 500.
            with contextlib.suppress(urllib.error.HTTPError):
                found = self.graphql(
                    f"mutation ($id: String!) {{ {mutation}(id: $id) {{ __typename }} }}", id=state
                )
                return str(found[mutation]["__typename"])
            return None

        return self.wait(30, f"answer to {mutation}", attempt)

    def materialize(self, *assets: str, partitions: Sequence[str] = ("",), seconds: float = 120) -> None:
        """Asks for a run over assets, such as `raw/ravdess`, for each partition, and waits for all of them.

        Raises:
            AssertionError: One failed, or they took longer.
        """
        launched = [self._launch(assets, partition) for partition in partitions]
        for run in launched:
            ended = self.wait(seconds, f"end of the run over {', '.join(assets)}", partial(self._ended, run))
            assert ended == "SUCCESS", f"the run over {', '.join(assets)}: {ended}\n{self._tail()}"

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first: `id`, `status`, `assets` as `raw/ravdess`, `tags` as a dict."""
        found = self.graphql(
            "{ runsOrError { ... on Runs { results {"
            " runId status assetSelection { path } tags { key value } } } } }"
        )["runsOrError"]["results"]
        return [
            {
                "id": run["runId"],
                "status": run["status"],
                "assets": ["/".join(asset["path"]) for asset in run["assetSelection"] or ()],
                "tags": {tag["key"]: tag["value"] for tag in run["tags"]},
            }
            for run in found
        ]

    def materialized(self, asset: str) -> list[str]:
        """Partitions of an asset that are materialised; `[""]` for one without partitions."""
        found = self.graphql(
            "query ($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {"
            " assetMaterializations { partition } } } }",
            key={"path": asset.split("/")},
        )["assetOrError"]
        return sorted({event["partition"] or "" for event in found.get("assetMaterializations", ())})

    def log(self) -> str:
        """What all processes printed since this start."""
        return self._log.read_text(errors="replace")

    def wait(self, seconds: float, what: str, until: Callable[[], T | None]) -> T:
        """Asks again and again until something true comes; that is returned.

        Raises:
            AssertionError: It didn't come in time, or the platform ended.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the platform ended\n{self._tail()}"
            found = until()
            if found:
                return found
            time.sleep(0.3)
        raise AssertionError(f"no {what} within {seconds:.0f} s\n{self._tail()}")

    def stop(self) -> None:
        """Ends the platform as Ctrl-C does, and by force what is left after a while."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Ends all processes of the platform at once, as a power cut does, runs under way among them."""
        while members := _members(self.process.pid):
            for member in members:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            psutil.wait_procs(members, timeout=1)
        self.process.wait()

    def _launch(self, assets: Sequence[str], partition: str) -> str:
        tags = [{"key": "dagster/partition", "value": partition}] if partition else []
        answer = self.graphql(
            "mutation ($what: ExecutionParams!) { launchRun(executionParams: $what) { __typename"
            " ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            what={
                "selector": {
                    **LOCATION,
                    "pipelineName": "__ASSET_JOB",
                    "assetSelection": [{"path": asset.split("/")} for asset in assets],
                },
                "runConfigData": {},
                "executionMetadata": {"tags": tags},
            },
        )["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run: str = answer["run"]["runId"]
        return run

    def _ended(self, run: str) -> str | None:
        status = next(found["status"] for found in self.runs() if found["id"] == run)
        return status if status in ("SUCCESS", "FAILURE", "CANCELED") else None

    def _tail(self) -> str:
        return "\n".join(self.log().splitlines()[-40:])


@contextmanager
def platform(
    folder: Path,
    *,
    daemon: bool = True,
    landing: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Runs the platform in a folder, ready to be asked, and ends it whatever happens.

    Args:
        folder: Made if it is not there; one that was used before keeps its state.
        daemon: Whether sensors, schedules and the run queue work; without, only the web server is started.
        landing: The landing zone, which is only read; by default `data/landing` in the folder.
        environment: Variables on top, such as `CAMEO_SENSOR_SECONDS`, by default 2 here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(ROOT / name, folder)
    zone = landing or folder / "data" / "landing"
    zone.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    log = folder / f"platform-{port}.log"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CAMEO_")}
    variables |= {
        "CAMEO_HOME": "data",
        "CAMEO_LANDING": str(zone.absolute()),
        "CAMEO_SENSOR_SECONDS": "2",
        "PYTHONPATH": str(ROOT),
    }
    variables.pop("DAGSTER_HOME", None)
    command = ["dagster", "dev"] if daemon else ["dagster_webserver"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "-w", "workspace.yaml", "-p", str(port)],
            cwd=folder,
            env=variables | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(folder, zone, port, process, log)
    try:
        running.wait(START_SECONDS, "answer of the web server", lambda: _loaded(running))
        yield running
    finally:
        running.stop()


def _loaded(running: Running) -> bool:
    """Whether the web server answers and has loaded our code.

    Raises:
        AssertionError: The code can't be loaded.
    """
    try:
        workspace = running.graphql(
            "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError {"
            " __typename ... on PythonError { message } } } } } }"
        )["workspaceOrError"]
    except OSError:
        return False
    entries = workspace["locationEntries"]
    for entry in entries:
        found = entry["locationOrLoadError"] or {}
        assert found.get("__typename") != "PythonError", found["message"]
    return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)


def _members(group: int) -> list[psutil.Process]:
    """The living processes of a group; its dead ones may stay in the table until somebody reaps them."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
