"""Plain acoustic features of a recording.

Imports numpy at its top: import it inside functions only.

Features are means, standard deviations and the like over frames of 32 ms every 16 ms: MFCCs with deltas,
loudness, zero crossings, the shape of the spectrum, and pitch (YIN, de Cheveigné and Kawahara 2002).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cameo_assets.audio.stored import DamagedAudioError, read_stored
from cameo_assets.models.probes.recordings import KEY, Recording, Told, Unreadable, computed_once, untold
from cameo_assets.processes import cores, die_with_parent
from cameo_assets.settings import Settings

if TYPE_CHECKING:
    from cameo_assets.models.engines.base import Reference
    from cameo_assets.store import Store

VERSION: Final = "acoustic-1"
"""Name and version of the features; a change of what they are gets a new one."""

_RATE: Final = 16_000
_FRAME: Final = 512
_HOP: Final = 256
_PITCH_FRAME: Final = 1024
_LOWEST, _HIGHEST = 60.0, 500.0
_VOICED: Final = 0.5
"""Least correlation of a frame with itself one period later that counts as voice."""
_FLOOR_DB: Final = 40.0
"""A frame that is softer than the loudest one by more than this is not voice."""
_EACH: Final = 64
"""Fewest recordings that are worth another process."""

Floats = NDArray[np.float64]


def features_of(samples: NDArray[np.float32]) -> dict[str, float]:
    """The features of one recording, by name.

    Args:
        samples: Mono, 16 kHz, full scale 1; any length, also none.
    """
    import librosa

    # Delta windows and the longest period need some frames; silence after the end adds nothing else.
    signal = np.pad(samples, (0, max(0, 2 * _PITCH_FRAME - len(samples))))
    magnitude = np.abs(librosa.stft(signal, n_fft=_FRAME, hop_length=_HOP))
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=_RATE, n_mels=64)
    cepstrum = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    loudness = librosa.feature.rms(S=magnitude, frame_length=_FRAME)[0]
    shape = {"S": magnitude, "sr": _RATE}
    tracks = {
        **_rows("mfcc", cepstrum),
        **_rows("mfcc_delta", librosa.feature.delta(cepstrum, mode="nearest")),
        "loudness_db": librosa.amplitude_to_db(loudness),
        "zero_crossings": librosa.feature.zero_crossing_rate(signal, frame_length=_FRAME, hop_length=_HOP)[0],
        "centroid": librosa.feature.spectral_centroid(**shape)[0],
        "bandwidth": librosa.feature.spectral_bandwidth(**shape)[0],
        "rolloff": librosa.feature.spectral_rolloff(**shape)[0],
        **_rows("contrast", librosa.feature.spectral_contrast(**shape, n_bands=5)),
    }
    found = {"seconds": len(samples) / _RATE}
    for name, track in tracks.items():
        found[f"{name}_mean"], found[f"{name}_sd"] = float(track.mean()), float(track.std())
    return found | _pitch_features(signal)


def pitch(signal: NDArray[np.float32]) -> tuple[Floats, NDArray[np.bool_]]:
    """Fundamental frequency in Hz of each frame of 64 ms, and whether the frame is voiced.

    Args:
        signal: Mono, 16 kHz, at least 64 ms.
    """
    import librosa

    frequency = librosa.yin(
        signal,
        fmin=_LOWEST,
        fmax=_HIGHEST,
        sr=_RATE,
        frame_length=_PITCH_FRAME,
        hop_length=_HOP,
    )
    padded = np.pad(signal, _PITCH_FRAME // 2)
    frames = librosa.util.frame(padded, frame_length=_PITCH_FRAME, hop_length=_HOP).T.astype(np.float64)
    frames -= frames.mean(axis=1, keepdims=True)
    # Each frame against itself one period later: both halves are as long as the longest period allows.
    length = _PITCH_FRAME - int(np.ceil(_RATE / _LOWEST)) - 1
    lags = np.rint(_RATE / frequency).astype(np.intp)
    later = np.take_along_axis(frames, lags[:, None] + np.arange(length), axis=1)
    now = frames[:, :length]
    energy = np.sqrt((now**2).sum(axis=1) * (later**2).sum(axis=1))
    alike = (now * later).sum(axis=1) / np.maximum(energy, 1e-12)
    power = (frames**2).mean(axis=1)
    loud = power > max(power.max() * 10 ** (-_FLOOR_DB / 10), 1e-10)
    return frequency, loud & (alike > _VOICED)


def feature_table(
    store: Store, corpus: str, references: Sequence[Reference], told: Told = untold
) -> Mapping[str, Floats]:
    """Features of all recordings of a corpus, by `pcm_md5`; computed once and kept in the store.

    Args:
        store: Where `features/<version>/<corpus>.parquet` is kept.
        corpus: Slug.
        references: The recordings.
        told: As of `computed_once`.

    Raises:
        Unreadable: A recording is missing or damaged.
    """
    table = computed_once(store, ("features", VERSION, f"{corpus}.parquet"), references, _compute, told)
    names = [name for name in table.column_names if name != KEY]
    matrix = np.column_stack([table[name].to_numpy() for name in names]) if names else np.zeros((0, 0))
    return dict(zip(table[KEY].to_pylist(), matrix, strict=True))


def _pitch_features(signal: NDArray[np.float32]) -> dict[str, float]:
    frequency, voiced = pitch(signal)
    share = float(voiced.mean())
    # Semitones above the lowest pitch; where nothing is voiced all are 0, and the share says so.
    tones = 12 * np.log2(frequency[voiced] / _LOWEST) if voiced.any() else np.zeros(1)
    low, middle, high = np.percentile(tones, (10, 50, 90))
    steps = np.abs(np.diff(tones)) if len(tones) > 1 else np.zeros(1)
    return {
        "voiced_share": share,
        "pitch_mean": float(tones.mean()),
        "pitch_sd": float(tones.std()),
        "pitch_low": float(low),
        "pitch_median": float(middle),
        "pitch_high": float(high),
        "pitch_step": float(steps.mean()),
    }


def _rows(name: str, matrix: Floats) -> dict[str, Floats]:
    return {f"{name}_{number:02d}": track for number, track in enumerate(matrix)}


def _compute(recordings: Sequence[Recording]) -> Iterator[dict[str, float]]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    workers = min(Settings.from_environment().workers or cores(), len(recordings) // _EACH)
    if workers < 2:
        with threadpool_limits(1):
            yield from map(_from_file, recordings)
        return
    # Spawned, not forked: the caller may have threads.
    with ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
    ) as pool:
        yield from pool.map(_from_file, recordings, chunksize=8)


def _start() -> None:
    """Prepares a process of the pool: it ends with its parent, and leaves the other cores to the others."""
    from threadpoolctl import threadpool_limits

    die_with_parent()
    threadpool_limits(1)


def _from_file(recording: Recording) -> dict[str, float]:
    try:
        samples = read_stored(recording.path, recording.pcm_md5)
    except DamagedAudioError as fault:
        raise Unreadable(str(fault)) from None
    return features_of(samples.astype(np.float32) / np.float32(32768))
