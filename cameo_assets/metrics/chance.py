"""What guessing gives: the floor below which a score means nothing."""

from __future__ import annotations

from collections.abc import Mapping


def uniform_macro_f1(
    counts: Mapping[str, Mapping[str, int]], options_by_corpus: Mapping[str, tuple[str, ...]]
) -> float:
    """Pooled macro F1 of a guess that is uniform among the options of the utterance's corpus.

    Exact to first order: F1 of the expected counts, which is the expected F1 as the counts grow.

    Args:
        counts: Utterances of each emotion in each corpus.
        options_by_corpus: The declared emotions of each corpus.

    >>> uniform_macro_f1({"a": {"anger": 50, "fear": 50}}, {"a": ("anger", "fear")})
    0.5
    """
    hits: dict[str, float] = {}
    guesses: dict[str, float] = {}
    actual: dict[str, int] = {}
    for corpus, emotions in counts.items():
        options = options_by_corpus[corpus]
        total = sum(emotions.values())
        for label in options:
            of_label = emotions.get(label, 0)
            hits[label] = hits.get(label, 0.0) + of_label / len(options)
            guesses[label] = guesses.get(label, 0.0) + total / len(options)
            actual[label] = actual.get(label, 0) + of_label
    scores = [2 * hits[label] / (guesses[label] + actual[label]) for label in sorted(guesses)]
    return sum(scores) / len(scores)
