"""Made-up collections and answers, and the plain ways of scoring them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from cameo_assets.metrics.counts import Counts, count
from cameo_assets.metrics.rows import Rows, encode

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "crema_d": ("anger", "fear", "neutral"),
    "nemo": ("anger", "fear", "surprise"),
    "ravdess": ("anger", "calm", "neutral", "surprise"),
}
LANGUAGE = {"crema_d": "English", "nemo": "Polish", "ravdess": "English"}
LABELS = ("anger", "calm", "fear", "neutral", "surprise")

Utterance = tuple[str, str, str]
"""Corpus, group and true emotion."""


def collection(utterances: Sequence[Utterance]) -> pa.Table:
    """A collection with ids u0, u1, ..."""
    return pa.table(
        {
            "file_id": [f"u{index}" for index in range(len(utterances))],
            "corpus": [corpus for corpus, _, _ in utterances],
            "language": [LANGUAGE[corpus] for corpus, _, _ in utterances],
            "emotion": [emotion for _, _, emotion in utterances],
            "group_id": [group for _, group, _ in utterances],
        }
    )


def answers(*samples: Sequence[str | None], reader: str = "strict", version: str = "1") -> pa.Table:
    """Answers to u0, u1, ...: labels for each sample; None is an answer without a label."""
    rows = [
        {
            "file_id": f"u{index}",
            "sample": sample,
            "reader": reader,
            "reader_version": version,
            "label": label,
            "reason": "unmatched" if label is None else "exact",
            "resolved": label is not None,
        }
        for sample, labels in enumerate(samples)
        for index, label in enumerate(labels)
    ]
    schema = pa.schema(
        [
            ("file_id", pa.string()),
            ("sample", pa.int32()),
            ("reader", pa.string()),
            ("reader_version", pa.string()),
            ("label", pa.string()),
            ("reason", pa.string()),
            ("resolved", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def coded(
    rows: Rows, samples: Sequence[Sequence[str | None]]
) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Labels as codes."""
    labels = rows.grid.labels
    return np.array(
        [[-1 if label not in labels else labels.index(label) for label in sample] for sample in samples]
    )


def counted(utterances: Sequence[Utterance], *samples: Sequence[str | None]) -> Counts:
    """Predictions, counted."""
    rows = encode(collection(utterances), OPTIONS)
    return count(rows, coded(rows, samples))


def random_case(
    seed: int, *, utterances: int = 60, groups: int = 4, samples: int = 1, right: float = 0.4
) -> tuple[list[Utterance], list[list[str | None]]]:
    """Utterances of all corpora in groups of unequal size, and labels or None for each sample."""
    noise = np.random.default_rng(seed)
    found: list[Utterance] = []
    for corpus in sorted(OPTIONS):
        sizes = noise.multinomial(utterances, noise.dirichlet(np.ones(groups)))
        found += [
            (corpus, f"{corpus}_{group}", str(noise.choice(OPTIONS[corpus])))
            for group, size in enumerate(sizes)
            for _ in range(size)
        ]
    labels: list[list[str | None]] = []
    for _ in range(samples):
        guesses = [
            [*OPTIONS[corpus], None][noise.integers(len(OPTIONS[corpus]) + 1)] for corpus, _, _ in found
        ]
        hits = noise.random(len(found)) < right
        labels.append([u[2] if hit else guess for u, hit, guess in zip(found, hits, guesses, strict=True)])
    return found, labels


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Utterance], list[str | None]]:
    """Any small collection, and any labels of the vocabulary or None, on the corpus's list or off it."""
    utterance = st.sampled_from(sorted(OPTIONS)).flatmap(
        lambda corpus: st.tuples(
            st.just(corpus), st.sampled_from(["g1", "g2", "g3"]), st.sampled_from(OPTIONS[corpus])
        )
    )
    utterances = draw(st.lists(utterance, min_size=1, max_size=25))
    size = len(utterances)
    labels = draw(st.lists(st.sampled_from([*LABELS, None]), min_size=size, max_size=size))
    return utterances, labels
