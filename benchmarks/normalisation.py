"""How long the normalisation of audio takes: `python -m benchmarks.normalisation`.

Some 200 recordings of 2 to 5 s are made in a temporary folder, in the formats that the corpora come in. Each
is then normalised in three ways, file by file in random order and in several rounds, so that whatever else
the machine does meets all three alike; of each file and way, the median counts:

ours      what a process of `normalize_corpus` does for a clip: read, check, decode, mix, resample, encode,
          measure, write;
stages    the bare calls of the libraries that no way can do without (libsndfile or FFmpeg, soxr, FLAC, write
          and rename), each timed by itself: the least that this design could take;
ffmpeg    the usual loop: one FFmpeg process for each file, through ffmpeg-python.

Last comes `normalize_corpus` over all of them in one process, with its table and its journal.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import click
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.audio.policy import Policy
from cameo_assets.audio.worker import Worker
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.store import Store

# Name, how many, container or muxer, subtype or codec, Hz, channels.
KINDS = (
    ("WAV 16 bit 16 kHz", 30, "wav", "PCM_16", 16_000, 1),
    ("WAV 16 bit 48 kHz", 40, "wav", "PCM_16", 48_000, 1),
    ("WAV 16 bit 44.1 kHz stereo", 30, "wav", "PCM_16", 44_100, 2),
    ("WAV 24 bit 96 kHz", 20, "wav", "PCM_24", 96_000, 1),
    ("AIFF 24 bit 192 kHz", 10, "aiff", "PCM_24", 192_000, 1),
    ("AIFF 16 bit 44.1 kHz", 10, "aiff", "PCM_16", 44_100, 1),
    ("FLAC 16 bit 44.1 kHz", 20, "flac", "PCM_16", 44_100, 1),
    ("MP3 44.1 kHz", 20, "mp3", "MPEG_LAYER_III", 44_100, 1),
    ("AVI, PCM 48 kHz stereo", 10, "avi", "pcm_s16le", 48_000, 2),
    ("WebM, Opus 48 kHz", 20, "webm", "libopus", 48_000, 1),
)
LIBSNDFILE = ("wav", "aiff", "flac", "mp3")
STAGES = ("decode", "resample", "encode", "write")


@click.command()
@click.option("--rounds", default=3, show_default=True)
def main(rounds: int) -> None:
    """Makes the recordings, runs the ways, prints the table."""
    with tempfile.TemporaryDirectory() as place:
        kinds = make_recordings(Path(place, "landing"))
        ways, reason = _ways(Path(place))
        for way in ways.values():  # imports and first calls are no part of the comparison
            way(next(iter(kinds)))
        spent = compare(Path(place), ways, kinds, rounds)
        _print(spent, kinds, reason)
        usual = _milliseconds(spent["ffmpeg"], list(kinds)) if "ffmpeg" in spent else None
        _print_corpus(Path(place), kinds, usual)


def make_recordings(folder: Path) -> dict[str, str]:
    """Writes the recordings; returns the kind of each file, by name."""
    folder.mkdir()
    found = {}
    noise = np.random.default_rng(1)
    for kind, count, form, codec, rate, channels in KINDS:
        for number in range(count):
            frames = _speech_like(noise, rate, channels)
            name = f"{kind} {number}.{form}"
            write = _write_sndfile if form in LIBSNDFILE else _write_film
            write(folder / name, form, codec, frames, rate)
            found[name] = kind
    return found


def _speech_like(noise: np.random.Generator, rate: int, channels: int) -> NDArray[np.int16]:
    """A few tones that come and go over noise, 2 to 5 s."""
    seconds = np.arange(round(noise.uniform(2, 5) * rate)) / rate
    swell = np.abs(np.sin(2 * np.pi * 1.7 * seconds))
    tones = sum(np.sin(2 * np.pi * hertz * seconds) / hertz for hertz in noise.uniform(100, 3_000, 6))
    signal = swell * tones / np.abs(tones).max() * 0.5
    frames = signal[:, None] + noise.normal(0, 0.01, (len(seconds), channels))
    samples: NDArray[np.int16] = np.rint(frames * 32767).astype(np.int16)
    return samples


def _write_sndfile(path: Path, form: str, codec: str, frames: NDArray[np.int16], rate: int) -> None:
    soundfile.write(path, frames, rate, format=form.upper(), subtype=codec)


def _write_film(path: Path, form: str, codec: str, frames: NDArray[np.int16], rate: int) -> None:
    layout = "mono" if frames.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", format=form) as media:
        stream: Any = media.add_stream(codec, rate=rate, layout=layout)
        whole = av.AudioFrame.from_ndarray(frames.reshape(1, -1), format="s16", layout=layout)
        whole.sample_rate = rate
        cut = av.AudioResampler(
            stream.codec_context.format, layout, rate, stream.codec_context.frame_size or None
        )
        for piece in cut.resample(whole) + cut.resample(None):
            media.mux(stream.encode(piece))
        media.mux(stream.encode(None))


Way = Callable[[str], dict[str, float]]
"""Normalises the file of this name; returns seconds by stage."""


def _ways(place: Path) -> tuple[dict[str, Way], str]:
    """The ways to be compared, and why FFmpeg is missing, if it is."""
    landing = place / "landing"
    for name in ("ours", "stages", "ffmpeg"):
        (place / name).mkdir()
    ways: dict[str, Way] = {
        "ours": _ours(place / "ours", landing),
        "stages": _stages(place / "stages", landing),
    }
    if shutil.which("ffmpeg") is None:
        return ways, "FFmpeg's program is not installed"
    try:
        import ffmpeg
    except ImportError:
        return ways, "ffmpeg-python is not installed (extra `bench`)"

    def run(name: str) -> dict[str, float]:
        start = time.perf_counter()
        target = str(place / "ffmpeg" / f"{file_id(name)}")
        stream = ffmpeg.input(str(landing / name)).output(target, ar=16_000, ac=1, sample_fmt="s16")
        ffmpeg.run(stream, quiet=True, overwrite_output=True)
        return {"all": time.perf_counter() - start}

    ways["ffmpeg"] = run
    return ways, ""


def _utterance(name: str) -> Utterance:
    return Utterance(
        file_id=file_id(name),
        emotion="neutral",
        transcription=None,
        speaker_id=None,
        gender=None,
        age=None,
        dataset="Benchmark",
        language="English",
        license="CC0 1.0",
        corpus="benchmark",
        source_name=name,
        source_path=name,
        source_version="1",
        group_id=name,
    )


def _ours(place: Path, landing: Path) -> Way:
    worker = Worker(Store(place), Source(landing), Policy(), ())

    def run(name: str) -> dict[str, float]:
        utterance = _utterance(name)
        start = time.perf_counter()
        (entry,) = worker.run([utterance])
        spent = time.perf_counter() - start
        assert entry.inspection.status == "ok", entry.inspection
        return {"all": spent}

    return run


def _stages(place: Path, landing: Path) -> Way:
    def run(name: str) -> dict[str, float]:
        clock = [time.perf_counter()]
        frames, rate = _decode(landing / name)
        clock.append(time.perf_counter())
        mono = frames[:, 0].astype(np.float32)
        for channel in range(1, frames.shape[1]):
            mono += frames[:, channel]
        scale = 2.0**-16 if frames.dtype == np.int32 else 1.0 if frames.dtype == np.int16 else 32768.0
        mono *= np.float32(scale / frames.shape[1])
        out = soxr.resample(mono, rate, 16_000, quality="HQ") if rate != 16_000 else mono
        samples = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        clock.append(time.perf_counter())
        sink = io.BytesIO()
        soundfile.write(sink, samples, 16_000, format="FLAC", subtype="PCM_16")
        clock.append(time.perf_counter())
        aside = place / "aside"
        aside.write_bytes(sink.getvalue())
        aside.replace(place / file_id(name))
        clock.append(time.perf_counter())
        return dict(zip(STAGES, np.diff(clock).tolist(), strict=True))

    return run


def _decode(path: Path) -> tuple[NDArray[Any], int]:
    if path.suffix[1:] in LIBSNDFILE:
        with soundfile.SoundFile(path) as file:
            kind = {"PCM_16": "int16", "PCM_24": "int32"}.get(file.subtype, "float32")
            return file.read(dtype=kind, always_2d=True), file.samplerate
    with av.open(str(path)) as media:
        frames = list(media.decode(audio=0))
    parts = [frame.to_ndarray() for frame in frames]
    if frames[0].format.is_planar:
        return np.concatenate(parts, axis=1).T, frames[0].sample_rate
    return np.concatenate(parts, axis=1).reshape(-1, frames[0].layout.nb_channels), frames[0].sample_rate


Spent = dict[str, dict[str, dict[str, float]]]
"""Seconds by way, file and stage."""


def compare(place: Path, ways: dict[str, Way], kinds: dict[str, str], rounds: int) -> Spent:
    """Runs every way on every file, in random order; the median of the rounds is kept."""
    turns = [(way, name) for way in ways for name in kinds] * rounds
    random.Random(1).shuffle(turns)
    runs: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for way, name in turns:
        for old in place.glob(f"{way}/**/{file_id(name)}"):
            old.unlink()  # to write over a file costs more than to write a new one
        runs[way, name].append(ways[way](name))
    spent: Spent = {way: {} for way in ways}
    for (way, name), found in runs.items():
        middle = sorted(found, key=lambda stages: sum(stages.values()))[len(found) // 2]
        spent[way][name] = middle
    return spent


def _print(spent: Spent, kinds: dict[str, str], reason: str) -> None:
    click.echo(f"{len(kinds)} files, milliseconds for each file\n")
    click.echo(f"{'':28}{'ours':>7}{'stages':>8}{'ffmpeg':>8}{'ours/stages':>13}{'ffmpeg/ours':>13}")
    groups: dict[str, list[str]] = defaultdict(list)
    for name, kind in kinds.items():
        groups[kind].append(name)
    for kind, names in [*groups.items(), ("all", list(kinds))]:
        times = {way: _milliseconds(spent[way], names) for way in spent}
        usual = times.get("ffmpeg")
        line = f"{kind:28}{times['ours']:7.2f}{times['stages']:8.2f}"
        line += f"{usual:8.2f}" if usual else f"{'-':>8}"
        line += f"{times['ours'] / times['stages']:13.2f}"
        click.echo(line + (f"{usual / times['ours']:13.1f}" if usual else f"{'-':>13}"))
    every = spent["stages"].values()
    parts = {stage: 1000 * sum(run[stage] for run in every) / len(every) for stage in STAGES}
    click.echo("\nstages: " + ", ".join(f"{stage} {value:.2f}" for stage, value in parts.items()))
    if reason:
        click.echo(f"no comparison with FFmpeg: {reason}")


def _milliseconds(spent: dict[str, dict[str, float]], names: list[str]) -> float:
    return 1000 * sum(sum(spent[name].values()) for name in names) / len(names)


def _print_corpus(place: Path, kinds: dict[str, str], ffmpeg: float | None) -> None:
    source, utterances = Source(place / "landing"), [_utterance(name) for name in kinds]
    whole: list[float] = []
    again: list[float] = []
    sound = 0.0
    for number in range(3):
        store = Store(place / f"whole-{number}")
        if hasattr(os, "sync"):
            os.sync()  # what was written before is no part of it
        for times in (whole, again):
            start = time.perf_counter()
            rows = normalize_corpus(store, source, utterances, workers=1)
            times.append(time.perf_counter() - start)
        sound = sum(row.seconds for row in rows)
    best = 1000 * min(whole) / len(kinds)
    each = ", ".join(f"{1000 * seconds / len(kinds):.2f}" for seconds in whole)
    click.echo(f"\nnormalize_corpus, one process, three times: {each} ms for each file")
    click.echo(f"the best is {sound / min(whole):.0f} times real time", nl=False)
    click.echo(f" and {ffmpeg / best:.1f} times a loop of FFmpeg processes" if ffmpeg else "")
    click.echo(f"again, with nothing changed: {1000 * min(again):.1f} ms in all")


if __name__ == "__main__":
    main()
