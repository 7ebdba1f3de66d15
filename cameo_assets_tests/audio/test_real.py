"""Recordings of real corpora, where a checkout has them beside it."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.encode import pcm_md5_of
from cameo_assets.audio.normalize import normalize
from cameo_assets.errors import BadInput

REAL = Path(__file__).parents[2] / "../shared/real_corpora"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real recordings are not beside the checkout")


def files(pattern: str) -> list[Path]:
    found = sorted(REAL.glob(pattern))
    assert found, f"no {pattern}"
    return found


def test_every_recording_is_taken_except_those_without_signal() -> None:
    refused = {}
    for path in [path for kind in ("wav", "mp3", "flv") for path in files(f"**/*.{kind}")]:
        try:
            found = normalize(path.read_bytes(), path.name).inspection
        except BadInput as error:
            refused[path] = error.rule
        else:
            assert found.flags == ()
            assert 0.1 <= found.seconds < 20
    assert set(refused.values()) <= {"silent"}
    for path in refused:
        assert not soundfile.read(path)[0].any()


@pytest.mark.parametrize("folder", ["crema_d/AudioWAV", "emodb/wav", "emospeech/webservice"])
def test_16_khz_passes_bit_for_bit(folder: str) -> None:
    for path in files(f"{folder}/*.wav"):
        samples, rate = soundfile.read(path, dtype="int16")
        if rate == 16_000 and samples.any():
            found = normalize(path.read_bytes(), path.name).inspection
            assert found.pcm_md5 == pcm_md5_of(samples)


def test_the_flash_videos_of_crema_d_sound_like_its_wav_files() -> None:
    for path in files("crema_d/VideoFlash/*.flv"):
        done = normalize(path.read_bytes(), path.name)
        assert done.inspection.source_format == "FLV/mp3float"
        heard = soundfile.read(io.BytesIO(done.flac))[0]
        wav = soundfile.read(REAL / "crema_d/AudioWAV" / f"{path.stem}.wav")[0]
        length = min(len(heard), len(wav))
        spectra = np.fft.rfft(heard[:length]), np.fft.rfft(wav[:length])
        # The two differ by the delay of an MP3 encoder, so they are compared wherever they fit best.
        product = np.fft.irfft(spectra[0] * np.conj(spectra[1]))
        assert product.max() / (np.linalg.norm(heard) * np.linalg.norm(wav)) > 0.95


def test_24_bit_of_mesd_is_known_as_such() -> None:
    for path in files("mesd/*.wav"):
        found = normalize(path.read_bytes(), path.name).inspection
        assert (found.source_bits, found.source_rate, found.source_format) == (24, 48_000, "WAV/PCM_24")


@pytest.mark.parametrize("pattern", ["crema_d/AudioMP3/*.mp3", "crema_d/VideoFlash/*.flv", "nemo/**/*.wav"])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_half_a_recording_is_refused(pattern: str, share: float) -> None:
    for path in files(pattern)[:4]:
        data = path.read_bytes()
        with pytest.raises(BadInput) as caught:
            normalize(data[: int(len(data) * share)], path.name)
        assert caught.value.rule in ("truncated", "duration_mismatch")
