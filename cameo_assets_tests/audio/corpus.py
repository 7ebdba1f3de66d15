"""A corpus of short clips in a folder, and sources that misbehave on purpose.

Run as a program, it normalises such a corpus slowly, to be killed on the way.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cameo_assets.audio import batch
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.source import Place
from cameo_assets.corpora.spec import Utterance
from cameo_assets.store import Store
from cameo_assets_tests.audio.recordings import sound


class Folder:
    """Reads files of a folder, and remembers which."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def read(self, path: str) -> bytes:
        self.asked.append(path)
        return (self.folder / path).read_bytes()

    def place(self, path: str) -> Place:
        return Place(path)

    def open(self, path: str) -> BinaryIO:
        self.asked.append(path)
        return (self.folder / path).open("rb")


class SlowFolder(Folder):
    def read(self, path: str) -> bytes:
        time.sleep(0.02)
        return super().read(path)


class BreakingFolder(Folder):
    """A fault of the machine, not of a clip."""

    def __init__(self, folder: Path, at: str) -> None:
        super().__init__(folder)
        self.at = at

    def read(self, path: str) -> bytes:
        if path == self.at:
            raise OSError("the disk is gone")
        return super().read(path)


class DeadlyFolder(BreakingFolder):
    """Ends the process that reads, as the kernel does when memory runs out."""

    def read(self, path: str) -> bytes:
        if path == self.at:
            os._exit(9)
        return super().read(path)


def clip(number: int) -> bytes:
    """A short clip that differs from all others."""
    random = np.random.default_rng(number)
    return sound(random.integers(-9000, 9000, (2_000 + number, 1)).astype(np.int16))


def write_clips(folder: Path, count: int) -> list[Utterance]:
    """Makes the clips, and the utterances that they are."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:04d}.wav").write_bytes(clip(number))
    return [utterance(f"{number:04d}.wav") for number in range(count)]


def utterance(path: str, version: str = "1", span: tuple[float, float] | None = None) -> Utterance:
    """An utterance of which only the source matters."""
    name = f"{path} {span}" if span else path
    return Utterance(
        file_id=file_id(name),
        emotion="anger",
        transcription=None,
        speaker_id=None,
        gender=None,
        age=None,
        dataset="Tiny",
        language="English",
        license="MIT",
        corpus="tiny",
        source_name=name,
        source_path=path,
        source_version=version,
        span=span,
        group_id=name,
    )


def tree(home: Path) -> dict[str, bytes]:
    """Every file of a store with its content."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and ".aside" not in path.parts
    }


def stamps(home: Path) -> dict[str, tuple[int, int]]:
    """Every file of a store with what would betray a rewrite."""
    return {
        str(path.relative_to(home)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def main(home: str, folder: str, workers: str) -> None:
    batch._CHUNK, batch._INLINE = 8, 0  # so that few clips are enough for many chunks and for a pool
    utterances = [utterance(path.name) for path in sorted(Path(folder).iterdir())]
    batch.normalize_corpus(Store(home), SlowFolder(Path(folder)), utterances, workers=int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])
