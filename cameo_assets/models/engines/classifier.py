"""A classifier of recordings: a supervised model that names an emotion without being asked in words.

Its classes are mapped to emotions by its spec (`labels`), all of them, so that no class is read as an emotion
by accident. What it says of a recording is the likeliest of the emotions of the corpus: the probabilities of
its classes are added up by emotion, and what fell elsewhere is left out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import ENGINE, Answer, Ask, EngineDefaults, Reference, faults
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.probes.learning import likeliest
from cameo_assets.models.typed import suggestion
from cameo_assets.vocabulary import EMOTIONS

if TYPE_CHECKING:
    from cameo_assets.models.local.listening import Wave
    from cameo_assets.models.spec import ModelSpec

_RATE: Final = 16_000

Score = Callable[[Sequence["Wave"]], list[list[float]]]
"""From recordings to the scores of each before softmax, none where it does not fit."""


class ClassifierOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine.

    Attributes:
        labels: Emotion of each class of the model, or null for a class that is none of the vocabulary.
        dtype: Precision.
        device: `auto`, `cpu`, `cuda`, `cuda:1` and the like.
        batch_seconds: Most seconds of audio at once, padding included.
        unsafe_weights: Why weights may be read that are not safetensors; empty where they may not.
    """

    labels: dict[str, str | None]
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    device: str = "auto"
    batch_seconds: Annotated[float, msgspec.Meta(gt=0)] = 120.0
    unsafe_weights: str = ""

    def __post_init__(self) -> None:
        for label, emotion in self.labels.items():
            if emotion is not None and emotion not in EMOTIONS:
                raise ValueError(
                    f"{label!r} to be null or an emotion, not {emotion!r}: {suggestion(emotion, EMOTIONS)}"
                )


class AudioClassifier(EngineDefaults):
    """See `base.Engine`.

    `details` of an answer holds `probabilities` of the corpus's emotions that the model knows, which add up
    to 1, and `mass`, the share that fell on them before.
    """

    family = "classifier/1"
    Options: type[msgspec.Struct] = ClassifierOptions
    operational = frozenset({"device", "batch_seconds", "unsafe_weights"})
    greedy_only = True
    pinned = True
    prompted = False
    gate = frozenset({"batch_seconds"})

    def __init__(self, spec: ModelSpec, options: ClassifierOptions, store_home: str) -> None:
        from cameo_assets.models.local import classifying, listening

        listener = listening.load(
            "AutoModelForAudioClassification",
            spec,
            store_home,
            device=options.device,
            dtype=options.dtype,
            unsafe_weights=options.unsafe_weights,
        )
        self._model = classifying.Classifier(listener)
        self._emotions = _emotions(listener.model.config, options.labels, listener.name)
        self._budget = options.batch_seconds
        self.versions = {**listener.versions, "padding": self._model.padding}

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`; recordings of like length are asked about together."""
        from cameo_assets.models.local.batches import batches
        from cameo_assets.models.local.feeder import ahead

        with closing(ahead(batches(asks, self._samples, self._most_samples), self._hear)) as fed:
            for heard in fed:
                yield from self._answers(heard, self._together)

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """See `base.GatedEngine.alone`."""
        for ask in asks:
            yield from self._answers(self._hear([ask]), lambda waves: [self._model.alone(waves[0])])

    def close(self) -> None:
        """Gives the memory of the model back; the engine answers no more."""
        from cameo_assets.models.local.memory import free_memory

        self.__dict__.pop("_model", None)
        free_memory()

    def _samples(self, ask: Ask) -> int:
        return round(max(ask.item.seconds, self._model.listener.window) * _RATE)

    def _most_samples(self) -> int:
        return round(self._budget * _RATE)

    def _hear(self, asks: Sequence[Ask]) -> list[tuple[Ask, Wave | str]]:
        """Each ask with its recording, or with the reason why there can be no answer."""
        from cameo_assets.models.local.audio import Unusable, read

        heard: list[tuple[Ask, Wave | str]] = []
        for ask in asks:
            if set(ask.item.options).isdisjoint(self._emotions):
                heard.append((ask, f"{FINAL}: it knows none of the emotions of {ask.item.corpus}"))
                continue
            try:
                heard.append((ask, read(ask.item.path, self._model.listener.longest, ask.item.pcm_md5)))
            except Unusable as fault:
                heard.append((ask, fault.error))
        return heard

    def _answers(self, heard: Sequence[tuple[Ask, Wave | str]], score: Score) -> Iterator[Answer]:
        start = time.perf_counter()
        waves = [wave for _, wave in heard if not isinstance(wave, str)]
        scores = iter(score(waves) if waves else [])
        seconds = (time.perf_counter() - start) / max(1, len(waves))
        for ask, wave in heard:
            if isinstance(wave, str):
                yield from faults(ask, wave)
            else:
                yield from self._read_off(ask, next(scores), seconds)

    def _read_off(self, ask: Ask, scores: Sequence[float], seconds: float) -> Iterator[Answer]:
        if not scores:
            yield from faults(ask, f"{ENGINE}: out of memory with this recording alone")
        elif not all(map(math.isfinite, scores)):
            yield from faults(ask, f"{ENGINE}: scores that are not numbers")
        else:
            probabilities, mass = emotion_probabilities(scores, self._emotions, ask.item.options)
            for sampling in ask.samplings:
                yield Answer(
                    file_id=ask.item.file_id,
                    sampling=sampling,
                    text=likeliest(probabilities),
                    latency=seconds,
                    details={"probabilities": probabilities, "mass": mass},
                )

    def _together(self, waves: Sequence[Wave]) -> list[list[float]]:
        """Scores of a batch. Where it does not fit, it is halved, and so are the batches to come.

        A recording that does not fit by itself has no scores.
        """
        from cameo_assets.models.local.memory import unless_out_of_memory

        if (scores := unless_out_of_memory(lambda: self._model.together(waves))) is not None:
            return scores
        if len(waves) == 1:
            return [[]]
        self._budget /= 2
        half = len(waves) // 2
        return self._together(waves[:half]) + self._together(waves[half:])


def emotion_probabilities(
    scores: Sequence[float], emotions: Sequence[str | None], options: Iterable[str]
) -> tuple[dict[str, float], float]:
    """The probabilities of a corpus's emotions, rounded, and the share of all that fell on them.

    Args:
        scores: Of each class, before softmax.
        emotions: What each class stands for.
        options: Emotions of the corpus; those that no class stands for have no probability.

    >>> emotion_probabilities([0, 0, 0, 0], ["calm", "calm", "fear", None], ["calm", "fear", "anger"])
    ({'calm': 0.666667, 'fear': 0.333333}, 0.75)
    """
    offered = sorted(set(options) & {emotion for emotion in emotions if emotion})
    # Each sum is taken relative to its own largest term, so that even a share of 1e-99 is divided exactly.
    inside = [score for score, emotion in zip(scores, emotions, strict=True) if emotion in offered]
    weights = dict.fromkeys(offered, 0.0)
    for score, emotion in zip(scores, emotions, strict=True):
        if emotion in weights:
            weights[emotion] += math.exp(score - max(inside))
    total = sum(weights.values())
    whole = sum(math.exp(score - max(scores)) for score in scores)
    mass = total * math.exp(max(inside) - max(scores)) / whole
    return {emotion: round(weight / total, 6) for emotion, weight in weights.items()}, round(mass, 6)


def _emotions(config: Any, labels: Mapping[str, str | None], name: str) -> tuple[str | None, ...]:
    """The emotion of each class of a model, in the order of its scores.

    Raises:
        BadInput: The model's classes and those of the spec are not the same; or its scores are no classes.
    """
    own = [str(config.id2label[position]) for position in range(len(config.id2label))]
    if len(own) < 2 or config.problem_type in ("regression", "multi_label_classification"):
        seen = f"{config.problem_type or 'regression'} of {', '.join(own)}"
        raise BadInput(name, "kind_of_scores", seen, "a model whose classes exclude each other")
    where = f"{name}: options.labels"
    classes = f"the model's own classes: {', '.join(own)}"
    if missing := [label for label in own if label not in labels]:
        raise BadInput(where, "missing_label", f"nothing for {', '.join(missing)}", classes)
    if strange := sorted(labels.keys() - set(own)):
        raise BadInput(where, "unknown_label", ", ".join(strange), classes)
    return tuple(labels[label] for label in own)
