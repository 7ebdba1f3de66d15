"""A store that an earlier version of the platform made is taken over, and no model is asked again.

`store_of_format_1.tar.gz` was made by the version whose records had no digests: a drop-in corpus of nine
clips, the scripted model `parrot` at two temperatures, chance and majority, everything current.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import yaml

from cameo_assets.lineage.snapshot import Platform
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make_all, out_of_date

OLD = Path(__file__).parent / "store_of_format_1.tar.gz"
MADE_ANEW = ("landing", "landing_index", "records", "failures", ".aside", "utterances", "inspection")
"""Folders whose files may change: the versions of raw files are digests now, and no time stamps."""


def tree(home: Path) -> dict[str, bytes]:
    """All files of the products, by path."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] not in MADE_ANEW
    }


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "models" / "parrot.yaml"
    spec = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**spec, "options": {"log": str(tmp_path / ".log")}}))
    return Platform.of(Settings(home=str(tmp_path), workers=1))


def test_everything_is_taken_over_and_no_model_is_asked(platform: Platform, tmp_path: Path) -> None:
    before = tree(tmp_path)
    (first, *_) = out_of_date(platform)
    assert (first.product, first.why) == ("raw", "its record is of an earlier version of the platform")
    make_all(platform)
    assert out_of_date(platform) == []
    assert small.requests(tmp_path / ".log") == []
    after = tree(tmp_path)
    assert after.items() >= {name: before[name] for name in before if not name.startswith("models/")}.items()
    new = {name for name in after.keys() - before.keys() if name != ".log"}
    assert new == {"raw/alpha.json", "audio/alpha.sha256"}


def test_a_flac_that_was_damaged_before_is_found_on_the_way(platform: Platform, tmp_path: Path) -> None:
    before = tree(tmp_path)
    path, *_ = sorted((tmp_path / "audio" / "alpha").iterdir())
    path.write_bytes(bytes(path.stat().st_size))
    make_all(platform)
    assert tree(tmp_path)[f"audio/alpha/{path.name}"] == before[f"audio/alpha/{path.name}"]


def test_a_corpus_whose_folder_went_before_stops_nothing_else(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "landing" / "alpha").rename(tmp_path / "landing" / "gone")
    (tmp_path / "landing" / "gone" / "corpus.yaml").unlink()
    small.drop_in(tmp_path / "landing" / "beta")
    make_all(platform)
    corpora = platform.store.read_table("collection", "utterances.parquet")["corpus"].to_pylist()
    assert set(corpora) == {"beta", "alpha"}, "it stays as it was in the last version"
