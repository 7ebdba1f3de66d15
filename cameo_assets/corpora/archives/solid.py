"""Members of a solid RAR archive, where each is compressed with those before it in view.

To unpack one is to unpack all before it, so a program is started once and writes all of them, one behind the
other, and its output is cut by their sizes. Members that are read in their order cost one pass.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import weakref
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from cameo_assets.corpora.archives.forward import PIECE, Damaged

if TYPE_CHECKING:
    from rarfile import RarInfo

COMMANDS: Final = (
    ("unrar", "p", "-inul", "-p-", "--"),
    ("unar", "-q", "-o", "-"),
    ("bsdtar", "-xOf"),
    ("7z", "x", "-so", "-bb0", "-p", "--"),
    ("7zz", "x", "-so", "-bb0", "-p", "--"),
)
"""What writes all members of an archive to its output, the most capable first; bsdtar, of format 5 alone."""


def has_tool() -> bool:
    """Whether any of the programs is installed."""
    return any(shutil.which(command[0]) for command in COMMANDS)


class Solid:
    """All members of one archive.

    Args:
        path: The archive.
        members: Its files, in the order in which they lie in it.
    """

    def __init__(self, path: Path, members: Sequence[RarInfo]) -> None:
        self._path = path
        self._members = members
        self._order = {info.filename: at for at, info in enumerate(members)}
        self._commands = list(COMMANDS)
        self._pass: _Pass | None = None
        self._readable = len(members)
        self._damage = ""

    def read(self, inner: str) -> bytes:
        """The content of a member, its checksum compared; going back starts again.

        Raises:
            Damaged: No program reads it, or a member before it.
            OSError: A program cannot be started.
            KeyError: There is no such member.
        """
        at = self._order[inner]
        if at > self._readable:  # not tried again, which would be a pass of each program for each member
            raise Damaged(f"it lies behind {self._members[self._readable].filename!r}: {self._damage}")
        failures = {}
        for command in [command for command in self._commands if shutil.which(command[0])]:
            try:
                data = self._reached(command, at).read(at)
            except Damaged as error:
                failures[command[0]] = str(error)
                self.close()
                continue
            # Those that failed will fail again.
            self._commands.remove(command)
            self._commands.insert(0, command)
            return data
        if not failures:
            raise Damaged("no program for it is there any more")
        self._readable = at
        self._damage = "; ".join(f"{tool}: {reason}" for tool, reason in failures.items())
        raise Damaged(self._damage)

    def close(self) -> None:
        """Ends the program."""
        if self._pass is not None:
            self._pass.close()
        self._pass = None

    def _reached(self, command: tuple[str, ...], at: int) -> _Pass:
        """A program that has not passed a member yet."""
        if self._pass is None or self._pass.command != command or self._pass.following > at:
            self.close()
            self._pass = _Pass(command, self._path, self._members)
        return self._pass


class _Pass:
    """One run of a program, from the first member on; `following` is the number of the next."""

    def __init__(self, command: tuple[str, ...], path: Path, members: Sequence[RarInfo]) -> None:
        self.command = command
        self.following = 0
        self._members = members
        # Not a pipe, which would fill up while nobody reads it.
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does
        self._process = subprocess.Popen(
            [*command, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        # Also where nobody closes: a program that waits to write would stay for as long as this process.
        self.close = weakref.finalize(self, _end, self._process, self._complaints)

    def read(self, at: int) -> bytes:
        """The content of a member that lies further on.

        Raises:
            Damaged: The output ends before it does, or its checksum is wrong.
        """
        while self.following < at:
            for _ in self._pieces(self._members[self.following].file_size):
                pass  # dropped piece by piece, so that passing over takes no memory
            self.following += 1
        info = self._members[at]
        data = b"".join(self._pieces(info.file_size))
        self.following += 1
        if not _is_whole(data, info):
            raise Damaged("a wrong checksum")
        return data

    def _pieces(self, size: int) -> Iterator[bytes]:
        """Yields the next bytes of the output."""
        assert self._process.stdout is not None  # it is a pipe
        while size > 0:
            piece = self._process.stdout.read(min(size, PIECE))
            if not piece:
                raise Damaged(self._last_words())
            size -= len(piece)
            yield piece

    def _last_words(self) -> str:
        status = self._process.wait()
        self._complaints.seek(0)
        said = self._complaints.read(PIECE).decode(errors="replace").split("\n")
        return next((line.strip() for line in said if line.strip()), f"output ends early, status {status}")


def _end(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    process.kill()
    process.wait()
    complaints.close()


def _is_whole(data: bytes, info: RarInfo) -> bool:
    from rarfile import Blake2SP

    if info.CRC is not None:
        return bool(zlib.crc32(data) == info.CRC)
    if info.blake2sp_hash is not None:
        return bool(Blake2SP(data).digest() == info.blake2sp_hash)
    return True
