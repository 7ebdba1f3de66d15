"""Finding that all is current: 14 corpora, 242 evaluations, and the listing of 41,265 recordings.

Makes a small platform of fourteen drop-in corpora and sixty scripted models, and then asks in fresh processes
what is out of date, as schedules, sensors and `cameo status` do. The corpora are small, as all that is read
there are records and sizes of files; the listing of as many recordings as CAMEO has is measured beside it.
Counts every file that is read through the store.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from cameo_assets.lineage.graph import out_of_date
from cameo_assets.lineage.integrity import listing
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.products.making import make_product
from cameo_assets.settings import Settings
from cameo_assets.store import Store
from cameo_assets_tests import small

CORPORA, MODELS, TEMPERATURES = 14, 60, (0, 0.3, 0.7, 1.0)
RECORDINGS = 41_265

LOOK = """
import json, sys, time
from collections import Counter
start = time.perf_counter()
from cameo_assets.lineage.graph import out_of_date
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.settings import Settings
from cameo_assets.store import Store
read = Counter()
plain = Store.read_bytes
def counted(self, *parts):
    read["/".join(parts).split("/")[0]] += 1
    return plain(self, *parts)
Store.read_bytes = counted
loaded = time.perf_counter()
snapshot = Snapshot(Platform.of(Settings(home=sys.argv[1], workers=1)))
stale = out_of_date(snapshot)
end = time.perf_counter()
# Not by getrusage, which counts what the parent had before this program was loaded.
status = open("/proc/self/status").read()
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps({
    "evaluations": len(snapshot.evaluations), "corpora": len(snapshot.corpora), "stale": len(stale),
    "importing": loaded - start, "seconds": end - loaded, "peak MB": peak, "reads": dict(read),
}))
"""


def lay(home: Path) -> Platform:
    """Makes everything once."""
    small.switched_off(home / "models", "acoustic-probe")
    for number in range(CORPORA):
        small.drop_in(home / "landing" / f"corpus_{number:02d}", takes=1)
    for number in range(MODELS):
        small.model(home / "models", f"parrot-{number:02d}", temperatures=TEMPERATURES)
    platform = Platform.of(Settings(home=str(home), workers=1))
    for _ in range(20):
        snapshot = Snapshot(platform)
        due = {each.product for each in out_of_date(snapshot)}
        if not due:
            return platform
        for product in sorted(due, key=[each.product for each in out_of_date(snapshot)].index):
            for said in make_product(Snapshot(platform), product):
                if said.failed:
                    raise SystemExit(f"{said.name}: {said.text}")
    raise SystemExit("it is never current")


def main() -> None:
    """Makes the platform, looks at it three times, and prints the middle figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        started = time.perf_counter()
        lay(home)
        click.echo(f"made in {time.perf_counter() - started:.0f} s")
        found = sorted((_look(home) for _ in range(3)), key=lambda each: each["seconds"])[1]
        click.echo(
            f"{found['corpora']} corpora, {found['evaluations']} evaluations, {found['stale']} out of date: "
            f"{found['seconds']:.2f} s after {found['importing']:.2f} s of imports, "
            f"peak {found['peak MB']:.0f} MB; files read: {found['reads']}"
        )
        status = min(_status(home) for _ in range(3))
        click.echo(f"`cameo status` as a whole process: {status:.2f} s")
        audio = Path(folder) / "audio" / "all"
        audio.mkdir(parents=True)
        for number in range(RECORDINGS):
            (audio / f"{number:064d}.flac").touch()
        started = time.perf_counter()
        listing(Store(folder), "audio/all/")
        click.echo(f"listing {RECORDINGS:,} recordings: {time.perf_counter() - started:.2f} s")


def _look(home: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", LOOK, str(home)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    if found["stale"]:
        raise SystemExit(f"not everything is current: {found}")
    return found


def _status(home: Path) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "cameo_assets.cli", "status"]
    subprocess.run(command, env={**os.environ, "CAMEO_HOME": str(home)}, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
