"""The word rule: similarity, threshold, votes, winners. Tables from the paper's rule, worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.answers.matching import THRESHOLD, Votes, match, normalise, similarity
from cameo_assets.answers.reading import Reading
from cameo_assets.vocabulary import EMOTIONS
from cameo_assets_tests.answers.options import BASIC, RAVDESS


@pytest.mark.parametrize(
    ("label", "adjective", "ratio"),
    [
        ("anger", "angry", "4/5"),
        ("anxiety", "anxious", "4/7"),
        ("apology", "apologetic", "12/17"),
        ("assertiveness", "assertive", "9/11"),
        ("concern", "concerned", "7/8"),
        ("disgust", "disgusted", "7/8"),
        ("encouragement", "encouraging", "3/4"),
        ("enthusiasm", "enthusiastic", "9/11"),
        ("excitement", "excited", "12/17"),
        ("fear", "fearful", "8/11"),
        ("happiness", "happy", "4/7"),
        ("sadness", "sad", "3/5"),
        ("sarcasm", "sarcastic", "3/4"),
        ("surprise", "surprised", "16/17"),
        ("calm", "calm", "1"),
        ("neutral", "neutral", "1"),
        ("poker", "poker", "1"),
    ],
)
def test_every_adjective_passes_for_its_noun(label: str, adjective: str, ratio: str) -> None:
    assert similarity(adjective, label) == pytest.approx(float(Fraction(ratio)), abs=1e-15)
    assert label in dict(Votes(EMOTIONS, THRESHOLD)[adjective])


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("anger", "an age language another large change after"),
        ("fear", "her for are few female clear hear near after far"),
        ("poker", "or speaker other over lower power"),
        ("calm", "all can am call came"),
        ("enthusiasm", "this"),
        ("concern", "one once certain control"),
        ("surprise", "sure course upset"),
        ("neutral", "natural general central"),
        ("happiness", "sadness unhappiness business"),
        ("sadness", "happiness business"),
    ],
)
def test_common_words_vote_for_short_labels(label: str, words: str) -> None:
    assert [word for word in words.split() if label not in dict(Votes(EMOTIONS, THRESHOLD)[word])] == []


@pytest.mark.parametrize(
    "word",
    [
        "joy",
        "joyful",
        "afraid",
        "scared",
        "frightened",
        "furious",
        "mad",
        "worried",
        "annoyed",
        "bored",
        "contempt",
        "grief",
    ],
)
def test_some_words_for_emotions_vote_for_nothing(word: str) -> None:
    assert Votes(RAVDESS, THRESHOLD)[word] == ()


@pytest.mark.parametrize(("word", "label"), [("", "fear"), ("fear", ""), ("", "")])
def test_an_empty_word_is_like_nothing(word: str, label: str) -> None:
    assert similarity(word, label) == 0.0


def test_no_two_words_are_exactly_as_similar_as_the_threshold() -> None:
    # Hence `>` and `>=` are the same rule: 0.57 needs lengths that add up to a multiple of 200.
    for total in range(1, 200):
        for common in range(total // 2 + 1):
            ratio = 1 - (total - 2 * common) / total
            assert ratio != THRESHOLD
            assert (ratio > THRESHOLD) == (Fraction(2 * common, total) > Fraction(57, 100))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Anger", "anger"), (" **Fear.** ", "fear"), ("sad-ness", "sadness"), ("?!", ""), ("ÉTÉ", "été")],
)
def test_normalising_deletes_punctuation_and_case(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_repeated_words_vote_each_time() -> None:
    assert match("sadness her her", BASIC).label == "fear"
    assert match("sadness her", BASIC).label == "sadness"


def test_the_matched_word_is_the_nearest_to_the_winner() -> None:
    found = match("Her fearful, clear voice", BASIC)
    assert (found.label, found.matched_word) == ("fear", "fearful")
    assert found.similarity == similarity("fearful", "fear")


def test_the_order_of_words_does_not_choose_a_winner() -> None:
    one = match("happy angry sad fear anger sadness happiness", BASIC)
    other = match("happiness sadness anger fear sad angry happy", BASIC)
    assert (one.label, one.tied) == (other.label, other.tied)


def test_options_are_needed() -> None:
    with pytest.raises(ValueError, match="without options"):
        match("anger", ())


def plain_match(text: str | None, options: tuple[str, ...]) -> tuple[str | None, str, tuple[str, ...]]:
    """The rule in exact fractions, without any memory."""
    if text is None:
        return None, "no_answer", ()
    plain = "".join(c for c in text if c not in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").lower().strip()
    if plain == "":
        return None, "empty", ()
    if plain in options:
        return plain, "exact", ()
    sums = dict.fromkeys(options, Fraction(0))
    for word in plain.split():
        for label in options:
            ratio = Fraction(2 * longest_common(word, label), len(word) + len(label))
            if ratio > Fraction(57, 100):
                sums[label] += ratio
    best = max(sums.values())
    if best == 0:
        return None, "unmatched", ()
    winners = tuple(sorted(label for label, total in sums.items() if total == best))
    return (winners[0], "matched", ()) if len(winners) == 1 else (None, "tied", winners)


def longest_common(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for a in one:
        before = row
        row = [0]
        for index, b in enumerate(other):
            row.append(before[index] + 1 if a == b else max(row[index], before[index + 1]))
    return row[-1]


words = st.one_of(
    st.sampled_from(EMOTIONS),
    st.sampled_from(["happy", "angry", "sad", "her", "are", "an", "am", "or", "this", "joy", "l'été"]),
    st.text("aefghilnprsuxy .,!\u0130", max_size=9),
)


@settings(deadline=None, max_examples=400)
@given(
    st.one_of(st.none(), st.lists(words, max_size=9).map(" ".join)),
    st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=10, unique=True).map(sorted).map(tuple),
)
def test_matching_equals_its_plain_twin(text: str | None, options: tuple[str, ...]) -> None:
    found = match(text, options)
    assert (found.label, found.reason, found.tied) == plain_match(text, options)


def test_a_reading_without_label_is_not_resolved() -> None:
    assert match("joy", BASIC) == Reading(label=None, reason="unmatched", resolved=False)
