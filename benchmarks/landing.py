"""How long looking at a full landing zone takes: `python -m benchmarks.landing`.

A landing zone of CAMEO's size is made in a temporary folder: 13 corpora, 41,265 small files. Measured are the
glance of the sensor (`scan`) and the fingerprint of all contents, the first time and again. Beside them
stands the plain way: reading every file at every look. Times are the best of several rounds, the methods
taking turns.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from benchmarks.bootstrap import CORPORA
from cameo_assets.corpora.landing import fingerprint, forget, scan
from cameo_assets.store import Store

_PER_FOLDER = 60
_OLD = 1_700_000_000


def lay_zone(zone: Path, size: int) -> list[Path]:
    """Makes the corpora, each file with a content of its own; returns their folders."""
    for corpus, (_, utterances, _, _) in CORPORA.items():
        for index in range(utterances):
            folder = zone / corpus / f"speaker_{index // _PER_FOLDER:03d}"
            if index % _PER_FOLDER == 0:
                folder.mkdir(parents=True)
            path = folder / f"{corpus}_{index:05d}.wav"
            path.write_bytes(f"{corpus} {index}".encode().ljust(size, b"\0"))
            os.utime(path, (_OLD, _OLD))
    return sorted(zone.iterdir())


def read_everything(folders: list[Path]) -> None:
    """The plain way: every byte at every look."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                hashlib.sha256(path.read_bytes()).hexdigest()


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The best time of each, the works taking turns."""
    found = {name: [seconds(work)] for name, work in works.items()}
    for _ in range(rounds - 1):
        for name, work in works.items():
            found[name].append(seconds(work))
    return {name: min(times) for name, times in found.items()}


def measure_zone(home: Path, size: int, rounds: int) -> None:
    """Times the looks at the whole zone."""
    folders = lay_zone(home / "landing", size)
    store = Store(home / "store")

    def fingerprints() -> None:
        for folder in folders:
            fingerprint(store, folder.name, folder)

    def anew() -> None:
        for folder in folders:
            forget(store, folder.name)
        fingerprints()

    times = best(
        {
            "scan": lambda: [scan(folder) for folder in folders],
            "fingerprint, the first time": anew,
            "fingerprint, nothing changed": fingerprints,
            "every file read and hashed, one by one": lambda: read_everything(folders),
        },
        rounds,
    )
    files = sum(scan(folder).files for folder in folders)
    print(f"{files:,} files of {size:,} bytes in {len(folders)} corpora, best of {rounds}")
    for name, value in times.items():
        print(f"  {name:40} {value:7.3f} s  {value / times['scan']:6.1f} x scan")


@click.command()
@click.option("--size", default=4096, show_default=True, help="Bytes of each file.")
@click.option("--rounds", default=5, show_default=True)
def main(size: int, rounds: int) -> None:
    """Makes a landing zone, looks at it and prints what it measured."""
    with tempfile.TemporaryDirectory() as name:
        measure_zone(Path(name), size, rounds)


if __name__ == "__main__":
    main()
