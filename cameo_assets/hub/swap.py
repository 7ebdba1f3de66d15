"""Puts one folder in the place of another, so that a process killed at any moment loses neither."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path
from typing import Final

_HERE: Final = -100  # AT_FDCWD: paths are not relative to an open folder
_EXCHANGE: Final = 2  # RENAME_EXCHANGE on Linux, RENAME_SWAP on macOS


def swap(new: Path, target: Path) -> None:
    """Makes `new` the folder `target`. What was there before ends up at `new`, or is removed.

    Where the kernel can exchange two folders in one step (Linux, macOS), somebody who looks sees the old
    one or the new one. Elsewhere there is a moment with neither; the old one then waits under another
    name, and `recover` brings it back.

    Args:
        new: A folder on the same file system.
        target: Where it shall be; its parent exists.
    """
    if not target.exists():
        new.rename(target)
    elif not _exchange(new, target):
        waiting = _waiting(target)
        target.rename(waiting)
        new.rename(target)
        shutil.rmtree(waiting)


def recover(target: Path) -> None:
    """Ends a swap that was killed half-way; does nothing where there is none."""
    waiting = _waiting(target)
    if not waiting.exists():
        return
    if target.exists():
        shutil.rmtree(waiting)
    else:
        waiting.rename(target)


def _waiting(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; False where kernel or file system cannot."""
    if os.name != "posix":
        return False
    libc = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(_HERE, first, _HERE, second, ctypes.c_uint(_EXCHANGE)) == 0)
    if hasattr(libc, "renamex_np"):
        return bool(libc.renamex_np(first, second, ctypes.c_uint(_EXCHANGE)) == 0)
    return False
