"""kill -9 at random points of the whole graph: a rerun ends in the undisturbed bytes, records included."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from cameo_assets_tests.lineage.conftest import lay, platform_in, tree
from cameo_assets_tests.products.made import make_all, out_of_date

KILLS = 20
LOST = ("raw/alpha.json", "inspection/alpha.parquet", "collection/cameo.jsonl", "leaderboard/rows.parquet")
CODE = """
import os, signal, sys
from pathlib import Path
from cameo_assets.hub import swap
from cameo_assets.store import Store
from cameo_assets_tests.lineage.conftest import platform_in
from cameo_assets_tests.products.made import make_all

left, before = int(sys.argv[2]), sys.argv[3] == "before"

def deadly(plain):
    def touch(*args, **more):
        global left
        left -= 1
        if left == 0 and before:
            os.kill(os.getpid(), signal.SIGKILL)
        found = plain(*args, **more)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return touch

Store.write_bytes = deadly(Store.write_bytes)
Store.remove = deadly(Store.remove)
Path.replace = deadly(Path.replace)
os.replace = deadly(os.replace)
make_all(platform_in(Path(sys.argv[1])))
print(left)
"""


def run(home: Path, after: int, when: str) -> subprocess.CompletedProcess[str]:
    """Makes everything, and dies at the n-th time that something is written or removed."""
    command = [sys.executable, "-c", CODE, str(home), str(after), when]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])


def test_what_was_killed_at_any_point_ends_as_if_nobody_had_disturbed_it(
    finished: Path, tmp_path: Path
) -> None:
    chance = random.Random(20)
    lay(tmp_path)
    killed = 0
    while killed < KILLS:
        done = run(tmp_path, chance.randint(1, 14), chance.choice(["before", "after"]))
        if done.returncode == 0:  # it came to the end: something that everything rests on is taken away
            lost = tmp_path / chance.choice(
                [
                    "raw/alpha.json",
                    "inspection/alpha.parquet",
                    "collection/cameo.jsonl",
                    "leaderboard/rows.parquet",
                ]
            )
            lost.unlink()
            continue
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
    platform = platform_in(tmp_path)
    platform.store.sweep()
    make_all(platform)
    assert out_of_date(platform) == []
    hidden = ("landing", "landing_index", "failures", ".aside")
    found, expected = tree(tmp_path, *hidden), tree(finished, *hidden)
    assert found.keys() == expected.keys()
    assert [name for name in found if _plain(name, found) != _plain(name, expected)] == []


def _plain(name: str, files: dict[str, bytes]) -> bytes:
    """A file; a record of raw files without the time stamps of the landing folder."""
    import json

    if not name.startswith("records/raw/"):
        return files[name]
    record = json.loads(files[name])
    record["inputs"].pop("landing")
    return json.dumps(record).encode()
