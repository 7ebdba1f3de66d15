"""A tree of files on the disk: what can be read, what cannot, and what nobody meant to be there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cameo_assets.errors import BadInput

_JUNK_FOLDERS: Final = frozenset({"__MACOSX", "$RECYCLE.BIN", "System Volume Information"})
_JUNK_FILES: Final = frozenset({"Thumbs.db", "desktop.ini"})


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result | BadInput | None]]:
    """Lists a tree with one `stat` for each file.

    Yields:
        Path relative to `folder`, and its `stat`; a complaint for what is no file, cannot be read or has no
        printable name; None for what operating systems leave behind. The folder itself may be a link.

    Raises:
        OSError: The folder itself cannot be read.
    """
    stack = [""]
    while stack:
        prefix = stack.pop()
        try:
            with os.scandir(folder / prefix if prefix else folder) as entries:
                found = list(entries)
        except OSError as error:
            if not prefix:
                raise
            shown = _printable(prefix)
            yield shown, BadInput(shown, "unreadable_folder", _cause(error), "a folder that can be listed")
            continue
        for entry in found:
            path = f"{prefix}/{entry.name}" if prefix else entry.name
            if is_junk(entry.name):
                yield _printable(path), None
            elif entry.is_dir(follow_symlinks=False):
                stack.append(path)
            else:
                yield _printable(path), _look(path, entry)


def _look(path: str, entry: os.DirEntry[str]) -> os.stat_result | BadInput:
    """The `stat` of a file, or why it is none that can be read."""
    shown = _printable(path)
    if shown != path:
        seen = repr(os.fsencode(path))
        return BadInput(shown, "file_name_encoding", seen, "names of files and folders in UTF-8")
    try:
        found = entry.stat()
    except OSError as error:
        rule = "dangling_link" if entry.is_symlink() else "unreadable"
        return BadInput(path, rule, _cause(error), "a file")
    if stat.S_ISDIR(found.st_mode):
        return BadInput(path, "linked_folder", "a link to a folder", "a folder or a file")
    if not stat.S_ISREG(found.st_mode):
        # Reading a pipe or a device may never end.
        return BadInput(path, "special_file", "a pipe, socket or device", "a file")
    return found


def _printable(path: str) -> str:
    r"""The path with `\x..` for bytes that are not UTF-8, which no table and no JSON file can hold."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _cause(error: OSError) -> str:
    return error.strerror or str(error)


def is_junk(name: str) -> bool:
    """Whether operating systems or editors leave files or folders of this name behind.

    >>> is_junk("._03-01-01.wav"), is_junk("__MACOSX"), is_junk("03-01-01.wav")
    (True, True, False)
    """
    return name.startswith(".") or name in _JUNK_FOLDERS or name in _JUNK_FILES
