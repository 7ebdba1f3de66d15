"""What the collection is made of, by versions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cameo_assets.stages import collection
from cameo_assets.stages.base import Platform

from cameo_assets.corpora.registry import known
from cameo_assets.provenance import Record, write_record
from cameo_assets.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform on which nEMO was normalised."""
    platform = Platform.of(Settings(home=str(tmp_path)))
    for stage in ("utterances", "normalized_audio"):
        write_record(platform.store, Record(stage=stage, partition="nemo", inputs={}, output="1"))
    return platform


@pytest.mark.parametrize(
    "change",
    [
        {"licence": "CC BY 4.0"},
        {"licence_doubt": "The authors say otherwise."},
        {"attribution": "Name us so."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_licence_that_is_read_otherwise_makes_the_collection_anew(
    change: dict[str, str], platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collection.inputs(platform, "all")
    assert collection.inputs(platform, "all") == before
    spec = msgspec.structs.replace(known()["nemo"], **change)
    monkeypatch.setattr(collection, "known", lambda: {"nemo": spec})
    after = collection.inputs(platform, "all")
    assert {name for name in after if after[name] != before[name]} == {"licences"}
