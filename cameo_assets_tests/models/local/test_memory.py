"""What happens where memory runs out."""

from __future__ import annotations

import weakref

import pytest
import torch

from cameo_assets.models.local import memory
from cameo_assets.models.local.memory import unless_out_of_memory

FAULTS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("MPS backend out of memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=["cuda", "mps", "cpu"])
def test_what_the_work_held_is_gone_when_memory_is_given_back(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that is still handled holds the frames of the work, with all their tensors."""
    held: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []
    monkeypatch.setattr(memory, "free_memory", lambda: alive.append(held[0]() is not None))

    def work() -> None:
        states = torch.zeros(3)
        held.append(weakref.ref(states))
        raise type(fault)(str(fault))

    assert unless_out_of_memory(work) is None
    assert alive == [False]


def test_another_fault_is_not_kept_back() -> None:
    def work() -> None:
        raise RuntimeError("device-side assert triggered")

    with pytest.raises(RuntimeError, match="device-side"):
        unless_out_of_memory(work)


def test_what_the_work_gives_is_handed_on() -> None:
    assert unless_out_of_memory(lambda: 7) == 7
