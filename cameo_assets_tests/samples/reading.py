"""How the tests read what a sample wrote, independently of the project's own readers."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from cameo_assets.samples import crema_d, nemo, ravdess


def recordings(landing: Path, slug: str) -> dict[str, bytes]:
    """Bytes of every audio file of a sample by its stem."""
    if slug == "ravdess":
        with zipfile.ZipFile(landing / slug / ravdess.ARCHIVE) as archive:
            return {Path(name).stem: archive.read(name) for name in archive.namelist()}
    folders = {"nemo": landing / slug / "samples", "crema_d": landing / slug / crema_d.CHECKOUT / "AudioWAV"}
    return {path.stem: path.read_bytes() for path in sorted(folders[slug].iterdir())}


def samples_of(data: bytes) -> tuple[NDArray[np.int16], int]:
    """Samples of shape (n, channels), and their rate."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    return samples, rate


def chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """Name, offset of the body and size of every RIFF chunk."""
    found, place = [], 12
    while place < len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        found.append((name, place + 8, size))
        place += 8 + size + size % 2
    return found


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV side file."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode())))


def emotion_code(slug: str, stem: str) -> str:
    """The publisher's label in a stem."""
    return stem.split("-")[2] if slug == "ravdess" else stem.split("_")[{"nemo": 1, "crema_d": 2}[slug]]


def unusual(slug: str) -> frozenset[str]:
    """Stems that hold no speech of their own."""
    return {
        "ravdess": frozenset(ravdess.COPIES),
        "nemo": frozenset({nemo.MISSING}),
        "crema_d": frozenset({crema_d.SILENT, crema_d.POINTER, *crema_d.COPIES}),
    }[slug]
