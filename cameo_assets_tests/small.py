"""Small corpora and model files for tests of the whole platform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml

EMOTIONS = ("anger", "happiness", "sadness")
RATE = 16_000


def drop_in(folder: Path, *, speakers: int = 2, takes: int = 2, emotions: Sequence[str] = EMOTIONS) -> Path:
    """Makes a drop-in corpus of noises, each of another seed, so that none is the other's copy.

    Returns:
        `folder`, which holds `corpus.yaml`, `metadata.jsonl` and `audio/`, speakers x takes x emotions clips.
    """
    (folder / "audio").mkdir(parents=True)
    rows = []
    for speaker in range(speakers):
        for take in range(takes):
            for place, emotion in enumerate(emotions):
                seed = (hash_of(folder.name) + 1000 * speaker + 100 * take + place) % 2**32
                samples = np.random.default_rng(seed).normal(0, 0.1, RATE // 2)
                path = f"audio/{speaker}-{take}-{emotion}.wav"
                soundfile.write(folder / path, samples, RATE, subtype="PCM_16")
                rows.append({"path": path, "emotion": emotion, "speaker": f"s{speaker}"})
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    about: dict[str, Any] = {"name": folder.name.title(), "language": "English", "licence": "CC0 1.0"}
    about |= {"labels": {emotion: emotion for emotion in emotions}}
    (folder / "corpus.yaml").write_text(yaml.safe_dump(about))
    return folder


def hash_of(name: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(name.encode()[:4].ljust(4), "big")


def model(folder: Path, name: str, *, temperatures: Sequence[float] = (0,), **options: Any) -> Path:
    """Writes the file of a scripted model; `options` go to the engine."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "id": name,
        "name": name.title(),
        "kind": "model",
        "engine": "scripted",
        "licence": "CC0-1.0",
        "temperatures": list(temperatures),
        "prompt": "cameo-1",
        "samples": 2,
        "seed": 0,
        "options": options,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(spec))
    return path


def switched_off(folder: Path, *baselines: str) -> None:
    """Switches baselines off, by files that stand in place of the catalogue's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in baselines:
        spec = {
            "id": name,
            "name": "off",
            "kind": "baseline",
            "engine": name,
            "licence": "Apache-2.0",
            "temperatures": [0],
            "enabled": False,
        }
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(spec))


def requests(log: Path) -> list[tuple[str, float, int]]:
    """What a scripted model was asked: file_id, temperature and sample, in order."""
    if not log.exists():
        return []
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [(line["file_id"], line["temperature"], line["sample"]) for line in lines]
