"""How long listing all thirteen corpora takes: `python -m benchmarks.listing`.

Every corpus is laid into a temporary folder as its publisher lays it out, with all names and tables and no
sound: 41,265 utterances as CAMEO counts them. One fresh process on one core then finds and describes them
all, once, imports included, and checks that the numbers are the published ones.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

MOST_SECONDS = 30
MOST_BYTES = 10**9


def lay_zone(zone: Path) -> None:
    """Makes the thirteen corpora below a folder."""
    from cameo_assets_tests.corpora.making import lay
    from cameo_assets_tests.corpora.trees import TREES

    for slug, files in TREES.items():
        lay(zone / slug, files())


def list_zone(zone: Path) -> bool:
    """Lists every corpus of a folder, prints what that took; whether it is all of CAMEO in time."""
    start = time.perf_counter()
    from cameo_assets.corpora.listing import list_corpus
    from cameo_assets.corpora.registry import known
    from cameo_assets.corpora.source import Source

    specs = known()
    print(f"  {'imports':16} {time.perf_counter() - start:7.2f} s")
    utterances = 0
    emotions: set[str] = set()
    languages: set[str] = set()
    for folder in sorted(zone.iterdir()):
        last = time.perf_counter()
        found = list_corpus(specs[folder.name], Source(folder), cameo_compatible=True)
        if found.counts != dict(sorted(specs[folder.name].cameo.items())):
            raise AssertionError(f"{folder.name}: {found.counts}, in CAMEO {specs[folder.name].cameo}")
        utterances += len(found.utterances)
        emotions |= found.counts.keys()
        languages |= {specs[folder.name].language}
        seconds = time.perf_counter() - last
        print(f"  {folder.name:16} {seconds:7.2f} s  {len(found.utterances):6,} utterances", flush=True)
    seconds, peak = time.perf_counter() - start, peak_bytes()
    print(f"  {'all':16} {seconds:7.2f} s  {utterances:6,} utterances, {len(emotions)} emotions, ", end="")
    print(f"{len(languages)} languages, peak RSS {peak / 1e6:.0f} MB")
    complete = (utterances, len(emotions), len(languages)) == (41_265, 17, 8)
    return complete and seconds < MOST_SECONDS and peak < MOST_BYTES


def peak_bytes() -> int:
    """The largest memory that this process ever had."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, `getrusage` tells the peak of whoever started this process, too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@click.command()
@click.option("--zone", type=click.Path(exists=True, path_type=Path), hidden=True)
def main(zone: Path | None) -> None:
    """Makes the corpora, has a fresh process list them, and fails when that is too slow or not all."""
    if zone is not None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        sys.exit(0 if list_zone(zone) else 1)
    with tempfile.TemporaryDirectory() as name:
        lay_zone(Path(name))
        command = [sys.executable, "-m", "benchmarks.listing", "--zone", name]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
