"""A repo tree that is built aside and appears as a whole, or not at all.

Trees are built below `publish/.building`, on the same file system as their place. A build that is killed
leaves an orphan there, which the next build removes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final

from cameo_assets.errors import BadInput
from cameo_assets.hub.plan import (
    PUBLISH,
    Kind,
    LicenceDecision,
    Plan,
    PlannedFile,
    compare,
    read_plan,
    write_plan,
)
from cameo_assets.hub.swap import recover, swap
from cameo_assets.store import Store

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BUILDING: Final = ".building"
_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]*(/[A-Za-z0-9_][A-Za-z0-9._@-]*)*")
"""No hidden files, nothing outside the tree, nothing that a web address or a glob reads otherwise."""


class Tree:
    """A repo tree being built; to be used in a `with` statement, which removes what was not swapped in.

    Args:
        store: A store in a local folder.
        kind: `datasets` or `spaces`.
        name: Name of the tree.

    Raises:
        BadInput: The store is not local.
    """

    def __init__(self, store: Store, kind: Kind, name: str) -> None:
        if not store.local:
            raise BadInput(store.home, "publish_locally", "a remote store", "a store in a local folder")
        publish = Path(store.home) / PUBLISH
        self.target = publish / kind / name
        self._building = publish / _BUILDING
        self._files: dict[str, PlannedFile] = {}

    def __enter__(self) -> Tree:
        self._building.mkdir(parents=True, exist_ok=True)
        _sweep(self._building)
        recover(self.target)
        self._aside = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._building))
        # mkdtemp makes a folder for one user alone; a published tree is as open as its surroundings.
        self._aside.chmod(self._building.stat().st_mode)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._aside.exists():
            shutil.rmtree(self._aside)

    @property
    def files(self) -> tuple[PlannedFile, ...]:
        """What was written so far, sorted by path."""
        return tuple(self._files[path] for path in sorted(self._files))

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """A new file of the tree, written from front to back and hashed on the way.

        Args:
            path: Path inside the tree.

        Raises:
            ValueError: The path leads outside the tree, is hidden, or was written before.
        """
        if not _PATH.fullmatch(path) or path in self._files:
            raise ValueError(f"{path!r} cannot be a new file of {self.target.name}")
        place = self._aside / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as raw:
            hashed = _Hashed(raw)
            yield hashed  # type: ignore[misc]  # an IO in all that it is used for
            raw.flush()
            os.fsync(raw.fileno())
        self._files[path] = PlannedFile(path=path, size=hashed.size, sha256=hashed.sha256.hexdigest())

    def write(self, path: str, data: bytes) -> None:
        """Writes a small file; errors as for `open`."""
        with self.open(path) as file:
            file.write(data)

    def swap_in(self) -> bool:
        """Puts the tree in its place, unless what is there has the same bytes.

        Returns:
            Whether it is new or changed.
        """
        if _holds(self.target, self.files):
            return False
        self.target.parent.mkdir(parents=True, exist_ok=True)
        swap(self._aside, self.target)
        return True


def publish(
    store: Store,
    kind: Kind,
    name: str,
    fill: Callable[[Tree], None],
    licences: Sequence[LicenceDecision] = (),
) -> Plan:
    """Builds a tree, swaps it in if it changed, and keeps its plan beside it.

    The plan is written after the tree: a process killed between the two leaves a plan that the next build
    puts right.

    Args:
        store: A store in a local folder.
        kind: `datasets` or `spaces`.
        name: Name of the tree.
        fill: Writes all files of the tree.
        licences: The decisions that `fill` follows.

    Returns:
        The plan, with the changes that this build made.

    Raises:
        BadInput: The store is not local, or the plan that lies there is none.
    """
    before = read_plan(store, kind, name)
    with Tree(store, kind, name) as tree:
        fill(tree)
        files = tree.files
        tree.swap_in()
    plan = Plan(
        kind=kind,
        name=name,
        files=files,
        licences=tuple(licences),
        changes=compare(before.files if before else (), files),
    )
    write_plan(store, plan)
    return plan


class _Hashed(io.RawIOBase):
    """Passes on what is written, and hashes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        written = self._file.write(data)
        self.sha256.update(data)
        self.size += written
        return written


def _holds(folder: Path, files: Sequence[PlannedFile]) -> bool:
    """Whether a folder holds exactly these files."""
    present = {
        entry.relative_to(folder).as_posix(): entry for entry in folder.rglob("*") if not entry.is_dir()
    }
    if present.keys() != {file.path for file in files}:
        return False
    if any(entry.is_symlink() or not entry.is_file() for entry in present.values()):
        return False
    if any(present[file.path].stat().st_size != file.size for file in files):
        return False
    return all(_sha256(present[file.path]) == file.sha256 for file in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sweep(building: Path) -> None:
    """Removes what builds that were killed left behind."""
    import psutil

    for entry in building.glob("[0-9]*-*"):
        pid = int(entry.name.split("-", 1)[0])
        try:
            # A process that started after the folder was made has only inherited the number.
            alive = psutil.Process(pid).create_time() <= entry.stat().st_mtime + 1
        except psutil.NoSuchProcess:
            alive = False
        if not alive:
            shutil.rmtree(entry, ignore_errors=True)  # another build may be removing it too
