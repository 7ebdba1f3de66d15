"""The arithmetic of likelihood: from the logits after each beginning of an option to probabilities.

Imports torch at its top: import it inside functions only.

For an option of tokens t1..tn, at temperature T, over the whole vocabulary,

    p = softmax(logits() / T)[t1] * softmax(logits(t1) / T)[t2] * ... * softmax(logits(t1..tn) / T)[end]

with the last factor summed over all tokens that end an answer.

At T = 0 the probabilities are the limit for T to 0. With g the gap of a token's logit to the largest one of
its step (0 or less), a factor is exp(g / T) / sum(exp(gaps / T)), and its denominator goes to the number of
tokens that tie for the first place. So the largest sum of gaps takes everything, whatever the denominators.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import ENGINE
from cameo_assets.models.local.loading import LoadedModel

_AT_ONCE: Final = 2**23
"""Most logits that are looked at together, in numbers: 64 MiB for each of a few intermediate results."""
_NO_CHANCE: Final = (
    f"{ENGINE}: the model gives no option a chance: its numbers overflowed (NaN), or it can't say such tokens"
)

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Options:
    """The options of a corpus in a model's tokens.

    Attributes:
        tokens: By option.
    """

    tokens: Mapping[str, Tokens]

    @property
    def leaves(self) -> list[Tokens]:
        """The paths from which all others are beginnings, in the order of the options."""
        paths = dict.fromkeys(self.tokens.values())
        return [
            path for path in paths if not any(each[: len(path)] == path for each in paths if each != path)
        ]

    def following(self, beginning: Tokens, ends: Sequence[int]) -> list[int]:
        """The tokens that matter after a beginning: those of options that go on, and the ends."""
        count = len(beginning)
        nexts = {
            each[count] for each in self.tokens.values() if each[:count] == beginning and len(each) > count
        }
        return sorted(nexts | set(ends))


@dataclass(frozen=True)
class Step:
    """What a model thinks of the next token, as far as it matters.

    Attributes:
        gaps: Logit less the largest logit, by token.
        ties: How many tokens have the largest logit.
        norms: By temperature above 0, the logarithm of the sum of exp(gap / T) over the whole vocabulary.
    """

    gaps: Mapping[int, float]
    ties: int
    norms: Mapping[float, float]


def options_of(loaded: LoadedModel, options: Sequence[str], prompt: Sequence[int]) -> Options:
    """Options as they stand in the prompt, in the tokens with which they go on from it.

    Args:
        loaded: The model.
        options: Emotions of a corpus.
        prompt: The last tokens of the prompt; empty where answers have a decoder of their own.

    Raises:
        BadInput: An option's tokens, read after the prompt, do not end with the option: its probability
            would be that of something else.
    """
    tokens: dict[str, Tokens] = {}
    for option in options:
        path = tuple(loaded.tokenizer.encode(option, add_special_tokens=False))
        text = loaded.tokenizer.decode([*prompt, *path], skip_special_tokens=False)
        if not path or not text.endswith(option) or set(path) & set(loaded.end_tokens):
            where = f"{loaded.tokenizer.name_or_path or 'tokenizer'}: option {option!r}"
            seen = f"tokens {list(path)}, that read as {text[-40:]!r} after the prompt"
            raise BadInput(where, "tokens", seen, "a text that ends with the option; use generation alone")
        tokens[option] = path
    return Options(tokens)


def score(
    options: Options, steps: Mapping[Tokens, Step], ends: Sequence[int], temperature: float
) -> tuple[str, dict[str, float], float]:
    """What follows from the steps at one temperature.

    Args:
        options: The options.
        steps: By beginning, each option as a whole included.
        ends: Tokens that end an answer.
        temperature: 0 or more.

    Returns:
        The most likely option (of equals the first by alphabet), the probability of each among them, and the
        probability that the model would say exactly one of them.

    Raises:
        ArithmeticError: No option has a probability that a number can hold.
    """
    logs = {
        option: _limit(path, steps, ends) if temperature == 0 else (_log(path, steps, ends, temperature), 0.0)
        for option, path in sorted(options.tokens.items())
    }
    best = max(logs, key=lambda option: logs[option])  # the first of equals
    top, share = logs[best]
    if any(math.isnan(lead) for lead, _ in logs.values()) or top == -math.inf:
        raise ArithmeticError(_NO_CHANCE)
    if temperature == 0:
        weights = {
            option: math.exp(part - share) if lead == top else 0.0 for option, (lead, part) in logs.items()
        }
        mass = math.fsum(weights.values()) * math.exp(share) if top == 0 else 0.0
    else:
        weights = {option: math.exp(log - top) for option, (log, _) in logs.items()}
        mass = math.fsum(weights.values()) * math.exp(top)
    total = math.fsum(weights.values())
    return best, {option: weights[option] / total for option in options.tokens}, min(mass, 1.0)


def observe(logits: Tensor, following: Sequence[Sequence[int]], temperatures: Sequence[float]) -> list[Step]:
    """What matters of the logits of some steps.

    Args:
        logits: Shape (steps, vocabulary).
        following: For each step, the tokens that matter.
        temperatures: Those above 0 that are wanted.
    """
    steps = []
    at_once = max(1, _AT_ONCE // logits.shape[-1])
    for start in range(0, len(following), at_once):
        # MPS has no float64.
        part = logits[start : start + at_once]
        gaps = (part.cpu() if part.device.type == "mps" else part).double()
        gaps = gaps - gaps.max(-1, keepdim=True).values
        ties = (gaps == 0).sum(-1).clamp(min=1).tolist()  # none where logits are NaN
        norms = {heat: (gaps / heat).logsumexp(-1).tolist() for heat in temperatures}
        for row, tokens in enumerate(following[start : start + at_once]):
            own = gaps[row, torch.tensor(tokens, device=gaps.device)].tolist()
            each = {heat: values[row] for heat, values in norms.items()}
            steps.append(Step(dict(zip(tokens, own, strict=True)), ties[row], each))
    return steps


def _log(path: Tokens, steps: Mapping[Tokens, Step], ends: Sequence[int], temperature: float) -> float:
    """Logarithm of the probability of an option at a temperature above 0."""
    parts = [
        steps[path[:count]].gaps[token] / temperature - steps[path[:count]].norms[temperature]
        for count, token in enumerate(path)
    ]
    last = [steps[path].gaps[token] / temperature for token in ends]
    top = max(last)
    if top == -math.inf:
        return top
    end = top + math.log(math.fsum(math.exp(each - top) for each in last))
    return math.fsum([*parts, end, -steps[path].norms[temperature]])


def _limit(path: Tokens, steps: Mapping[Tokens, Step], ends: Sequence[int]) -> tuple[float, float]:
    """For T to 0: the sum of gaps, and the logarithm of the factor that is left where all gaps are 0.

    The factor counts ties: a token that shares the first place with another is said every second time.
    """
    last = [steps[path].gaps[token] for token in ends]
    gaps = [steps[path[:count]].gaps[token] for count, token in enumerate(path)]
    ties = [steps[path[:count]].ties for count in range(len(path) + 1)]
    return math.fsum([*gaps, max(last)]), math.log(last.count(max(last))) - math.fsum(map(math.log, ties))
