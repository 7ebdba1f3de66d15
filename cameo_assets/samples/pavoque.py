"""A miniature PAVOQUE: a long FLAC and a YAML list for each of the five styles, as in release v0.2.

Utterances of the corpus (quoted from its lists, CC BY-NC-SA 4.0), five of them in every style. Kept from the
real corpus: utterances without a gap on a grid of 0.02 s, phones beside them, a last phone that ends late
(angry and sad), the end of the sad list off the grid, texts that end in a colon, outtakes that overlap. The
phones are three for each utterance and not true to the sound. Added: the last utterance of `poker` is missing
from its FLAC, as in a download that broke off, and some neutral utterances have no phones.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.samples.pcm import resampled
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LATE: Final = ("pavoque-angry-2", "pavoque-sad-9")
CUT: Final = "pavoque-poker-10"
"""The row whose sound is not in its FLAC any more."""

_RATE: Final = 44_100
_GRID: Final = _RATE // 50
_VOICE: Final = Voice("de+m3")
_EMOTIONS: Final = {
    "angry": "anger",
    "happy": "happiness",
    "neutral": "neutral",
    "poker": "poker",
    "sad": "sadness",
}
_SHARED: Final = (
    "Faye Dunaway war zweimal verheiratet.",
    "Pfauen sind polygame Vögel.",
    "Als Interieur bezeichnet man:",
    "Carmen bleibt mit José zurück.",
    "Dieses Vakuum füllte Magnus aus.",
)
_SHARED_PROMPTS: Final = ("m0001", "m0003", "m0005", "m0011", "m0014")
_OWN: Final = {
    "angry": {
        "spike0001": "Ich bin Spike.",
        "spike0008": "Ach ja?",
        "spike0009": "Erzähl mir davon.",
        "spike0012": "Entschuldigung, sag das nochmal.",
        "spike0015": "Bist du noch da?",
        "spike0007": "Wie fühlst du dich heute?",
    },
    "happy": {
        "poppy0001": "Hi, ich heiße Poppy.",
        "poppy0002": "Kennen wir uns?",
        "poppy0008": "Ah – erzähl mir davon!",
        "poppy0010": "Ich bin Poppy.",
        "poppy0011": "Wie geht's?",
        "poppy0015": "Bist du noch da?",
    },
    "neutral": {
        "a0021": "Der Begriff Variant bezeichnet:",
        "a0036": "Pfuhl, Stahl, stehlen, stöhnen;",
        "a0049": "Königin Elizabeths Schlüssel.",
        "a0098": "Siehe Enveloppe (Mathematik).",
        "a0138": "Botanik und Paläontologie.",
        "a0183": "Als Punch bezeichnet man:",
    },
    "poker": {
        "poker_n0003": "Zu zweit macht Poker einfach keinen Spaß.",
        "poker_n0031": "Ich setze fünf.",
        "poker_n0032": "Ich setze alles!",
        "poker_n0033": "Ich bringe zwanzig.",
        "poker_n0035": "Ich gehe auf’s Ganze und setze fünfzig.",
        "poker_n0036": "Ich gehe mit.",
    },
    "sad": {
        "obadiah0006": "Hallo, ich bin Obadiah.",
        "obadiah0007": "Was gibt's?",
        "obadiah0008": "Was ist das Problem?",
        "obadiah0012": "Bist du noch da?",
        "obadiah0022": "Schweif nicht ab!",
        "obadiah0035": "Was meinst du?",
    },
}
# The neutral lists have other prompts for the same texts.
_NEUTRAL_PROMPTS: Final = ("a1001", "a1003", "e0005", "e0011", "e0014")


@dataclass(frozen=True, slots=True, eq=False)
class _Utterance:
    """An entry of a list and its sound; `start` and `end` are samples from the start of the FLAC."""

    prompt: str
    text: str
    style: str
    start: int
    samples: NDArray[np.int16]
    late: bool = False
    phones: bool = True

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


def _prompts(style: str) -> dict[str, str]:
    shared = _NEUTRAL_PROMPTS if style == "neutral" else _SHARED_PROMPTS
    return {**_OWN[style], **dict(zip(shared, _SHARED, strict=True))}


def _stems() -> tuple[str, ...]:
    return tuple(f"pavoque-{style}-{number}" for style in _OWN for number in range(len(_prompts(style))))


def _spoken(text: str, style: str, take: str, grid: int) -> NDArray[np.int16]:
    import numpy as np

    sound = resampled(say(text, _VOICE, _EMOTIONS[style], f"pavoque/{take}"), _RATE)
    return np.pad(sound, (0, -len(sound) % grid))


def _style(style: str, done: Callable[[str], None]) -> list[_Utterance]:
    utterances: list[_Utterance] = []
    for number, (prompt, text) in enumerate(_prompts(style).items()):
        stem = f"pavoque-{style}-{number}"
        # From here on the real sad list leaves the grid, by half a step.
        off_grid = style == "sad" and number == 8
        samples = _spoken(text, style, stem, _GRID)
        utterances.append(
            _Utterance(
                prompt=prompt,
                text=text,
                style=style,
                start=utterances[-1].end if utterances else 0,
                samples=samples[: -_GRID // 2] if off_grid else samples,
                late=stem in LATE,
                phones=style != "neutral" or number % 2 == 0,
            )
        )
        done(stem)
    return utterances


def _yaml(utterances: Sequence[_Utterance]) -> bytes:
    return "".join(map(_entry, utterances)).encode()


def _entry(utterance: _Utterance) -> str:
    text = utterance.text.replace("'", "''")
    quoted = f"'{text}'" if text.endswith(":") else utterance.text
    lines = [
        f"- prompt: {utterance.prompt}",
        f"  text: {quoted}",
        f"  style: {utterance.style}",
        f"  start: {_seconds(utterance.start)}",
        f"  end: {_seconds(utterance.end)}",
    ]
    if utterance.phones:
        length = len(utterance.samples) / _RATE
        last = length + 0.01 if utterance.late else length - 0.005
        phones = (("H#", 0.04), ("'a:'", length / 2), ("_", last))
        lines.append("  segments:")
        lines += [f"  - {{lab: {label}, end: {round(end, 6)}}}" for label, end in phones]
    return "".join(f"{line}\n" for line in lines)


def _seconds(samples: int) -> float:
    return round(samples / _RATE, 2)


def _flac(utterances: Sequence[_Utterance]) -> bytes:
    import numpy as np
    import soundfile

    sink = io.BytesIO()
    sound = np.concatenate([utterance.samples for utterance in utterances])
    soundfile.write(sink, sound, _RATE, format="FLAC", subtype="PCM_16")
    return sink.getvalue()


def _outtakes(spoken: dict[str, list[_Utterance]]) -> list[_Utterance]:
    """Takes of two sentences, each of which begins before the last one ends, as in the real list."""
    takes = [(spoken["angry"][1], "a"), (spoken["angry"][1], "b"), (spoken["neutral"][0], "a")]
    outtakes: list[_Utterance] = []
    for original, letter in takes:
        start = outtakes[-1].end - 5 * _GRID if outtakes else 0
        outtakes.append(
            _Utterance(
                prompt=f"{original.prompt}{letter}",
                text=original.text,
                style=original.style,
                start=start,
                samples=original.samples,
                phones=False,
            )
        )
    return outtakes


def _write(folder: Path, done: Callable[[str], None]) -> None:
    spoken = {style: _style(style, done) for style in _OWN}
    for style, utterances in {**spoken, "outtakes": _outtakes(spoken)}.items():
        there = utterances[:-1] if f"pavoque-{style}-{len(utterances) - 1}" == CUT else utterances
        (folder / f"pavoque-{style}.yaml").write_bytes(_yaml(utterances))
        (folder / f"pavoque-{style}.flac").write_bytes(_flac(there))


SAMPLE: Final = Sample(slug="pavoque", name="PAVOQUE", clips=_stems(), write=_write)
