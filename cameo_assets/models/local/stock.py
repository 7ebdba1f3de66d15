"""The library's own `generate`, under our choice of tokens: the plain way, and the one for unusual models.

Imports torch at its top: import it inside functions only.

A repository may bring a `generation_config.json` with settings of its own (top_p, top_k, a repetition
penalty, suppressed tokens), which `generate` applies without a word, so that "temperature 0.7" would mean
another thing for every model. None of them is used here, neither for sampling nor for greedy answers: what is
measured is the model's own distribution at a temperature. Only the ids of special tokens are taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor

from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.noise import draw
from cameo_assets.models.local.prefix import on_device

_RIVALS: Final = 5
"""How many of the most likely tokens are noted at each step."""


@dataclass(frozen=True)
class Row:
    """One answer that is to be decoded.

    Attributes:
        ask: Which row of the batch it answers.
        temperature: 0 is greedy.
        key: Of its noise (see `noise.noise_key`).
        limit: Most tokens.
    """

    ask: int
    temperature: float
    key: int
    limit: int


@dataclass(frozen=True)
class Said:
    """Tokens of an answer, the end token included, with their log-probabilities at temperature 1."""

    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """The most likely tokens of a step for each row, with their logits, in falling order."""

    tokens: list[list[int]]
    logits: list[list[float]]


def generate(
    loaded: LoadedModel, inputs: Mapping[str, Any], rows: Sequence[Row]
) -> tuple[list[Said], list[Step]]:
    """One call of `generate`.

    Args:
        loaded: The model.
        inputs: Inputs of `rows`, row by row.
        rows: What to decode. A row ends at its limit, with the others going on.

    Returns:
        What was said by each row; and, where all rows are greedy and the library chose by itself, what it
        chose from at each step.
    """
    from transformers import GenerationMixin, LogitsProcessorList

    greedy = all(row.temperature == 0 for row in rows)
    record = _Recorder(rows, greedy)
    settings = _settings(
        max_new_tokens=max(row.limit for row in rows),
        do_sample=False,
        num_beams=1,
        use_cache=True,
        eos_token_id=list(loaded.end_tokens),
        pad_token_id=loaded.pad_token,
    )
    # Whisper's own `generate` cuts recordings up and asks again at other temperatures; it must not.
    call = GenerationMixin.generate if loaded.encoder_decoder else type(loaded.model).generate
    with torch.inference_mode(), _own_settings_put_away(loaded.model):
        sequences = call(
            loaded.model, **inputs, generation_config=settings, logits_processor=LogitsProcessorList([record])
        )
    new = sequences[:, record.prompt :].tolist()
    said = [
        _ended(tokens, [step[place] for step in record.logprobs], row.limit, loaded.end_tokens)
        for place, (row, tokens) in enumerate(zip(rows, new, strict=True))
    ]
    return said, record.steps


def encoded(loaded: LoadedModel, inputs: Mapping[str, Tensor]) -> Any:
    """What the encoder of an encoder-decoder model makes of a batch: shape (rows, positions, width)."""
    ready = on_device(loaded, inputs)
    ready = {name: value for name, value in ready.items() if not name.startswith("decoder_")}
    with torch.inference_mode():
        return loaded.model.get_encoder()(**ready, return_dict=True).last_hidden_state


class _Recorder:
    """A logits processor that leaves a greedy choice to the library and makes the others itself."""

    def __init__(self, rows: Sequence[Row], greedy: bool) -> None:
        self._temperatures = [row.temperature for row in rows]
        self._keys = [row.key for row in rows]
        self._greedy = greedy
        self.prompt = 0
        self.logprobs: list[list[float]] = []
        self.steps: list[Step] = []

    def __call__(self, tokens: Tensor, scores: Tensor) -> Tensor:
        if not self.logprobs:
            self.prompt = tokens.shape[1]
        chosen = draw(scores, self._temperatures, self._keys, step=len(self.logprobs))
        self.logprobs.append(logprobs_of(scores, chosen).tolist())
        if self._greedy:
            logits, rivals = scores.topk(min(_RIVALS, scores.shape[-1]))
            self.steps.append(Step(rivals.tolist(), logits.tolist()))
            return scores
        return torch.full_like(scores, -torch.inf).scatter(1, chosen[:, None], 0.0)


def logprobs_of(logits: Tensor, tokens: Tensor) -> Tensor:
    """Log-probability of a token of each row at temperature 1; float32, shape (rows,)."""
    logits = logits.float()
    return logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(-1)


def _ended(tokens: list[int], logprobs: list[float], limit: int, ends: Sequence[int]) -> Said:
    """An answer up to its end token or its limit; what follows is padding, or was meant for longer rows."""
    count = next((place + 1 for place, token in enumerate(tokens) if token in ends), len(tokens))
    count = min(count, limit)
    return Said(tokens[:count], logprobs[:count])


def _settings(**values: Any) -> Any:
    from transformers import GenerationConfig

    make: Any = GenerationConfig  # it has no types
    return make(**values)


@contextmanager
def _own_settings_put_away(model: Any) -> Iterator[None]:
    """Within the context, the model has no settings of generation but the ids where decoding starts."""
    before = model.generation_config
    model.generation_config = _settings(
        bos_token_id=before.bos_token_id, decoder_start_token_id=before.decoder_start_token_id
    )
    try:
        yield
    finally:
        model.generation_config = before
