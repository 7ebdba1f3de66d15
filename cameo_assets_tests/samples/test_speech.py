from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cameo_assets.errors import BadInput
from cameo_assets.samples.speech import SPEECH_RATE, speak

loader = pytest.importorskip("espeakng_loader", reason="speech needs espeakng-loader")

UTTERANCES = [
    ("Dogs are sitting by the door", "en-us+f2", 150),
    ("Kids are talking by the door", "en-us+m1", 200),
    ("Ucho wykrywa dźwięki o różnej częstotliwości.", "pl+f2", 175),
]


def digest(text: str, voice: str, rate: int) -> str:
    return hashlib.sha256(speak(text, voice=voice, rate=rate).tobytes()).hexdigest()


def test_speech_is_mono_16_bit_and_audible() -> None:
    samples = speak("Dogs are sitting by the door", voice="en-us+f2")
    assert samples.dtype == np.int16
    assert samples.ndim == 1
    assert 1.0 < len(samples) / SPEECH_RATE < 3.0
    assert np.sqrt(np.mean(samples.astype(float) ** 2)) > 1000


def test_bytes_do_not_depend_on_what_was_spoken_before() -> None:
    first = {utterance: digest(*utterance) for utterance in UTTERANCES}
    order = UTTERANCES * 3
    random.Random(1).shuffle(order)
    assert [digest(*utterance) for utterance in order] == [first[utterance] for utterance in order]


def test_bytes_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from cameo_assets.samples.speech import speak\n"
        f"for text, voice, rate in {UTTERANCES[::-1]!r}:\n"
        "    print(hashlib.sha256(speak(text, voice=voice, rate=rate).tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split() == [digest(*utterance) for utterance in UTTERANCES[::-1]]


def test_bytes_do_not_depend_on_the_clock() -> None:
    before = [digest(*utterance) for utterance in UTTERANCES]
    time.sleep(1.1)  # espeak-ng's own seed is the second of the clock
    assert [digest(*utterance) for utterance in UTTERANCES] == before


def test_bytes_do_not_depend_on_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda utterance: digest(*utterance), UTTERANCES * 4))
    assert found == [digest(*utterance) for utterance in UTTERANCES] * 4


def test_a_process_that_already_speaks_is_neither_disturbed_nor_disturbs() -> None:
    # In a process of its own: the library stays loaded there, with its names visible to all.
    code = """
import ctypes, hashlib, espeakng_loader
from cameo_assets.samples.speech import speak
def digest():
    return hashlib.sha256(speak("Dogs are sitting by the door", voice="en-us+f2").tobytes()).hexdigest()
before = digest()
library = ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0x8000)
library.espeak_SetVoiceByName(b"de")
library.espeak_SetParameter(1, 300, 0)
assert digest() == before
assert library.espeak_GetParameter(1, 1) == 300
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_data_under_a_long_path_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    utterance = UTTERANCES[0]
    expected = digest(*utterance)
    deep = tmp_path.joinpath(*["x" * 60] * 4)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(loader.get_data_path(), target_is_directory=True)
    monkeypatch.setattr(loader, "get_data_path", lambda: str(deep / "espeak-ng-data"))
    assert digest(*utterance) == expected


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    speak("Dogs", voice="en-us")
    assert list(tmp_path.iterdir()) == []


def test_a_faster_rate_is_shorter_and_more_volume_louder() -> None:
    def speech(**settings: int) -> np.ndarray:
        return speak("Kids are talking by the door", voice="en-us+m1", **settings).astype(float)

    assert len(speech(rate=250)) < 0.8 * len(speech(rate=150))
    assert np.abs(speech(volume=100)).mean() > 1.5 * np.abs(speech(volume=50)).mean()


@pytest.mark.parametrize(
    ("text", "voice", "rule"),
    [
        ("Hello", "en-us+nobody", "unknown_voice"),
        ("Hello", "en-us+../../voices", "unknown_voice"),
        ("Hello", "klingon-north", "unknown_voice"),
        ("", "en-us", "nothing_to_say"),
        ("...", "en-us", "nothing_to_say"),
    ],
)
def test_what_cannot_be_spoken_is_refused(text: str, voice: str, rule: str) -> None:
    with pytest.raises(BadInput) as caught:
        speak(text, voice=voice)
    assert caught.value.rule == rule


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(BadInput, match=r"pip install cameo_assets\[samples\]"):
        speak("Hello", voice="en-us")


def test_a_library_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "libespeak-ng.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(loader, "get_library_path", lambda: str(broken))
    with pytest.raises(BadInput, match="not_loadable"):
        speak("Hello", voice="en-us")
