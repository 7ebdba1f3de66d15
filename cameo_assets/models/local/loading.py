"""Loads a model with its processor.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to answer.

    Attributes:
        model: In evaluation mode, on its device.
        processor: What makes inputs.
        tokenizer: The processor's; pads on the left.
        device: Where inputs go.
        dtype: Of the floating point inputs.
        encoder_decoder: Whether answers come from a decoder of their own, which does not see the prompt's
            tokens as its past (speech seq2seq).
        end_tokens: Ids that end an answer.
        pad_token: Id that fills up shorter rows.
        versions: Libraries and settings that may change the numbers, for the record.
    """

    model: Any
    processor: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype
    encoder_decoder: bool
    end_tokens: tuple[int, ...]
    pad_token: int
    versions: Mapping[str, str]
