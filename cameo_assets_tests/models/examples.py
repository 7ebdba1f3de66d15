"""Small model specs, collections and recordings that the tests of this folder share."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile

from cameo_assets.models.engines.base import Answer, Ask, Item, Reference, Sampling
from cameo_assets.models.spec import Condition, ModelSpec
from cameo_assets.store import Store

OPTIONS = {"alpha": ("anger", "neutral", "sadness"), "beta": ("anger", "calm")}
EMOTIONS = ("anger", "neutral", "sadness")
COLD, WARM = Condition(0.0), Condition(0.7)


def a_spec(**changes: Any) -> ModelSpec:
    """A scripted model."""
    spec = ModelSpec(
        id="parrot",
        name="Parrot",
        kind="model",
        engine="scripted",
        licence="MIT",
        temperatures=(0.0, 0.7),
        prompt="cameo-1",
        samples=2,
    )
    return msgspec.structs.replace(spec, **changes)


def baseline(engine: str, **changes: Any) -> ModelSpec:
    return ModelSpec(
        id=engine,
        name=engine,
        kind="baseline",
        engine=engine,
        licence="MIT",
        temperatures=(0.0,),
        **changes,
    )


def a_collection(count: int, corpus: str = "alpha") -> list[dict[str, Any]]:
    """Utterances without audio, which the scripted engine doesn't need."""
    options = OPTIONS[corpus]
    return [
        {
            "file_id": f"{corpus}-{number:04d}.flac",
            "corpus": corpus,
            "emotion": options[number % len(options)],
            "group_id": f"{corpus}_{number % 4}",
            "pcm_md5": hashlib.md5(f"{corpus}{number}".encode()).hexdigest(),
            "seconds": 1.0,
        }
        for number in range(count)
    ]


def an_ask(file_id: str, *samplings: Sampling, options: tuple[str, ...] = EMOTIONS) -> Ask:
    item = Item(
        file_id=file_id,
        corpus="alpha",
        path="",
        pcm_md5=file_id,
        seconds=1.0,
        options=options,
        prompt="",
    )
    return Ask(item=item, samplings=samplings or (a_sampling(),))


def a_sampling(temperature: float = 0.0, sample: int = 0, seed: int = 0) -> Sampling:
    return Sampling(temperature=temperature, sample=sample, seed=seed, max_new_tokens=8)


def said(answers: Iterable[Answer]) -> dict[tuple[str, float, int], str | None]:
    """What was said, by utterance and draw."""
    return {
        (answer.file_id, answer.sampling.temperature, answer.sampling.sample): answer.text
        for answer in answers
    }


class Listening:
    """An engine of scope `utterance` that says what a function says; it notes what it is asked."""

    family = "scripted/1"
    scope = "utterance"
    versions: Mapping[str, str] = {}

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.asks: list[Ask] = []

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Any:
        assert not references, "an engine of scope utterance must never see a label"
        for ask in asks:
            self.asks.append(ask)
            for sampling in ask.samplings:
                yield from self.reply(ask.item, sampling)


def spoken(item: Item, sampling: Sampling, text: str = "anger") -> Answer:
    return Answer(file_id=item.file_id, sampling=sampling, text=text)


def faulty(item: Item, sampling: Sampling, error: str) -> Answer:
    return Answer(file_id=item.file_id, sampling=sampling, text=None, finish_reason="error", error=error)


def tones(store: Store, corpus: str, *, speakers: int, each: int, seed: int = 0) -> list[dict[str, Any]]:
    """Recordings whose pitch depends on the emotion and, less, on the speaker; written to the store."""
    noise = np.random.default_rng(seed)
    rows = []
    for speaker in range(speakers):
        for number, emotion in enumerate(EMOTIONS * each):
            pitch = 110 * 1.6 ** EMOTIONS.index(emotion) * 1.02**speaker
            seconds = np.arange(8_000) / 16_000
            phase = 2 * np.pi * pitch * seconds + 0.3 * np.sin(2 * np.pi * 5 * seconds)
            wave = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 6))
            wave = 0.2 * wave + 0.02 * noise.standard_normal(len(seconds))
            rows.append(
                a_recording(store, corpus, f"{speaker}-{number}", emotion, f"{corpus}_{speaker}", wave)
            )
    return rows


def a_recording(
    store: Store, corpus: str, name: str, emotion: str, group: str, wave: np.ndarray
) -> dict[str, Any]:
    """Writes a recording to the store and gives its row of the collection."""
    native = np.clip(np.rint(wave * 32768), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, native, 16_000, format="FLAC", subtype="PCM_16")
    file_id = hashlib.sha256(f"{corpus}/{name}".encode()).hexdigest() + ".flac"
    store.write_bytes(buffer.getvalue(), "audio", corpus, file_id, durable=False)
    return {
        "file_id": file_id,
        "corpus": corpus,
        "emotion": emotion,
        "group_id": group,
        "pcm_md5": hashlib.md5(native.tobytes()).hexdigest(),
        "seconds": len(native) / 16_000,
    }


def log_lines(path: Path) -> list[tuple[str, float, int]]:
    """The request log of the scripted engine."""
    if not path.exists():
        return []
    rows = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    return [(row["file_id"], row["temperature"], row["sample"]) for row in rows]
