"""Downloads one file: goes on where it was cut off, and hands over only what is as it was published.

Bytes go to a `.part` file. Beside it stands which state of the server's file they belong to, so that no file
is ever put together from two states.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from cameo_assets.acquisition.published import Receipt, Wanted
from cameo_assets.acquisition.web import Hiccup, Reply, Web
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.errors import BadInput

Tell = Callable[[int, int | None], None]
"""Called with the bytes of the file that are there, and how many it has; None where nobody says."""

_RANGE: Final = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<total>\d+|\*)")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PAGES: Final = {"text/html": "an HTML page", "application/json": "a JSON message"}
_BEGINNINGS: Final = {
    ".zip": b"PK",
    ".rar": b"Rar!",
    ".flac": b"fLaC",
    ".parquet": b"PAR1",
    ".gz": b"\x1f\x8b",
    ".tgz": b"\x1f\x8b",
    ".xz": b"\xfd7zXZ",
}


class _State(msgspec.Struct, frozen=True):
    """Which state of which file a `.part` is the beginning of; `mark` is an `ETag` or a date, or empty."""

    url: str
    mark: str


class _Mismatch(Exception):  # noqa: N818 - it becomes a complaint only if it happens again
    def __init__(self, rule: str, seen: str, expected: str) -> None:
        super().__init__(seen)
        self.rule, self.seen, self.expected = rule, seen, expected


def download(wanted: Wanted, part: Path, web: Web, tell: Tell) -> Receipt:
    """Downloads a file to `part`, or goes on with what is there.

    A file that came whole and is not the published one is thrown away and fetched once more.

    Raises:
        BadInput: The server refuses, cannot be reached, or sends something else; or the disk is full.
    """
    transfer = _Transfer(wanted, part, web, tell)
    try:
        return transfer.run()
    except _Mismatch:
        transfer.drop()
    try:
        return transfer.run()
    except _Mismatch as again:
        transfer.drop()
        expected = f"{again.expected}; {wanted.by_hand}"
        raise BadInput(wanted.url, again.rule, f"{again.seen}, twice", expected) from again


def require_room(folder: Path, needed: int, what: str) -> None:
    """Complains where a disk has not this many bytes left.

    Raises:
        BadInput: It has fewer.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadInput(str(folder), "disk_full", f"{free} bytes free", f"{needed} bytes for {what}")


class _Transfer:
    def __init__(self, wanted: Wanted, part: Path, web: Web, tell: Tell) -> None:
        self.wanted = wanted
        self.part = part
        self.web = web
        self.tell = tell
        self._state_path = part.with_name(part.name + ".json")
        self._farthest = 0
        self._size = wanted.size
        self._sha256 = wanted.sha256
        self._by_server: set[str] = set()

    def run(self) -> Receipt:
        url = self.wanted.url
        self.web.patiently(url, self._attempt, lambda: self._farthest, self.wanted.by_hand)
        return self._verified()

    def drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self._state_path.unlink(missing_ok=True)

    def _attempt(self) -> None:
        """One request; raises `Hiccup` as long as the file is not whole."""
        offset, mark = self._there()
        if offset and offset == self.wanted.size:
            return
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        if offset and mark:
            headers["If-Range"] = mark
        with self.web.opened(self.wanted.url, headers, self.wanted.by_hand) as reply:
            if reply.status == 416:
                self._beyond_the_end(reply, offset)
                return
            start, total = self._extent(reply, offset, mark)
            self._must_be_a_file(reply)
            self._learn(reply, total)
            if total is not None:
                require_room(self.part.parent, total - start, self.wanted.name)
            self._take(reply, start)

    def _there(self) -> tuple[int, str]:
        """How many bytes are there to go on from, and of which state of the file."""
        try:
            state = msgspec.json.decode(self._state_path.read_bytes(), type=_State)
            size = self.part.stat().st_size
        except (FileNotFoundError, msgspec.DecodeError):
            return 0, ""
        # Without a mark, only a checksum can tell whether the two halves belong together.
        can_tell = state.mark or self.wanted.md5 or self._sha256
        return (size, state.mark) if can_tell and state.url == self.wanted.url else (0, "")

    def _beyond_the_end(self, reply: Reply, offset: int) -> None:
        found = _RANGE.fullmatch(reply.headers.get("content-range", ""))
        if found is None or found["total"] != str(offset):
            self.drop()
            raise Hiccup(f"the server has no bytes from {offset} on")

    def _extent(self, reply: Reply, offset: int, mark: str) -> tuple[int, int | None]:
        """Where the body starts in the file, and the bytes of the whole file, None where not said."""
        if reply.status == 200:
            length = reply.headers.get("content-length", "")
            return 0, int(length) if length.isdecimal() else None
        found = _RANGE.fullmatch(reply.headers.get("content-range", ""))
        if found is None or found["first"] != str(offset) or (mark and _mark(reply) not in ("", mark)):
            self.drop()
            raise Hiccup("the server sent another part than the one asked for")
        return offset, int(found["total"]) if found["total"] != "*" else None

    def _must_be_a_file(self, reply: Reply) -> None:
        kind = _PAGES.get(reply.headers.get("content-type", "").partition(";")[0].strip().lower())
        packed = reply.headers.get("content-encoding", "identity").lower()
        if kind:
            self._not_the_file(kind)
        # Some servers call the packing of a .tar.gz an encoding; that one is part of the file.
        if packed != "identity" and not self.wanted.name.endswith(("gz", "xz")):
            self._not_the_file(f"a body packed as {packed}")

    def _not_the_file(self, kind: str) -> None:
        raise BadInput(self.wanted.url, "pretender", kind, f"{self.wanted.name}; {self.wanted.by_hand}")

    def _learn(self, reply: Reply, total: int | None) -> None:
        """Takes from the headers what nobody has published; refuses what contradicts that."""
        linked = reply.linked.get("x-linked-size", "")
        size = int(linked) if linked.isdecimal() else total
        if self.wanted.size is not None and size not in (None, self.wanted.size):
            expected = f"{self.wanted.size} bytes, as {self.wanted.source} says; {self.wanted.by_hand}"
            raise BadInput(self.wanted.url, "size", f"a file of {size} bytes", expected)
        if self.wanted.size is None and size is not None:
            self._size = size
            self._by_server.add("size")
        etag = reply.linked.get("x-linked-etag", "").strip('"')
        if self.wanted.sha256 is None and _SHA256.fullmatch(etag):
            self._sha256 = etag
            self._by_server.add("SHA-256")

    def _take(self, reply: Reply, start: int) -> None:
        """Writes the body to the file from `start` on; what is there stays until the body looks like it."""
        done = start
        pieces = reply.pieces()
        first = next(pieces, b"")
        if not start:
            self._must_begin_well(first)
            self._state_path.unlink(missing_ok=True)  # whatever ends this: the old state has no new bytes
        try:
            with self.part.open("r+b" if start else "wb") as file:
                if start:
                    file.seek(start)
                    file.truncate()
                else:
                    state = _State(self.wanted.url, _mark(reply))
                    self._state_path.write_bytes(msgspec.json.encode(state))
                self.tell(start, self._size)
                for piece in chain([first], pieces):
                    file.write(piece)
                    done += len(piece)
                    self._farthest = max(self._farthest, done)
                    self.tell(done, self._size)
                    if self._size is not None and done > self._size:
                        raise _Mismatch("size", f"more than {self._size} bytes", f"{self._size} bytes")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._disk(error, done)
        if self._size is not None and done < self._size:
            raise Hiccup(f"{done} of {self._size} bytes came")

    def _must_begin_well(self, head: bytes) -> None:
        begins = _BEGINNINGS.get(Path(self.wanted.name).suffix.lower(), b"")
        if kind := pretender(head):
            self._not_the_file(kind)
        if not head.startswith(begins[: len(head)]):
            self._not_the_file(f"a file that begins with {head[:16]!r}")

    def _disk(self, error: OSError, done: int) -> None:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            left = f"{self._size - done} bytes" if self._size is not None else "room"
            seen = f"a full disk after {done} bytes"
            expected = f"{left} more for {self.wanted.name}"
            raise BadInput(str(self.part.parent), "disk_full", seen, expected) from error
        raise error

    def _verified(self) -> Receipt:
        size = self.part.stat().st_size
        with self.part.open("rb") as file:
            try:
                self._must_begin_well(file.read(512))
            except BadInput:
                self.drop()
                raise
            md5, sha256 = _digests(file)
        if not size:
            raise _Mismatch("size", "an empty file", "content")
        # A server's own word on the size has been heard already, and may have been wrong.
        for what, seen, expected in (
            ("size", size, self.wanted.size),
            ("MD5", md5, self.wanted.md5),
            ("SHA-256", sha256, self._sha256),
        ):
            if expected not in (None, seen):
                rule = "size" if what == "size" else "checksum"
                raise _Mismatch(rule, f"{what} {seen}", f"{what} {expected}")
        return Receipt(
            name=self.wanted.name,
            url=self.wanted.url,
            size=size,
            sha256=sha256,
            verified=datetime.now(UTC).isoformat(timespec="seconds"),
            against=self._against(),
        )

    def _against(self) -> str:
        named = {"size": self.wanted.size, "MD5": self.wanted.md5, "SHA-256": self.wanted.sha256}
        published = [name for name, value in named.items() if value is not None]
        said = [f"{' and '.join(published)} of {self.wanted.source}"] if published else []
        if self._by_server:
            said.append(f"{' and '.join(sorted(self._by_server, reverse=True))} in the server's headers")
        return "; ".join(said) or "nothing: neither publisher nor server gives a size or checksum"


def _mark(reply: Reply) -> str:
    """What names the state of a file: its `ETag` if that stands for the very bytes, else its date."""
    etag = reply.headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else reply.headers.get("last-modified", "")


def _digests(file: BinaryIO) -> tuple[str, str]:
    """MD5 and SHA-256 of a file from its start."""
    file.seek(0)
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    while piece := file.read(2**20):
        md5.update(piece)
        sha256.update(piece)
    return md5.hexdigest(), sha256.hexdigest()
