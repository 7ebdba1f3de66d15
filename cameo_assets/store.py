"""Where every table and file lives, and how it gets there: written aside, then renamed.

The store is a local folder by default; any fsspec URL works where users outgrow it. Nothing here knows what
the tables mean; `places` names what lies where.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from upath import UPath

_ASIDE = ".aside"
_OWNER = re.compile(r"(?P<process>\d{1,9})-\d+@(?P<machine>[^@]*)@.*")
_counter = itertools.count()


class Store:
    """A tree of files with atomic writes.

    A reader sees the old content or the new, never half of one; content that did not change is not written
    again, so its time stamp stays. A process that is killed leaves at most an orphan in `.aside`, which
    `sweep` removes.

    Args:
        home: Local folder or fsspec URL; made when first written to.
    """

    def __init__(self, home: str | Path) -> None:
        from upath import UPath

        root = UPath(str(home))
        self.local = root.protocol in ("", "file", "local")
        self.root: Path | UPath = Path(root.path).absolute() if self.local else root
        self.home = str(self.root)

    def __repr__(self) -> str:
        return f"Store({self.home!r})"

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        return (Store, (self.home,))

    def path(self, *parts: str) -> Path | UPath:
        """The place of a file or folder of the store.

        Raises:
            ValueError: The parts lead outside the store.
        """
        relative = PurePosixPath(*parts)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"{relative} leads outside the store {self.home}")
        return self.root / str(relative)

    def exists(self, *parts: str) -> bool:
        """Whether a file or folder is there."""
        return self.path(*parts).exists()

    def read_bytes(self, *parts: str) -> bytes:
        """The content of a file."""
        return self.path(*parts).read_bytes()

    def write_bytes(self, data: bytes, *parts: str, durable: bool = True) -> bool:
        """Writes a file as a whole, aside first.

        Args:
            data: The content.
            *parts: Where, relative to the root.
            durable: Whether to wait until the disk has it. False is for many small files whose table is
                written durably after them.

        Returns:
            Whether the file is new or changed.
        """
        target = self.path(*parts)
        if self._same(target, data):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        if not self.local:
            target.write_bytes(data)
            return True
        aside = self._aside(target.name)
        with aside.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        aside.replace(target)  # type: ignore[arg-type]  # a Path, as the store is local
        return True

    def write_table(self, table: pa.Table, *parts: str) -> bool:
        """Writes a table as Parquet (zstd); the same table gives the same bytes.

        Returns:
            Whether the file is new or changed.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        return self.write_bytes(sink.getvalue().to_pybytes(), *parts)

    def read_table(self, *parts: str, columns: list[str] | None = None) -> pa.Table:
        """Reads a Parquet file.

        Raises:
            FileNotFoundError: It is not there.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        return pq.read_table(pa.BufferReader(self.read_bytes(*parts)), columns=columns)

    def damaged(self, path: str, why: str) -> Exception:
        """What to raise where a file is not what it should be; a view knows whose it is, too."""
        return OSError(f"{path}: damaged: {why}")

    def names(self, *parts: str, suffix: str = "") -> list[str]:
        """Sorted names of the entries of a folder that end in `suffix`; none where the folder is missing."""
        folder = self.path(*parts)
        if not folder.is_dir():
            return []
        return sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.name.endswith(suffix) and not entry.name.startswith(".")
        )

    def remove(self, *parts: str) -> None:
        """Removes a file or a folder with all it holds, if it is there.

        Raises:
            ValueError: The parts lead outside the store, or name the store itself.
        """
        path = self.path(*parts)
        if not PurePosixPath(*parts).parts:
            raise ValueError(f"{self.home} itself is not removed")
        if isinstance(path, Path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        elif path.exists():
            path.fs.rm(path.path, recursive=True)

    def sweep(self) -> int:
        """Removes what processes that are gone left in the aside folder.

        Processes of other machines cannot be asked whether they live, so theirs is left alone.

        Returns:
            How many orphans were removed.
        """
        if not self.local:
            return 0
        orphans = [entry for entry in (Path(self.home) / _ASIDE).glob("*") if _orphaned(entry.name)]
        for orphan in orphans:
            if orphan.is_dir() and not orphan.is_symlink():
                shutil.rmtree(orphan, ignore_errors=True)
            else:
                orphan.unlink(missing_ok=True)
        return len(orphans)

    def _same(self, target: Path | UPath, data: bytes) -> bool:
        try:
            return target.stat().st_size == len(data) and target.read_bytes() == data
        except FileNotFoundError:
            return False

    def _aside(self, name: str) -> Path:
        folder = Path(self.home) / _ASIDE
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{next(_counter)}@{platform.node()}@{name}"


def _orphaned(name: str) -> bool:
    import psutil

    owner = _OWNER.fullmatch(name)
    if owner is None or owner["machine"] != platform.node():
        return False
    return not psutil.pid_exists(int(owner["process"]))
