"""Whether the fast ways give what the stock ways give, asked before they are used.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor

from cameo_assets.models.local import encoders
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.prefix import prefill

ASKS: Final = 4
"""Utterances that are compared, each in two lengths: with the stock encoder, each costs 30 s of sound."""

TOLERANCE: Final = {torch.float32: 1e-4, torch.float16: 0.01, torch.bfloat16: 0.05}
"""Largest difference of two logits, relative to the largest logit, that rounding explains."""
_ENCODED: Final = 1e-3
"""The same of two encoded recordings in float32; one position off is more than ten times as much."""
_NEIGHBOURS: Final = {torch.float32: 1e-3, torch.float16: 0.05, torch.bfloat16: 0.15}
"""Norm of a difference of logits, relative to their norm, that the other rows of a batch may cause."""


class _Encoded(Exception):  # noqa: N818 - it ends a forward that has done enough
    def __init__(self, states: Tensor) -> None:
        self.states = states


def features_agree(loaded: LoadedModel, padded: Batch, unpadded: Batch) -> bool:
    """Whether unpadded features through a trimmed encoder are encoded as the stock ones are.

    That is compared in float32, with a copy of the encoder: what bfloat16 rounds away in some fifty layers is
    as much as an encoder that is one position off. The rest of the model is the same in both ways.

    Args:
        loaded: The model.
        padded: A batch as the stock processor makes it.
        unpadded: The same asks without the padding.
    """
    encoders.restore(loaded.model)
    prompts = ("input_ids", "attention_mask")
    if not all(torch.equal(padded.inputs[name], unpadded.inputs[name]) for name in prompts):
        return False
    with torch.inference_mode(False):
        exact = copy.deepcopy(encoders.find(loaded.model)).float()
    plain = _encoded(loaded, exact, padded)
    encoders.trim(exact)
    fast = _encoded(loaded, exact, unpadded)
    same = plain.shape == fast.shape and bool((plain - fast).abs().max() <= _ENCODED * plain.abs().max())
    if same:
        encoders.trim(loaded.model)
    return same


def rows_agree(loaded: LoadedModel, batch: Batch, singles: Sequence[Batch]) -> bool:
    """Whether utterances of several lengths lead to the same next token together as one by one.

    Some families fill up shorter recordings without a mask, so that an answer depends on its neighbours.

    Args:
        loaded: A decoder-only model.
        batch: Utterances of several lengths.
        singles: The first of them, one by one.
    """
    together = prefill(loaded, batch.inputs)[0][: len(singles)].float()
    alone = torch.cat([prefill(loaded, single.inputs)[0] for single in singles]).float()
    return bool((together - alone).norm() <= _NEIGHBOURS[loaded.dtype] * alone.norm())


def _encoded(loaded: LoadedModel, encoder: Any, batch: Batch) -> Tensor:
    """What an encoder makes of all positions that hold sound, in the place of the model's own."""

    def stop(_encoder: Any, _inputs: Any, output: Any) -> None:
        raise _Encoded(output.last_hidden_state)

    hook = encoder.register_forward_hook(stop)
    try:
        with encoders.instead(loaded.model, encoder):
            prefill(replace(loaded, dtype=torch.float32), batch.inputs)
    except _Encoded as done:
        states = done.states
    finally:
        hook.remove()
    counts = encoders.positions(encoder, batch.inputs).to(states.device)
    return states[torch.arange(states.shape[1], device=states.device) < counts[:, None]]


def logits_agree(one: Tensor, other: Tensor, tolerance: float) -> bool:
    """Whether two sets of logits differ by no more than rounding.

    The largest logit must be the same token's in each row, unless two are so close that rounding decides.

    Args:
        one: Logits (rows, tokens).
        other: Logits of the same shape.
        tolerance: Relative to the largest logit of `one`.
    """
    one, other = one.float(), other.float()
    allowed = tolerance * one.abs().max()
    close = (one - other).abs().max() <= allowed  # false where one is not a number
    rivals = one.max(dim=-1).values - one.gather(-1, other.argmax(dim=-1, keepdim=True)).squeeze(-1)
    return bool(close and (rivals <= allowed).all())
