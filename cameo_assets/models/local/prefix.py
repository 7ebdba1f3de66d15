"""What a model has read of each utterance: one forward over a batch, then any number of rows go on from it.

Imports torch at its top: import it inside functions only.

This is for decoder-only models, whose state after the prompt is a cache of keys and values.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from cameo_assets.models.local.loading import LoadedModel


class NotShareable(RuntimeError):  # noqa: N818 - it names what is wrong
    """The state of this model after its prompt can't be copied row by row."""


def on_device(loaded: LoadedModel, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Inputs where the model is, floats in its type."""
    return {
        name: value.to(loaded.device, loaded.dtype if value.is_floating_point() else None)
        for name, value in inputs.items()
    }


def prefill(loaded: LoadedModel, inputs: Mapping[str, Tensor]) -> tuple[Tensor, Any]:
    """One forward over the prompts of a batch.

    Args:
        loaded: A decoder-only model.
        inputs: As of `inputs.Batch`.

    Returns:
        Logits of the first token of the answers, shape (rows, vocabulary); and the cache, or None where the
        model gives none.
    """
    ready = on_device(loaded, inputs)
    extra = positions(loaded, ready["attention_mask"])
    with torch.inference_mode(), last_tokens(loaded.model, 1) as only:
        output = loaded.model(**ready, **extra, **only, use_cache=True, return_dict=True)
    return output.logits[:, -1], getattr(output, "past_key_values", None)


def positions(loaded: LoadedModel, mask: Tensor) -> dict[str, Tensor]:
    """Positions that don't count padding, for a model that takes them, as the library's `generate` does."""
    if "position_ids" not in inspect.signature(loaded.model.forward).parameters:
        return {}
    return {"position_ids": (mask.long().cumsum(-1) - 1).clamp(min=0)}


class Prefix:
    """Rows of a batch, each with what its model has read so far, and the logits of what comes next.

    Attributes:
        logits: Shape (rows, vocabulary), of the token after the prompt; not changed by `extend`.
    """

    def __init__(self, loaded: LoadedModel, logits: Tensor, cache: Any, mask: Tensor) -> None:
        self.logits = logits
        self._loaded, self._cache, self._mask = loaded, cache, mask

    @classmethod
    def of(cls, loaded: LoadedModel, inputs: Mapping[str, Tensor]) -> Prefix:
        """Reads the prompts of a batch.

        Raises:
            NotShareable: The cache is of a kind that forgets or mixes (a sliding window, a recurrent state).
        """
        logits, cache = prefill(loaded, inputs)
        if strange := _unshareable(cache):
            raise NotShareable(f"{type(loaded.model).__name__} keeps {strange}, which cannot be shared")
        return cls(loaded, logits, cache, inputs["attention_mask"].to(loaded.device))

    def rows(self, indices: Sequence[int]) -> Prefix:
        """A copy of some rows, each as often as it is named; the original stays as it is."""
        chosen = torch.tensor(indices, device=self._loaded.device)
        cache = copy.copy(self._cache)
        cache.layers = [_rows_of(layer, chosen) for layer in self._cache.layers]
        logits = self.logits[chosen.to(self.logits.device)]
        return Prefix(self._loaded, logits, cache, self._mask[chosen])

    def become(self, indices: Sequence[int]) -> None:
        """Turns into `rows`, layer by layer, so that there are never two whole caches."""
        chosen = torch.tensor(indices, device=self._loaded.device)
        for place, layer in enumerate(self._cache.layers):
            self._cache.layers[place] = _rows_of(layer, chosen)
        self.logits = self.logits[chosen.to(self.logits.device)]
        self._mask = self._mask[chosen]

    def extend(self, tokens: Tensor, valid: Tensor | None = None) -> Tensor:
        """Reads on.

        Args:
            tokens: Shape (rows, n); what comes next in each row.
            valid: The same shape; 0 where a row has ended already. By default all is valid.

        Returns:
            Logits, shape (rows, n, vocabulary): after each of the tokens.
        """
        tokens = tokens.to(self._loaded.device)
        valid = torch.ones_like(tokens) if valid is None else valid.to(tokens.device)
        self._mask = torch.cat([self._mask, valid.to(self._mask.dtype)], dim=-1)
        count = tokens.shape[-1]
        places = {name: value[:, -count:] for name, value in positions(self._loaded, self._mask).items()}
        with torch.inference_mode():
            output = self._loaded.model(
                input_ids=tokens,
                attention_mask=self._mask,
                past_key_values=self._cache,
                use_cache=True,
                return_dict=True,
                **places,
            )
        self._cache = output.past_key_values
        logits: Tensor = output.logits
        return logits


def _unshareable(cache: Any) -> str:
    """What in a cache is not a plain list of keys and values, or nothing."""
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    if not isinstance(cache, DynamicCache):
        return "no cache" if cache is None else type(cache).__name__
    return next((type(layer).__name__ for layer in cache.layers if type(layer) is not DynamicLayer), "")


def _rows_of(layer: Any, indices: Tensor) -> Any:
    chosen = copy.copy(layer)
    at = indices.to(layer.keys.device)  # layers may be on several devices
    chosen.keys, chosen.values = layer.keys[at], layer.values[at]
    return chosen


@contextmanager
def last_tokens(model: Any, count: int) -> Iterator[dict[str, int]]:
    """Has the logits of the last tokens made and no others: they are as wide as the vocabulary.

    Most models take an argument for it, which this gives. For one that doesn't (Qwen2-Audio), its output
    layer is given the last states only, inside the context.
    """
    if "logits_to_keep" in inspect.signature(model.forward).parameters:
        yield {"logits_to_keep": count}
        return
    head = model.get_output_embeddings()
    if head is None:
        yield {}
        return
    hook = head.register_forward_pre_hook(lambda _head, states: (states[0][:, -count:], *states[1:]))
    try:
        yield {}
    finally:
        hook.remove()
