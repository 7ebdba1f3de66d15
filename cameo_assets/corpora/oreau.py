"""Oréau, an emotional speech database in French.

Origin: Zenodo record 4405783, two RAR archives. Version 01 holds all recordings, version 02 those that
passed a perception test, partly cut; CAMEO has version 01, and the two are never mixed. Licence: CC BY 4.0.
A path is `OréauFR_01/<f or m>/sess<emotion>/<speaker><sentence><emotion>a.wav`, and there is no table.

The sentences stand without their codes in the publisher's `contents.txt`, emotion by emotion; that code 3 of
an emotion is its third line is inferred from the highest codes, which are the numbers of lines. The file is
not needed: the sentences are spelled here, with single blanks where it has double ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {
    "C": "anger",
    "D": "disgust",
    "J": "happiness",
    "N": "neutral",
    "P": "fear",
    "S": "surprise",
    "T": "sadness",
}
SENTENCES = {
    "C": (
        "On va avoir une mauvaise note à cause de toi.",
        "Ça me soûle.",
        "Ça marche pas.",
        "J'ai rien compris.",
        "Ça fait trois mois qu’on a fait le contrôle et on n’a toujours pas les notes.",
        "C’est toujours notre groupe qui termine vendredi après midi.",
        "Je me suis levé pour rien.",
        "Vous pouvez vous taire ? Merci.",
        "Ça fait une heure qu’on est sur la même chose, on n’avance pas.",
        "Mais ce n’est pas possible, je n’ai toujours pas compris cette partie !",
        "Ça n'arrête pas de grésiller ! Ça m’énerve ! Je ne peux pas faire attention en classe.",
    ),
    "D": (
        "Cette odeur me dégoute.",
        "Est ce que tu peux arrêter de mâcher ton chewing gum la bouche ouverte, s’il te plaît ?",
        "Tu as vu comment le prof transpire ?",
        "Tu as vu l’état de ma table ? C’est tout gras, comment je vais poser mes cahiers ?",
        "ça me dégoute, il faut que j’aille me laver les mains après !",
        "J’ai déraillé ce matin, je m’en suis mis partout !",
        "Quelqu’un a posé son chewing gum sous la table au cours d’avant !",
        "Wow, quelle puanteur. Quelle odeur d’alcool !",
        "Est ce que tu peux mettre ta main quand tu bailles ?",
        "Regarde le postillon du prof sur mon cahier !",
    ),
    "J": (
        "Le prof n'est pas là !",
        "J'ai réussi !",
        "Ça compile, enfin !",
        "J'ai une idée !",
        "Ça y est ça marche.",
        "J'ai trouvé un stage.",
        "Il n’y a pas cours demain !",
        "T’as vu ce qu’il m’a répondu ?",
        "J’ai trop bien compris cette partie du cours, je peux t’expliquer si tu veux !",
        "Merci, j’ai enfin compris !.",
        "Le prof est malade, donc le cours est annulé.",
        "Elle est bonne celle là !",
        "C’est bientôt les vacances !",
    ),
    "N": (
        "Passe moi ta gomme.",
        "Tu peux m'aider ?",
        "Il est quelle heure ?",
        "On est dans quelle salle au prochain cours ?",
        "C'est quoi le prochain cours ?",
        "Il faut que je passe à la scolarité.",
        "Est ce que tu peux dire au prof que je serai absent au prochain cours ?",
        "Tu peux épeler l'adresse URL ?",
        "Tu as reçu mon mail ?",
        "Le prof fait quel exercice ?",
        "Fais un copier coller.",
    ),
    "P": (
        "J'espère qu'on aura le temps de terminer le projet.",
        "J'espère que ça va compenser.",
        "J'ai vraiment peur de rater mon semestre.",
        "Je vais rater mon examen.",
        "Est ce que tu as commencé les révisions ?",
        "Est ce que t'as commencé à rédiger ton rapport.",
        "J'espère qu'il ne va pas m'interroger.",
        "On n’aura jamais assez de temps.",
        "J’ai oublié de réviser le cours.",
        "C’est bientôt à moi, j’espère que ça va aller.",
        "J'espère que ça a enregistré.",
        "Euh, tu ne sens pas une odeur de cramé là.",
    ),
    "S": (
        "J'ai eu la moyenne.",
        "Je ne pensais pas que c’était possible !",
        "Aujourd'hui, le cours s’est vraiment bien passé !",
        "Le chauffage fonctionne !",
        "C’est déjà fini ? Le cours est passé trop vite !",
        "Quoi ? Tout ça !",
        "Quoi ? Mais je ne savais pas !",
        "Il est là !",
        "Les notes du dernier examen sont tombés !",
        "Ça y est on a reçu les notes de maths !",
        "Ahh !",
    ),
    "T": (
        "Je n'ai validé aucune matière.",
        "Je ne pensais pas rater à ce point là.",
        "Pourquoi je me suis endormi pendant ce TD.",
        "Demain, on a encore un cours à 8h.",
        "J’ai perdu mes cours.",
        "Tu as vu mon score ? Impossible que j’ai mon TOEIC la semaine prochaine.",
        "Je n'ai pas réussi le test.",
        "Je n’ai encore rien compris.",
        "J’aime pas ce cours.",
        "On ne comprend rien là.",
        "Comment on va faire le TP, ça n’arrête pas de bugger ?",
    ),
}
"""The sentences of each emotion, from code a01 on."""

FEMALE = frozenset({"10", "11", "13", "21", "24", "37", "42"})
MALE = (
    frozenset(f"{number:02d}" for number in (7, 8, 9, 12, 14, 16, *range(18, 34), 36, 38, 39, 40, 41))
    - FEMALE
)
NAME = re.compile(r"(?P<speaker>\d\d)(?P<code>(?P<list>[az])(?P<number>\d\d))(?P<emotion>[CDJNPST])a")
GRAMMAR = "<speaker><sentence><emotion>a.wav, such as 10a02Ja.wav"
VERSION = re.compile(r"or[^/]{0,8}aufr[ _-]?0?([12])(?!\d)", re.IGNORECASE)
"""The folder or archive of a version; its é may be one code point, two, or what a program made of it."""


def find(source: Source, _tables: None) -> Iterator[Clip | BadInput]:
    """Yields every recording of version 01 or, where there is none, of version 02."""
    recordings = [member for member in source.members if member.suffix == ".wav"]
    named = [member for member in recordings if NAME.fullmatch(member.stem)]
    first = any(version(member.path) == 1 for member in named)
    for member in recordings:
        name = NAME.fullmatch(member.stem)
        if name is None:
            yield BadInput(member.path, "file_name", repr(member.name), GRAMMAR)
        elif first and version(member.path) == 2:
            yield BadInput(member.path, "other_version", "version 02", "version 01, which is here too")
        else:
            yield _folders_disagree(member, name) or Clip(
                name=member.stem, path=member.path, version=member.version
            )


def version(path: str) -> int:
    """1 or 2 by the innermost folder or archive that says so; 1, which is CAMEO's, where none does.

    >>> version("OréauFR_02.rar/OréauFR_02/f/sessc/10a02Ca.wav"), version("f/sessc/10a02Ca.wav")
    (2, 1)
    """
    found = VERSION.findall(path)
    return int(found[-1]) if found else 1


def _folders_disagree(member: Member, name: re.Match[str]) -> BadInput | None:
    """Compares emotion and gender with the folders, where it lies in any."""
    *_, above, folder = ("", "", *member.path.split("/")[:-1])
    if folder.lower().startswith("sess") and folder.lower() != f"sess{name['emotion'].lower()}":
        return BadInput(member.path, "folder_disagrees", folder, f"sess{name['emotion'].lower()}")
    gender = "f" if name["speaker"] in FEMALE else "m"
    if above.lower() in ("f", "m") and above.lower() != gender and name["speaker"] in FEMALE | MALE:
        return BadInput(member.path, "folder_disagrees", above, f"{gender}, for speaker {name['speaker']}")
    return None


def describe(clip: Clip, _tables: None) -> Description:
    """Reads all that is known from the name; ages are published as a range of all speakers alone."""
    name = NAME.fullmatch(clip.name)
    assert name is not None  # find lets nothing else through
    if name["speaker"] not in FEMALE | MALE:
        raise BadInput(clip.path, "unknown_speaker", name["speaker"], "one of the 32 from 07 to 42")
    sentences, number = SENTENCES[name["emotion"]], int(name["number"])
    known = name["list"] == "a" and 1 <= number <= len(sentences)
    flags = () if known else ("unknown_sentence",)
    return Description(
        emotion=LABELS[name["emotion"]],
        transcription=sentences[number - 1] if known else None,
        speaker=name["speaker"],
        gender="female" if name["speaker"] in FEMALE else "male",
        flags=(*flags, "version_02") if version(clip.path) == 2 else flags,
    )


_RECORD: Final = "https://zenodo.org/api/records/4405783"
_FILES: Final = "https://zenodo.org/records/4405783/files"

SPEC = CorpusSpec(
    slug="oreau",
    name="Oreau",
    language="French",
    licence="CC BY 4.0",
    citation="Kerkeni, Cleder, Serrestou and Raoof (2020), French Emotional Speech Database - Oréau, Zenodo",
    homepage="https://zenodo.org/records/4405783",
    doi="10.5281/zenodo.4405783",
    labels=LABELS,
    find=find,
    describe=describe,
    archives=(
        Archive(name="OréauFR_01.rar", url=f"{_FILES}/Or%C3%A9auFR_01.rar", record=_RECORD),
        Archive(name="OréauFR_02.rar", url=f"{_FILES}/Or%C3%A9auFR_02.rar", record=_RECORD, optional=True),
        Archive(name="Doc_FR.rar", url=f"{_FILES}/Doc_FR.rar", record=_RECORD, optional=True),
    ),
    obtain="OréauFR_01.rar of Zenodo record 4405783, as it is or unpacked",
    counts={
        "anger": 73,
        "disgust": 71,
        "fear": 71,
        "happiness": 72,
        "neutral": 71,
        "sadness": 72,
        "surprise": 72,
    },
    speakers=32,
    sentences=79,
    attribution=(
        "French Emotional Speech Database - Oréau by L. Kerkeni, C. Cleder, Y. Serrestou and K. Raoof, "
        "CC BY 4.0"
    ),
    defects=(
        "Seven recordings have a sentence code that no list has (a20, z03, z04): they have no transcription, "
        "and are flagged unknown_sentence.",
        "Which sentence a code stands for is inferred from the order of the publisher's list.",
        "Version 02 holds 434 of the 502, partly cut: beside version 01 it is passed over as other_version, "
        "alone it is taken and flagged version_02.",
        "A summary of the corpus tells of 8 women and 24 men; its folders hold 7 and 25.",
    ),
)
