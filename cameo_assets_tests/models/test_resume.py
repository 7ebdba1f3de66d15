"""An evaluation is killed; the next one asks for what was not in the store, and for no more."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from cameo_assets.models.evaluate import evaluate, stored
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS, a_collection, a_spec, log_lines

COUNT = 60
SHARD = 7
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
