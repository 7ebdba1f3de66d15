"""eNTERFACE'05: the published tree with its six irregularities, and what is no part of it."""

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from cameo_assets.corpora.enterface import LABELS, SENTENCES, SPEC
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import LAYOUTS, Files, lay, listing, refused, soundless, zipped

CODES = {emotion: emotion[:2] for emotion in LABELS}


def stem(subject: int, emotion: str, sentence: int) -> str:
    """The name of a film as published, without its extension."""
    code = CODES[emotion]
    match subject, emotion, sentence:
        case 2, "anger", (1 | 2):
            return f"s2_an_{3 - sentence}"
        case 3, _, _ if (emotion, sentence) >= ("fear", 5):
            return f"s_3_{code}_{sentence}"
        case 11, _, _:
            return f"s12_{code}_{sentence}"
        case 16, "surprise", 3:
            return "s16_su_3avi"
    return f"s{subject}_{code}_{sentence}"


def path(subject: int, emotion: str, sentence: int) -> str:
    return f"subject {subject}/{emotion}/sentence {sentence}/{stem(subject, emotion, sentence)}.avi"


UNSEGMENTED = [f"subject 6/{emotion}/s6_{code}.avi" for emotion, code in CODES.items()]
PUBLISHED = [
    path(subject, emotion, sentence)
    for subject, emotion, sentence in product(range(1, 45), CODES, range(1, 6))
    if subject != 6 and not (subject == 23 and emotion == "happiness" and sentence < 4)
]


def complete() -> Files:
    """The publisher's archive without sound."""
    inside = soundless([*PUBLISHED, *UNSEGMENTED, "subject 1/anger/sentence 1/Thumbs.db"])
    return {"project2_database.zip": zipped({f"enterface database/{name}": b"" for name in inside})}


@pytest.fixture(scope="module")
def utterances(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Utterance]:
    """Every utterance of a complete copy by its path below the top folder."""
    found = listing(SPEC, tmp_path_factory.mktemp("enterface"), complete())
    return {u.source_path.split("enterface database/")[1]: u for u in found.utterances}


def small() -> Files:
    return soundless(path(subject, emotion, 4) for subject in (1, 3, 44) for emotion in CODES)


def test_the_published_tree_has_1287_films_of_one_sentence(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, complete())
    assert len(found.utterances) == SPEC.total == 1287
    assert found.counts == SPEC.counts
    assert len({u.speaker_id for u in found.utterances}) == SPEC.speakers == 43
    assert len({u.transcription for u in found.utterances}) == SPEC.sentences == 30
    assert found.ignored == 1


def test_what_cameo_has_are_1257_with_ids_of_plain_stems(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, complete()))
    found = list_corpus(SPEC, source, cameo_compatible=True)
    assert found.counts == SPEC.cameo_counts
    assert sum(SPEC.cameo_counts.values()) == 1257
    stems = {
        stem(int(name.split("/")[0].split()[1]), name.split("/")[1], int(name.split("/")[2].split()[1]))
        for name in PUBLISHED
    }
    assert {u.file_id for u in found.utterances} == {file_id(each) for each in stems}
    assert found.reasons == {"not_in_cameo": 30, "unsegmented": 6}


def test_subject_6_is_reported_film_by_film(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), **soundless(UNSEGMENTED)})
    assert refused(found) == dict.fromkeys(UNSEGMENTED, "unsegmented")


def test_subjects_11_and_12_are_kept_apart(utterances: dict[str, Utterance]) -> None:
    eleven, twelve = (utterances[path(subject, "fear", 2)] for subject in (11, 12))
    assert (eleven.source_name, twelve.source_name) == ("subject 11/s12_fe_2", "s12_fe_2")
    assert (eleven.speaker_id, twelve.speaker_id) == ("enterface_11", "enterface_12")
    assert (eleven.flags, twelve.flags) == (("folder_disagrees",), ())
    assert (eleven.emotion, eleven.transcription) == (twelve.emotion, twelve.transcription)


def test_the_folder_is_believed_and_the_name_flagged(utterances: dict[str, Utterance]) -> None:
    flagged = {path for path, u in utterances.items() if u.flags}
    swapped = {
        "subject 2/anger/sentence 1/s2_an_2.avi": "What??? No, no, no, listen! I need this money!",
        "subject 2/anger/sentence 2/s2_an_1.avi": "I don't care about your coffee! Please serve me!",
    }
    assert {path for path in flagged if not path.startswith("subject 11/")} == set(swapped)
    assert {path: utterances[path].transcription for path in swapped} == swapped


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("subject 1/anger/sentence 1/s1_an_1.avi", "s1_an_1"),
        ("subject 3/happiness/sentence 1/s_3_ha_1.avi", "s_3_ha_1"),
        ("subject 3/fear/sentence 5/s_3_fe_5.avi", "s_3_fe_5"),
        ("subject 3/fear/sentence 4/s3_fe_4.avi", "s3_fe_4"),
        ("subject 16/surprise/sentence 3/s16_su_3avi.avi", "s16_su_3avi"),
    ],
)
def test_ids_are_hashes_of_the_stems_as_published(
    place: str, name: str, utterances: dict[str, Utterance]
) -> None:
    assert utterances[place].file_id == file_id(name)


def test_sixteen_names_of_subject_3_are_spelled_otherwise() -> None:
    assert sum("/s_3_" in each for each in PUBLISHED) == 16


def test_neither_gender_nor_age_is_guessed(utterances: dict[str, Utterance]) -> None:
    assert {(u.gender, u.age) for u in utterances.values()} == {(None, None)}


@pytest.mark.parametrize(
    ("emotion", "sentence", "text"),
    [
        ("anger", 5, "You're getting paid to work, not drink coffee!"),
        ("disgust", 3, "Aaaaah a cockroach!!!"),
        ("fear", 2, "Someone is climbing up the stairs"),
        ("happiness", 3, "Wahoo... This is so great."),
        ("sadness", 4, "I still loved him (her)"),
        ("surprise", 1, "You have never told me that!"),
    ],
)
def test_the_sentence_is_that_of_the_folder(
    emotion: str, sentence: int, text: str, utterances: dict[str, Utterance]
) -> None:
    found = utterances[path(1, emotion, sentence)]
    assert (found.emotion, found.transcription) == (emotion, text)
    assert SENTENCES[emotion][sentence - 1] == text


@pytest.mark.parametrize(
    "place",
    [
        "SUBJECT 1/ANGER/SENTENCE 1/S1_AN_1.AVI",
        "Subject1/Anger/sentence1/s1_an_1.avi",
        "subject_01/anger/sentence_1/s1_an_1.avi",
        "subject 1/anger/s1_an_1.avi",
        "eNTERFACE database/subject 1/anger/sentence 1/s1_an_1.avi",
    ],
)
def test_case_and_blanks_of_a_copy_do_not_change_an_id(place: str, tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, {place: b""}).utterances
    assert (found.source_name, found.speaker_id, found.flags) == ("s1_an_1", "enterface_1", ())


@pytest.mark.parametrize("number", [1, 2])
def test_the_swapped_films_say_the_same_where_a_copy_lacks_the_last_folders(
    number: int, utterances: dict[str, Utterance], tmp_path: Path
) -> None:
    (flat,) = listing(SPEC, tmp_path, {f"subject 2/anger/s2_an_{number}.avi": b""}).utterances
    nested = utterances[f"subject 2/anger/sentence {3 - number}/s2_an_{number}.avi"]
    assert (flat.file_id, flat.transcription, flat.flags) == (
        nested.file_id,
        nested.transcription,
        nested.flags,
    )


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("subject 45/anger/sentence 1/s45_an_1.avi", "unknown_speaker"),
        ("subject 0/anger/sentence 1/s0_an_1.avi", "unknown_speaker"),
        ("subject 1/anger/sentence 2/s1_an_1.avi", "folder_disagrees"),
        ("subject 2/anger/sentence 3/s2_an_1.avi", "folder_disagrees"),
        ("subject 1/anger/sentence 1/s2_an_1.avi", "folder_disagrees"),
        ("subject 12/anger/sentence 1/s11_an_1.avi", "folder_disagrees"),
        ("subject 1/fear/sentence 1/s1_an_1.avi", "folder_disagrees"),
        ("subject 1/joy/sentence 1/s1_jo_1.avi", "folder_name"),
        ("s1_an_1.avi", "folder_name"),
        ("anger/s1_an_1.avi", "folder_name"),
        ("subject 1/anger/sentence 6/s1_an_6.avi", "folder_name"),
        ("subject 1/anger/sentence 1/s1_an_1 (1).avi", "file_name"),
        ("subject 1/anger/sentence 1/holiday.avi", "file_name"),
        ("subject 1/anger/sentence 1/s1_an.avi", "unsegmented"),
    ],
)
def test_enterface_refuses(place: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), place: b""})
    assert refused(found) == {place: rule}
    assert len(found.utterances) == len(small())


def test_a_second_copy_of_a_film_is_refused(tmp_path: Path) -> None:
    copy = path(1, "anger", 4)
    found = listing(SPEC, tmp_path, {**small(), f"z/{copy}": b""})
    assert refused(found) == {f"z/{copy}": "repeated_name"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, LAYOUTS[layout](small()))
    assert found.refusals == ()
    assert sorted(u.source_name for u in found.utterances) == sorted(
        name.rpartition("/")[2].removesuffix(".avi") for name in small()
    )


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    extra = soundless(["subject 1/anger/sentence 4/s1_an_4.wav", "README.txt"])
    assert listing(SPEC, tmp_path, {**small(), **extra}).refusals == ()


def test_films_of_another_corpus_are_no_clips(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, soundless(["VideoFlash/1001_DFA_ANG_XX.avi"]))
    assert caught.value.rule == "no_clips"


def test_the_licence_waits_for_a_person() -> None:
    assert SPEC.licence == "MIT"
    assert "research" in SPEC.licence_doubt
    assert Counter(SPEC.labels.values()).keys() == SPEC.counts.keys()
