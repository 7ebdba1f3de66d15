"""MESD, the Mexican Emotional Speech Database (Spanish).

Origin: Mendeley Data cy34mh68j9 (version 5), a folder of single words. Licence: CC BY 4.0. A name is emotion,
voice (female, male, child), list of words and word; there is no side table and no speaker. Words have no
accents: they are kept so in `transcription`, and written properly in `orthography`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.corpora.spelling import unaccented
from cameo_assets.errors import BadInput

LABELS = {
    "Anger": "anger",
    "Disgust": "disgust",
    "Fear": "fear",
    "Happiness": "happiness",
    "Neutral": "neutral",
    "Sadness": "sadness",
}
GENDERS: Final = {"F": "female", "M": "male", "C": "child"}
NAME = re.compile(
    rf"(?P<emotion>{'|'.join(LABELS)})_(?P<voice>[FMC])_(?P<list>[AB])_(?P<word>[A-Za-z]+(?:_[A-Za-z]+)*)"
)
GRAMMAR = "<emotion>_<F, M or C>_<A or B>_<word>.wav, such as Anger_F_A_por_favor.wav"
_LIST_A: Final = (
    "abajo adios antes arriba ayer basta_ya de_nada delante dentro derecha detras fuera "
    "gracias hola hoy izquierda lento no nunca por_favor pronto rapido si tarde"
)
WORDS_A: Final = frozenset(_LIST_A.split())
"""The words of list A, which every voice says in every emotion."""
ODD: Final = frozenset({"Happiness_C_A_lento_dentro", "Sadness_M_A_afuera"})
"""Two names with a word that list A has not, where `lento` and `fuera` are expected."""
RESTORED: Final = {
    "acuatico": "acuático",
    "adios": "adiós",
    "aficion": "afición",
    "aglomeracion": "aglomeración",
    "aguijon": "aguijón",
    "alegria": "alegría",
    "arana": "araña",
    "articulo": "artículo",
    "atomo": "átomo",
    "bebe": "bebé",
    "boton": "botón",
    "catastrofe": "catástrofe",
    "celebracion": "celebración",
    "cirugia": "cirugía",
    "comico": "cómico",
    "coordinacion": "coordinación",
    "creido": "creído",
    "danino": "dañino",
    "delfin": "delfín",
    "detras": "detrás",
    "enganado": "engañado",
    "ensueno": "ensueño",
    "esplendido": "espléndido",
    "estacion": "estación",
    "explosion": "explosión",
    "fantastico": "fantástico",
    "humedo": "húmedo",
    "humillacion": "humillación",
    "huracan": "huracán",
    "malevolo": "malévolo",
    "mecanico": "mecánico",
    "nausea": "náusea",
    "operacion": "operación",
    "punalada": "puñalada",
    "rapido": "rápido",
    "relajacion": "relajación",
    "respiracion": "respiración",
    "satisfaccion": "satisfacción",
    "si": "sí",
    "traicion": "traición",
}
"""Accents by the rules of Spanish; the publisher has no table of them."""
MISSPELT: Final = {"chiminea": "chimenea", "conciente": "consciente", "inconciente": "inconsciente"}
_OTHER_VERSION: Final = ("reduced", "reduction", "denoised")


def find(source: Source, _tables: None) -> Iterator[Clip | BadInput]:
    """Yields every recording; those of the noise-reduced version are told apart by folder or name."""
    for member in source.members:
        if member.suffix == ".wav":
            yield _clip(member)


def _clip(member: Member) -> Clip | BadInput:
    stem = unaccented(member.stem)  # as published, also where somebody has put the accents back
    name = NAME.fullmatch(stem)
    if name is None:
        return BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
    folders = member.path.rpartition("/")[0].casefold()
    marks = [mark for mark in _OTHER_VERSION if mark in folders]
    if marks:
        return BadInput(member.path, "other_version", f"a folder of {marks[0]!r} sound", "sound as recorded")
    # Names of that version have one more field before the word; no word of list B consists of two.
    field, _, rest = name["word"].partition("_")
    if rest and name["word"] not in WORDS_A and stem not in ODD:
        expected = "a name without another field, as of the sound as recorded"
        return BadInput(member.path, "other_version", f"{field!r} before the word", expected)
    return Clip(name=stem, path=member.path, version=member.version)


def describe(clip: Clip, _tables: None) -> Description:
    """Reads all that is known from the name; voices of a kind stay together, as nobody knows the speakers."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    word = name["word"]
    flags = []
    if clip.name in ODD:
        flags.append("odd_name_at_source")
    elif name["list"] == "A" and word not in WORDS_A:
        flags.append("unlisted_text")
    if word in MISSPELT:
        flags.append("misspelt_at_source")
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=word.replace("_", " "),
        orthography=RESTORED.get(word) or MISSPELT.get(word),
        gender=GENDERS[name["voice"]],
        group=name["voice"],
        flags=tuple(flags),
    )


SPEC = CorpusSpec(
    slug="mesd",
    name="MESD",
    language="Spanish",
    licence="CC BY 4.0",
    citation=(
        "Duville, Alonso-Valerdi and Ibarra-Zarate (2021), Mexican Emotional Speech Database Based on "
        "Semantic, Frequency, Familiarity, Concreteness, and Cultural Shaping of Affective Prosody, "
        "Data 6(12), 130"
    ),
    homepage="https://data.mendeley.com/datasets/cy34mh68j9/5",
    doi="10.17632/cy34mh68j9.5",
    labels=LABELS,
    find=find,
    describe=describe,
    archives=(
        # Mendeley packs all files of a version into one zip, of which it publishes neither size nor checksum.
        Archive(
            name="cy34mh68j9-5.zip",
            url="https://data.mendeley.com/public-api/zip/cy34mh68j9/download/5",
        ),
    ),
    obtain=(
        "the download of data.mendeley.com/datasets/cy34mh68j9/5 with the folder Mexican Emotional Speech "
        "Database (MESD), as it is or unpacked"
    ),
    counts={
        "anger": 143,
        "disgust": 144,
        "fear": 144,
        "happiness": 144,
        "neutral": 143,
        "sadness": 144,
    },
    attribution=(
        "Mexican Emotional Speech Database (MESD) by M. M. Duville, L. M. Alonso-Valerdi and "
        "D. I. Ibarra-Zarate, CC BY 4.0"
    ),
    defects=(
        "862 of the 864 recordings announced exist: Anger_C_A_hoy and Neutral_C_A_tarde are missing.",
        "Happiness_C_A_lento_dentro stands where lento should be, and Sadness_M_A_afuera where fuera should.",
        "Three women, two men and six children speak, and no name says which of them.",
        "Words have no accents, and three are misspelt: chiminea, conciente, inconciente.",
        "A noise-reduced version of some releases has one more field in its names and is not taken.",
        "About half of the recordings are clipped.",
    ),
)
