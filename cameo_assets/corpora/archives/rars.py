"""RAR archives, of formats 4 and 5.

Stored members are read directly. Compressed ones need a tool that knows RAR's compression: unrar does, others
know most of it, and 7z knows it unless its maker left that out; so each is tried. Members of a solid archive
come from one run of a tool (see `solid`), others from one each, in whatever process wants them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.corpora.archives import Entry, solid
from cameo_assets.corpora.archives.forward import Damaged
from cameo_assets.corpora.archives.safety import Inventory, broken, refuse_large, refuse_stand_in
from cameo_assets.corpora.archives.solid import Solid
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from rarfile import RarFile, RarInfo

_UNREADABLE: Final = (
    OSError,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    AttributeError,  # a header that is found broken on the second look
)
"""What `rarfile` raises for broken archives, beside its own exceptions."""


_TOOLS: Final = {"unrar": "unrar", "unar": "unar", "sevenzip": "7z", "sevenzip2": "7zz"}
"""Programs, the most capable first, by the names that `rarfile.tool_setup` gives them. Not bsdtar, which
rarfile 4.5 calls with wrong arguments."""

_INSTALLED: Final = "unrar or unar installed, or the files of the archive instead of it, unpacked by hand"

_TRIED: Final = 3
"""Members that are unpacked to see whether the tools can; one of them may be damaged."""

_READABLE: Final = (
    "a member that reads to its end; unrar knows all of RAR's compression, other programs do not"
)


def opened(path: Path, name: str) -> Rar:
    """Opens a RAR archive and judges every member; arguments and errors as for `archives.opened`.

    Raises:
        BadInput: Also where a member is compressed, and no tool is there.
    """
    import rarfile

    refuse_stand_in(path, name, "a RAR archive")
    blocks: list[RarInfo] = []
    try:
        stamp = path.stat()
        # A volume of several is read for itself alone, so that no other file is touched.
        file = rarfile.RarFile(path, errors="strict", info_callback=blocks.append, part_only=True)
    except rarfile.RarCannotExec as error:
        raise _needs_tool(name, "a compressed comment") from error
    except (rarfile.Error, *_UNREADABLE) as error:
        raise BadInput(name, "not_an_archive", _reason(error), "a complete RAR archive") from error
    if file.needs_password():
        raise BadInput(name, "unsafe_archive", "encrypted", "an archive without a password")
    _refuse_parts(name, blocks, stamp.st_size)
    archive = Rar(file, path, name, f"{stamp.st_size}:{stamp.st_mtime_ns}")
    archive.judge(stamp.st_size)
    return archive


class Rar:
    """An `archives.Archive`.

    Args:
        file: The open archive.
        path: Where it lies.
        name: What to call it in complaints.
        version: For members that have no checksum of their own.
    """

    def __init__(self, file: RarFile, path: Path, name: str, version: str) -> None:
        self._file = file
        self._name = name
        self._version = version
        self._tool = ""
        self._files = [info for info in file.infolist() if not info.is_dir()]
        self._solid = Solid(path, self._files) if file.is_solid() else None

    def judge(self, size: int) -> None:
        """Looks at every member.

        Args:
            size: Bytes of the archive.

        Raises:
            BadInput: One breaks a rule of safety, or needs a tool that is not there.
        """
        inventory = Inventory(self._name)
        for info in self._file.infolist():
            linked = info.is_symlink() or info.file_redir
            inventory.take(
                info.filename,
                info.file_size,
                packed=info.compress_size,
                fault="a link" if linked else "",
                encrypted=info.needs_password(),
            )
            if info.compress_size > size:
                seen = f"{info.compress_size} bytes of {info.filename!r}"
                raise BadInput(self._name, "not_an_archive", seen, f"no more than the {size} of the archive")
        compressed = next((info for info in self._files if _is_compressed(info)), None)
        has_tool = _has_tool if self._solid is None else solid.has_tool
        if compressed is not None and not has_tool():
            raise _needs_tool(self._name, f"compressed members, such as {compressed.filename!r}")

    def entries(self) -> Iterator[Entry | BadInput]:
        """As `archives.Archive` says; the version is the checksum.

        Raises:
            BadInput: Also where no tool that is there unpacks a member.
        """
        self._try_tools()
        for info in self._files:
            if info.CRC is not None:
                version = f"crc{info.CRC:08x}:{info.file_size}"
            elif info.blake2sp_hash is not None:
                version = f"blake2sp{info.blake2sp_hash.hex()}"
            else:
                version = f"{self._version}:{info.header_offset}"
            yield Entry(info.filename, info.file_size, version, info.header_offset)

    def _try_tools(self) -> None:
        """Unpacks a member, so that it is said once if the tools cannot, and not of each member later."""
        compressed = [info for info in self._files if _is_compressed(info)]
        if self._solid is None:
            compressed.sort(key=lambda info: info.file_size)
        failures = []
        for info in compressed[:_TRIED]:
            try:
                self.read(info.filename)
            except BadInput as error:
                failures.append(error)
            else:
                return
        if failures:
            first = failures[0]
            raise BadInput(self._name, "needs_tool", first.seen, _INSTALLED) from first

    def read(self, inner: str) -> bytes:
        """As `archives.Archive` says; the checksum is compared."""
        import rarfile

        where = f"{self._name}/{inner}"
        try:
            info = self._file.getinfo(inner)
            refuse_large(where, info.file_size)
            if not _is_compressed(info):
                return bytes(self._file.read(inner))
        except (rarfile.Error, *_UNREADABLE) as error:
            raise broken(where, error) from error
        if self._solid is None:
            return self._decompressed(inner, where)
        try:
            return self._solid.read(inner)
        except (Damaged, OSError) as error:
            raise broken(where, error, _READABLE) from error

    def _decompressed(self, inner: str, where: str) -> bytes:
        """Reads with the tool that worked last, else with the first that succeeds."""
        import rarfile

        failures = {}
        for tool in sorted(_TOOLS, key=lambda tool: tool != self._tool):
            try:
                # Checks that the tool runs, and makes it the one that `rarfile` uses.
                _set_tool({tool}, force=tool != self._tool)
                self._tool = tool
                return bytes(self._file.read(inner))
            except rarfile.RarCannotExec:
                continue
            except (rarfile.Error, *_UNREADABLE) as error:
                failures[_TOOLS[tool]] = _reason(error)
        if not failures:
            raise _needs_tool(where, "a compressed member")
        seen = "; ".join(f"{tool}: {reason}" for tool, reason in failures.items())
        raise BadInput(where, "archive_member", seen, _READABLE)

    def close(self) -> None:
        """Lets go of the file, and ends the tool."""
        self._file.close()
        if self._solid is not None:
            self._solid.close()


def _refuse_parts(name: str, blocks: list[RarInfo], size: int) -> None:
    """Raises BadInput where the archive is one volume of several, or stops before its end."""
    from rarfile import RAR_BLOCK_ENDARC, RAR_BLOCK_MAIN, RAR_MAIN_VOLUME

    if any(block.type == RAR_BLOCK_MAIN and block.flags & RAR_MAIN_VOLUME for block in blocks):
        expected = "a single archive, or the files of all volumes unpacked by hand"
        raise BadInput(name, "archive_volume", "one of several volumes", expected)
    # `rarfile` takes a header that it does not know for the end; old archives have no mark of their end.
    last = blocks[-1] if blocks else None
    marked = last is not None and last.type == RAR_BLOCK_ENDARC
    if not marked and (last is None or last.data_offset + last.add_size != size):
        raise BadInput(name, "not_an_archive", "no end", "a complete RAR archive")


def _is_compressed(info: RarInfo) -> bool:
    from rarfile import RAR_M0

    return bool(info.compress_type != RAR_M0 and info.file_size)


def _has_tool() -> bool:
    import rarfile

    try:
        _set_tool(set(_TOOLS))
    except rarfile.RarCannotExec:
        return False
    return True


def _set_tool(tools: set[str], *, force: bool = True) -> None:
    """Has `rarfile` use the first of some tools that runs, also if it has chosen another before."""
    import rarfile

    allowed = {tool: tool in tools for tool in (*_TOOLS, "bsdtar")}
    rarfile.tool_setup(**allowed, force=force)


def _needs_tool(name: str, seen: str) -> BadInput:
    tools = ", ".join(command[0] for command in solid.COMMANDS)
    return BadInput(name, "needs_tool", f"{seen}, and no program for it ({tools})", _INSTALLED)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
