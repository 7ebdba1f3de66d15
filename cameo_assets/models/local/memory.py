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


def out_of_memory(fault: BaseException) -> bool:
    """Whether that is what a fault says: CUDA has a class of it, other devices have words only."""
    said = isinstance(fault, RuntimeError) and any(words in str(fault).lower() for words in _OUT_OF_MEMORY)
    return said or isinstance(fault, torch.OutOfMemoryError)


def unless_out_of_memory(work: Callable[[], _Made]) -> _Made | None:
    """What `work` gives; None where memory ran out, with what it held given back."""
    try:
        return work()
    except RuntimeError as fault:
        if not out_of_memory(fault):
            raise
    free_memory()  # out here, as the fault holds all that its frames hold
    return None
