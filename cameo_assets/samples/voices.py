"""Who speaks in the samples, and how an emotion sounds there.

The directions of anger, fear, happiness and sadness are those of Scherer's review of vocal expression (2003,
Speech Communication 40): anger is loud, quick and wide in pitch; fear high and quick; happiness high, loud
and lively; sadness slow, low, flat and soft. All other emotions, on which the review is thin or silent, and
all sizes are our own, chosen to be told apart by ear. None of it is a claim about people.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Prosody(msgspec.Struct, frozen=True):
    """How something is said, in espeak-ng's units.

    Attributes:
        rate: Words per minute.
        pitch: Base pitch, 0 to 99.
        pitch_range: Liveliness of the pitch, 0 to 99.
        volume: Loudness, 0 to 200.
    """

    rate: float
    pitch: float
    pitch_range: float
    volume: float


class Voice(msgspec.Struct, frozen=True):
    """One speaker of a sample.

    Attributes:
        name: Voice of espeak-ng with its variant, such as `pl+f2`.
        pitch: What this speaker adds to the base pitch.
        pace: What this speaker's rate is multiplied by.
    """

    name: str
    pitch: float = 0.0
    pace: float = 1.0


PROSODY: Final = {
    "neutral": Prosody(170, 45, 45, 75),
    "calm": Prosody(150, 39, 32, 60),
    "happiness": Prosody(184, 60, 80, 95),
    "sadness": Prosody(138, 32, 16, 48),
    "anger": Prosody(188, 52, 64, 120),
    "fear": Prosody(198, 66, 30, 68),
    "disgust": Prosody(150, 36, 56, 88),
    "surprise": Prosody(180, 70, 95, 96),
    "anxiety": Prosody(192, 58, 24, 58),
    "apology": Prosody(146, 38, 28, 56),
    "assertiveness": Prosody(162, 40, 34, 106),
    "concern": Prosody(152, 48, 38, 64),
    "encouragement": Prosody(172, 54, 66, 84),
    "enthusiasm": Prosody(190, 62, 76, 104),
    "excitement": Prosody(202, 68, 88, 110),
    "poker": Prosody(164, 40, 6, 70),
    "sarcasm": Prosody(140, 42, 74, 80),
}
"""What each emotion of the samples sounds like at full intensity, for a speaker of middle pitch and pace."""

# How far a take may stray from the table: two repetitions differ, as a person's do, and emotions overlap.
_STRAY: Final = Prosody(12, 5, 10, 9)
_LEAST: Final = Prosody(80, 0, 0, 20)
_MOST: Final = Prosody(450, 99, 99, 140)


def say(text: str, voice: Voice, emotion: str, take: str, *, intensity: float = 1.0) -> NDArray[np.int16]:
    """Speaks a text in an emotion.

    Args:
        text: What to say.
        voice: Who says it.
        emotion: Key of `PROSODY`.
        take: Name of the recording; it decides how this take strays from the table.
        intensity: 0 is neutral, 1 the table's emotion, above 1 more of it.

    Returns:
        Mono samples at `speech.SPEECH_RATE`, shape (n,).

    Raises:
        BadInput: The emotion has no prosody here, or espeak-ng fails (see `speech.speak`).
    """
    from cameo_assets.samples.speech import speak

    wanted = prosody(voice, emotion, take, intensity=intensity)
    return speak(
        text,
        voice=voice.name,
        rate=round(wanted.rate),
        pitch=round(wanted.pitch),
        pitch_range=round(wanted.pitch_range),
        volume=round(wanted.volume),
    )


def prosody(voice: Voice, emotion: str, take: str, *, intensity: float = 1.0) -> Prosody:
    """How a voice says something in an emotion; arguments as for `say`."""
    if emotion not in PROSODY:
        raise BadInput(f"take {take}", "unknown_emotion", repr(emotion), f"one of {sorted(PROSODY)}")
    full, neutral = PROSODY[emotion], PROSODY["neutral"]
    strays = [byte / 127.5 - 1 for byte in hashlib.sha256(take.encode()).digest()]

    def value(field: str, stray: float, *, factor: float = 1.0, offset: float = 0.0) -> float:
        base: float = getattr(neutral, field)
        moved = base + intensity * (getattr(full, field) - base) + stray * getattr(_STRAY, field)
        return float(min(max(moved * factor + offset, getattr(_LEAST, field)), getattr(_MOST, field)))

    return Prosody(
        rate=value("rate", strays[0], factor=voice.pace),
        pitch=value("pitch", strays[1], offset=voice.pitch),
        pitch_range=value("pitch_range", strays[2]),
        volume=value("volume", strays[3]),
    )
