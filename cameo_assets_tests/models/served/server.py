"""The process of the test server: started, told how to behave, killed, started again at the same address."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BEHAVIOUR: dict[str, Any] = {
    "model": "tiny",
    "listing": ["tiny", "other"],
    "key": "",
    "faults": {},
    "poison": {},
    "always": "",
    "delay": 0.0,
    "rate": None,
}
"""Of `app`: name of the model; what it lists, None for no list; the key it asks for; faults by number of the
request, by MD5 of the samples (first 8 digits), and of all; seconds before each reply; requests that it
takes up in a second, None for all."""

_LONGEST_START = 30.0


class Server:
    """A server at a fixed address of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.behave()
        self.process = self._start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def behave(self, faults: Mapping[int, str] | None = None, **changes: Any) -> None:
        """Says how to behave from now on; unmentioned is normal. The log begins anew."""
        (self.folder / "log.jsonl").write_text("")
        behaviour = {**BEHAVIOUR, "faults": faults or {}, **changes}
        (self.folder / "behaviour.json").write_text(json.dumps(behaviour))
        if hasattr(self, "process"):
            control = urllib.request.Request(f"http://127.0.0.1:{self.port}/control", method="POST")
            urllib.request.urlopen(control, timeout=10).close()

    def log(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log about an event: `request`, `answer`, `invalid`."""
        lines = (self.folder / "log.jsonl").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def names(self, event: str) -> list[str]:
        return [line["name"] for line in self.log(event)]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "cameo_assets_tests.models.served.app",
            str(self.port),
            str(self.folder),
        ]
        process = subprocess.Popen(command)
        deadline = time.monotonic() + _LONGEST_START
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return process
            except OSError:
                time.sleep(0.02)
        process.kill()
        raise RuntimeError("the test server did not start")


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
