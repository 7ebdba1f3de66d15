"""Makes what a model is fed with of what is asked.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from cameo_assets.models.engines.base import Ask


@dataclass(frozen=True)
class Batch:
    """Some asks and the tensors that go with them.

    Attributes:
        asks: One for each row.
        inputs: What the model's forward takes, by name: `input_ids` and `attention_mask` (rows, tokens),
            padded on the left, and features of the audio; on the CPU.
    """

    asks: tuple[Ask, ...]
    inputs: Mapping[str, torch.Tensor]
