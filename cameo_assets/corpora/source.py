"""Where the files of a corpus come from: a folder, archives in it, or a folder around either.

Archives are read member by member and never unpacked. An archive that could write outside its folder, hide a
file behind another or burst is refused as a whole, and the rest of the landing folder goes on.
"""

from __future__ import annotations

import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from cameo_assets.corpora.pretenders import pretender
from cameo_assets.errors import BadInput

SAMPLE_MARK: Final = "SAMPLE.txt"
"""A file of this name says that the corpus is a spoken sample made by `cameo_assets.samples`."""

MOST_EXPANSION: Final = 200
"""WAV deflates about 1.2 to 1; a member that expands more than this is an attack."""
MOST_BYTES: Final = 200 * 2**30

_JUNK_FOLDERS: Final = frozenset({"__MACOSX", "$RECYCLE.BIN", "System Volume Information"})
_JUNK_FILES: Final = frozenset({"Thumbs.db", "desktop.ini"})


class Member(msgspec.Struct, frozen=True):
    """One file of a source.

    Attributes:
        path: With forward slashes, relative to the corpus; an archive counts as a folder.
        size: Bytes when read.
        version: Changes when the content does: CRC and size inside archives, size and time stamp outside.
    """

    path: str
    size: int
    version: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The name of the folder it is in; empty at the top."""
        return self.path.rpartition("/")[0].rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its extension."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        """The extension in lower case, with its dot."""
        dot = self.name.rfind(".")
        return self.name[dot:].lower() if dot > 0 else ""


class Source:
    """All files of one corpus, whatever they are packed in.

    Cheap to pickle: a worker process lists archives again when it first reads from them.

    Args:
        folder: The landing folder of the corpus.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._archives: dict[str, zipfile.ZipFile] = {}

    def __reduce__(self) -> tuple[type[Source], tuple[Path]]:
        return (Source, (self.folder,))

    @cached_property
    def _listing(self) -> tuple[list[Member], list[BadInput], int]:
        members: list[Member] = []
        refused: list[BadInput] = []
        ignored = 0
        for path, entry in walk(self.folder):
            if entry is None:
                ignored += 1
            elif isinstance(entry, BadInput):
                refused.append(entry)
            elif path.lower().endswith(".zip"):
                try:
                    inside, junk = _zip_members(self.folder / path, path)
                except BadInput as error:
                    refused.append(error)
                else:
                    members += inside
                    ignored += junk
            else:
                version = f"{entry.st_size}:{entry.st_mtime_ns}"
                members.append(Member(path, entry.st_size, version))
        members.sort(key=lambda member: member.path)
        return members, refused, ignored

    @property
    def members(self) -> list[Member]:
        """Every file, sorted by path; archives are replaced by what they hold."""
        return self._listing[0]

    @property
    def refused(self) -> list[BadInput]:
        """Archives and links that were not taken."""
        return self._listing[1]

    @property
    def ignored(self) -> int:
        """How many files of operating systems and editors were passed over."""
        return self._listing[2]

    @property
    def is_sample(self) -> bool:
        """Whether this is a spoken sample and not the corpus itself."""
        return (self.folder / SAMPLE_MARK).is_file()

    def named(self, name: str) -> Member | None:
        """The file of this name that lies highest in the tree; None where there is none."""
        found = [member for member in self.members if member.name == name]
        return min(found, key=lambda member: (member.path.count("/"), member.path), default=None)

    def read(self, path: str) -> bytes:
        """The content of a member.

        Raises:
            BadInput: It is not there, or its checksum is wrong.
        """
        archive, inner = _split_archive(self.folder, path)
        if inner is None:
            try:
                return (self.folder / path).read_bytes()
            except OSError as error:
                raise BadInput(path, "unreadable", str(error.strerror or error), "a file") from error
        try:
            return self._open(archive).read(inner)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, NotImplementedError) as error:
            raise BadInput(path, "archive_member", str(error), "a member that reads to its end") from error
        except Exception as error:
            if (
                type(error).__module__ in {"zlib", "_zlib", "lzma", "_lzma"}
                or type(error).__name__ == "error"
            ):
                raise BadInput(
                    path, "archive_member", str(error), "a member that reads to its end"
                ) from error
            raise

    def text(self, member: Member, encoding: str = "utf-8") -> str:
        """The text of a side file, without a byte order mark.

        Raises:
            BadInput: It is a pointer or a web page, or not in this encoding.
        """
        data = self.read(member.path)
        kind = pretender(data)
        if kind:
            raise BadInput(member.path, "pretender", kind, "a text table of the corpus")
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            raise BadInput(member.path, "encoding", str(error), encoding) from error

    def _open(self, archive: str) -> zipfile.ZipFile:
        if archive not in self._archives:
            self._archives[archive] = zipfile.ZipFile(self.folder / archive)
        return self._archives[archive]


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result | BadInput | None]]:
    """Lists a tree with one `stat` for each file.

    Yields:
        Path relative to `folder`, and its `stat`; a complaint for a link that leads nowhere or to a folder;
        None for what operating systems leave behind. The folder itself may be a link.
    """
    stack = [""]
    while stack:
        prefix = stack.pop()
        with os.scandir(folder / prefix if prefix else folder) as entries:
            for entry in entries:
                path = f"{prefix}/{entry.name}" if prefix else entry.name
                if is_junk(entry.name):
                    yield path, None
                elif entry.is_dir(follow_symlinks=False):
                    stack.append(path)
                elif entry.is_symlink() and entry.is_dir():
                    yield path, BadInput(path, "linked_folder", "a link to a folder", "a folder or a file")
                else:
                    try:
                        yield path, entry.stat()
                    except OSError as error:
                        yield path, BadInput(path, "dangling_link", str(error.strerror), "a file")


def is_junk(name: str) -> bool:
    """Whether operating systems or editors leave files or folders of this name behind.

    >>> is_junk("._03-01-01.wav"), is_junk("__MACOSX"), is_junk("03-01-01.wav")
    (True, True, False)
    """
    return name.startswith(".") or name in _JUNK_FOLDERS or name in _JUNK_FILES


def _split_archive(folder: Path, path: str) -> tuple[str, str | None]:
    """Splits a member's path into its archive and its name in it; (path, None) for a plain file."""
    lower = path.lower()
    at = lower.find(".zip/")
    while at >= 0:
        archive = path[: at + 4]
        if (folder / archive).is_file():
            return archive, path[at + 5 :]
        at = lower.find(".zip/", at + 1)
    return path, None


def _zip_members(path: Path, name: str) -> tuple[list[Member], int]:
    """Lists a zip after a look at every entry.

    Raises:
        BadInput: It is not a zip, or it breaks a rule of safety.
    """
    with path.open("rb") as file:
        head = file.read(512)
    kind = pretender(head)
    if kind or not head:
        raise BadInput(name, "not_an_archive", kind or "an empty file", "a zip archive")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadInput(name, "not_an_archive", str(error), "a complete zip archive") from error
    members: list[Member] = []
    folded: dict[str, str] = {}
    junk = total = 0
    for info in infos:
        _refuse_unsafe(name, info, folded)
        total += info.file_size
        if total > MOST_BYTES:
            raise BadInput(
                name, "too_large", f"more than {MOST_BYTES} bytes unpacked", f"at most {MOST_BYTES}"
            )
        if info.is_dir():
            continue
        if any(is_junk(part) for part in info.filename.split("/")):
            junk += 1
            continue
        version = f"crc{info.CRC:08x}:{info.file_size}"
        members.append(Member(f"{name}/{info.filename}", info.file_size, version))
    return members, junk


def _refuse_unsafe(archive: str, info: zipfile.ZipInfo, folded: dict[str, str]) -> None:
    """Raises BadInput for an entry that no honest archive holds."""
    # ZipFile cuts a name at NUL and turns the system's separators round; the original tells the truth.
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    key = unicodedata.normalize("NFC", name).casefold()
    reasons = (
        (name.startswith("/"), "an absolute path"),
        (".." in name.split("/"), "'..' in its path"),
        (len(name) > 1 and name[1] == ":", "a drive letter"),
        ("\\" in name, "a backslash"),
        ("\0" in name, "a NUL"),
        (kind == stat.S_IFLNK, "a link"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), "a device"),
        (bool(info.flag_bits & 0x1), "encrypted"),
        (key in folded, f"the same name as {folded.get(key)!r}"),
        (
            info.file_size > MOST_EXPANSION * max(info.compress_size, 1) and info.file_size > 2**20,
            f"expanding {info.file_size // max(info.compress_size, 1)}:1",
        ),
    )
    for broken, reason in reasons:
        if broken:
            raise BadInput(
                archive,
                "unsafe_archive",
                f"member {name!r}: {reason}",
                "plain files with relative, distinct names",
            )
    folded[key] = name
