from __future__ import annotations

from collections.abc import Iterator

import pytest

from cameo_assets_tests.models.served.server import Server, running


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(process: Server) -> Server:
    """A server that behaves, with an empty log."""
    if process.process.poll() is not None:
        process.restart()
    process.behave()
    return process
