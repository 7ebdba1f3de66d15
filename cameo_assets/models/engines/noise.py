"""Noise that depends on its key alone, so that the order of the questions never changes an answer."""

from __future__ import annotations

import hashlib


def uniform(*key: object) -> float:
    """A number from [0, 1), evenly spread over keys.

    Args:
        *key: Seed, utterance, draw and whatever else the noise shall depend on.

    >>> uniform(1, "a", 0) == uniform(1, "a", 0) != uniform(1, "a", 1)
    True
    """
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return float((int.from_bytes(digest[:8]) >> 11) / 2**53)  # 53 bits are what a float holds
