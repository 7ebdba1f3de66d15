"""What to do when a model's memory runs out.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final, TypeVar

import torch

_Made = TypeVar("_Made")

_OUT_OF_MEMORY: Final = ("out of memory", "can't allocate memory")


def free_memory() -> None:
    """Gives back what nothing refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def unless_out_of_memory(work: Callable[[], _Made]) -> _Made | None:
    """What `work` gives; None where memory ran out, with what it held given back."""
    try:
        return work()
    except RuntimeError as fault:  # torch.OutOfMemoryError is one; other devices have no class of their own
        if not any(words in str(fault).lower() for words in _OUT_OF_MEMORY):
            raise
    free_memory()
    return None
