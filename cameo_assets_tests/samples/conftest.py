from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing zone with every sample, spoken once for all tests; not to be changed."""
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    from cameo_assets.samples import lay

    folder = tmp_path_factory.mktemp("samples") / "landing"
    lay(folder)
    return folder
