"""Answers the way language models do, without a model: for tests, and for trying the platform.

It knows no labels and doesn't listen; whether it is right is a matter of luck. What it says of an utterance
depends on (seed, file_id, temperature, sample) and on the weights of its styles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Item, Reference, Sampling, fault
from cameo_assets.models.engines.noise import uniform
from cameo_assets.vocabulary import EMOTIONS

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec

_ADJECTIVES: Final = dict(
    zip(
        EMOTIONS,
        (
            "angry",
            "anxious",
            "apologetic",
            "assertive",
            "calm",
            "concerned",
            "disgusted",
            "encouraging",
            "enthusiastic",
            "excited",
            "afraid",
            "happy",
            "neutral",
            "deadpan",
            "sad",
            "sarcastic",
            "surprised",
        ),
        strict=True,
    )
)
_REFUSAL: Final = "I'm sorry, but I can't judge how a person feels from a recording."
_STYLES: Final[dict[str, Callable[[str, str], str]]] = {
    "label": lambda choice, _other: choice,
    "sentence": lambda choice, _other: f"The speaker's voice expresses {choice}.",
    "capitals": lambda choice, _other: f"**{choice.upper()}**!",
    "adjective": lambda choice, _other: f"They sound {_ADJECTIVES.get(choice, choice)}.",
    "two": lambda choice, other: f"It could be {choice} or {other}.",
    "refusal": lambda _choice, _other: _REFUSAL,
    "nonsense": lambda _choice, _other: "qzx 7391 vvkq",
    "empty": lambda _choice, _other: "",
}

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Weight = Annotated[float, msgspec.Meta(ge=0)]


class Styles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often it answers in which way, as weights."""

    label: _Weight = 4.0
    sentence: _Weight = 2.0
    capitals: _Weight = 1.0
    adjective: _Weight = 1.0
    two: _Weight = 0.5
    refusal: _Weight = 0.5
    nonsense: _Weight = 0.25
    empty: _Weight = 0.25


class Fail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the engine as a whole breaks down.

    Attributes:
        after: After so many answers of one run; None for never.
        while_exists: At the first request while this file is there.
    """

    after: int | None = None
    while_exists: str = ""


class ScriptedOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine; only `styles` shapes what it says.

    Attributes:
        styles: Weights of the ways of answering.
        delay_seconds: Time that each answer takes.
        errors: Share of the requests that fail, each by itself.
        log: File to which each request is appended as a line of JSON, before it is answered.
        fail: When the engine as a whole breaks down.
    """

    styles: Styles = Styles()
    delay_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    errors: _Share = 0.0
    log: str = ""
    fail: Fail = Fail()


class ScriptedFailure(RuntimeError):  # noqa: N818 - it names what it is
    """The breakdown that the spec asked for."""


class Scripted(EngineDefaults):
    """See `base.Engine`."""

    family = "scripted/1"
    Options: type[msgspec.Struct] = ScriptedOptions
    methods = frozenset({"generation", "likelihood"})
    operational = frozenset({"delay_seconds", "errors", "log", "fail"})

    def __init__(self, _spec: ModelSpec, options: ScriptedOptions, _store_home: str) -> None:
        self._options = options
        self._weights = msgspec.structs.asdict(options.styles)

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`.

        Raises:
            ScriptedFailure: `fail` says so.
        """
        requests = ((ask.item, sampling) for ask in asks for sampling in ask.samplings)
        for count, (item, sampling) in enumerate(requests):
            self._perhaps_fail(count)
            self._note(item, sampling)
            if self._options.delay_seconds:
                time.sleep(self._options.delay_seconds)
            yield self._answer(item, sampling)

    def _answer(self, item: Item, sampling: Sampling) -> Answer:
        key = (sampling.seed, item.file_id, sampling.temperature, sampling.sample)
        if uniform(*key, "error") < self._options.errors:
            return fault(item, sampling, "scripted: this request fails as its spec asks")
        choice = item.options[int(uniform(*key, "choice") * len(item.options))]
        other = item.options[int(uniform(*key, "other") * len(item.options))]
        if sampling.method == "likelihood":
            chances = {option: 0.1 / len(item.options) for option in item.options}
            chances[choice] += 0.9
            return Answer(
                file_id=item.file_id, sampling=sampling, text=choice, details={"probabilities": chances}
            )
        style = self._style(uniform(*key, "style"))
        return Answer(
            file_id=item.file_id,
            sampling=sampling,
            text=_STYLES[style](choice, other),
            details={"style": style},
        )

    def _style(self, drawn: float) -> str:
        rest = drawn * sum(self._weights.values())
        for style, weight in self._weights.items():
            rest -= weight
            if rest < 0:
                return style
        return "empty"  # all weights are 0

    def _perhaps_fail(self, count: int) -> None:
        fail = self._options.fail
        if fail.after is not None and count >= fail.after:
            raise ScriptedFailure(f"after {count} answers, as the spec asks")
        if fail.while_exists and Path(fail.while_exists).exists():
            raise ScriptedFailure(f"{fail.while_exists} exists")

    def _note(self, item: Item, sampling: Sampling) -> None:
        if self._options.log:
            line = {
                "file_id": item.file_id,
                "temperature": sampling.temperature,
                "sample": sampling.sample,
                "method": sampling.method,
            }
            with Path(self._options.log).open("ab") as log:
                log.write(msgspec.json.encode(line) + b"\n")
