"""One small platform, made once: a drop-in corpus, a scripted model, chance and majority."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cameo_assets.lineage.snapshot import Platform
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make_all


def platform_in(home: Path) -> Platform:
    return Platform.of(Settings(home=str(home), workers=1))


def lay(home: Path) -> Path:
    """Lays corpus and models."""
    small.drop_in(home / "landing" / "alpha", speakers=3, takes=1)
    small.switched_off(home / "models", "acoustic-probe")
    small.model(home / "models", "parrot", temperatures=(0, 0.7))
    return home


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which everything is current; not to be changed."""
    home = lay(tmp_path_factory.mktemp("finished"))
    make_all(platform_in(home))
    return home


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Callable[[], Platform]:
    """Makes a copy of the finished home, with its time stamps."""

    def copied() -> Platform:
        home = tmp_path / "home"
        shutil.copytree(finished, home)
        return platform_in(home)

    return copied


def tree(home: Path, *without: str) -> dict[str, bytes]:
    """Every file by path, but for what lies in some folders of the store."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.relative_to(home).parts[0] not in without
    }
