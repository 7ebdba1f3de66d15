from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cameo_assets.models.served.clip import BadClip, Format, encoded

NOISE = np.random.default_rng(0).integers(-32768, 32768, 2000).astype(np.int16)


def a_file(folder: Path, samples: np.ndarray = NOISE, rate: int = 16_000, **form: str) -> str:
    path = folder / "clip.flac"
    soundfile.write(path, samples, rate, **{"format": "FLAC", "subtype": "PCM_16"} | form)
    return str(path)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_a_recording_is_sent_sample_by_sample(tmp_path: Path, form: Format) -> None:
    sent = io.BytesIO(base64.b64decode(encoded(a_file(tmp_path), form)))
    with soundfile.SoundFile(sent) as file:
        assert (file.format, file.samplerate, file.channels) == (form.upper(), 16_000, 1)
        assert np.array_equal(file.read(dtype="int16"), NOISE)


@pytest.mark.parametrize(
    ("samples", "rate", "form", "message"),
    [
        (NOISE, 8_000, {}, "8000 Hz"),
        (np.stack([NOISE, NOISE], 1), 16_000, {}, "2 channels"),
        (NOISE, 16_000, {"subtype": "PCM_24"}, "PCM_24"),
        (NOISE, 16_000, {"format": "WAV"}, "it is WAV"),
        (NOISE[:0], 16_000, {}, "no samples|cannot be read"),
    ],
    ids=["rate", "channels", "width", "format", "empty"],
)
def test_another_kind_of_recording_is_refused(
    tmp_path: Path, samples: np.ndarray, rate: int, form: dict[str, str], message: str
) -> None:
    with pytest.raises(BadClip, match=message):
        encoded(a_file(tmp_path, samples, rate, **form), "wav")


@pytest.mark.parametrize("keep", [0, 3, 40, 0.5])
def test_a_damaged_recording_is_refused(tmp_path: Path, keep: float) -> None:
    path = Path(a_file(tmp_path))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(BadClip):
        encoded(str(path), "flac")


def test_a_missing_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="cannot be read"):
        encoded(str(tmp_path / "none.flac"), "wav")
