"""What an engine is asked, what it answers, and what every engine promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

Scope = Literal["utterance", "corpus"]
"""What an answer depends on: the utterance alone, or all of its corpus (a probe learns from it)."""


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


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How one answer is drawn.

    Attributes:
        temperature: 0 is greedy.
        sample: Index of the draw, from 0.
        seed: Seed of the evaluation; noise is keyed by (seed, file_id, sample), so batch order never matters.
        max_new_tokens: Longest answer.
    """

    temperature: float
    sample: int
    seed: int
    max_new_tokens: int


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
        finish_reason: `stop`, `length` or `error`.
        error: Kind and message of the fault where there is no answer, else empty.
        latency: Seconds.
        details: What else the engine knows (token count, probabilities), JSON-encodable.
    """

    file_id: str
    sampling: Sampling
    text: str | None
    finish_reason: Literal["stop", "length", "error"] = "stop"
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
