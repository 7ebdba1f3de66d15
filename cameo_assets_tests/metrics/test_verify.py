"""The comparison with scikit-learn: quick, and the same as over every utterance."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from cameo_assets.collection import files
from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.metrics.evaluation import score_evaluation
from cameo_assets.metrics.verify import by_scikit_learn, differences
from cameo_assets.store import Store
from cameo_assets_tests.metrics.made import (
    LABELS,
    OPTIONS,
    Utterance,
    answers,
    cases,
    collection,
    random_case,
)

EVALUATION = "a@0.7"


@given(cases(), st.sets(st.sampled_from(LABELS), min_size=1))
def test_pairs_with_their_counts_score_as_all_utterances_do(
    case: tuple[list[Utterance], list[str | None]], more: set[str]
) -> None:
    utterances, named = case
    truth = [emotion for _, _, emotion in utterances]
    said = [label or "" for label in named]
    labels = sorted({*truth, *more})
    options = {"labels": labels, "zero_division": 0}
    each = (
        f1_score(truth, said, average="macro", **options),
        f1_score(truth, said, average="weighted", **options),
        accuracy_score(truth, said),
        recall_score(truth, said, average="macro", **options),
    )
    found = by_scikit_learn(pa.chunked_array([truth]), pa.chunked_array([said]), labels)
    assert found == pytest.approx(each, abs=1e-12)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An evaluation of three samples, read by two readers; some of it unanswered."""
    utterances, samples = random_case(1, samples=3)
    read = pa.concat_tables([answers(*samples, reader=reader) for reader in ("published", "strict")])
    read = read.filter(pc.not_equal(read["file_id"], "u7"))
    rows = collection(utterances)
    made = Store(tmp_path)
    made.write_table(rows, files.TABLE)
    made.write_bytes(msgspec.json.encode([entry(slug) for slug in OPTIONS]), files.CORPORA)
    made.write_table(read, "answers", f"{EVALUATION}.parquet")
    made.write_table(score_evaluation(read, rows, OPTIONS).scores, "metrics", EVALUATION, "scores.parquet")
    return made


def entry(slug: str) -> CorpusEntry:
    names = dict.fromkeys(("name", "language", "licence", "citation", "homepage", "doi"), "")
    counts: dict[str, dict[str, int]] = {"published": {}, "utterances": {}, "refused": {}}
    numbers = {"speakers": 1, "groups": 1, "seconds": 1.0}
    return CorpusEntry(slug=slug, emotions=OPTIONS[slug], sample=False, **names, **counts, **numbers)  # type: ignore[arg-type]


def test_right_scores_are_found_right(store: Store) -> None:
    assert differences(store, EVALUATION) == []


@pytest.mark.parametrize("metric", ["score", "weighted_f1", "accuracy", "uar"])
def test_a_wrong_score_is_found(store: Store, metric: str) -> None:
    place = ("metrics", EVALUATION, "scores.parquet")
    rows = store.read_table(*place)
    wrong = [
        row | {metric: row[metric] + 1e-6} if (row["scope"], row["reader"]) == ("overall", "strict") else row
        for row in rows.to_pylist()
    ]
    store.write_table(pa.Table.from_pylist(wrong, schema=rows.schema), *place)
    ((reader, name, ours, theirs),) = differences(store, EVALUATION)
    assert (reader, name) == ("strict", metric)
    assert ours - theirs == pytest.approx(1e-6)


def test_a_reading_that_changed_since_is_found(store: Store) -> None:
    place = ("answers", f"{EVALUATION}.parquet")
    read = store.read_table(*place)
    silent = pc.and_(pc.equal(read["file_id"], "u0"), pc.equal(read["sample"], 1))
    labels = pc.if_else(silent, pa.scalar(None, pa.string()), read["label"])
    store.write_table(read.set_column(read.column_names.index("label"), "label", labels), *place)
    known = [label is not None for label in read.filter(silent)["label"].to_pylist()]
    assert bool(differences(store, EVALUATION)) == any(known)
    assert any(known)
