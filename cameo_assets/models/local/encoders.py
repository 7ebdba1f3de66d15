"""Encoders that run on as many frames as there is sound, where the stock ones insist on 30 s.

Imports torch and transformers at its top: import it inside functions only.

Each family is a function that makes the forward of one encoder. It must compute what the stock forward
computes for the positions that hold sound; `checks.features_agree` looks whether it does before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import BaseModelOutput, BaseModelOutputWithPooling

Forward = Callable[..., Any]

_MASKS: Final = ("feature_attention_mask", "input_features_mask")
"""What families call the mask of their frames."""


def trimmable(model: Any) -> bool:
    """Whether the audio encoder of a model is of a known family, and on one device."""
    # A model that is spread over devices has forwards of accelerate's.
    return (encoder := find(model)) is not None and not hasattr(encoder, "_hf_hook")


def find(model: Any) -> Any:
    """The audio encoder of a model, or None if it is of no known family."""
    return next((part for part in model.modules() if type(part).__name__ in FAMILIES), None)


def positions(encoder: Any, inputs: Mapping[str, Tensor]) -> Tensor:
    """How many positions of each recording an encoder of a known family makes; shape (recordings,)."""
    mask = next(value for name, value in inputs.items() if name in _MASKS)
    counts: Tensor = encoder._get_feat_extract_output_lengths(mask.sum(-1))[1]
    return counts


@contextmanager
def instead(model: Any, other: Any) -> Iterator[None]:
    """Another audio encoder for a while."""
    own = find(model)
    name = next(name for name, part in model.named_modules() if part is own)
    model.set_submodule(name, other)
    try:
        yield
    finally:
        model.set_submodule(name, own)


def trim(model: Any) -> None:
    """Lets the audio encoder of a model take any number of frames."""
    encoder = find(model)
    encoder.forward = FAMILIES[type(encoder).__name__](encoder)


def restore(model: Any) -> None:
    """Gives the audio encoder of a model its stock forward back, if it was trimmed."""
    if trimmable(model):
        find(model).__dict__.pop("forward", None)


@contextmanager
def stock(model: Any) -> Iterator[None]:
    """The stock encoder for a while."""
    own = find(model).__dict__.pop("forward", None) if trimmable(model) else None
    try:
        yield
    finally:
        if own is not None:
            find(model).forward = own


def _qwen2_audio(encoder: Any) -> Forward:
    def forward(input_features: Tensor, attention_mask: Tensor | None = None, **_: Any) -> BaseModelOutput:
        states = _embedded(encoder, input_features)
        for layer in encoder.layers:
            states = layer(states, attention_mask)
        return BaseModelOutput(last_hidden_state=_pooled(encoder, states))

    return forward


def _audio_flamingo_3(encoder: Any) -> Forward:
    def forward(input_features: Tensor, input_features_mask: Tensor, **_: Any) -> BaseModelOutputWithPooling:
        states = _embedded(encoder, input_features)
        valid = (input_features_mask.sum(-1) - 1) // 2 + 1
        places = torch.arange(states.shape[1], device=states.device)
        mask = create_bidirectional_mask(
            config=encoder.config,
            inputs_embeds=states,
            attention_mask=places < valid.to(states.device)[:, None],
        )
        for layer in encoder.layers:
            states = layer(states, mask)
        return BaseModelOutputWithPooling(last_hidden_state=_pooled(encoder, states))

    return forward


def _embedded(encoder: Any, features: Tensor) -> Tensor:
    """Whisper's two convolutions, and the positions that are there."""
    features = features.to(encoder.conv1.weight.device, encoder.conv1.weight.dtype)
    states = nn.functional.gelu(encoder.conv1(features))
    states = nn.functional.gelu(encoder.conv2(states)).permute(0, 2, 1)
    positions: Tensor = encoder.embed_positions.weight[: states.shape[1]]
    return states + positions


def _pooled(encoder: Any, states: Tensor) -> Tensor:
    pooled: Tensor = encoder.layer_norm(encoder.avg_pooler(states.permute(0, 2, 1)).permute(0, 2, 1))
    return pooled


FAMILIES: Final[dict[str, Callable[[Any], Forward]]] = {
    "AudioFlamingo3Encoder": _audio_flamingo_3,
    "Qwen2AudioEncoder": _qwen2_audio,
}
"""What makes the forward of an encoder, by the name of its class."""
