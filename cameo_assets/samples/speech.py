"""Text to samples with espeak-ng, in such a way that the bytes depend on the arguments alone.

espeak-ng keeps state in its library's variables from one utterance to the next, which neither
`espeak_Terminate` nor `espeak_Initialize` resets (measured with 1.52.0: a sentence repeated in one process
comes out different each time). So every utterance gets its own image of the library: a private copy of the
file is loaded, used once and unloaded. The copy also keeps apart from any espeak-ng that the process has
loaded before. Its noise is seeded, since `espeak_Initialize` would seed it from the clock.

Equal bytes are promised for one build of espeak-ng on one machine; another processor's mathematics may round
differently.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPEECH_RATE: Final = 22050
"""Samples per second of everything that `speak` returns."""

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_LONGEST_DATA_PATH: Final = 120  # the library cuts longer ones off at 160 characters, sub-folders included
_SEED: Final = 1

_CALLBACK: Final = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def speak(
    text: str,
    *,
    voice: str,
    rate: int = 175,
    pitch: int = 50,
    pitch_range: int = 50,
    volume: int = 100,
) -> NDArray[np.int16]:
    """Speaks a text.

    Args:
        text: What to say.
        voice: Language of espeak-ng, with a variant where wanted, such as `en-us+m1` or `pl+f2`.
        rate: Words per minute, 80 to 450.
        pitch: Base pitch, 0 to 99.
        pitch_range: Liveliness of the pitch, 0 (monotone) to 99.
        volume: Loudness, 0 to 200; above about 120 loud voices are clipped.

    Returns:
        Mono samples at `SPEECH_RATE`, shape (n,).

    Raises:
        BadInput: espeak-ng is not installed or cannot be loaded, does not know the voice, or says nothing.
    """
    import numpy as np

    if not any(character.isalnum() for character in text):
        raise BadInput("speech", "nothing_to_say", repr(text), "a text with a letter or a digit")
    library, data = _installed()
    _check_variant(voice, data)
    with _image(library, data) as (espeak, home):
        pcm = _synthesise(
            espeak, home, text, voice, {_RATE: rate, _VOLUME: volume, _PITCH: pitch, _RANGE: pitch_range}
        )
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16)


def _installed() -> tuple[Path, Path]:
    """Where the library and its data folder are."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise BadInput(
            "package espeakng-loader",
            "not_installed",
            str(error),
            "the package, which `pip install cameo_assets[samples]` installs",
        ) from error
    return Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())


def _check_variant(voice: str, data: Path) -> None:
    # espeak-ng speaks with its default voice where it does not know the variant, and says nothing of it.
    _, plus, variant = voice.partition("+")
    variants = data / "voices" / "!v"
    if plus and not (variants / variant).is_file():
        known = ", ".join(sorted(path.name for path in variants.iterdir()))
        raise BadInput(f"voice {voice}", "unknown_voice", f"variant {variant!r}", f"one of {known}")


@contextmanager
def _image(library: Path, data: Path) -> Iterator[tuple[ctypes.CDLL, str]]:
    """A fresh image of the library, and a path to its data that is short enough for it."""
    import _ctypes

    with tempfile.TemporaryDirectory(prefix="cameo-speech-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / library.name
        shutil.copyfile(library, copy)
        home = data
        if len(os.fsencode(data)) > _LONGEST_DATA_PATH:
            home = Path(folder) / "data"
            home.symlink_to(data, target_is_directory=True)
        try:
            # Deep binding: names resolve within the copy, even if another espeak-ng is loaded globally.
            espeak = ctypes.CDLL(str(copy), mode=ctypes.DEFAULT_MODE | getattr(os, "RTLD_DEEPBIND", 0))
        except OSError as error:
            raise BadInput(
                "espeak-ng library", "not_loadable", str(error), "a TMPDIR from which libraries may be loaded"
            ) from error
        try:
            yield espeak, str(home)
        finally:
            if sys.platform == "win32":
                _ctypes.FreeLibrary(espeak._handle)
            else:
                _ctypes.dlclose(espeak._handle)


def _synthesise(espeak: ctypes.CDLL, home: str, text: str, voice: str, parameters: dict[int, int]) -> bytes:
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(home), _DONT_EXIT)
    if rate != SPEECH_RATE:
        raise BadInput("espeak-ng library", "not_loadable", f"start-up answered {rate}", f"{SPEECH_RATE}")
    try:
        espeak.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
        if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
            raise BadInput(
                f"voice {voice}",
                "unknown_voice",
                f"{voice!r}",
                "a language of espeak-ng, such as en-us or pl",
            )
        for parameter, value in parameters.items():
            espeak.espeak_SetParameter(parameter, value, 0)
        return _collect(espeak, text.encode())
    finally:
        espeak.espeak_Terminate()


def _collect(espeak: ctypes.CDLL, text: bytes) -> bytes:
    pieces: list[bytes] = []

    def take(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = _CALLBACK(take)  # has to outlive the call below
    espeak.espeak_SetSynthCallback(callback)
    status = espeak.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _UTF8, None, None)
    if status != 0 or not pieces:
        raise BadInput(
            "speech", "no_sound", f"status {status}, {len(pieces)} pieces of sound", "status 0 and sound"
        )
    return b"".join(pieces)
