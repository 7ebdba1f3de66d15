"""A transcription and its proper orthography stay two things, from the corpus file to the collection."""

from __future__ import annotations

from pathlib import Path

from cameo_assets.collection.rows import jsonl
from cameo_assets.collection.unify import unify
from cameo_assets.corpora import utterance_table
from cameo_assets.corpora.listing import Listing
from cameo_assets.corpora.registry import known
from cameo_assets.store import Store
from cameo_assets_tests.collection.test_collection import heard, part
from cameo_assets_tests.corpora.making import listing, soundless

MESD = known()["mesd"]


def words(folder: Path) -> Listing:
    return listing(MESD, folder, soundless(["Fear_F_A_adios.wav", "Fear_F_A_por_favor.wav"]))


def test_the_table_of_utterances_keeps_both(tmp_path: Path) -> None:
    found = words(tmp_path / "mesd")
    store = Store(tmp_path / "store")
    utterance_table.write(store, "mesd", found)
    assert tuple(utterance_table.read(store, "mesd")) == found.utterances
    assert {u.transcription: u.orthography for u in found.utterances} == {"adios": "adiós", "por favor": None}


def test_the_collection_has_both_and_cameos_fields_have_the_raw_word_alone(tmp_path: Path) -> None:
    found = words(tmp_path)
    inspections = [heard(u.source_name) for u in found.utterances]
    rows = unify([part(MESD, "", inspections, utterances=found.utterances)]).rows
    assert {row["transcription"]: row["orthography"] for row in rows} == {
        "adios": "adiós",
        "por favor": None,
    }
    assert "adiós" not in jsonl(rows).decode()
