"""The states of a frozen encoder, pooled over the frames of a recording.

Imports torch at its top: import it inside functions only.

Recordings are encoded one by one. A recording's states then depend on nothing else: neither on padding, which
some families notice (a wav2vec 2.0 with group normalisation has no mask for it), nor on the shape of a batch,
which moves the last bits of every sum. They are kept, so this is paid for once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from cameo_assets.errors import BadInput
from cameo_assets.models.local.listening import Listener, Wave, a_noise

Layer = int | Literal["mean"]
Pooling = Literal["mean", "mean+std"]


class Encoder:
    """A frozen encoder.

    Args:
        listener: The model.
        layer: Index of the hidden states that are taken: 0 is what enters the first layer, -1 what leaves
            the last; or the mean of all of them.
        pooling: What is taken of each dimension over the frames.

    Raises:
        BadInput: It has no such layer, or does not say which of its frames hold the recording.
    """

    def __init__(self, listener: Listener, layer: Layer, pooling: Pooling) -> None:
        self.listener = listener
        self._layer, self._pooling = layer, pooling
        model = listener.model
        self._encode = model.get_encoder() if model.config.is_encoder_decoder else model
        inputs = listener.inputs([a_noise(0.5)], return_attention_mask=True)
        if listener.window and "attention_mask" not in inputs:
            raise BadInput(
                listener.name,
                "frames",
                f"{type(model).__name__}, which does not say which frames hold the recording",
                "an encoder such as wav2vec 2.0, HuBERT, WavLM or Whisper's",
            )
        top = len(self._states(inputs)) - 1
        if layer != "mean" and not -top - 1 <= layer <= top:
            raise BadInput(
                f"{listener.name}: options.layer", "value", str(layer), f"mean, or from {-top - 1} to {top}"
            )

    def pooled(self, wave: Wave) -> NDArray[np.float32]:
        """One vector for a recording, over its own frames alone: as wide as a state, or twice as wide."""
        inputs = self.listener.inputs([wave], return_attention_mask=True)
        states = self._states(inputs)
        chosen = states if self._layer == "mean" else (states[self._layer],)
        track = torch.stack([each[0].float() for each in chosen]).mean(dim=0)
        own = track[: _own_frames(inputs.get("attention_mask"), len(track))]
        parts = [own.mean(dim=0)]
        if self._pooling == "mean+std":
            parts.append(own.std(dim=0, unbiased=False))
        vector: NDArray[np.float32] = torch.cat(parts).cpu().numpy()
        return vector

    @torch.inference_mode()
    def _states(self, inputs: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Hidden states (1, frames, width), from what enters the first layer to what leaves the last."""
        takes = self.listener.extractor.model_input_names  # Whisper's takes no mask
        known = {name: tensor for name, tensor in inputs.items() if name in takes}
        states: tuple[torch.Tensor, ...] = self._encode(**known, output_hidden_states=True).hidden_states
        return states


def _own_frames(mask: torch.Tensor | None, frames: int) -> int:
    """How many frames hold the recording: the share of the input's steps that the mask (1, steps) marks."""
    if mask is None:
        return frames
    return max(1, math.ceil(int(mask.sum()) * frames / mask.shape[1]))
