"""Intervals: what the scores would be with other speakers. Imports numpy at the top.

Within each corpus as many groups as it has are drawn with replacement, all evaluations with the same draws,
so that differences between evaluations are paired. A score depends on a draw only through sums over groups.
Hence a draw is a row of counts, and all resampled sums come from one matrix product for each corpus. The sums
are whole numbers that floating point holds exactly, so the order of summation does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cameo_assets.metrics.counts import Counts
from cameo_assets.metrics.scores import ALL, Floats, Scope, scopes

DRAWS: Final = 10_000
SEED: Final = 20250516
PERCENTILES: Final = (2.5, 97.5)
FEW_GROUPS: Final = 10
"""An interval that rests on fewer groups than this says little."""

_EXACT_FLOAT32 = 1 << 24  # single precision is twice as fast, and exact for whole numbers up to here
_CHUNK = 256  # draws at a time: the sums of a chunk stay in the cache
_BLOCK = 32  # samples of evaluations at a time: memory stays bounded, however many there are


@dataclass(frozen=True, eq=False)
class Interval:
    """Percentile intervals of one scope, for E evaluations.

    Attributes:
        low: (E,) lower ends; NaN where no corpus of the scope has two groups, as nothing can then vary.
        high: (E,) upper ends; NaN likewise.
        groups: Groups that the scope rests on.
    """

    low: Floats
    high: Floats
    groups: int

    @property
    def few(self) -> bool:
        """Whether it rests on too few groups to say much."""
        return self.groups < FEW_GROUPS


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """The resampled scores of E evaluations.

    Attributes:
        overall: (draws, E) pooled macro F1; a row is one draw, common to all evaluations.
        intervals: By kind (`overall`, `corpus`, `language`: macro F1; `emotion`: pooled F1) and name.
    """

    overall: Floats
    intervals: dict[tuple[str, str], Interval]


def resample_counts(
    corpus: str, groups: int, *, draws: int = DRAWS, seed: int = SEED, chunk: int = _CHUNK
) -> Iterator[NDArray[np.int64]]:
    """How often each group of a corpus is drawn.

    Depends on the seed, the corpus and the number of its groups alone, so a further corpus changes nothing
    for the others. The first draws are the same however many are wanted and however they are cut into chunks.

    Args:
        corpus: Slug.
        groups: Number of groups; the columns stand for the group ids in sorted order.
        draws: Rows in all.
        seed: Seed of the whole bootstrap.
        chunk: Rows at a time.

    Yields:
        (chunk, groups) counts; each row sums to `groups`.
    """
    generator = np.random.default_rng([seed, *corpus.encode()])
    for start in range(0, draws, chunk):
        rows = min(chunk, draws - start)
        drawn = generator.integers(groups, size=(rows, groups))
        drawn += np.arange(rows)[:, None] * groups
        yield np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups)


def bootstrap(evaluations: Sequence[Counts], *, draws: int = DRAWS, seed: int = SEED) -> Bootstrap:
    """Resamples the scores of evaluations of the same utterances.

    An evaluation with several samples has the mean of its samples' scores in each draw.

    Args:
        evaluations: E counts on the same grid.
        draws: Number of resamples.
        seed: Seed; the same for everything that is to be compared.

    Raises:
        ValueError: There is no evaluation, or they were not counted on the same utterances.
    """
    if not evaluations:
        raise ValueError("there is no evaluation to resample")
    if not all(counts.grid.same_as(evaluations[0].grid) for counts in evaluations):
        raise ValueError("evaluations of different utterances cannot be resampled together")
    # The products are small: threads of the linear algebra would wait for each other more than they help.
    with threadpool_limits(1, "blas"):
        blocks = [_Block(block, draws, seed).run() for block in _blocks(evaluations)]
    first = blocks[0].intervals
    return Bootstrap(
        overall=np.concatenate([block.overall for block in blocks], axis=1),
        intervals={
            key: Interval(
                low=np.concatenate([block.intervals[key].low for block in blocks]),
                high=np.concatenate([block.intervals[key].high for block in blocks]),
                groups=first[key].groups,
            )
            for key in first
        },
    )


def _blocks(evaluations: Sequence[Counts]) -> Iterator[list[Counts]]:
    block: list[Counts] = []
    for counts in evaluations:
        if block and sum(len(one.tp) for one in block) + len(counts.tp) > _BLOCK:
            yield block
            block = []
        block.append(counts)
    yield block


class _Block:
    """A few evaluations, resampled together."""

    def __init__(self, evaluations: Sequence[Counts], draws: int, seed: int) -> None:
        self.grid = evaluations[0].grid
        self.draws = draws
        self.seed = seed
        self.samples = np.array([len(counts.tp) for counts in evaluations])
        self.scopes = scopes(self.grid)
        self.shape = (2, int(self.samples.sum()), len(self.grid.labels))
        self.members = [np.flatnonzero(self.grid.group_corpus == c) for c in range(len(self.grid.corpora))]
        self.columns = [np.flatnonzero(offered) for offered in self.grid.offered]
        self.matrices = [
            _matrix(evaluations, groups, labels)
            for groups, labels in zip(self.members, self.columns, strict=True)
        ]

    def run(self) -> Bootstrap:
        found = {(scope.kind, scope.name): self._empty() for scope in self.scopes}
        emotions = {label: self._empty() for label in self.grid.labels}
        for start, sums in self._resampled():
            for scope in self.scopes:
                ratios = _pooled_f1(sums, scope)
                stop = start + len(ratios)
                found[scope.kind, scope.name][start:stop] = self._mean_over_samples(ratios.mean(axis=-1))
                if scope.kind == "overall":
                    for index, label in enumerate(self.grid.labels):
                        emotions[label][start:stop] = self._mean_over_samples(ratios[..., index])
        intervals: dict[tuple[str, str], Interval] = {
            (scope.kind, scope.name): self._interval(found[scope.kind, scope.name], scope.corpora)
            for scope in self.scopes
        }
        for index, label in enumerate(self.grid.labels):
            offering = np.flatnonzero(self.grid.offered[:, index])
            intervals["emotion", label] = self._interval(emotions[label], offering)
        return Bootstrap(overall=found["overall", ALL], intervals=intervals)

    def _resampled(self) -> Iterator[tuple[int, list[Floats]]]:
        """Start of each chunk of draws and, for each corpus, sums of shape (chunk, 2, samples, L)."""
        streams = [
            resample_counts(corpus, len(groups), draws=self.draws, seed=self.seed)
            for corpus, groups in zip(self.grid.corpora, self.members, strict=True)
        ]
        start = 0
        for weights in zip(*streams, strict=True):
            sums = []
            for weight, matrix, labels in zip(weights, self.matrices, self.columns, strict=True):
                full = np.zeros((len(weight), *self.shape))
                full[..., labels] = (weight.astype(matrix.dtype) @ matrix).reshape(*full.shape[:3], -1)
                sums.append(full)
            yield start, sums
            start += len(weights[0])

    def _empty(self) -> Floats:
        return np.empty((self.draws, len(self.samples)))

    def _mean_over_samples(self, values: Floats) -> Floats:
        starts = np.cumsum(self.samples) - self.samples
        return np.asarray(np.add.reduceat(values, starts, axis=-1) / self.samples)

    def _interval(self, values: Floats, corpora: NDArray[np.intp]) -> Interval:
        groups = int(np.isin(self.grid.group_corpus, corpora).sum())
        if groups == len(corpora):
            nothing = np.full(values.shape[1], np.nan)
            return Interval(low=nothing, high=nothing, groups=groups)
        low, high = np.percentile(values, PERCENTILES, axis=0)
        return Interval(low=low, high=high, groups=groups)


def _matrix(
    evaluations: Sequence[Counts], groups: NDArray[np.intp], labels: NDArray[np.intp]
) -> NDArray[np.floating]:
    """What is summed over the drawn groups of a corpus: (groups, 2 * samples * labels).

    F1 = 2 tp / (predicted + actual): numerators first, then denominators.
    """
    tp = np.concatenate([counts.tp[:, groups][..., labels] for counts in evaluations])
    predicted = np.concatenate([counts.predicted[:, groups][..., labels] for counts in evaluations])
    actual = evaluations[0].grid.actual[groups][:, labels]
    parts = np.stack([2 * tp, predicted + actual]).transpose(2, 0, 1, 3).reshape(len(groups), -1)
    # A draw has as many groups as the corpus, so no sum exceeds this.
    largest = len(groups) * int(parts.max())
    return parts.astype(np.float32 if largest < _EXACT_FLOAT32 else np.float64)


def _pooled_f1(sums: Sequence[Floats], scope: Scope) -> Floats:
    pooled = sums[scope.corpora[0]]
    for corpus in scope.corpora[1:]:
        pooled = pooled + sums[corpus]
    offered = pooled[..., scope.labels]
    return np.asarray(offered[:, 0] / np.maximum(offered[:, 1], 1.0))
