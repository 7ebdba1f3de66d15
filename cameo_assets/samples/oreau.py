"""A miniature Oréau: both versions in RAR archives, with the publisher's folders and file names.

Six of the 32 speakers say sentences of the corpus (quoted from its list, CC BY 4.0). Kept from the real
corpus: an `é` in two code points inside the archives and in one outside, stereo at 44.1 kHz, sentence codes
that no list has, and version 02, which holds some of the same names, cut shorter. `contents.txt` has the
sentences that are said here, in the publisher's order of emotions, some with a trailing blank.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.samples.pcm import resampled, wav
from cameo_assets.samples.rar import rar
from cameo_assets.samples.recipe import Sample
from cameo_assets.samples.voices import Voice, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ARCHIVE: Final = "OréauFR_01.rar"
OTHER: Final = "OréauFR_02.rar"
ODD: Final = ("07z03Sa", "16a20Ca", "16a20Ja", "16a20Pa", "16a20Sa", "42a20Pa")
IN_BOTH: Final = ("10a01Ca", "10a02Ja", "42a11Na")

_RATE: Final = 44_100
_SPEAKERS: Final = {
    "07": ("m", Voice("fr+m1")),
    "10": ("f", Voice("fr+f1", pitch=-3)),
    "16": ("m", Voice("fr+m3", pitch=-6, pace=0.95)),
    "21": ("f", Voice("fr+f2", pitch=4, pace=1.05)),
    "27": ("m", Voice("fr+m5", pitch=5)),
    "42": ("f", Voice("fr+f4", pace=1.04)),
}
# In the publisher's order of sentences.
_EMOTIONS: Final = {
    "T": "sadness",
    "C": "anger",
    "D": "disgust",
    "P": "fear",
    "S": "surprise",
    "J": "happiness",
    "N": "neutral",
}
_SENTENCES: Final = {
    "T01": "Je n'ai validé aucune matière.",
    "T02": "Je ne pensais pas rater à ce point là.",
    "T07": "Je n'ai pas réussi le test.",
    "T09": "J’aime pas ce cours.",
    "T10": "On ne comprend rien là.",
    "C01": "On va avoir une mauvaise note à cause de toi.",
    "C02": "Ça me soûle.",
    "C03": "Ça marche pas.",
    "C04": "J'ai rien compris.",
    "C05": "Ça fait trois mois qu’on a fait le contrôle et on n’a toujours pas les notes.",
    "C11": "Ça n'arrête pas de grésiller ! Ça m’énerve ! Je ne peux pas faire attention en classe.",
    "D01": "Cette odeur me dégoute.",
    "D02": "Est ce que tu peux arrêter de mâcher ton chewing gum la bouche ouverte, s’il te plaît ?",
    "D03": "Tu as vu comment le prof transpire ?",
    "D07": "Quelqu’un a posé son chewing gum sous la table au cours d’avant !",
    "D08": "Wow, quelle puanteur. Quelle odeur d’alcool !",
    "P01": "J'espère qu'on aura le temps de terminer le projet.",
    "P02": "J'espère que ça va compenser.",
    "P03": "J'ai vraiment peur de rater mon semestre.",
    "P09": "J’ai oublié de réviser le cours.",
    "P12": "Euh, tu ne sens pas une odeur de cramé là.",
    "S01": "J'ai eu la moyenne.",
    "S02": "Je ne pensais pas que c’était possible !",
    "S07": "Quoi ? Mais je ne savais pas !",
    "S08": "Il est là !",
    "S09": "Les notes du dernier examen sont tombés !",
    "J01": "Le prof n'est pas là !",
    "J02": "J'ai réussi !",
    "J03": "Ça compile, enfin !",
    "J06": "J'ai trouvé un stage.",
    "J10": "Merci, j’ai enfin compris !.",
    "N01": "Passe moi ta gomme.",
    "N02": "Tu peux m'aider ?",
    "N09": "Tu as reçu mon mail ?",
    "N10": "Le prof fait quel exercice ?",
    "N11": "Fais un copier coller.",
}
_UNLISTED: Final = "Je ne sais pas quoi dire."
_TAKES: Final = {
    "07": "a01T a02C a02D a01P a01S z03S a01J a01N",
    "10": "a01T a02T a01C a02C a01D a02D a01P a02P a01S a02S a01J a02J a01N a02N",
    "16": "a02T a09T a11C a20C a07D a08D a09P a20P a09S a20S a10J a20J a09N a10N",
    "21": "a01T a01C a11C a01D a12P a01S a01N a11N",
    "27": "a01T a02T a05C a02D a03D a03P a02S a10J a02N",
    "42": "a07T a10T a03C a04C a02D a03D a03P a20P a07S a08S a03J a06J a01N a11N",
}


def _stems() -> tuple[str, ...]:
    return tuple(f"{speaker}{take}a" for speaker, takes in _TAKES.items() for take in takes.split())


def _path(version: str, stem: str) -> str:
    folder = unicodedata.normalize("NFD", f"OréauFR_{version}")
    return f"{folder}/{_SPEAKERS[stem[:2]][0]}/sess{stem[5].lower()}/{stem}.wav"


def _speech(stem: str) -> NDArray[np.int16]:
    letter = stem[5]
    text = _UNLISTED if stem in ODD else _SENTENCES[f"{letter}{stem[3:5]}"]
    spoken = say(text, _SPEAKERS[stem[:2]][1], _EMOTIONS[letter], f"oreau/{stem}")
    return resampled(spoken, _RATE)


def _contents() -> bytes:
    lines = [text + (" " if number % 5 == 0 else "") for number, text in enumerate(_SENTENCES.values())]
    return "".join(f"{line}\n" for line in lines).encode()


def _write(folder: Path, done: Callable[[str], None]) -> None:
    ours = {f"{unicodedata.normalize('NFD', 'OréauFR_01')}/contents.txt": _contents()}
    other = {f"{unicodedata.normalize('NFD', 'OréauFR_02')}/readme.txt": b"Version 02\n"}
    for stem in SAMPLE.clips:
        speech = _speech(stem)
        ours[_path("01", stem)] = wav(speech, _RATE, channels=2)
        if stem in IN_BOTH:
            other[_path("02", stem)] = wav(speech[: len(speech) * 3 // 4], _RATE, channels=2)
        done(stem)
    (folder / ARCHIVE).write_bytes(rar(ours))
    (folder / OTHER).write_bytes(rar(other))


SAMPLE: Final = Sample(slug="oreau", name="Oréau", clips=_stems(), write=_write)
