"""Sampling noise that depends on (seed, utterance, draw), step and token alone, and the draw that uses it.

Imports torch at its top: import it inside functions only.

A token drawn from softmax(logits / T) is the argmax of logits / T + g, where g is Gumbel noise, one number
for each token (Gumbel 1954; the "Gumbel-max trick"). Here g comes from a hash of its key instead of a
generator with a state, so that neither the order of a batch, nor its size, nor who else is in it, nor the
device changes what is drawn.

The temperature is no part of the key, on purpose: the same utterance and draw meets the same noise at every
temperature (common random numbers), so a difference between two temperatures is less a matter of luck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

_GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""Constants of SplitMix64 (Steele, Lea and Flood 2014)."""
_ELEMENTS: Final = 2**24
"""Most numbers drawn at once: 128 MiB for each of a handful of intermediate results."""


def noise_key(seed: int, file_id: str, sample: int) -> int:
    """The key of all the noise of one answer, as a signed integer of 64 bits."""
    digest = hashlib.sha256(f"{seed}\n{file_id}\n{sample}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def gumbel(keys: Tensor, step: int, tokens: int) -> Tensor:
    """Gumbel noise of one step.

    Args:
        keys: `noise_key` of each row; int64.
        step: Index of the token within the answer, from 0.
        tokens: Size of the vocabulary.

    Returns:
        Shape (rows, tokens), float64. Hashes are the same on every device; logarithms may differ in the last
        bit, which matters where two tokens tie to 16 digits.
    """
    states = _mixed(keys + _signed(_GOLDEN * (step + 1)))
    counters = torch.arange(1, tokens + 1, device=keys.device) * _signed(_GOLDEN)
    hashes = _mixed(states[:, None] + counters)
    # Odd multiples of 2**-53: 53 bits are what a float64 holds, and neither 0 nor 1 occurs.
    uniform = (_shifted(hashes, 12).double() + 0.5) * 2.0**-52
    noise: Tensor = uniform.log_().neg_().log_().neg_()
    return noise


def draw(logits: Tensor, temperatures: Sequence[float], keys: Sequence[int], step: int) -> Tensor:
    """The next token of each row.

    Args:
        logits: Shape (rows, tokens).
        temperatures: Of each row; 0 is greedy, which meets no noise.
        keys: `noise_key` of each row.
        step: Index of the token within the answer, from 0.

    Returns:
        Token ids, int64, on the device of `logits`.
    """
    chosen = logits.argmax(-1)
    # Rows with the same key, which differ in temperature, stand together and have their noise made once.
    together: dict[int, list[int]] = {}
    for row, temperature in enumerate(temperatures):
        if temperature > 0:
            together.setdefault(keys[row], []).append(row)
    hot = [row for rows in together.values() for row in rows]
    # MPS has no float64, so there the noise is made on the CPU.
    device = torch.device("cpu") if logits.device.type == "mps" else logits.device
    at_once = max(1, _ELEMENTS // logits.shape[-1])
    for start in range(0, len(hot), at_once):
        rows = hot[start : start + at_once]
        heat = torch.tensor([temperatures[row] for row in rows], dtype=torch.float64, device=device)
        own = {key: place for place, key in enumerate(dict.fromkeys(keys[row] for row in rows))}
        noise = gumbel(torch.tensor(list(own), device=device), step, logits.shape[-1])
        places = torch.tensor(rows, device=logits.device)
        scores = logits[places].to(device).double().div_(heat[:, None])
        scores += noise[torch.tensor([own[keys[row]] for row in rows], device=device)]
        chosen[places] = scores.argmax(-1).to(logits.device)
    return chosen


def _mixed(hashes: Tensor) -> Tensor:
    """The finaliser of SplitMix64. Products of int64 wrap around, as those of uint64 do, bit by bit."""
    hashes = (hashes ^ _shifted(hashes, 30)) * _signed(_FIRST)
    hashes = (hashes ^ _shifted(hashes, 27)) * _signed(_SECOND)
    return hashes ^ _shifted(hashes, 31)


def _shifted(hashes: Tensor, bits: int) -> Tensor:
    """A shift to the right that fills with zeros, which int64 has not."""
    shifted: Tensor = (hashes >> bits) & (2 ** (64 - bits) - 1)
    return shifted


def _signed(value: int) -> int:
    """The signed integer with the same lower 64 bits."""
    return (value + 2**63) % 2**64 - 2**63
