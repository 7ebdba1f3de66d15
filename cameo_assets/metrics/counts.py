"""What all scores are made of: hits, predictions and truths, counted for each group and label.

A macro F1 of any set of groups, and of any resample of them, follows from these sums alone, so no score needs
the rows again. Imports numpy at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cameo_assets.metrics.rows import Grid, Rows

if TYPE_CHECKING:
    import pyarrow as pa

NO_LABEL = -1
"""Code of a prediction that names no label."""


@dataclass(frozen=True, eq=False)
class Counts:
    """The predictions of one evaluation, counted: S samples, K groups, L labels.

    Attributes:
        grid: Groups, labels and true counts.
        tp: (S, K, L) utterances of a label that were predicted so.
        predicted: (S, K, L) utterances that were predicted to be of a label.
    """

    grid: Grid
    tp: NDArray[np.int64]
    predicted: NDArray[np.int64]


def on_list(rows: Rows, predicted: NDArray[np.intp]) -> NDArray[np.intp]:
    """Predictions with those that the utterance's corpus does not offer made `NO_LABEL`.

    Args:
        rows: N utterances.
        predicted: (S, N) label codes, or `NO_LABEL`.
    """
    allowed = (predicted >= 0) & rows.grid.offered[rows.corpus, np.maximum(predicted, 0)]
    return np.where(allowed, predicted, NO_LABEL)


def count(rows: Rows, predicted: NDArray[np.intp]) -> Counts:
    """Counts predictions by group and label.

    Args:
        rows: N utterances.
        predicted: (S, N) label codes, or `NO_LABEL`: a miss for the true label, and no prediction of any.
    """
    shape = (len(predicted), *rows.grid.actual.shape)
    tp, total = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    size = rows.grid.actual.size
    for sample, labels in enumerate(on_list(rows, predicted)):
        cells = rows.group * shape[-1] + labels
        total[sample] = np.bincount(cells[labels >= 0], minlength=size).reshape(shape[1:])
        tp[sample] = np.bincount(cells[labels == rows.truth], minlength=size).reshape(shape[1:])
    return Counts(grid=rows.grid, tp=tp, predicted=total)


def confusion(rows: Rows, predicted: NDArray[np.intp]) -> NDArray[np.float64]:
    """Predictions by corpus and true label, as the mean over samples.

    Args:
        rows: N utterances.
        predicted: (S, N) label codes, or `NO_LABEL`.

    Returns:
        (C, L, L + 1) utterances; the last column holds those without a label.
    """
    corpora, labels = rows.grid.offered.shape
    column = on_list(rows, predicted)
    column = np.where(column == NO_LABEL, labels, column)
    cells = (rows.corpus * labels + rows.truth) * (labels + 1) + column
    total = np.bincount(cells.ravel(), minlength=corpora * labels * (labels + 1))
    return (total / len(predicted)).reshape(corpora, labels, labels + 1)


def to_table(counts: Counts) -> pa.Table:
    """Counts as a long table: a row for each sample, group and label that the group's corpus offers."""
    import pyarrow as pa

    grid = counts.grid
    sample, group, label = np.nonzero(np.broadcast_to(grid.offered[grid.group_corpus], counts.tp.shape))
    names = np.array(grid.groups, dtype=object)
    corpus = grid.group_corpus[group]
    return pa.table(
        {
            "corpus": pa.array(np.array(grid.corpora, object)[corpus], pa.string()),
            "language": pa.array(np.array(grid.languages, object)[corpus], pa.string()),
            "group_id": pa.array(names[group, 1], pa.string()),
            "sample": pa.array(sample, pa.int32()),
            "label": pa.array(np.array(grid.labels, object)[label], pa.string()),
            "tp": pa.array(counts.tp[sample, group, label], pa.int64()),
            "predicted": pa.array(counts.predicted[sample, group, label], pa.int64()),
            "actual": pa.array(grid.actual[group, label], pa.int64()),
        }
    )


def from_table(table: pa.Table) -> Counts:
    """Counts from what `to_table` made."""
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    corpora, corpus = np.unique(columns["corpus"].astype(str), return_inverse=True)
    labels, label = np.unique(columns["label"].astype(str), return_inverse=True)
    keys = list(zip(columns["corpus"].tolist(), columns["group_id"].tolist(), strict=True))
    groups = sorted(set(keys))
    index = {key: position for position, key in enumerate(groups)}
    group = np.fromiter((index[key] for key in keys), np.intp, len(keys))
    offered = np.zeros((len(corpora), len(labels)), bool)
    offered[corpus, label] = True
    language_of = dict(zip(columns["corpus"].tolist(), columns["language"].tolist(), strict=True))
    actual = np.zeros((len(groups), len(labels)), np.int64)
    actual[group, label] = columns["actual"]
    shape = (int(columns["sample"].max()) + 1, *actual.shape)
    tp, predicted = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    tp[columns["sample"], group, label] = columns["tp"]
    predicted[columns["sample"], group, label] = columns["predicted"]
    slugs = tuple(corpora.tolist())
    grid = Grid(
        corpora=slugs,
        languages=tuple(language_of[slug] for slug in slugs),
        labels=tuple(labels.tolist()),
        groups=tuple(groups),
        group_corpus=np.array([slugs.index(slug) for slug, _ in groups], np.intp),
        offered=offered,
        actual=actual,
    )
    return Counts(grid=grid, tp=tp, predicted=predicted)
