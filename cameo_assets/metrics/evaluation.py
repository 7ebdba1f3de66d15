"""The scores of one evaluation, for each reader. Imports numpy at the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cameo_assets import arrow
from cameo_assets.errors import BadInput
from cameo_assets.metrics import scores
from cameo_assets.metrics.counts import NO_LABEL, Counts, confusion, count, to_table
from cameo_assets.metrics.rows import Rows, encode
from cameo_assets.metrics.samples import agreement, majority
from cameo_assets.metrics.tables import Cell, Score

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class EvaluationScores:
    """All numbers of one evaluation, as tables that can be stored.

    Attributes:
        scores: A `Score` for each reader and scope.
        confusion: A `Cell` for each reader, corpus, true and named emotion.
        counts: What `counts.to_table` makes, with `reader` in front: for the bootstrap.
    """

    scores: pa.Table
    confusion: pa.Table
    counts: pa.Table


@dataclass(frozen=True, eq=False)
class _Read:
    """The answers of one reader: (S, N) arrays."""

    rows: Rows
    predicted: NDArray[np.intp]
    resolved: NDArray[np.bool_]
    answered: NDArray[np.bool_]


def score_evaluation(
    answers: pa.Table,
    collection: pa.Table,
    options_by_corpus: Mapping[str, tuple[str, ...]],
    *,
    samples: int | None = None,
) -> EvaluationScores:
    """Scores the answers of one evaluation.

    An utterance without an answer is unresolved and a miss.

    Args:
        answers: What `answers.batch.answers_table` makes.
        collection: Columns `file_id`, `corpus`, `language`, `emotion`, `group_id`.
        options_by_corpus: The declared emotions of each corpus.
        samples: Answers that were asked for each utterance; by default as many as there are.

    Returns:
        The tables, readers in the order of their names.

    Raises:
        BadInput: An answer belongs to no utterance, comes twice or beyond `samples`; the collection is
            unusable.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = encode(collection, options_by_corpus)
    if samples is None:
        samples = (pc.max(answers["sample"]).as_py() or 0) + 1
    lines: list[dict[str, Any]] = []
    cells: list[Cell] = []
    counted = []
    for reader in sorted(pc.unique(answers["reader"]).to_pylist()):
        own = answers.filter(pc.equal(answers["reader"], reader))
        read = _read(own, rows, samples)
        counts = count(rows, read.predicted)
        named = {"reader": reader, "reader_version": _one_version(own)}
        lines += [named | line for line in _Scorer(read, counts).lines()]
        cells += _confusion_cells(reader, read)
        counted.append(_with_reader(reader, to_table(counts)))
    if not counted:
        nothing = np.empty((0, len(rows.truth)), np.intp)
        counted.append(_with_reader("", to_table(count(rows, nothing))))
    return EvaluationScores(
        scores=pa.Table.from_pylist(lines, schema=arrow.schema_of(Score)),
        confusion=arrow.to_table(cells, Cell),
        counts=pa.concat_tables(counted).combine_chunks(),
    )


def _read(own: pa.Table, rows: Rows, samples: int) -> _Read:
    """Lays the answers of one reader out by sample and utterance."""
    import pyarrow as pa
    import pyarrow.compute as pc

    position = pc.index_in(own["file_id"], value_set=rows.file_ids)
    if position.null_count:
        stray = own["file_id"].filter(pc.is_null(position))[0].as_py()
        raise BadInput(stray, "unknown_utterance", "an answer", "an utterance of the collection")
    sample = own["sample"].to_numpy()
    if sample.size and not 0 <= sample.min() <= sample.max() < samples:
        seen = f"samples {sample.min()} to {sample.max()}"
        raise BadInput("answers", "unknown_sample", seen, f"0 to {samples - 1}")
    shape = (samples, len(rows.truth))
    cell = sample.astype(np.intp) * shape[1] + position.to_numpy()
    if len(np.unique(cell)) != len(cell):
        raise BadInput("answers", "answer_twice", "two answers to one question", "one")
    code = pc.index_in(own["label"], value_set=pa.array(rows.grid.labels, pa.string()))
    predicted = np.full(shape, NO_LABEL, np.intp)
    resolved, answered = np.zeros(shape, bool), np.zeros(shape, bool)
    predicted.flat[cell] = pc.fill_null(code, NO_LABEL).to_numpy()
    resolved.flat[cell] = own["resolved"].to_numpy()
    answered.flat[cell] = pc.not_equal(own["reason"], "no_answer").to_numpy()
    return _Read(rows=rows, predicted=predicted, resolved=resolved, answered=answered)


def _one_version(own: pa.Table) -> str:
    versions = sorted(set(own["reader_version"].to_pylist()))
    if len(versions) != 1:
        raise BadInput("answers", "reader_version", repr(versions), "one version of each reader")
    return str(versions[0])


class _Scorer:
    """Makes the rows of the score table of one reader."""

    def __init__(self, read: _Read, counts: Counts) -> None:
        self.read = read
        self.counts = counts
        self.samples = len(read.predicted)
        self.voted = count(read.rows, majority(read.predicted)[None]) if self.samples > 1 else None
        self.agreed = agreement(read.predicted)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Overall, each corpus, each language, the two means, each emotion."""
        pooled = [self._pooled(scope) for scope in scores.scopes(self.counts.grid)]
        yield from pooled
        for kind, name in (("corpus", "corpora"), ("language", "languages")):
            yield self._mean(name, [line for line in pooled if line["scope"] == kind])
        yield from self._emotions()

    def _pooled(self, scope: scores.Scope) -> dict[str, Any]:
        tp, predicted, actual = _sums(self.counts, scope)
        return {
            "scope": scope.kind,
            "name": scope.name,
            **self._shared(
                np.isin(self.read.rows.corpus, scope.corpora),
                scores.macro_f1(tp, predicted, actual),
                scores.macro_f1(*_sums(self.voted, scope)) if self.voted else None,
            ),
            "weighted_f1": float(scores.weighted_f1(tp, predicted, actual).mean()),
            "accuracy": float(scores.accuracy(tp, actual).mean()),
            "uar": float(scores.uar(tp, actual).mean()),
        }

    def _mean(self, name: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        averaged = ("score", "weighted_f1", "accuracy", "uar", "unresolved")
        return {
            "scope": "mean",
            "name": name,
            **{column: lines[0][column] for column in ("samples", "coverage")},
            **{column: sum(line[column] for line in lines) for column in ("n", "groups")},
            **{column: sum(line[column] for line in lines) / len(lines) for column in averaged},
        }

    def _emotions(self) -> Iterator[dict[str, Any]]:
        everything = scores.scopes(self.counts.grid)[0]
        tp, predicted, actual = _sums(self.counts, everything)
        f1, precision, recall = (
            scores.f1(tp, predicted, actual),
            scores.precision(tp, predicted),
            scores.recall(tp, actual),
        )
        votes = scores.f1(*_sums(self.voted, everything)) if self.voted else None
        for index, label in enumerate(self.counts.grid.labels):
            yield {
                "scope": "emotion",
                "name": label,
                **self._shared(
                    self.read.rows.truth == index, f1[:, index], None if votes is None else votes[:, index]
                ),
                "precision": float(precision[:, index].mean()),
                "recall": float(recall[:, index].mean()),
            }

    def _shared(
        self, utterances: NDArray[np.bool_], score: scores.Floats, vote: scores.Floats | None
    ) -> dict[str, Any]:
        """What every scope says; `score` and `vote` have one value for each sample."""
        some = bool(utterances.any())
        line: dict[str, Any] = {
            "n": int(utterances.sum()),
            "groups": len(np.unique(self.read.rows.group[utterances])),
            "samples": self.samples,
            "coverage": float(self.read.answered.mean()),
            "score": float(score.mean()),
            "unresolved": float((~self.read.resolved[:, utterances]).mean()) if some else None,
        }
        if vote is not None:
            line["spread"] = float(score.std(ddof=1))
            line["agreement"] = float(self.agreed[utterances].mean()) if some else None
            line["majority"] = float(vote[0])
        return line


def _sums(counts: Counts, scope: scores.Scope) -> tuple[scores.Ints, scores.Ints, scores.Ints]:
    """Hits (S, L), predictions (S, L) and truths (L,) of a scope, over its labels."""
    groups = np.isin(counts.grid.group_corpus, scope.corpora)
    return (
        counts.tp[:, groups].sum(axis=1)[:, scope.labels],
        counts.predicted[:, groups].sum(axis=1)[:, scope.labels],
        counts.grid.actual[groups].sum(axis=0)[scope.labels],
    )


def _confusion_cells(reader: str, read: _Read) -> Iterator[Cell]:
    matrix = confusion(read.rows, read.predicted)
    grid = read.rows.grid
    columns = (*grid.labels, "")
    for corpus, truth, predicted in np.argwhere(matrix):
        yield Cell(
            reader=reader,
            corpus=grid.corpora[corpus],
            truth=grid.labels[truth],
            predicted=columns[predicted],
            count=float(matrix[corpus, truth, predicted]),
        )


def _with_reader(reader: str, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    return table.add_column(0, "reader", pa.repeat(pa.scalar(reader, pa.string()), table.num_rows))
