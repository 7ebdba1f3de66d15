"""What answers cost, as far as their engines say."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec


class Spent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the details of answers say of their price; what they don't say counts as nothing.

    Attributes:
        tokens_in: Tokens that a server read.
        tokens_out: Tokens that a server wrote.
        cost: In the currency of the spec's prices.
        tokens: The tokens themselves, of an engine that has them.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    tokens: tuple[int, ...] = ()

    @property
    def written(self) -> int:
        """Tokens that were written, whoever counted them."""
        return self.tokens_out + len(self.tokens)


def total(details: Iterable[str]) -> dict[str, float]:
    """Sums over answers, those that are not 0: `tokens_in`, `tokens_out`, `written` and `cost`.

    Args:
        details: JSON, as of `predictions.Row`.
    """
    found = [msgspec.json.decode(each, type=Spent) for each in details]
    sums = {
        "tokens_in": sum(each.tokens_in for each in found),
        "tokens_out": sum(each.tokens_out for each in found),
        "written": sum(each.written for each in found),
        "cost": math.fsum(each.cost for each in found),
    }
    return {name: value for name, value in sums.items() if value}
