"""A miniature CREMA-D: the folder tree of a git checkout, nested in the folder that a download puts round it.

Kept from the real corpus: the recording without signal (`1076_MTI_SAD_XX`), one recording under two labels
(`1006_TIE_HAP_XX` and `1006_TIE_NEU_XX`), one that was never published (`1002_TIE_NEU_XX`), levels only with
one sentence, a list of file names that ends without a line feed. Added, as in a checkout that did not fetch
all Git LFS objects: one pointer in place of its audio, and pointers alone in `AudioMP3/`; and, as in a copy
from before 2022-10-18, `1040_ITH_SAD_XX` under its old name. Ages, sexes and origins stand as published for
these actors; the votes are made up, in the shape of the published tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

CHECKOUT: Final = "CREMA-D-master"
SILENT: Final = "1076_MTI_SAD_XX"
COPIES: Final = {"1006_TIE_HAP_XX": "1006_TIE_NEU_XX"}
POINTER: Final = "1011_MTI_FEA_XX"
NEVER_PUBLISHED: Final = "1002_TIE_NEU_XX"
RENAMED: Final = {"1040_ITH_SAD_XX": "1040_ITH_SAD_X"}
"""The name that the side files give, and the older one that the recording bears."""

_RATE: Final = 16_000
_SILENT_SAMPLES: Final = 41_108  # as long as the publisher's
_ACTORS: Final = {
    "1001": (Voice("en-us+m1", pitch=-6, pace=0.95), 51, "Male", "Caucasian"),
    "1002": (Voice("en-us+f5", pitch=4), 21, "Female", "Caucasian"),
    "1005": (Voice("en-us+m6", pitch=2), 29, "Male", "African American"),
    "1006": (Voice("en-us+f4", pitch=-10, pace=0.93), 58, "Female", "Caucasian"),
    "1011": (Voice("en-us+m8", pitch=8, pace=1.03), 32, "Male", "Caucasian"),
    "1040": (Voice("en-us+m2", pitch=-3, pace=0.97), 42, "Male", "Caucasian"),
    "1076": (Voice("en-us+f2", pace=1.06), 25, "Female", "Caucasian"),
    "1081": (Voice("en-us+m4", pitch=5, pace=1.04), 30, "Male", "Asian"),
}
_EMOTIONS: Final = {
    "NEU": "neutral",
    "HAP": "happiness",
    "SAD": "sadness",
    "ANG": "anger",
    "FEA": "fear",
    "DIS": "disgust",
}
_ANSWERS: Final = ("A", "D", "F", "H", "N", "S")
_CHANNELS: Final = ("Voice", "Face", "MultiModal")
_LEVELLED: Final = "IEO"
_SENTENCES: Final = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "MTI": "Maybe tomorrow it will be cold.",
}
_RARE: Final = {"ITH": "I think I have a doctor's appointment."}
"""Said by one actor alone."""
_LEVELS: Final = {"LO": 0.6, "MD": 1.0, "HI": 1.3}
_UNSPECIFIED: Final = 1.0

_README: Final = """# CREMA-D, synthetic sample

The layout follows the repository CheyneyComputerScience/CREMA-D; the recordings are spoken by espeak-ng, and
the votes in processedResults are made up. The real corpus is at
https://github.com/CheyneyComputerScience/CREMA-D.
"""


def _stems() -> tuple[str, ...]:
    stems = []
    everything = [actor for actor in _ACTORS if not actor.startswith("1040")]
    for position, actor in enumerate(everything):
        level = list(_LEVELS)[position % len(_LEVELS)]
        for sentence in _SENTENCES:
            for emotion in _EMOTIONS:
                rated = level if sentence == _LEVELLED and emotion != "NEU" else "XX"
                stems.append(f"{actor}_{sentence}_{emotion}_{rated}")
    stems.remove(NEVER_PUBLISHED)
    return tuple(sorted([*stems, *RENAMED], key=lambda stem: stem[:4]))


def _recording(stem: str) -> bytes:
    actor, sentence, emotion, level = stem.split("_")
    spoken = say(
        {**_SENTENCES, **_RARE}[sentence],
        _ACTORS[actor][0],
        _EMOTIONS[emotion],
        f"crema_d/{stem}",
        intensity=_LEVELS.get(level, _UNSPECIFIED),
    )
    return wav(resampled(spoken, _RATE), _RATE)


def _silence() -> bytes:
    import numpy as np

    return wav(np.zeros(_SILENT_SAMPLES, dtype=np.int16), _RATE)


def _pointer(recording: bytes) -> bytes:
    digest = hashlib.sha256(recording).hexdigest()
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(recording)}\n".encode()
    )


def _published(stem: str) -> bytes:
    if stem == SILENT:
        return _silence()
    recording = _recording(COPIES.get(stem, stem))
    return _pointer(recording) if stem == POINTER else recording


def _demographics() -> Iterable[str]:
    yield '"ActorID","Age","Sex","Race","Ethnicity"\n'
    for actor, (_, age, sex, race) in _ACTORS.items():
        yield f'{actor},{age},"{sex}","{race}","Not Hispanic"\n'


def _file_names() -> str:
    lines = ['"Stimulus_Number","Filename"']
    lines += [f'{number},"{stem}"' for number, stem in enumerate(SAMPLE.clips, start=1)]
    return "\n".join(lines)


def _vote(stem: str, channel: str) -> tuple[str, str]:
    """What raters heard or saw: mostly what was meant, else neutral, now and then a tie."""
    digest = hashlib.sha256(f"{stem}/{channel}".encode()).digest()
    meant = stem.split("_")[2][0]
    tied = digest[0] < 30 and meant != "N"
    winners = sorted((meant, "N")) if tied else [meant if digest[0] < 190 else "N"]
    levels = [f"{40 + digest[1 + place] / 255 * 50:.2f}" for place in range(len(winners))]
    return ":".join(winners), ":".join(levels)


def _counts(winners: str) -> list[int]:
    """Nine ratings of which most are for the winners, by answer in the order of `_ANSWERS`."""
    won = winners.split(":")
    dissenter = next(answer for answer in _ANSWERS if answer not in won)
    votes = {**dict.fromkeys(won, 8 // len(won)), dissenter: 1}
    return [votes.get(answer, 0) for answer in _ANSWERS]


def _tabulated() -> Iterable[str]:
    """The publisher's first columns; a row's number is 100,000 times the channel plus the clip."""
    columns = ("", *_ANSWERS, "fileName", "numResponses", "agreement", "emoVote")
    yield ",".join(f'"{column}"' for column in columns) + "\n"
    for channel, name in enumerate(_CHANNELS, start=1):
        for number, stem in enumerate(SAMPLE.clips, start=1):
            winners, _ = _vote(stem, name)
            counts = _counts(winners)
            agreement = f"{max(counts) / sum(counts):.15g}"
            cells = [*counts, f'"{stem}"', sum(counts), agreement, f'"{winners}"']
            yield ",".join(map(str, [f'"{100_000 * channel + number}"', *cells])) + "\n"


def _votes() -> Iterable[str]:
    yield '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"\n'
    for number, stem in enumerate(SAMPLE.clips, start=1):
        cells = [cell for channel in _CHANNELS for cell in _vote(stem, channel)]
        yield ",".join(f'"{cell}"' for cell in (number, stem, *cells)) + "\n"


def _write(folder: Path, done: Callable[[str], None]) -> None:
    checkout = folder / CHECKOUT
    for part in ("AudioWAV", "AudioMP3", "processedResults"):
        (checkout / part).mkdir(parents=True)
    texts = {
        "README.md": _README,
        "VideoDemographics.csv": "".join(_demographics()),
        "SentenceFilenames.csv": _file_names(),
        "processedResults/summaryTable.csv": "".join(_votes()),
        "processedResults/tabulatedVotes.csv": "".join(_tabulated()),
    }
    for name, text in texts.items():
        (checkout / name).write_bytes(text.encode())
    for stem in SAMPLE.clips:
        name = RENAMED.get(stem, stem)
        (checkout / "AudioWAV" / f"{name}.wav").write_bytes(_published(stem))
        (checkout / "AudioMP3" / f"{name}.mp3").write_bytes(_pointer(stem.encode()))
        done(stem)


SAMPLE: Final = Sample(slug="crema_d", name="CREMA-D", clips=_stems(), write=_write)
