"""How a probe answers: logistic regression, tested on speakers that it did not learn from.

For each corpus by itself: the speakers are split into folds, and each utterance is answered by a model that
learnt from the other folds. So a probe says how much of the label its features give away to someone who does
not know the speaker.

A corpus of one speaker cannot be answered that way. Folds over its utterances would measure something easier
and stand in the same column, so its answers are errors of the kind `predictions.FINAL`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from cameo_assets.models.engines.base import AUDIO, Answer, Ask, EngineDefaults, Reference, Scope
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.probes.recordings import Told, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ProbeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set of any probe.

    Attributes:
        folds: Most folds; fewer where a corpus has fewer speakers.
        strength: Inverse strength of the regularisation, scikit-learn's `C`.
    """

    folds: Annotated[int, msgspec.Meta(ge=2)] = 5
    strength: Annotated[float, msgspec.Meta(gt=0)] = 0.1


class Guess(msgspec.Struct, frozen=True):
    """What a probe makes of an utterance: probabilities by emotion, or why there are none."""

    probabilities: dict[str, float] = {}
    error: str = ""


Features = Callable[[str, Sequence[Reference], Told], "Mapping[str, NDArray[Any]]"]
"""From a corpus and its recordings to a vector for each, by `pcm_md5`; may raise `Unreadable`."""


class Probe(EngineDefaults):
    """What all probes are. While they listen and learn no answers come, so they say how far they are."""

    scope: Scope = "corpus"
    greedy_only = True
    word: Callable[[str], None] | None = None

    def report_to(self, word: Callable[[str], None]) -> None:
        """See `base.EngineDefaults.report_to`."""
        self.word = word


def answers(
    asks: Iterable[Ask],
    references: Mapping[str, Sequence[Reference]],
    features: Features,
    options: ProbeOptions,
    word: Callable[[str], None] | None = None,
) -> Iterator[Answer]:
    """Answers corpus by corpus; `details` of an answer holds the probability of each emotion.

    Args:
        asks: As of `Engine.answer`.
        references: As of `Engine.answer`.
        features: What the probe learns from.
        options: How it learns.
        word: Told what is done while no answers come.
    """
    say = word or (lambda _text: None)
    by_corpus: dict[str, list[Ask]] = {}
    for ask in asks:
        by_corpus.setdefault(ask.item.corpus, []).append(ask)
    for corpus, wanted in sorted(by_corpus.items()):
        guesses: dict[int, Mapping[str, Guess]] = {}
        for ask in wanted:
            for sampling in ask.samplings:
                if sampling.seed not in guesses:
                    guesses[sampling.seed] = _guesses(
                        corpus, references[corpus], features, options, sampling.seed, say
                    )
                guess = guesses[sampling.seed][ask.item.file_id]
                yield Answer(
                    file_id=ask.item.file_id,
                    sampling=sampling,
                    text=likeliest(guess.probabilities),
                    finish_reason="error" if guess.error else "stop",
                    error=guess.error,
                    details={"probabilities": guess.probabilities} if guess.probabilities else {},
                )


def likeliest(probabilities: Mapping[str, float]) -> str | None:
    """The likeliest emotion, the alphabetically first of equals; None where there is none."""
    return min(probabilities, key=lambda name: (-probabilities[name], name), default=None)


def _guesses(
    corpus: str,
    references: Sequence[Reference],
    features: Features,
    options: ProbeOptions,
    seed: int,
    say: Callable[[str], None],
) -> Mapping[str, Guess]:
    rows = sorted(references, key=lambda row: row.file_id)
    if len({row.group_id for row in rows}) < 2:
        return dict.fromkeys(
            (row.file_id for row in rows), Guess(error=f"{FINAL}: {corpus} has one speaker only")
        )
    try:
        known = features(
            corpus, rows, lambda done, total: say(f"{corpus}: heard {done:,} of {total:,} recordings")
        )
    except Unreadable as fault:
        # To learn without the recording would answer another question than the request key says.
        return dict.fromkeys((row.file_id for row in rows), Guess(error=f"{AUDIO}: {fault}"))
    say(f"{corpus}: learns from {len(rows):,} recordings")
    return _cross_predict(rows, known, options, seed)


def _cross_predict(
    rows: Sequence[Reference], features: Mapping[str, NDArray[Any]], options: ProbeOptions, seed: int
) -> dict[str, Guess]:
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from cameo_assets.models.probes.folds import group_folds

    matrix = np.stack([features[row.pcm_md5] for row in rows])
    emotions = np.array([row.emotion for row in rows])
    groups, audio = [row.group_id for row in rows], [row.pcm_md5 for row in rows]
    found: dict[str, Guess] = {}
    with threadpool_limits(1):  # sums in a fixed order, so that a rerun gives the same bits
        for train, test in group_folds([*emotions], groups, audio, most=options.folds, seed=seed):
            guesses = _fit(matrix[train], emotions[train], matrix[test], options.strength)
            found.update(zip((rows[position].file_id for position in test), guesses, strict=True))
    return found


def _fit(
    known: NDArray[Any], emotions: NDArray[np.str_], asked: NDArray[Any], strength: float
) -> list[Guess]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(set(emotions.tolist())) < 2:
        return [Guess(error=f"{FINAL}: the other speakers express fewer than two emotions")] * len(asked)
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=strength, class_weight="balanced", max_iter=2000),
    ).fit(known, emotions)
    names = model.classes_.tolist()
    return [
        Guess({name: round(float(value), 6) for name, value in zip(names, line, strict=True)})
        for line in model.predict_proba(asked)
    ]
