"""Logistic regression on plain acoustic features, tested on speakers that it did not learn from.

For each corpus by itself: the speakers are split into folds, and each utterance is answered by a model that
learnt from the other folds. So the probe says how much of the label plain acoustics give away to someone who
does not know the speaker.

A corpus of one speaker cannot be answered that way. Folds over its utterances would measure something easier
and stand in the same column, so its answers are errors of the kind `predictions.FINAL`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference, Scope
from cameo_assets.models.predictions import FINAL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cameo_assets.models.spec import ModelSpec

_LIBRARIES = ("librosa", "numpy", "scikit-learn", "soundfile")


class ProbeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine.

    Attributes:
        folds: Most folds; fewer where a corpus has fewer speakers.
        strength: Inverse strength of the regularisation, scikit-learn's `C`.
    """

    folds: Annotated[int, msgspec.Meta(ge=2)] = 5
    strength: Annotated[float, msgspec.Meta(gt=0)] = 0.1


class Guess(msgspec.Struct, frozen=True):
    """What the probe makes of an utterance: probabilities by emotion, or why there are none."""

    probabilities: dict[str, float] = {}
    error: str = ""


class AcousticProbe(EngineDefaults):
    """See `base.Engine`. `details` of an answer holds the probability of each emotion."""

    family = "acoustic-probe/1"
    scope: Scope = "corpus"
    Options: type[msgspec.Struct] = ProbeOptions
    greedy_only = True

    def __init__(self, _spec: ModelSpec, options: ProbeOptions, store_home: str) -> None:
        self._options = options
        self._store_home = store_home
        self.versions = {name: version(name) for name in _LIBRARIES}

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`."""
        by_corpus: dict[str, list[Ask]] = {}
        for ask in asks:
            by_corpus.setdefault(ask.item.corpus, []).append(ask)
        for corpus, wanted in sorted(by_corpus.items()):
            guesses: dict[int, Mapping[str, Guess]] = {}
            for ask in wanted:
                for sampling in ask.samplings:
                    if sampling.seed not in guesses:
                        guesses[sampling.seed] = self._guesses(corpus, references[corpus], sampling.seed)
                    guess = guesses[sampling.seed][ask.item.file_id]
                    yield Answer(
                        file_id=ask.item.file_id,
                        sampling=sampling,
                        text=_best(guess.probabilities),
                        finish_reason="error" if guess.error else "stop",
                        error=guess.error,
                        details={"probabilities": guess.probabilities} if guess.probabilities else {},
                    )

    def _guesses(self, corpus: str, references: Sequence[Reference], seed: int) -> Mapping[str, Guess]:
        from cameo_assets.models.features import Unreadable, feature_table
        from cameo_assets.store import Store

        rows = sorted(references, key=lambda row: row.file_id)
        if len({row.group_id for row in rows}) < 2:
            return dict.fromkeys(
                (row.file_id for row in rows), Guess(error=f"{FINAL}: {corpus} has one speaker only")
            )
        try:
            features = feature_table(Store(self._store_home), corpus, rows)
        except Unreadable as fault:
            # To learn without the recording would answer another question than the request key says.
            return dict.fromkeys((row.file_id for row in rows), Guess(error=f"audio: {fault}"))
        return self._cross_predict(rows, features, seed)

    def _cross_predict(
        self, rows: Sequence[Reference], features: Mapping[str, NDArray[np.float64]], seed: int
    ) -> dict[str, Guess]:
        import numpy as np
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        from cameo_assets.models.folds import group_folds

        matrix = np.stack([features[row.pcm_md5] for row in rows])
        emotions = np.array([row.emotion for row in rows])
        groups, audio = [row.group_id for row in rows], [row.pcm_md5 for row in rows]
        folds = group_folds([*emotions], groups, audio, most=self._options.folds, seed=seed)
        found: dict[str, Guess] = {}
        with threadpool_limits(1):  # sums in a fixed order, so that a rerun gives the same bits
            for train, test in folds:
                guesses = self._fit(matrix[train], emotions[train], matrix[test])
                found.update(zip((rows[position].file_id for position in test), guesses, strict=True))
        return found

    def _fit(self, known: NDArray[Any], emotions: NDArray[Any], asked: NDArray[Any]) -> list[Guess]:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if len(set(emotions.tolist())) < 2:
            return [Guess(error=f"{FINAL}: the other speakers express fewer than two emotions")] * len(asked)
        model = make_pipeline(
            StandardScaler(),
            LogisticRegression(C=self._options.strength, class_weight="balanced", max_iter=2000),
        ).fit(known, emotions)
        names = model.classes_.tolist()
        return [
            Guess({name: round(float(value), 6) for name, value in zip(names, line, strict=True)})
            for line in model.predict_proba(asked)
        ]


def _best(probabilities: Mapping[str, float]) -> str | None:
    """The likeliest emotion, the alphabetically first of equals; None where there is none."""
    return min(probabilities, key=lambda name: (-probabilities[name], name), default=None)
