"""A Hub on this machine that gives out the files of one folder, as huggingface_hub asks for them."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cameo_assets_tests.models.fake_hub import serving

REPOSITORY, COMMIT = "someone/tiny", "c" * 40


@dataclass
class Hub:
    """What it gives out, and what it was asked.

    Attributes:
        folder: The files of `someone/tiny`.
        fault: Status and error code of every answer; none where it works.
        fetched: Names of files whose content was sent.
        authorizations: What the requests had to show.
    """

    folder: Path
    fault: tuple[int, str] | None = None
    fetched: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)


def running(hub: Hub) -> AbstractContextManager[str]:
    """Runs it; gives its address."""
    return serving(type("_Handler", (_Handler,), {"hub": hub}))


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._respond(send=False)

    def do_GET(self) -> None:
        self._respond(send=True)

    def _respond(self, send: bool) -> None:
        self.hub.authorizations.add(self.headers.get("authorization"))
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"/{REPOSITORY}/resolve/{COMMIT}/")
        if self.hub.fault:
            self._send(*self.hub.fault, b"", send)
        elif path == f"/api/models/{REPOSITORY}/tree/{COMMIT}":
            self._send(
                200, "", json.dumps(list(map(_entry, sorted(self.hub.folder.iterdir())))).encode(), send
            )
        elif name != path and (self.hub.folder / name).is_file():
            self.hub.fetched += [name] if send else []
            self._send(200, "", (self.hub.folder / name).read_bytes(), send)
        else:
            self._send(404, "EntryNotFound", b"", send)

    def _send(self, status: int, code: str, body: bytes, send: bool) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if send:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


def _entry(path: Path) -> dict[str, object]:
    oid = hashlib.sha1(path.read_bytes()).hexdigest()
    return {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": oid}
