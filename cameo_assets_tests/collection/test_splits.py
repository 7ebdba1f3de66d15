"""Folds: what must never be torn apart, evenness, and independence of the other corpora."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from cameo_assets.collection.splits import FOLDS, Balance, Splits, shared, split
from cameo_assets.collection.splits_page import page

Row = dict[str, Any]


def row(number: int, corpus: str = "nemo", **changes: Any) -> Row:
    """An utterance that shares nothing with any other, but for its corpus and emotion."""
    facts = {
        "file_id": f"{corpus}-{number:05d}",
        "corpus": corpus,
        "emotion": "anger",
        "transcription": None,
        "speaker_id": None,
        "group_id": f"{corpus}-{number:05d}",
        "pcm_md5": f"{corpus} {number}",
    }
    return {**facts, **changes}


def spoken(speakers: int, corpus: str = "ravdess", emotions: str = "ANSF", takes: int = 2) -> list[Row]:
    """A full grid: each speaker says each emotion as often."""
    grid = [(s, e) for s in range(speakers) for e in emotions for _ in range(takes)]
    return [
        row(n, corpus, emotion=e, speaker_id=f"{corpus}_{s}", group_id=f"{corpus}_{s}", transcription="text")
        for n, (s, e) in enumerate(grid)
    ]


def folds(splits: Splits) -> dict[str, int]:
    return {each.file_id: each.fold for each in splits.assignments}


def only(splits: Splits) -> Balance:
    (balance,) = splits.balances
    return balance


FIELDS = st.fixed_dictionaries(
    {
        "emotion": st.sampled_from("ANSF"),
        "speaker_id": st.none() | st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6", "s7"]),
        "group_id": st.sampled_from("abcdefgh"),
        "transcription": st.none() | st.sampled_from(["one", "two"]),
        "pcm_md5": st.integers(0, 30).map(str),
    }
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FIELDS, min_size=1, max_size=60), st.booleans())
def test_what_the_basis_names_and_recordings_are_never_in_two_folds(found: list[Row], named: bool) -> None:
    rows = [row(n, **fields) for n, fields in enumerate(found)]
    if named:
        rows = [{**each, "speaker_id": each["speaker_id"] or "s8"} for each in rows]
    splits = split(rows)
    fold_of, balance = folds(splits), only(splits)
    assert sorted(fold_of) == [each["file_id"] for each in rows]
    kept = {"speaker": ["speaker_id"], "cluster": ["group_id", "speaker_id"], "text": ["transcription"]}
    for column in (*kept.get(balance.basis, []), "pcm_md5"):
        assert shared(rows, fold_of, column) == [], column
    assert balance.folds == min(FOLDS, balance.units)
    assert set(fold_of.values()) == set(range(balance.folds)), "no fold is empty"


@settings(max_examples=50, deadline=None)
@given(st.lists(FIELDS, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_and_other_corpora_change_nothing(
    found: list[Row], order: random.Random
) -> None:
    rows = [row(n, **fields) for n, fields in enumerate(found)]
    mixed = [*rows, *spoken(6)]
    order.shuffle(mixed)
    more = folds(split(mixed))
    assert {key: fold for key, fold in more.items() if key.startswith("nemo")} == folds(split(rows))


@pytest.mark.parametrize(
    ("name", "rows", "basis", "number"),
    [
        ("speakers", spoken(24), "speaker", 5),
        ("fewer speakers than folds", spoken(4), "speaker", 4),
        ("dialogues", [row(n, group_id=f"d{n // 10}") for n in range(200)], "cluster", 5),
        ("voice groups", [row(n, group_id="FMC"[n % 3]) for n in range(90)], "cluster", 3),
        ("texts", [row(n, speaker_id="one", transcription=f"{n // 3}") for n in range(60)], "text", 5),
        (
            "two texts",
            [row(n, speaker_id="one", transcription=f"{n % 2}") for n in range(60)],
            "utterance",
            5,
        ),
        ("free texts", [row(n, speaker_id="one", transcription=f"{n}") for n in range(60)], "utterance", 5),
        ("nothing known", [row(n) for n in range(60)], "utterance", 5),
        ("speakers of one cluster", [{**r, "group_id": "studio"} for r in spoken(6)], "speaker", 5),
        (
            "speakers in pairs",
            [{**r, "group_id": f"d{int(r['speaker_id'][-1]) // 2}"} for r in spoken(8)],
            "speaker",
            4,
        ),
        ("one speaker unknown", [*spoken(6), row(99, "ravdess")], "cluster", 5),
        ("one cluster", [row(n, group_id="all") for n in range(60)], "utterance", 5),
        ("one utterance", [row(1)], "utterance", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_best_known_basis_is_taken(name: str, rows: list[Row], basis: str, number: int) -> None:
    balance = only(split(rows))
    assert (balance.basis, balance.folds, len(balance.sizes)) == (basis, number, number), name


def test_two_speakers_who_share_a_recording_stay_together() -> None:
    rows = spoken(10)
    rows[0]["pcm_md5"] = rows[-1]["pcm_md5"]
    splits = split(rows)
    fold_of = folds(splits)
    together = {fold_of[each["file_id"]] for each in rows if each["speaker_id"] in ("ravdess_0", "ravdess_9")}
    assert len(together) == 1
    assert (only(splits).units, only(splits).speakers) == (9, 10)


def test_speakers_who_all_share_recordings_leave_only_utterances() -> None:
    rows = [{**each, "pcm_md5": f"{number // 2}"} for number, each in enumerate(spoken(2, takes=1))]
    rows[0]["pcm_md5"] = rows[-1]["pcm_md5"]
    balance = only(split(rows))
    assert (balance.basis, balance.units) == ("utterance", 4)


def test_known_speakers_stay_together_where_another_is_unknown() -> None:
    rows = [{**each, "group_id": f"g{number}"} for number, each in enumerate(spoken(6))]
    splits = split([*rows, row(99, "ravdess")])
    assert shared(rows, folds(splits), "speaker_id") == []


@pytest.mark.parametrize("speakers", [5, 10, 20])
def test_folds_are_even_where_speakers_are(speakers: int) -> None:
    balance = only(split(spoken(speakers)))
    assert set(balance.sizes) == {speakers * 8 // 5}
    assert all(len(set(counts)) == 1 for counts in balance.emotions.values())
    assert balance.worst[2] == 1


def test_folds_are_as_even_as_those_of_scikit_learn() -> None:
    """Over forty corpora of any shape; for a single one, either may be luckier."""
    ours, theirs = [], []
    for seed in range(40):
        dice = random.Random(seed)
        rows = [
            row(n, emotion=dice.choice("AAAANNSF"), speaker_id=f"s{min(dice.choices(range(14), k=2))}")
            for n in range(dice.randrange(150, 400))
        ]
        emotions, speakers = ([each[name] for each in rows] for name in ("emotion", "speaker_id"))
        twin = enumerate(test for _, test in StratifiedGroupKFold(FOLDS).split(rows, emotions, speakers))
        ours.append(unevenness(rows, folds(split(rows))))
        theirs.append(
            unevenness(rows, {rows[place]["file_id"]: fold for fold, test in twin for place in test})
        )
    assert statistics.mean(ours) <= statistics.mean(theirs)


def unevenness(rows: list[Row], fold_of: dict[str, int]) -> float:
    """Mean over emotions of the standard deviation of what each fold has of it, as a share of all of it."""
    counts = Counter((each["emotion"], fold_of[each["file_id"]]) for each in rows)
    totals = Counter(each["emotion"] for each in rows)
    return statistics.mean(
        statistics.pstdev(counts[emotion, fold] / total for fold in range(FOLDS))
        for emotion, total in totals.items()
    )


def test_rare_emotions_are_spread_first() -> None:
    rows = spoken(10)
    for number, each in enumerate(rows):
        if each["speaker_id"] in {f"ravdess_{n}" for n in range(5)} and number % 8 == 0:
            each["emotion"] = "calm"
    balance = only(split(rows))
    assert balance.emotions["calm"] == (1, 1, 1, 1, 1)
    assert (balance.able, balance.lacking) == (("A", "F", "N", "S", "calm"), [])


def test_an_emotion_of_few_speakers_cannot_be_everywhere() -> None:
    rows = spoken(10)
    rows[0]["emotion"] = "calm"
    balance = only(split(rows))
    assert Counter(balance.emotions["calm"]) == {1: 1, 0: 4}
    assert "calm" not in balance.able and balance.lacking == []


def test_an_emotion_that_a_fold_lacks_is_named() -> None:
    facts = {
        "corpus": "x",
        "basis": "speaker",
        "speakers": 4,
        "units": 4,
        "texts": 0,
        "texts_shared": 0.0,
        "texts_telling": 0.0,
    }
    balance = Balance(
        **facts, folds=2, sizes=(3, 1), emotions={"calm": (2, 0), "fear": (1, 1)}, able=("calm", "fear")
    )
    assert balance.lacking == [("calm", 1)]
    assert balance.worst == ("calm", 0, 2.0)


def test_texts_that_several_folds_share_are_counted() -> None:
    rows = spoken(10)
    said = only(split(rows))
    assert (said.texts, said.texts_shared) == (1, 1)
    apart = only(split([{**each, "transcription": f"{number}"} for number, each in enumerate(rows)]))
    assert (apart.texts, apart.texts_shared) == (80, 0)
    assert "| 16 | none | all even |" in page([apart], {"ravdess": "RAVDESS"}).decode()


def test_texts_that_give_the_emotion_away_are_counted() -> None:
    rows = [{**each, "transcription": "A" if each["emotion"] == "A" else "any"} for each in spoken(10)]
    balance = only(split(rows))
    assert (balance.texts_shared, balance.texts_telling) == (1, 0.5)
    assert "| 100%, 50% of them with one emotion |" in page([balance], {"ravdess": "RAVDESS"}).decode()


def test_what_is_shared_is_named_with_its_corpus() -> None:
    rows = [row(1, speaker_id="a"), row(2, speaker_id="a"), row(3, speaker_id="b"), row(4)]
    fold_of = {"nemo-00001": 0, "nemo-00002": 1, "nemo-00003": 0, "nemo-00004": 1}
    assert shared(rows, fold_of, "speaker_id") == [("nemo", "a")]


def test_the_page_has_a_row_for_each_corpus() -> None:
    splits = split([*spoken(10), *[row(n, group_id="FMC"[n % 3]) for n in range(90)], row(1, "x|y")])
    text = page(splits.balances, {"ravdess": "RAVDESS", "nemo": "nEMO", "x|y": "x|y"}).decode()
    assert "| RAVDESS | speaker | 10 | 10 | 5 | 16 | 100%, 0% of them with one emotion | all even |" in text
    assert "| nEMO | cluster | unknown | 3 | 3 | 30 | texts unknown | all even |" in text
    assert "| x\\|y | utterance | unknown | 1 | 1, so nothing to test on |" in text


def test_the_page_explains_every_basis() -> None:
    text = page([], {}).decode()
    for basis in ("speaker", "cluster", "text", "utterance"):
        assert text.count(f"| {basis} | ") == 1
