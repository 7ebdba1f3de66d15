"""Whether the fast ways give what the stock ways give, asked before they are used.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from cameo_assets.models.local import encoders
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.prefix import prefill

ROWS: Final = 8
"""Rows that are compared: with the stock encoder, each costs 30 s of sound."""

TOLERANCE: Final = {torch.float32: 1e-4, torch.float16: 0.01, torch.bfloat16: 0.05}
"""Largest difference of two logits, relative to the largest logit, that rounding explains."""


def features_agree(loaded: LoadedModel, padded: Batch, unpadded: Batch) -> bool:
    """Whether unpadded features through a trimmed encoder lead to the same next token.

    The model's encoder is trimmed afterwards if they do, and stock if not.

    Args:
        loaded: The model.
        padded: A batch as the stock processor makes it.
        unpadded: The same asks without the padding.
    """
    encoders.restore(loaded.model)
    plain, _ = prefill(loaded, padded.inputs)
    encoders.trim(loaded.model)
    fast, _ = prefill(loaded, unpadded.inputs)
    same = logits_agree(plain, fast, TOLERANCE[loaded.dtype])
    if not same:
        encoders.restore(loaded.model)
    return same


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
