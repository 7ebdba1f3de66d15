"""What an engine is asked, what it answers, and what every engine promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, Protocol

import msgspec

Scope = Literal["utterance", "corpus"]
"""What an answer depends on: the utterance alone, or all of its corpus (a probe learns from it)."""

Method = Literal["generation", "likelihood"]
"""How an answer is got: the model speaks freely, or its exact probability of each option decides."""

AUDIO: Final = "audio"
"""Kind of the error of an utterance whose recording cannot be used."""
ENGINE: Final = "engine"
"""Kind of the error of an utterance for which the model, its library or its server failed."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance as an engine sees it.

    Attributes:
        file_id: Id of the utterance.
        corpus: Slug of its corpus.
        path: Where its FLAC is (16 kHz, 16 bit, mono).
        pcm_md5: Identity of the audio.
        seconds: Duration.
        options: Emotions of its corpus, sorted.
        prompt: The text that goes with the audio.
    """

    file_id: str
    corpus: str
    path: str
    pcm_md5: str
    seconds: float
    options: tuple[str, ...]
    prompt: str


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one answer is drawn.

    Attributes:
        temperature: 0 is greedy.
        sample: Index of the draw, from 0.
        seed: Seed of the evaluation; noise is keyed by (seed, file_id, sample), so batch order never matters.
        max_new_tokens: Longest answer.
        method: How the answer is got. By `likelihood`, nothing is drawn: the answer is the option that the
            model would say with the highest probability at this temperature.
    """

    temperature: float
    sample: int
    seed: int
    max_new_tokens: int
    method: Method = "generation"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance with all the draws that are wanted of it, so that they can share a prefill."""

    item: Item
    samplings: tuple[Sampling, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One raw answer, kept for ever.

    Attributes:
        file_id: Id of the utterance.
        sampling: The draw.
        text: What the model said; None where there is no answer.
        finish_reason: `stop`; `length` where the answer was cut; `refusal` where a server says that the model
            would not answer, which is an answer and is kept as one; or `error`.
        error: `<kind>: <message>` of the fault where there is no answer, else empty. Kinds are `AUDIO`,
            `ENGINE` and `predictions.FINAL`.
        latency: Seconds.
        details: What else the engine knows (token count, probabilities), JSON-encodable.
    """

    file_id: str
    sampling: Sampling
    text: str | None
    finish_reason: Literal["stop", "length", "refusal", "error"] = "stop"
    error: str = ""
    latency: float = 0.0
    details: dict[str, Any] = {}


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a baseline may learn from: an utterance with its label."""

    file_id: str
    path: str
    pcm_md5: str
    emotion: str
    group_id: str


def fault(item: Item, sampling: Sampling, error: str) -> Answer:
    """What stands in place of an answer where there is none; `error` as of `Answer`."""
    return Answer(file_id=item.file_id, sampling=sampling, text=None, finish_reason="error", error=error)


def faults(ask: Ask, error: str) -> list[Answer]:
    """The same fault for each draw of an utterance."""
    return [fault(ask.item, sampling, error) for sampling in ask.samplings]


class Engine(Protocol):
    """A way of getting answers.

    Attributes:
        family: Name and version of the way of answering; a stored answer counts only under the same family.
        scope: What an answer depends on.
        versions: Versions of the libraries that matter, for the record.
    """

    family: str
    scope: Scope
    versions: Mapping[str, str]

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """Streams answers, in any order, exactly one for each sampling of each ask.

        Args:
            asks: What is wanted.
            references: For an engine of scope `corpus`, all labelled utterances of each corpus asked about;
                empty for the others, which must never see a label.

        Raises:
            Exception: A fault that stops the whole engine. What it answered before is kept. A fault of one
                utterance is an `Answer` with `error` instead.
        """
        ...


class GatedEngine(Engine, Protocol):
    """An engine whose way of asking many at once must be shown to change nothing (see `parity`)."""

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """Answers as `answer` does, in the plainest way there is: one by one, with nothing shared.

        For a library, its own stock call with a batch of one; for a server, one request at a time.
        """
        ...


class EngineDefaults:
    """What most engines are, for the attributes of `engines.EngineClass` that they don't set."""

    scope: Scope = "utterance"
    versions: Mapping[str, str] = {}
    operational: ClassVar[frozenset[str]] = frozenset()
    greedy_only: ClassVar[bool] = False
    methods: ClassVar[frozenset[Method]] = frozenset({"generation"})
    pinned: ClassVar[bool] = False
    served: ClassVar[bool] = False
    prompted: ClassVar[bool] = True
    gate: ClassVar[frozenset[str] | None] = None
    plain: ClassVar[Mapping[str, Any]] = {}
    late_loading: float = 0.0
    """Seconds that loading took after the first question, where a model is loaded only once it is needed."""

    def report_to(self, word: Callable[[str], None]) -> None:
        """Takes whom to tell what is done while no answers come; most engines have nothing to tell."""
