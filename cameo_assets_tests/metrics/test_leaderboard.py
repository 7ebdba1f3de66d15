"""The leaderboard: who is on it, in which order, with which intervals and ranks."""

from typing import Any

import pyarrow as pa
import pytest

from cameo_assets.answers.strict import STRICT
from cameo_assets.metrics.evaluation import EvaluationScores, score_evaluation
from cameo_assets.metrics.leaderboard import LeaderboardTables, build
from cameo_assets_tests.metrics.made import OPTIONS, Utterance, answers, collection, random_case

UTTERANCES, _ = random_case(1, utterances=80, groups=12)


def evaluation(
    seed: int, right: float, *, utterances: list[Utterance] = UTTERANCES, samples: int = 1
) -> EvaluationScores:
    """Right for a share of the utterances, spread over all groups; else no label."""
    said = [u[2] if (i * 7919 + seed) % 100 < 100 * right else None for i, u in enumerate(utterances)]
    return score_evaluation(answers(*[said] * samples), collection(utterances), OPTIONS)


def board(**evaluations: EvaluationScores) -> LeaderboardTables:
    return build(evaluations, collection(UTTERANCES), OPTIONS, readers=[STRICT], draws=200)


def rows(tables: LeaderboardTables) -> dict[str, dict[str, Any]]:
    return {row["evaluation"]: row for row in tables.rows.to_pylist()}


def test_the_best_comes_first_with_interval_and_rank() -> None:
    tables = board(weak=evaluation(1, 0.2), strong=evaluation(2, 0.8), middling=evaluation(3, 0.5))
    assert tables.rows["evaluation"].to_pylist() == ["strong", "middling", "weak"]
    assert [(row["rank_low"], row["rank_high"]) for row in tables.rows.to_pylist()] == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]
    for row in tables.rows.to_pylist():
        assert row["low"] < row["score"] < row["high"]
        assert row["coverage"] == 1
        assert row["n"] == len(UTTERANCES)


def test_equals_share_their_ranks() -> None:
    tables = board(a=evaluation(2, 0.5), b=evaluation(2, 0.5), worse=evaluation(1, 0.1))
    found = rows(tables)
    assert [(found[key]["rank_low"], found[key]["rank_high"]) for key in ("a", "b", "worse")] == [
        (1, 2),
        (1, 2),
        (3, 3),
    ]
    (pair,) = [pair for pair in tables.pairs.to_pylist() if (pair["a"], pair["b"]) == ("a", "b")]
    assert [pair[name] for name in ("difference", "low", "high", "p")] == [0, 0, 0, 0]


def test_rows_carry_the_scores_of_the_evaluation() -> None:
    scored = evaluation(1, 0.5, samples=3)
    lines = {(line["scope"], line["name"]): line for line in scored.scores.to_pylist()}
    row = rows(board(only=scored))["only"]
    assert row["mean_over_corpora"] == lines["mean", "corpora"]["score"]
    assert row["mean_over_languages"] == lines["mean", "languages"]["score"]
    copied = "score weighted_f1 accuracy uar unresolved spread agreement majority groups samples"
    for name in copied.split():
        assert row[name] == lines["overall", "all"][name]
    assert (row["spread"], row["agreement"]) == (0, 1)


def test_pairs_agree_with_the_order() -> None:
    tables = board(weak=evaluation(1, 0.2), strong=evaluation(2, 0.8), middling=evaluation(3, 0.5))
    pairs = tables.pairs.to_pylist()
    assert [(pair["a"], pair["b"]) for pair in pairs] == [
        ("strong", "middling"),
        ("strong", "weak"),
        ("middling", "weak"),
    ]
    assert all(pair["p"] > 0.95 and 0 < pair["low"] < pair["difference"] < pair["high"] for pair in pairs)


def test_every_corpus_language_and_emotion_has_its_line() -> None:
    tables = board(one=evaluation(1, 0.5), two=evaluation(2, 0.5))
    names = [(row["scope"], row["name"]) for row in tables.scopes.to_pylist() if row["evaluation"] == "one"]
    assert names == [
        *(("corpus", corpus) for corpus in sorted(OPTIONS)),
        ("language", "English"),
        ("language", "Polish"),
        *(("emotion", label) for label in ("anger", "calm", "fear", "neutral", "surprise")),
    ]
    assert all(row["low"] <= row["score"] <= row["high"] for row in tables.scopes.to_pylist())


def test_a_corpus_of_one_group_has_no_interval() -> None:
    utterances = [
        (corpus, "only" if corpus == "nemo" else group, label) for corpus, group, label in UTTERANCES
    ]
    tables = build(
        {"one": evaluation(1, 0.5, utterances=utterances)},
        collection(utterances),
        OPTIONS,
        readers=[STRICT],
        draws=50,
    )
    ends = {row["name"]: (row["low"], row["high"]) for row in tables.scopes.to_pylist()}
    assert ends["nemo"] == ends["Polish"] == (None, None)
    assert None not in ends["crema_d"]


def incomplete() -> EvaluationScores:
    said = [u[2] for u in UTTERANCES][:-1]
    return score_evaluation(answers(said), collection(UTTERANCES), OPTIONS)


def other_version() -> EvaluationScores:
    said = [u[2] for u in UTTERANCES]
    return score_evaluation(answers(said, version="0"), collection(UTTERANCES), OPTIONS)


def unanswered() -> EvaluationScores:
    return score_evaluation(answers(), collection(UTTERANCES), OPTIONS)


@pytest.mark.parametrize(
    ("scored", "reason"),
    [
        (incomplete(), "answered 99.5 % of the collection"),
        (evaluation(1, 0.9, utterances=UTTERANCES[:-1]), "scored on another version of the collection"),
        (other_version(), "read by version 0 of the reader, not 1"),
        (unanswered(), "no answers"),
    ],
    ids=["incomplete", "other collection", "other reader version", "unanswered"],
)
def test_what_cannot_be_compared_is_listed_with_the_reason(scored: EvaluationScores, reason: str) -> None:
    tables = board(good=evaluation(1, 0.5), bad=scored)
    assert tables.rows["evaluation"].to_pylist() == ["good"]
    assert tables.pairs.num_rows == 0
    assert tables.excluded.to_pylist() == [{"evaluation": "bad", "reader": "strict", "reason": reason}]


def test_a_board_without_evaluations_is_empty() -> None:
    tables = board()
    assert [table.num_rows for table in (tables.rows, tables.scopes, tables.pairs, tables.excluded)] == [
        0
    ] * 4


def test_the_same_scores_give_the_same_tables() -> None:
    one, other = (board(a=evaluation(1, 0.4), b=evaluation(2, 0.6)) for _ in range(2))
    for name in ("rows", "scopes", "pairs", "excluded"):
        first: pa.Table = getattr(one, name)
        assert first.equals(getattr(other, name))
