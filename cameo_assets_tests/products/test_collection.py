"""What the collection is made of, by versions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cameo_assets.corpora.registry import known
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.products import unified_jsonl
from cameo_assets.provenance import Record, write_record
from cameo_assets.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform on which nEMO was normalised."""
    platform = Platform.of(Settings(home=str(tmp_path)))
    for product, inputs in (("utterances", {}), ("normalized_audio", {"utterances/nemo": "1"})):
        write_record(platform.store, Record(product=product, partition="nemo", inputs=inputs, output="1"))
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
    before = unified_jsonl.licences(Snapshot(platform), "all")
    assert unified_jsonl.licences(Snapshot(platform), "all") == before
    spec = msgspec.structs.replace(known()["nemo"], **change)
    monkeypatch.setattr(unified_jsonl, "known", lambda: {"nemo": spec})
    after = unified_jsonl.licences(Snapshot(platform), "all")
    assert {name for name in after if after[name] != before[name]} == {"licences"}
