"""Oréau: the inventory of version 01 as far as it is known, both versions, and every odd name."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.oreau import SENTENCES, SPEC, version
from cameo_assets.errors import BadInput
from cameo_assets.samples.rar import rar
from cameo_assets_tests.corpora.making import LAYOUTS, Files, listing, refused, soundless

# Speaker, folder, and sentence codes of T C D P S J N; a star marks what version 02 has not, and a z a code
# that does not begin with a. Four recordings of disgust are missing: their names are not known.
INVENTORY = """
07 | m | 01 02 03 04 09 10 | 01* 02 03 04 09* 10 | 02 03 04 09 10 \
| 01 02 03 04 09 10 | 01 02 09 10 z03 z04 | 01 02 04* 05* 09 10 | 01 02 03 04 09 10
08 | m | 01 05 | 03 04 | 03 | 03* 09* | 06 08 | 02 04 | 01 11
09 | m | 05 06 | 05 06 | 05 06 | 05 06* | 05 06 | 05 06 | 05* 06
10 | f | 01 02 | 01 02 | 01 02 | 01 02 | 01 02 | 01 02 | 01 02
11 | f | 01 02* 03 04* 05* 06 | 01 02 03 04 05 06 | 01 02 03 04 05 06 \
| 01 02 03* 04* 05 06 | 01 02 03 04 05 06 | 01 02 03 04 05 06 | 01 02 03 04 05 06
12 | m | 07 08 | 07 08 | 07 08 | 07 08 | 07 08* | 07 08* | 07 08
13 | f | 05 06 | 05 06* | 05 06 | 05* 06 | 05 06 | 05 06 | 05 06
14 | m | 03 04 | 03 04 | 03 04 | 03 04* | 03 04* | 03 04* | 03 04
16 | m | 02 09 | 11 20 | 07 08 | 09 20 | 09* 20 | 10 20 | 09 10
18 | m | 07 08* | 07* 08 | 07 08 | 07 08* | 07 08 | 07 08 | 07 08
19 | m | 09 10* | 09 10 | 09 10 | 09 10 | 09 10 | 09 10* | 09 10
20 | m | 10* 11 | 01 02 | 03 09 | 10* 11 | 02 07 | 01 02 | 02 08
21 | f | 01 11 | 01 11 | 01 02 | 12 | 01 11 | 11 12 | 01 11
22 | m | 09 10* | 09 10 | 02 03 | 10 12 | 10 11 | 01 02 | 02 03
23 | m | 07 11 | 07* 11* | 04 05 | 01* 04* | 05 07 | 07 08* | 04 07
24 | f | 01* 03 | 01 02 | 06 07 | 02 03 | 01 06 | 09 10 | 07 08
25 | m | 04 05* | 02 05 06 | 08 09 | 05 06 | 02 03 | 11 13 | 09 10
26 | m | 06 08* | 03 04 | 01 10 | 01 02 | 04 08 | 07* 08 | 01 11
27 | m | 01 02 | 05 06 | 02 03 | 03* 04* | 01 02 | 09 10 | 02 03
28 | m | 03* 04 | 01 08 | 04 05 | 05* 06 | 03 04* | 11* 12 | 04 05
29 | m | 09 10 | 09 10 | 06 07 | 07* 08* | 09 10 | 03 13 | 06 07
30 | m | 07* 11* | 07 11 | 09 | 11* 12 | 09* 11* | 04 05* | 08 09
31 | m | 08* 09 | 09 10 | 01 02 | 08* 10 | 10* 11 | 01 06 | 10 11
32 | m | 07 08* | 07 08 | 10 | 07 08 | 08 09 | 12 13 | 09 10
33 | m | 07 11* | 08 09 | 03 | 07 08 | 05* 07 | 02 03 | 01 02
36 | m | 05 06 | 08 09 | 04 05 | 09 10 | 05* 08 | 01 02 | 03 04
37 | f | 01 02 | 10 11 | 07 08 | 07 11* | 01 06 | 04 05 | 05 06
38 | m | 03 04 | 01 04 | 09 10 | 08 10 | 02 06 | 03 04 | 07 08
39 | m | 05 06 | 02 03 | 06 09 | 03 04 | 03 04 | 05 06 | 08 09
40 | m | 08* 09 | 05 06 | 02 03 | 05 06 | 03* 04 | 01* 06 | 10 11
41 | m | 10 11 | 10 11 | 07 10 | 08 09 | 07 09 | 07 08 | 09
42 | f | 07 10 | 03 04 | 02 03 | 03 20* | 07 08 | 03 06 | 01 11
"""
EMOTIONS = "TCDPSJN"


def inventory(number: int = 1) -> list[str]:
    """All known paths of a version, below its folder."""
    paths = []
    for line in INVENTORY.strip().splitlines():
        speaker, gender, *columns = (column.strip() for column in line.split("|"))
        for emotion, column in zip(EMOTIONS, columns, strict=True):
            for code in column.split():
                if number == 1 or not code.endswith("*"):
                    sentence = code.rstrip("*").rjust(3, "a")
                    paths.append(f"{gender}/sess{emotion.lower()}/{speaker}{sentence}{emotion}a.wav")
    return paths


def version_01(folder: str = "OréauFR_01") -> Files:
    return soundless(f"{folder}/{path}" for path in inventory())


SMALL = soundless(
    f"OréauFR_01/{path}" for path in ("f/sessj/10a02Ja.wav", "f/sessn/42a01Na.wav", "m/sesst/07a09Ta.wav")
)


def test_what_is_known_of_version_01_is_listed(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {"OréauFR_01.rar": rar(version_01())})
    assert found.refusals == ()
    assert len(found.utterances) == 498
    assert found.counts == {**SPEC.counts, "disgust": SPEC.counts["disgust"] - 4}
    assert SPEC.total == 502
    speakers = {utterance.speaker_id: utterance.gender for utterance in found.utterances}
    assert Counter(speakers.values()) == {"female": 7, "male": 25}
    assert len(speakers) == SPEC.speakers
    assert {utterance.age for utterance in found.utterances} == {None}
    assert {utterance.group_id for utterance in found.utterances} == set(speakers)


def test_every_sentence_is_said_and_seven_are_unknown(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, version_01())
    texts = {utterance.transcription for utterance in found.utterances} - {None}
    assert len(texts) == SPEC.sentences == 79
    unknown = {u.source_name for u in found.utterances if u.transcription is None}
    assert unknown == {"16a20Ca", "16a20Ja", "16a20Pa", "16a20Sa", "42a20Pa", "07z03Sa", "07z04Sa"}
    assert unknown == {u.source_name for u in found.utterances if u.flags == ("unknown_sentence",)}


@pytest.mark.parametrize(
    ("name", "emotion", "text"),
    [
        ("10a02Ja", "happiness", "J'ai réussi !"),
        ("10a01Ca", "anger", "On va avoir une mauvaise note à cause de toi."),
        ("31a10Da", "disgust", "Regarde le postillon du prof sur mon cahier !"),
        ("13a06Na", "neutral", "Il faut que je passe à la scolarité."),
        ("21a12Pa", "fear", "Euh, tu ne sens pas une odeur de cramé là."),
        ("21a11Sa", "surprise", "Ahh !"),
        ("16a09Ta", "sadness", "J’aime pas ce cours."),
    ],
)
def test_a_name_says_emotion_and_sentence(name: str, emotion: str, text: str, tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, soundless([f"{name}.wav"])).utterances
    assert (found.emotion, found.transcription) == (emotion, text)
    assert (found.file_id, found.speaker_id) == (file_id(name), f"oreau_{name[:2]}")
    assert found.dataset == "Oreau"


def test_lists_are_as_long_as_the_highest_codes_say() -> None:
    assert {emotion: len(lines) for emotion, lines in SENTENCES.items()} == {
        "T": 11,
        "C": 11,
        "D": 10,
        "P": 12,
        "S": 11,
        "J": 13,
        "N": 11,
    }
    assert not [
        line for lines in SENTENCES.values() for line in lines if line != line.strip() or "  " in line
    ]


# Ways to lay it down.


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_a_copy_is_packed(layout: str, form: str, tmp_path: Path) -> None:
    files = {unicodedata.normalize(form, path): data for path, data in SMALL.items()}
    found = listing(SPEC, tmp_path, LAYOUTS[layout](files))
    assert found.refusals == ()
    assert {u.source_name for u in found.utterances} == {"10a02Ja", "42a01Na", "07a09Ta"}


@pytest.mark.parametrize(
    "folder", ["OréauFR_01", "OréauFR_01/OréauFR_01", "Or├⌐auFR_01", "OreauFR_01", "whatever", "."]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_version_01_wins_over_version_02(folder: str, form: str, tmp_path: Path) -> None:
    ours = soundless([f"{folder}/f/sessj/10a02Ja.wav"])
    other = soundless(["OréauFR_02/f/sessj/10a02Ja.wav", "OréauFR_02/f/sessj/10a01Ja.wav"])
    files = {unicodedata.normalize(form, path): data for path, data in {**ours, **other}.items()}
    found = listing(SPEC, tmp_path, files)
    assert [u.source_name for u in found.utterances] == ["10a02Ja"]
    assert "_02" not in found.utterances[0].source_path
    assert set(refused(found).values()) == {"other_version"}
    assert len(found.refusals) == 2
    assert found.utterances[0].flags == ()


@pytest.mark.parametrize(
    "name",
    [
        "OréauFR_0{}",
        "OREAUFR_0{}",
        "Or%C3%A9auFR_0{}",
        "Ore%CC%81auFR_0{}",
        "OrÃ©auFR_0{}",
        "Ore╠üauFR_0{}",
        "OrauFR_0{}",
        "OreauFR 0{} (1)",
        "OréauFR-{}.unpacked",
    ],
)
def test_a_version_is_known_whatever_became_of_its_name(name: str) -> None:
    assert [version(f"{name.format(number)}/f/sessc/10a02Ca.wav") for number in (1, 2)] == [1, 2]


def test_the_innermost_folder_says_the_version(tmp_path: Path) -> None:
    inner = {"OréauFR_01/OréauFR_02/f/sessj/10a02Ja.wav": b"", "OréauFR_01/f/sessj/10a01Ja.wav": b""}
    found = listing(SPEC, tmp_path, inner)
    assert refused(found) == {"OréauFR_01/OréauFR_02/f/sessj/10a02Ja.wav": "other_version"}


def test_version_02_alone_is_a_partial_copy_that_says_so(tmp_path: Path) -> None:
    paths = inventory(2)
    found = listing(SPEC, tmp_path, {"OréauFR_02.rar": rar(soundless(f"OréauFR_02/{p}" for p in paths))})
    assert len(found.utterances) == len(paths) == 434
    assert found.counts == {
        "anger": 67,
        "disgust": 67,
        "fear": 51,
        "happiness": 62,
        "neutral": 70,
        "sadness": 55,
        "surprise": 62,
    }
    assert all("version_02" in utterance.flags for utterance in found.utterances)
    assert found.refusals == ()


def test_version_02_stands_in_where_the_archive_of_version_01_is_broken(tmp_path: Path) -> None:
    files = {"OréauFR_01.rar": b"<html>", "OréauFR_02/f/sessj/10a02Ja.wav": b""}
    found = listing(SPEC, tmp_path, files)
    assert [u.flags for u in found.utterances] == [("version_02",)]
    assert [refusal.path for refusal in found.refusals] == ["OréauFR_01.rar"]


def test_documents_beside_the_recordings_are_left_alone(tmp_path: Path) -> None:
    extra = {
        "OréauFR_01/contents.txt": "Je n'ai validé aucune matière.\n".encode(),
        "OréauFR_02/readme.txt": b"",
        "OréauFR_02/Documentation.docx": b"",
    }
    assert listing(SPEC, tmp_path, {**SMALL, **extra}).refusals == ()


# Names that are wrong.


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("f/sessc/10a02Ja.wav", "folder_disagrees"),
        ("m/sessj/10a02Ja.wav", "folder_disagrees"),
        ("f/sessj/07a02Ja.wav", "folder_disagrees"),
        ("m/sessj/15a02Ja.wav", "unknown_speaker"),
        ("f/sessj/15a02Ja.wav", "unknown_speaker"),
        ("f/sessj/10b02Ja.wav", "file_name"),
        ("f/sessj/10a02Jb.wav", "file_name"),
        ("f/sessj/10a02Xa.wav", "file_name"),
        ("f/sessj/10a2Ja.wav", "file_name"),
        ("f/sessj/10a02Ja (1).wav", "file_name"),
    ],
)
def test_a_wrong_name_is_refused_alone(path: str, rule: str, tmp_path: Path) -> None:
    path = f"OréauFR_01/{path}"
    found = listing(SPEC, tmp_path, {"OréauFR_01/f/sessn/10a01Na.wav": b"", path: b""})
    assert refused(found) == {path: rule}
    assert len(found.utterances) == 1


@pytest.mark.parametrize("path", ["SESSJ/10a02Ja.wav", "F/sessJ/10a02Ja.wav", "takes/10a02Ja.WAV"])
def test_folders_may_be_absent_or_in_capitals(path: str, tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, soundless([path])).utterances
    assert (found.source_name, found.gender) == ("10a02Ja", "female")


def test_files_of_another_corpus_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, soundless(["Actor_01/03-01-03-01-01-01-01.wav", "wav/03a01Fa.wav"]))
    assert caught.value.rule == "no_clips"
