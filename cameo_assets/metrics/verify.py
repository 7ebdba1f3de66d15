"""Our scores beside scikit-learn's on the same readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cameo_assets.collection import files
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

TOLERANCE = 1e-9
_METRICS = ("score", "weighted_f1", "accuracy", "uar")


def differences(store: Store, evaluation: str) -> list[tuple[str, str, float, float]]:
    """Scores an evaluation once more with scikit-learn, pooled over all utterances.

    Args:
        store: With readings and metrics of the evaluation.
        evaluation: Its key.

    Returns:
        Reader, metric, our value and scikit-learn's, for each pair that differs; empty as it should be.
    """
    import numpy as np
    import pyarrow.compute as pc

    rows = files.read_rows(store)
    present = set(pc.unique(rows["corpus"]).to_pylist())
    options = {corpus: offered for corpus, offered in files.options(store).items() if corpus in present}
    labels = sorted({emotion for offered in options.values() for emotion in offered})
    columns = ["file_id", "reader", "sample", "label"]
    answers = store.read_table("answers", f"{evaluation}.parquet", columns=columns)
    found = []
    for row in store.read_table("metrics", evaluation, "scores.parquet").to_pylist():
        if row["scope"] != "overall":
            continue
        own = answers.filter(pc.equal(answers["reader"], row["reader"]))
        samples = [
            by_scikit_learn(rows["emotion"], _said(own, sample, rows["file_id"]), labels)
            for sample in range(row["samples"])
        ]
        theirs = np.mean(samples, axis=0)
        found += [
            (row["reader"], name, float(row[name]), float(value))
            for name, value in zip(_METRICS, theirs, strict=True)
            if abs(row[name] - value) > TOLERANCE
        ]
    return found


def _said(own: pa.Table, sample: int, file_ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """What one reader made of one sample, for each utterance."""
    import pyarrow.compute as pc

    drawn = own.filter(pc.equal(own["sample"], sample))
    labels = drawn["label"].take(pc.index_in(file_ids, value_set=drawn["file_id"]))
    # An utterance without an answer is a miss; no label of the vocabulary is empty.
    return pc.fill_null(labels, "")


def by_scikit_learn(
    truth: pa.ChunkedArray, said: pa.ChunkedArray, labels: Sequence[str]
) -> tuple[float, float, float, float]:
    """Macro F1, weighted F1, accuracy and UAR by scikit-learn.

    It is given each pair of labels once, with the number of utterances as the weight: that is as good as all
    of them, and quick.

    Args:
        truth: True labels.
        said: Labels that were named.
        labels: Those that count; what is named besides is a miss.
    """
    import pyarrow as pa
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    pairs = (
        pa.table({"truth": truth, "said": said}).group_by(["truth", "said"]).aggregate([([], "count_all")])
    )
    true, named = pairs["truth"].to_pylist(), pairs["said"].to_pylist()
    weight = pairs["count_all"].to_numpy()
    of_labels = {"labels": labels, "zero_division": 0, "sample_weight": weight}
    return (
        f1_score(true, named, average="macro", **of_labels),
        f1_score(true, named, average="weighted", **of_labels),
        accuracy_score(true, named, sample_weight=weight),
        recall_score(true, named, average="macro", **of_labels),
    )
