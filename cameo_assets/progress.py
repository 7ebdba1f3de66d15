"""How long work says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with how much is done, of how much (0 where unknown), and a word about it."""


def silent(_done: int, _total: int, _text: str) -> None:
    """A progress that shows nothing."""
