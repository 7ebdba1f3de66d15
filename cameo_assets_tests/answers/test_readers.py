"""What the readers make of labels, sentences, refusals and silence."""

import pytest

from cameo_assets.answers.exact import EXACT
from cameo_assets.answers.published import PUBLISHED, at_threshold
from cameo_assets.answers.reading import Reader
from cameo_assets.answers.registry import READERS, READERS_VERSION
from cameo_assets.answers.strict import STRICT
from cameo_assets.answers.whole_word import WHOLE_WORD
from cameo_assets_tests.answers.options import BASIC, PAVOQUE, RAVDESS, RESD

ALL = (PUBLISHED, STRICT, EXACT, WHOLE_WORD)


@pytest.mark.parametrize("reader", ALL, ids=lambda reader: reader.name)
@pytest.mark.parametrize("text", ["sadness", "Sadness", " SADNESS. ", "**sadness**", '"Sadness"!'])
def test_a_label_is_read_by_all(reader: Reader, text: str) -> None:
    found = reader.read(text, BASIC)
    assert (found.label, found.reason, found.resolved) == ("sadness", "exact", True)


@pytest.mark.parametrize(
    ("text", "options", "label"),
    [
        ("happy", BASIC, "happiness"),
        ("The speaker is surprised.", BASIC, "surprise"),
        ("not happy", BASIC, "happiness"),
        ("unhappiness", BASIC, "happiness"),
        ("The audio is not clear.", BASIC, "fear"),
        ("This audio contains a female voice.", BASIC, "fear"),
        ("This audio contains a female voice.", RESD, "fear"),
        ("The emotional state of the speaker cannot be determined.", PAVOQUE, "poker"),
        ("I am an AI assistant and cannot process audio.", BASIC, "anger"),
        ("I am an AI assistant and cannot process audio.", RAVDESS, "calm"),
        ("There are no emotions expressed for this clip.", BASIC, "fear"),
        ("Her voice is low and her tone conveys sadness.", BASIC, "fear"),
        ("The speaker sounds sad and is speaking in another language.", BASIC, "anger"),
    ],
)
def test_words_are_counted_whether_they_mean_it_or_not(
    text: str, options: tuple[str, ...], label: str
) -> None:
    for reader in (PUBLISHED, STRICT):
        found = reader.read(text, options)
        assert (found.label, found.reason, found.resolved) == (label, "matched", True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The emotional state of the speaker cannot be determined.", "unmatched"),
        ("joyful", "unmatched"),
        ("", "empty"),
        (" ...\n", "empty"),
        (None, "no_answer"),
    ],
)
def test_without_a_match_the_published_rule_guesses_and_the_strict_one_does_not(
    text: str | None, reason: str
) -> None:
    published, strict = PUBLISHED.read(text, BASIC), STRICT.read(text, BASIC)
    assert (published.label, published.reason, published.resolved) == ("anger", reason, False)
    assert (strict.label, strict.reason, strict.resolved) == (None, reason, False)
    assert published.matched_word is None
    assert published.similarity == 0.0


def test_the_guess_is_the_first_option_in_the_alphabet_however_they_are_given() -> None:
    assert PUBLISHED.read("", ("sadness", "calm", "fear")).label == "calm"


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("sadness or anger", ("anger", "sadness")),
        ("fear, disgust, sadness", ("disgust", "fear", "sadness")),
        ("anger sadness anger sadness", ("anger", "sadness")),
    ],
)
def test_a_tie_goes_to_the_first_in_the_alphabet_or_to_nobody(text: str, tied: tuple[str, ...]) -> None:
    options = ("anger", "disgust", "fear", "sadness")
    published, strict = PUBLISHED.read(text, options), STRICT.read(text, options)
    assert (published.label, published.reason, published.resolved) == (tied[0], "tied", True)
    assert (strict.label, strict.reason, strict.resolved) == (None, "tied", False)
    assert published.tied == strict.tied == tied
    assert (published.matched_word, published.similarity) == (tied[0], 1.0)


@pytest.mark.parametrize(
    ("text", "exact", "whole_word"),
    [
        ("happy", None, None),
        ("I hear sadness.", None, "sadness"),
        ("Her voice is low and her tone conveys sadness.", None, "sadness"),
        ("sadness, deep sadness", None, "sadness"),
        ("sadness or fear", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_narrower_readings(text: str | None, exact: str | None, whole_word: str | None) -> None:
    assert EXACT.read(text, BASIC).label == exact
    assert WHOLE_WORD.read(text, BASIC).label == whole_word
    assert EXACT.read(text, BASIC).resolved == (exact is not None)
    assert WHOLE_WORD.read(text, BASIC).resolved == (whole_word is not None)


@pytest.mark.parametrize(
    ("threshold", "resolved"), [(0.5, True), (0.57, True), (0.6, False), (0.7, False), (0.8, False)]
)
def test_a_higher_threshold_loses_happy(threshold: float, resolved: bool) -> None:
    assert at_threshold(threshold).read("happy", BASIC).resolved is resolved


def test_a_word_as_similar_as_the_threshold_does_not_count() -> None:
    assert at_threshold(0.8).read("angry", ("anger", "fear")).resolved is False
    assert at_threshold(0.79).read("angry", ("anger", "fear")).resolved is True


def test_the_headline_reads_first_and_versions_are_named() -> None:
    assert [reader.name for reader in READERS] == ["published", "strict"]
    assert READERS_VERSION == "published@1,strict@1"
