"""Our scores beside scikit-learn's on the same readings."""

from __future__ import annotations

from cameo_assets.collection import files
from cameo_assets.store import Store

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

    rows = files.read_rows(store)
    truth = dict(zip(rows["file_id"].to_pylist(), rows["emotion"].to_pylist(), strict=True))
    present = set(rows.column("corpus").to_pylist())
    options = {corpus: offered for corpus, offered in files.options(store).items() if corpus in present}
    labels = sorted({emotion for offered in options.values() for emotion in offered})
    readings = store.read_table("answers", f"{evaluation}.parquet").to_pylist()
    found = []
    for row in store.read_table("metrics", evaluation, "scores.parquet").to_pylist():
        if row["scope"] != "overall":
            continue
        samples = []
        for sample in range(row["samples"]):
            # An utterance without an answer is a miss; no label of the vocabulary is empty.
            said = dict.fromkeys(truth, "") | {
                reading["file_id"]: reading["label"] or ""
                for reading in readings
                if reading["reader"] == row["reader"] and reading["sample"] == sample
            }
            samples.append(_scores(list(truth.values()), [said[key] for key in truth], labels))
        theirs = np.mean(samples, axis=0)
        found += [
            (row["reader"], name, float(row[name]), float(value))
            for name, value in zip(_METRICS, theirs, strict=True)
            if abs(row[name] - value) > TOLERANCE
        ]
    return found


def _scores(truth: list[str], said: list[str], labels: list[str]) -> tuple[float, float, float, float]:
    """Macro F1, weighted F1, accuracy and UAR by scikit-learn."""
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    return (
        f1_score(truth, said, labels=labels, average="macro", zero_division=0),
        f1_score(truth, said, labels=labels, average="weighted", zero_division=0),
        accuracy_score(truth, said),
        recall_score(truth, said, labels=labels, average="macro", zero_division=0),
    )
