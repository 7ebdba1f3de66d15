"""A Hub on this machine that knows a few repositories, as huggingface_hub asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

OLD, NEW = "a" * 40, "b" * 40
"""Two commits of `someone/parrot`."""
OPEN, GATED = "someone/parrot", "someone/gated"
TOKEN = "hf_opens"


def running() -> AbstractContextManager[str]:
    """Runs it; gives its address, for `HF_ENDPOINT`."""
    return serving(_Handler)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Runs a server on this machine; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        repository, _, rest = self.path.removeprefix("/api/models/").partition("/revision/")
        repository, auth_check, _ = repository.partition("/auth-check")
        if repository == "someone/down":
            self._answer(503, "")
        elif repository not in (OPEN, GATED):
            self._answer(404, "RepoNotFound")
        elif auth_check:
            opened = repository == OPEN or self.headers.get("authorization") == f"Bearer {TOKEN}"
            self._answer(200 if opened else 403, "" if opened else "GatedRepo")
        elif rest not in ("", OLD, NEW):
            self._answer(404, "RevisionNotFound")
        else:
            gated = "manual" if repository == GATED else False
            self._answer(200, "", {"id": repository, "sha": rest or NEW, "gated": gated, "siblings": []})

    def _answer(self, status: int, code: str, content: dict[str, Any] | None = None) -> None:
        body = json.dumps(content or {}).encode()
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""
