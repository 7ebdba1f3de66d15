"""The collection as whole numbers: what every evaluation is counted on. Imports numpy at the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Grid:
    """What counts are laid out on: C corpora, K groups of utterances, L labels. All names are sorted.

    Attributes:
        corpora: C slugs.
        languages: Language of each corpus.
        labels: L labels, the union of the options.
        groups: K pairs of corpus and group id; what the bootstrap keeps together.
        group_corpus: (K,) index of each group's corpus.
        offered: (C, L) whether a corpus offers a label.
        actual: (K, L) utterances of each label in each group.
    """

    corpora: tuple[str, ...]
    languages: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    group_corpus: NDArray[np.intp]
    offered: NDArray[np.bool_]
    actual: NDArray[np.int64]

    def same_as(self, other: Grid) -> bool:
        """Whether counts on the two grids can be compared: same groups, labels and numbers of utterances."""
        return (
            (self.corpora, self.languages, self.labels, self.groups)
            == (other.corpora, other.languages, other.labels, other.groups)
            and np.array_equal(self.offered, other.offered)
            and np.array_equal(self.actual, other.actual)
        )


@dataclass(frozen=True, eq=False)
class Rows:
    """N utterances as codes, in the order of the collection.

    Attributes:
        grid: What the codes point into.
        file_ids: N ids.
        truth: (N,) index of the true label.
        group: (N,) index of the group.
    """

    grid: Grid
    file_ids: pa.Array
    truth: NDArray[np.intp]
    group: NDArray[np.intp]

    @property
    def corpus(self) -> NDArray[np.intp]:
        """(N,) index of the corpus."""
        return self.grid.group_corpus[self.group]


def encode(collection: pa.Table, options_by_corpus: Mapping[str, tuple[str, ...]]) -> Rows:
    """Codes the collection.

    Args:
        collection: Columns `file_id`, `corpus`, `language`, `emotion`, `group_id`; a row for each utterance.
        options_by_corpus: The declared emotions of each corpus; may name further corpora.

    Raises:
        BadInput: The collection is empty, an id comes twice, a corpus has no options or two languages, or an
            emotion is not an option of its corpus.
    """
    import pyarrow.compute as pc

    if not collection.num_rows:
        raise BadInput("collection", "empty", "no utterance", "at least one")
    file_ids = collection["file_id"].combine_chunks()
    if pc.count_distinct(file_ids).as_py() != len(file_ids):
        raise BadInput("collection", "id_twice", "one file_id on two rows", "ids that are unique")
    slugs, emotions = collection["corpus"].to_pylist(), collection["emotion"].to_pylist()
    language_of = _languages(slugs, collection["language"].to_pylist(), options_by_corpus)
    _check_emotions(slugs, emotions, options_by_corpus)
    corpora = tuple(sorted(language_of))
    labels = tuple(sorted({label for slug in corpora for label in options_by_corpus[slug]}))
    keys = list(zip(slugs, collection["group_id"].to_pylist(), strict=True))
    groups = tuple(sorted(set(keys)))
    truth = _codes(emotions, labels)
    group = _codes(keys, groups)
    actual = np.bincount(group * len(labels) + truth, minlength=len(groups) * len(labels))
    grid = Grid(
        corpora=corpora,
        languages=tuple(language_of[slug] for slug in corpora),
        labels=labels,
        groups=groups,
        group_corpus=_codes([slug for slug, _ in groups], corpora),
        offered=np.array([[label in options_by_corpus[slug] for label in labels] for slug in corpora]),
        actual=actual.reshape(len(groups), len(labels)).astype(np.int64),
    )
    return Rows(grid=grid, file_ids=file_ids, truth=truth, group=group)


def _languages(
    slugs: Sequence[str], languages: Sequence[str], options_by_corpus: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    language_of: dict[str, str] = {}
    for slug, language in sorted(set(zip(slugs, languages, strict=True))):
        if not options_by_corpus.get(slug):
            raise BadInput("collection", "unknown_corpus", repr(slug), f"one of {sorted(options_by_corpus)}")
        if slug in language_of:
            seen = f"{language_of[slug]} and {language}"
            raise BadInput("collection", "two_languages", f"{slug}: {seen}", "one language for each corpus")
        language_of[slug] = language
    return language_of


def _check_emotions(
    slugs: Sequence[str], emotions: Sequence[str], options_by_corpus: Mapping[str, tuple[str, ...]]
) -> None:
    for slug, emotion in sorted(set(zip(slugs, emotions, strict=True))):
        if emotion not in options_by_corpus[slug]:
            expected = f"one of {sorted(options_by_corpus[slug])}"
            raise BadInput("collection", "unknown_emotion", f"{slug}: {emotion!r}", expected)


def _codes(values: Sequence[Any], names: Sequence[Any]) -> NDArray[np.intp]:
    index = {name: position for position, name in enumerate(names)}
    return np.fromiter((index[value] for value in values), np.intp, len(values))
