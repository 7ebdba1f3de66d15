"""Asks a server that speaks the chat interface which OpenAI made common: vLLM, llama.cpp, or one in a cloud.

The server loads the model, so it is the server that must be told which revision. What a spec says of it is
what its answers are filed under, and a model that changes its name within a run stops the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference
from cameo_assets.models.secrets import looks_like_key
from cameo_assets.models.served.body import OWN

if TYPE_CHECKING:
    from cameo_assets.models.served.crew import Crew
    from cameo_assets.models.spec import ModelSpec

DEFAULT: Final = "http://localhost:8000/v1"
"""Where vLLM listens."""

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Most = Annotated[int, msgspec.Meta(ge=1, le=1024)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Price = Annotated[float, msgspec.Meta(ge=0)] | None
_Variable = Annotated[str, msgspec.Meta(pattern=r"^([A-Z_][A-Z0-9_]*)?$")]


class OpenAiOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine.

    These shape what is answered: `model`, `audio_first`, `system`, `max_tokens_key`, `seed` and `extra`.

    Attributes:
        base_url: Address, to which `/chat/completions` is added.
        model: What the server calls the model; by default the spec's repository.
        api_key_env: Name of the environment variable that holds the key; empty where none is needed.
        concurrency: Most requests under way; fewer where the server has too much to do.
        timeout_seconds: For a whole exchange, from connection to the last byte.
        attempts: How often a request may fail before its answer is an error; the same seed each time. Being
            turned away by a busy server (429, 503, 529) counts a tenth.
        give_up_after: Faults in a row, with no answer between them, after which the run stops.
        pause_seconds: Wait after a first fault; it doubles with each further one.
        longest_pause_seconds: Longest wait, also where the server asks for a longer one.
        audio_format: How recordings are sent, without loss: many servers read `wav` alone.
        audio_first: Whether the recording stands before the question.
        system: Text of a system message; empty for none.
        max_tokens_key: The server's name for the longest answer.
        seed: Whether seeds are sent; without, draws differ from run to run.
        extra: Further fields of the request, such as `top_p` or `chat_template_kwargs`.
        logprobs: Whether the probability of the answer is asked for; it goes into the details.
        price_input: Price of a million tokens of questions, for the cost; None where unknown.
        price_output: Price of a million tokens of answers.
    """

    base_url: str = DEFAULT
    model: str = ""
    api_key_env: _Variable = ""
    concurrency: _Most = 32
    timeout_seconds: _Seconds = 120.0
    attempts: _Count = 6
    give_up_after: _Count = 10
    pause_seconds: _Seconds = 1.0
    longest_pause_seconds: _Seconds = 60.0
    audio_format: Literal["wav", "flac"] = "wav"
    audio_first: bool = True
    system: str = ""
    max_tokens_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    seed: bool = True
    extra: dict[str, Any] = {}
    logprobs: bool = False
    price_input: _Price = None
    price_output: _Price = None

    def __post_init__(self) -> None:
        if looks_like_key(msgspec.to_builtins(self)):
            raise ValueError("no key in a file, but the name of its environment variable as api_key_env")
        _check_address(self.base_url)
        if own := sorted(OWN & self.extra.keys()):
            raise ValueError(f"extra without {own[0]}, which this engine sets by itself")

    @property
    def priced(self) -> bool:
        """Whether a price is known."""
        return self.price_input is not None or self.price_output is not None


class OpenAi(EngineDefaults):
    """See `base.Engine` and `base.GatedEngine`.

    `details` of an answer holds what the server tells: `tokens_in`, `tokens_out`, `model` and `logprob`, the
    `cost` where prices are given, and the number of `attempts`. `latency` is that of the exchange which
    brought the answer.
    """

    family = "openai/1"
    Options: type[msgspec.Struct] = OpenAiOptions
    operational = frozenset(
        {
            "base_url",
            "api_key_env",
            "concurrency",
            "timeout_seconds",
            "attempts",
            "give_up_after",
            "pause_seconds",
            "longest_pause_seconds",
            "audio_format",
            "logprobs",
            "price_input",
            "price_output",
        }
    )
    pinned = True
    served = True
    gate = frozenset({"concurrency"})
    plain: ClassVar[Mapping[str, Any]] = {"concurrency": 1}

    def __init__(self, spec: ModelSpec, options: OpenAiOptions, _store_home: str) -> None:
        self._spec, self._options = spec, options
        self.versions = {"httpx2": version("httpx2")}
        self._crew: Crew | None = None
        self._word: Callable[[str], None] | None = None

    def report_to(self, word: Callable[[str], None]) -> None:
        """See `base.EngineDefaults.report_to`."""
        self._word = word

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`.

        Answers are received beside the consumer, which may stop at any time: then nothing is left running.

        Raises:
            BadInput: The key is missing or refused; the address or the model's name is wrong; another model
                answers than before.
            ServerLost: The server gives no answers any more.
        """
        return self._answers(asks, self._options.concurrency)

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """See `base.GatedEngine.alone`; errors as of `answer`."""
        return self._answers(asks, 1)

    def _answers(self, asks: Iterable[Ask], most: int) -> Iterator[Answer]:
        if self._crew is None:
            from cameo_assets.models.served.crew import Crew

            model = self._options.model or self._spec.repository
            self._crew = Crew(self._spec.id, model, self._options, self._key())
        crew = self._crew
        with closing(crew.answers(asks, most, self._word)) as answers:
            for answer in answers:
                if crew.server:
                    self.versions = {**self.versions, "server": crew.server}
                yield answer

    def _key(self) -> str:
        variable = self._options.api_key_env
        key = os.environ.get(variable, "").strip() if variable else ""
        if variable and not key:
            raise BadInput(
                f"{self._spec.id}: options.api_key_env",
                "missing_key",
                f"no environment variable {variable}, or an empty one",
                f"the server's key in {variable}, set before the platform or the command starts",
            )
        return key


def _check_address(address: str) -> None:
    """Refuses what is no plain address.

    Raises:
        ValueError: It is none.
    """
    parts = urlsplit(address)
    try:
        bare = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and " " not in address
    except ValueError:  # a port that is none
        bare = False
    if not bare or parts.username or parts.query or parts.fragment:
        raise ValueError(f"as base_url http(s)://host[:port][/path] and no more, such as {DEFAULT}")
