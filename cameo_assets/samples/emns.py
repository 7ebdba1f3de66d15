"""A miniature EMNS: `metadata.csv` beside `raw_webm.tar.xz` and `cleaned_webm.tar.xz`, as on OpenSLR.

Sentences, names of recordings and the three rows that need updating are rows of the real table (Apache 2.0);
of the rows that our source of it merges into happiness, we chose which are excited. Kept from the real
corpus: WebM with Opus at 48 kHz; rows that need updating, for which there is no cleaned recording; names
whose capitals count, and one without letters; a folder `wavs/` that neither archive has; sentences with
quotation marks inside. Added: a header that declares a longer duration and a file whose length was never
filled in, as browsers leave them, on certain recordings; two sentences with typographic marks, which others
of the real table have; both spellings of surprise.

A cleaned recording is the raw one without its noise. Equal bytes are promised for one build of FFmpeg and
liblzma.
"""

from __future__ import annotations

import csv
import io
import lzma
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cameo_assets.samples.containers import webm
from cameo_assets.samples.pcm import resampled
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

TABLE: Final = "metadata.csv"
RAW: Final = "raw_webm"
CLEANED: Final = "cleaned_webm"
NEEDS_UPDATING: Final = frozenset(
    {"recorded_audio_l534MBl", "recorded_audio_U3C5eEs", "recorded_audio_phsJFva"}
)
PLAIN: Final = "recorded_audio"
DECLARED_SECONDS: Final = 15.28
"""What the headers of `INFLATED` declare, all of which last a few seconds."""

_RATE: Final = 48_000
_LEVEL: Final = 0.5
"""Opus overshoots; as any microphone's, the level leaves room for it."""

_NOISE: Final = 40.0
"""Standard deviation of the noise in raw recordings, in steps of 16 bit."""

_SPEAKER: Final = Voice("en-gb-x-rp+f2", pitch=4)
_EMOTIONS: Final = {
    "Angry": "anger",
    "Disgust": "disgust",
    "Excited": "excitement",
    "Happy": "happiness",
    "Neutral": "neutral",
    "Sad": "sadness",
    "Sarcastic": "sarcasm",
    "Surprise": "surprise",
    "Surprised": "surprise",
}
# Id, letters of the recording's name, label, level and sentence.
_ROWS: Final = (
    (613, "l534MBl", "Angry", 8, "Its council is based in Horsham."),
    (875, "U3C5eEs", "Angry", 9, "Damn thee, kiss me!"),
    (1103, "DkkGakk", "Angry", 9, "She was not here last night."),
    (139, "aR3Tczf", "Angry", 7, "What were you talking drivel about?"),
    (43, "ej7C6C8", "Angry", 9, "The original concrete station building has been demolished."),
    (485, "jLNnOEi", "Angry", 8, "Accept a father's blessing, and with it, this."),
    (1071, "phsJFva", "Disgust", 5, "The orchestra is arranged and conducted by Nelson Riddle."),
    (1045, "Qb4VBMl", "Disgust", 6, "I Love You."),
    (268, "CNZ5A4Q", "Disgust", 2, "Bundesliga club Eintracht Frankfurt."),
    (1144, "gfI8NsN", "Disgust", 3, "A brown and white dog chews on a tire."),
    (480, "t5PeRVu", "Disgust", 2, "I am really a wild beast, you know."),
    (698, "UCuYMb6", "Disgust", 3, "It houses a canvas by Luca Giordano."),
    (916, "8jlleSY", "Excited", 1, "Here she studied jazz with Marcus Belgrave."),
    (921, "t7bDMzY", "Excited", 0, "The party’s president is Mirnes Ajanovic."),
    (310, "dwZYS9N", "Excited", 8, "Moffett and Gladyce Lloyd Roberts."),
    (566, "klgLFic", "Excited", 6, "Solihull College is next-door to the east."),
    (1096, "Neewco9", "Excited", 8, "The same monk also built the first castle."),
    (635, "4dylUpD", "Excited", 8, "What's that book you've got there?"),
    (354, "hTiLQGF", "Happy", 6, "He could not have stolen the animal."),
    (97, "JVCFmAC", "Happy", 4, "Its normal clutch is three eggs."),
    (1042, "K67pyN1", "Happy", 2, "This Murid is promoted faster than others."),
    (72, "Mhiuz8D", "Happy", 4, 'It is the first game in the "Saints Row" series.'),
    (705, "LZooRX5", "Happy", 7, '"Aurantimonas coralicida" causes a white plague in corals.'),
    (964, "k3pCycm", "Happy", 3, "He had not a grain of physical fear."),
    (457, "6ZTSnaW", "Neutral", 0, "Where do foxes inhabit?"),
    (303, "qL4JVHj", "Neutral", 0, "Thus the buffer is local."),
    (815, "sAFnMYX", "Neutral", 0, "Iso means forward."),
    (1021, "BEv8ooJ", "Neutral", 0, "I even picked the songs."),
    (257, "EYJ5SGB", "Neutral", 0, "With the title Painstained."),
    (189, "eaBgSte", "Neutral", 0, "Its name was taken from Buffalo Bill."),
    (1084, "3hFySLU", "Sad", 7, "She graduated from Shimizugaoka High School."),
    (553, "jECSqAy", "Sad", 9, "Say what you have got to say!"),
    (606, "mvbPF9a", "Sad", 6, "The county seat is Stanton."),
    (25, "JPvzDSf", "Sad", 5, "Little things please little minds"),
    (1092, "RtCNgV7", "Sad", 8, "Handler is also an author."),
    (89, "hZrSXbD", "Sad", 6, "Ambient sounds make relaxing environments."),
    (981, "Q0CCiET", "Sarcastic", 5, 'Danny called the area "Potlach Meadows".'),
    (452, "sjK1D8m", "Sarcastic", 3, "Located in Quincy are a few small businesses."),
    (24, "CUfX2el", "Sarcastic", 3, "The K and P tracks no longer exist."),
    (972, "8YWwPBA", "Sarcastic", 0, "Moderate democratic parties received most of the vote."),
    (577, "aWazV29", "Sarcastic", 1, "The device Cordaro developed was the first tape delay system."),
    (517, "2nfFyRI", "Sarcastic", 1, "It was based on a hatchet housed in a tool pouch."),
    (190, "pBqK8xN", "Surprised", 5, "It was his last big hit."),
    (134, "O0kWKhg", "Surprised", 4, "And then — things happened very swiftly."),
    (1198, "ELX7XBF", "Surprised", 5, "It is a part of the Chicago Public Schools district."),
    (283, "", "Surprised", 5, "Three people in a boat float on the water at sunset."),
    (1179, "x9y4SwX", "Surprised", 3, "The telescope replaced a telescope that he had built previously."),
    (460, "X58V6uY", "Surprise", 6, "The pools are drained regularly for sanitation and cleaning."),
)
_COLUMNS: Final = (
    "id",
    "utterance",
    "description",
    "emotion",
    "date_created",
    "status",
    "gender",
    "age",
    "level",
    "audio_recording",
    "user_id",
)
_DESCRIPTION: Final = 'With a {emotion} voice, {user_id} said {transcription}. Placing emphasis on {"Word"}.'


def _stem(letters: str) -> str:
    """The name of a recording without its extension."""
    return f"{PLAIN}_{letters}" if letters else PLAIN


_STEMS: Final = tuple(_stem(letters) for _, letters, *_ in _ROWS)
INFLATED: Final = frozenset(_STEMS[::5])
LIVE: Final = frozenset(_STEMS[1::12])


def _table() -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter="|", lineterminator="\n")
    writer.writerow(_COLUMNS)
    for number, letters, label, level, text in _ROWS:
        stem = _stem(letters)
        status = "Needs Updating" if stem in NEEDS_UPDATING else "Complete"
        date = "2022-07-27 10:58:42.007804"
        recording = f"wavs/{stem}.webm"
        writer.writerow(
            (number, text, _DESCRIPTION, label, date, status, "Female", "20s", level, recording, 3)
        )
    return sink.getvalue()


def _recordings(done: Callable[[str], None]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Raw and cleaned recordings by stem."""
    import numpy as np

    raw, cleaned = {}, {}
    for number, letters, label, _, text in _ROWS:
        stem = _stem(letters)
        spoken = _LEVEL * resampled(say(text, _SPEAKER, _EMOTIONS[label], f"emns/{stem}"), _RATE)
        noise = np.random.default_rng(number).normal(0.0, _NOISE, len(spoken))
        declared = DECLARED_SECONDS if stem in INFLATED else None
        raw[stem] = webm(np.rint(spoken + noise).astype(np.int16), declared=declared, live=stem in LIVE)
        if stem not in NEEDS_UPDATING:
            cleaned[stem] = webm(np.rint(spoken).astype(np.int16), declared=declared)
        done(stem)
    return raw, cleaned


def _tar_xz(folder: str, recordings: Mapping[str, bytes]) -> bytes:
    """An archive of a folder, with neither owners nor dates; its files are in no order."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        top = tarfile.TarInfo(folder)
        top.type = tarfile.DIRTYPE
        top.mode = 0o755
        archive.addfile(top)
        for stem, data in recordings.items():
            member = tarfile.TarInfo(f"{folder}/{stem}.webm")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return lzma.compress(sink.getvalue(), preset=1)


def _write(folder: Path, done: Callable[[str], None]) -> None:
    raw, cleaned = _recordings(done)
    (folder / TABLE).write_bytes(_table().encode())
    for name, recordings in ((RAW, raw), (CLEANED, cleaned)):
        (folder / f"{name}.tar.xz").write_bytes(_tar_xz(name, recordings))


SAMPLE: Final = Sample(slug="emns", name="EMNS", clips=_STEMS, write=_write)
