"""A publisher's server on this machine, with every bad habit that a server can have."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class File:
    """What the server has, and how it hands it out.

    `habits` are used up one a request, in order; after the last the server behaves.
    """

    content: bytes
    kind: str = "application/octet-stream"
    etag: str = '"1"'
    ranges: bool = True
    says_size: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    habits: list[Callable[[Handler, File], bool]] = field(default_factory=list)
    always: Callable[[Handler, File], bool] | None = None

    @property
    def md5(self) -> str:
        return hashlib.md5(self.content).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Publisher:
    """Files by path, and the requests so far: path, `Range` and `If-Range`."""

    url: str
    files: dict[str, File] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def of(self, name: str) -> str:
        return f"{self.url}/{name}"

    def ranges(self, name: str) -> list[str]:
        return [range_ for path, range_, _ in self.requests if path == f"/{name}"]

    def record(self, *names: str) -> File:
        """A record in Zenodo's shape."""
        entries: list[dict[str, Any]] = [
            {
                "key": name,
                "size": len(self.files[f"/{name}"].content),
                "checksum": f"md5:{self.files[f'/{name}'].md5}",
                "links": {"self": self.of(name)},
            }
            for name in names
        ]
        return File(json.dumps({"id": 1, "files": entries}).encode(), kind="application/json")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    publisher: Publisher

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
        self.publisher.requests.append((self.path, asked, condition))
        self.publisher.agents.add(self.headers.get("User-Agent", ""))
        file = self.publisher.files.get(self.path)
        if file is None:
            self.answer(404, b"nothing here")
            return
        habit = file.habits.pop(0) if file.habits else file.always
        if habit is None or not habit(self, file):
            self.hand_out(file)

    def hand_out(self, file: File, cut: int | None = None, pause: float = 0.0) -> None:
        """Sends the file as a good server does; or closes the connection after `cut` bytes of the body."""
        asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
        start, total = 0, len(file.content)
        if asked and file.ranges and condition in ("", file.etag):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= total:
                self.answer(416, b"", {"Content-Range": f"bytes */{total}"})
                return
        body = file.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", file.kind)
        if file.etag:
            self.send_header("ETag", file.etag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        for name, value in file.headers.items():
            self.send_header(name, value)
        if file.says_size:
            if "Content-Length" not in file.headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.send(body if cut is None else body[:cut], pause)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body if cut is None else body[:cut]), 1000):
                piece = body[at : at + 1000]
                self.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n", pause)
            if cut is None:
                self.send(b"0\r\n\r\n")
        if cut is not None or "Content-Length" in file.headers:
            self.close_connection = True

    def send(self, body: bytes, pause: float = 0.0) -> None:
        try:
            for at in range(0, len(body), 1000):
                self.wfile.write(body[at : at + 1000])
                time.sleep(pause)
        except OSError:
            self.close_connection = True  # the other side has seen enough

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# Habits. Each returns whether it has answered.

Habit = Callable[[Handler, File], bool]


def cut_after(number: int) -> Habit:
    def habit(handler: Handler, file: File) -> bool:
        handler.hand_out(file, cut=number)
        return True

    return habit


def status(code: int, body: bytes = b"", **headers: str) -> Habit:
    def habit(handler: Handler, _file: File) -> bool:
        handler.answer(code, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return True

    return habit


def changed(content: bytes, etag: str) -> Habit:
    """The file is replaced by another before this request."""

    def habit(_handler: Handler, file: File) -> bool:
        file.content, file.etag = content, etag
        return False

    return habit


def slow(pause: float) -> Habit:
    def habit(handler: Handler, file: File) -> bool:
        handler.hand_out(file, pause=pause)
        return True

    return habit


def stalled(seconds: float) -> Habit:
    """Sends half of the file and then nothing for a while."""

    def habit(handler: Handler, file: File) -> bool:
        handler.hand_out(file, cut=len(file.content) // 2)
        handler.wfile.flush()
        time.sleep(seconds)
        return True

    return habit


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A server on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    publisher = Publisher(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = type("Bound", (Handler,), {"publisher": publisher})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
