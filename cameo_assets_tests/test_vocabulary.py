"""Emotions, languages and licences: complete, and spelled as CAMEO spells them."""

from cameo_assets.corpora.registry import known
from cameo_assets.vocabulary import EMOTIONS, GENDERS, LANGUAGES, LICENCES


def test_there_are_seventeen_emotions_in_order() -> None:
    assert len(set(EMOTIONS)) == 17
    assert list(EMOTIONS) == sorted(EMOTIONS)


def test_words_are_plain_lower_case() -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in (*EMOTIONS, *GENDERS))


def test_there_are_eight_languages_with_codes_of_their_own() -> None:
    assert len(LANGUAGES) == len(set(LANGUAGES.values())) == 8
    assert all(len(code) == 2 and code.islower() for code in LANGUAGES.values())


def test_licences_have_ids_and_texts_of_their_own() -> None:
    assert all(name == licence.name for name, licence in LICENCES.items())
    assert len({(licence.id, licence.contents) for licence in LICENCES.values()}) == len(LICENCES)
    assert all(licence.url.startswith("https://") for licence in LICENCES.values() if licence.id != "unknown")


def test_rows_carry_cameos_spelling() -> None:
    assert LICENCES["CC BY-NC-SA 4.0"].spelling == "CC BY-NC-SA 4.0"
    assert LICENCES["ODbL 1.0 with DbCL 1.0"].spelling == "ODbL 1.0"


def test_a_person_decides_about_an_unknown_licence() -> None:
    undecided = {name for name, licence in LICENCES.items() if licence.redistribution is None}
    assert undecided == {"unknown"}
    assert LICENCES["unknown"].commercial_use is None


def test_non_commercial_licences_are_the_ones_that_say_so() -> None:
    for name, licence in LICENCES.items():
        assert (licence.commercial_use is False) == ("NC" in name)
        assert licence.share_alike == ("SA" in name or name.startswith("ODbL"))


def test_known_corpora_use_no_other_words() -> None:
    for spec in known().values():
        assert set(spec.emotions) <= set(EMOTIONS)
        assert spec.language in LANGUAGES
        assert LICENCES[spec.licence].redistribution is not None
