"""An evaluation is killed; the next one asks for what was not in the store, and for no more.

The store that comes of it is, byte for byte, the one of an evaluation that nobody killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cameo_assets.models.evaluate import evaluate, stored
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS, a_collection, a_spec, log_lines

COUNT = 60
SHARD = 7
RUNS = 20
CODE = """
import sys
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.spec import conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS, a_collection
from cameo_assets_tests.models.test_resume import COUNT, SHARD, slow_spec
home, log = sys.argv[1:]
spec = slow_spec(log)
evaluate(Store(home), spec, conditions(spec), a_collection(COUNT), OPTIONS, shard_rows=SHARD)
"""


def slow_spec(log: str) -> ModelSpec:
    return a_spec(options={"delay_seconds": 0.004, "log": log})


def killed_after(lines: int, home: str, log: Path) -> None:
    """Starts an evaluation and kills it when its request log has grown by some lines."""
    before = len(log_lines(log))
    process = subprocess.Popen([sys.executable, "-c", CODE, home, str(log)])
    while log.read_bytes().count(b"\n") < before + lines and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was to be killed while it ran"


def test_after_kills_the_rest_is_asked_and_only_unwritten_answers_twice(tmp_path: Path) -> None:
    log, home = tmp_path / "log.jsonl", str(tmp_path / "store")
    log.touch()
    store, rows, dice = Store(home), a_collection(COUNT), random.Random(1)
    spec = slow_spec(str(log))
    wanted = COUNT * 3
    for _ in range(3):
        before = stored(store, spec, conditions(spec), rows, OPTIONS).missing
        asked_before = len(log_lines(log))
        killed_after(dice.randint(1, 50), home, log)
        asked = len(log_lines(log)) - asked_before
        missing = stored(store, spec, conditions(spec), rows, OPTIONS).missing
        # All that was answered is there, but for the shard that was being filled and the request at hand.
        assert 0 <= asked - (before - missing) <= SHARD + 1
    missing = stored(store, spec, conditions(spec), rows, OPTIONS).missing
    lost = len(log_lines(log)) - (wanted - missing)
    outcome = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    assert (outcome.asked, outcome.missing) == (missing, 0)
    lines = log_lines(log)
    assert len(set(lines)) == wanted
    assert len(lines) == wanted + lost
    fresh = evaluate(Store(tmp_path / "fresh"), a_spec(), conditions(spec), rows, OPTIONS)
    for condition in conditions(spec):
        assert outcome.version(condition) == fresh.version(condition)


WRITING = ("models/predictions.py", "cameo_assets/store.py")
ALL = ("models/evaluate.py", "models/engines/scripted.py", *WRITING)
LINE_BY_LINE = """
import sys
from cameo_assets_tests.models.test_resume import evaluated, killed_at
home, last, *files = sys.argv[1:]
with killed_at(int(last), tuple(files)) as passed:
    evaluated(home)
print(passed())
"""


class killed_at:  # noqa: N801 - it reads like what it does
    """Kills this process with SIGKILL before it executes the so-many-th line of some files; 0 for never."""

    def __init__(self, last: int, files: tuple[str, ...]) -> None:
        self.last, self.files, self.lines = last, files, 0

    def __enter__(self) -> Any:
        sys.settrace(self._trace)
        return lambda: self.lines

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: Any, event: str, _arg: object) -> Any:
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._trace


def evaluated(home: str) -> None:
    evaluate(Store(home), a_spec(), conditions(a_spec()), a_collection(COUNT), OPTIONS, shard_rows=SHARD)


def line_by_line(home: Path, last: int, files: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINE_BY_LINE, str(home), str(last), *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def content(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], int]:
    """How many lines of some files an undisturbed evaluation executes."""
    home = tmp_path_factory.mktemp("counted")
    return {files: int(line_by_line(home / str(len(files)), 0, files).stdout) for files in (ALL, WRITING)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The store of an evaluation that nobody killed."""
    home = tmp_path_factory.mktemp("undisturbed")
    evaluated(str(home))
    return content(home)


@pytest.mark.parametrize("run", range(RUNS))
def test_killed_at_any_line_the_finished_store_is_the_undisturbed_one(
    run: int, tmp_path: Path, lines: dict[tuple[str, ...], int], undisturbed: dict[str, bytes]
) -> None:
    """Every second run is killed in the code that writes, where a store could be left half done."""
    files = WRITING if run % 2 else ALL
    last = random.Random(run).randint(1, lines[files])
    done = line_by_line(tmp_path, last, files)
    assert done.returncode == -signal.SIGKILL, done.stderr
    evaluated(str(tmp_path))
    Store(tmp_path).sweep()
    assert content(tmp_path) == undisturbed
