"""The body of a request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from cameo_assets.models.engines.base import Item, Sampling
    from cameo_assets.models.engines.openai import OpenAiOptions

OWN: Final = frozenset(
    {
        "model",
        "messages",
        "temperature",
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "logprobs",
        "n",
        "stream",
        "stop",
    }
)
"""Fields that the option `extra` must not set: a spec says them elsewhere, or replies could not be read."""

ONLY_WHEN_DRAWN: Final = frozenset(
    {
        "frequency_penalty",
        "min_p",
        "presence_penalty",
        "repeat_penalty",
        "repetition_penalty",
        "top_a",
        "top_k",
        "top_p",
        "typical_p",
    }
)
"""Fields of `extra` that are left out at temperature 0, where the likeliest token is wanted and no other."""


def body(item: Item, sampling: Sampling, audio: str, model: str, options: OpenAiOptions) -> bytes:
    """A request for one answer, as JSON.

    Args:
        item: The utterance.
        sampling: The draw.
        audio: The recording in base64 (see `clip.encoded`).
        model: What the server calls the model.
        options: How it is asked.
    """
    extra: Mapping[str, Any] = options.extra
    if sampling.temperature == 0:
        extra = {name: value for name, value in extra.items() if name not in ONLY_WHEN_DRAWN}
    fields: dict[str, Any] = {
        "top_p": 1,  # servers have defaults of their own, some from the files of the model
        **extra,
        "model": model,
        "messages": _messages(item.prompt, audio, options),
        "temperature": sampling.temperature,
        options.max_tokens_key: sampling.max_new_tokens,
    }
    if options.seed:
        fields["seed"] = seed_of(sampling.seed, item.file_id, sampling.sample)
    if options.logprobs:
        fields["logprobs"] = True
    return msgspec.json.encode(fields)


def seed_of(seed: int, file_id: str, sample: int) -> int:
    """Seed of one draw, 31 bits, as servers take no more everywhere.

    It is the same at all temperatures, so that their answers differ by temperature and not by luck.

    >>> seed_of(0, "a.flac", 0) == seed_of(0, "a.flac", 0) != seed_of(0, "a.flac", 1)
    True
    """
    digest = hashlib.sha256("\x1f".join((str(seed), file_id, str(sample))).encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def _messages(prompt: str, audio: str, options: OpenAiOptions) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"type": "input_audio", "input_audio": {"data": audio, "format": options.audio_format}}
    ]
    if prompt:
        parts.insert(1 if options.audio_first else 0, {"type": "text", "text": prompt})
    system = [{"role": "system", "content": options.system}] if options.system else []
    return [*system, {"role": "user", "content": parts}]
