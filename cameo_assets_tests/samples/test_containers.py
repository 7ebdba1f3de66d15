"""Films and recordings of browsers: what is put in comes out, and nothing else gets in."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from cameo_assets.audio.decode import decode
from cameo_assets.samples.containers import avi, webm

TONE = np.rint(9000 * np.sin(np.arange(50_000) / 20)).astype(np.int16)


def test_the_sound_of_a_film_is_exact_in_both_channels() -> None:
    found = decode(avi(TONE, 48_000), "a.avi")
    assert (found.rate, found.format, found.flags) == (48_000, "AVI/pcm_s16le", ())
    assert np.array_equal(found.frames, np.repeat(TONE[:, None], 2, axis=1))


def test_a_recording_is_as_long_as_the_speech() -> None:
    found = decode(webm(TONE), "a.webm")
    assert (found.rate, found.format, found.flags) == (48_000, "MATROSKA/opus", ())
    assert len(found.frames) == pytest.approx(len(TONE), abs=1)
    assert np.corrcoef(found.frames[:49_000, 0], TONE[:49_000])[0, 1] > 0.99


def test_a_header_may_declare_another_duration() -> None:
    found = decode(webm(TONE, declared=15.28), "a.webm")
    assert found.flags == ("duration_header",)
    assert len(found.frames) == len(decode(webm(TONE), "a.webm").frames)


def test_a_length_may_be_left_open() -> None:
    assert decode(webm(TONE, live=True), "a.webm").flags == ("header_unfinalised",)


@pytest.mark.parametrize("call", ["avi(TONE, 48_000)", "webm(TONE)", "webm(TONE, declared=15.28, live=True)"])
def test_another_process_writes_equal_bytes(call: str) -> None:
    script = (
        "import hashlib; from cameo_assets_tests.samples.test_containers import TONE, avi, webm; "
        f"print(hashlib.sha256({call}).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == hashlib.sha256(eval(call)).hexdigest()


@pytest.mark.parametrize("data", [avi(TONE, 48_000), webm(TONE)], ids=["avi", "webm"])
def test_no_version_of_ffmpeg_gets_into_a_file(data: bytes) -> None:
    assert b"Lavf6" not in data
    assert b"Lavc6" not in data
