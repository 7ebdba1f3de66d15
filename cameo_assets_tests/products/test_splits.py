"""The folds and the dataset repo follow the collection, and decisions of people; nothing is made twice."""

from __future__ import annotations

import dagster as dg
import msgspec
import pytest

from cameo_assets.collection import files
from cameo_assets.definitions import build
from cameo_assets.hub.rulings import RULINGS
from cameo_assets.lineage.declaration import NotReady
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.provenance import read_record, write_record
from cameo_assets.resources import Cameo
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import is_current, make, out_of_date, stale

CORPORA = ("alpha", "beta")


def by_corpus(platform: Platform, corpus: str) -> None:
    for name in ("raw", "utterances", "normalized_audio"):
        make(name, platform, corpus)


def folds(platform: Platform, corpus: str) -> dict[str, int]:
    rows = files.read_splits(platform.store).to_pylist()
    return {row["file_id"]: row["fold"] for row in rows if row["corpus"] == corpus}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two corpora, of which the first is in the collection."""
    home = tmp_path_factory.mktemp("splits")
    for corpus in CORPORA:
        small.drop_in(home / "landing" / corpus, speakers=6)
    platform = Platform.of(Settings(home=str(home), workers=1))
    by_corpus(platform, "alpha")
    return platform


def test_without_a_collection_there_is_nothing_to_split(platform: Platform) -> None:
    with pytest.raises(NotReady, match="unified_jsonl has not been materialised yet"):
        make("splits", platform)


def test_every_utterance_has_one_fold(platform: Platform) -> None:
    make("unified_jsonl", platform)
    assert ("splits", "all") in stale(platform)
    assert make("splits", platform).changed
    table = files.read_splits(platform.store)
    assert table.column_names == ["file_id", "corpus", "fold", "basis"]
    assert table["file_id"].to_pylist() == files.read_rows(platform.store)["file_id"].to_pylist()
    assert set(table["basis"].to_pylist()) == {"speaker"}
    assert set(table["fold"].to_pylist()) == {0, 1, 2, 3, 4}


def test_a_second_run_does_nothing(platform: Platform) -> None:
    assert not make("splits", platform).changed


def test_another_corpus_changes_no_fold_of_the_first(platform: Platform) -> None:
    before = folds(platform, "alpha")
    by_corpus(platform, "beta")
    make("unified_jsonl", platform)
    assert not is_current("splits", platform)
    with pytest.raises(NotReady, match="splits is of an earlier version of unified_jsonl"):
        make("hub/dataset", platform)
    whole = {each.product for each in out_of_date(platform)}
    assert "splits" in whole and "hub/dataset" not in whole, "the repo waits for the folds"
    make("splits", platform)
    assert folds(platform, "alpha") == before
    assert len(folds(platform, "beta")) == 36


def test_the_dataset_repo_waits_for_folds_and_follows_decisions(platform: Platform) -> None:
    make("hub/dataset", platform)
    assert is_current("hub/dataset", platform)
    text = "alpha:\n  redistribution: false\n  by: Ada\n  reason: Her own voice.\n"
    platform.store.write_bytes(text.encode(), RULINGS)
    assert ("hub/dataset", "all") in stale(platform)
    made = make("hub/dataset", platform)
    assert {row["corpus"]: row["audio"] for row in made.record.details["licences"]} == {
        "alpha": False,
        "beta": True,
    }


def test_the_dataset_repo_follows_columns_that_no_score_rests_on(platform: Platform) -> None:
    assert is_current("hub/dataset", platform)
    record = read_record(platform.store, "unified_jsonl")
    assert record is not None
    changed = {**record.details, "columns": "as after other votes"}
    write_record(platform.store, msgspec.structs.replace(record, details=changed))
    assert ("hub/dataset", "all") in stale(platform)
    write_record(platform.store, record)


def test_the_asset_shows_folds_and_passes_its_checks(platform: Platform) -> None:
    job = build(Cameo(home=platform.store.home, workers=1)).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey("splits"), dg.AssetKey(["hub", "dataset"])],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    checks = {each.check_name: each.passed for each in done.get_asset_check_evaluations()}
    assert checks == {
        "speaker_disjoint": True,
        "recording_disjoint": True,
        "every_emotion_in_every_fold": True,
        "licences": True,
    }
    metadata = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in done.get_asset_materialization_events()
        if event.asset_key
    }
    shown = str(metadata["splits"]["folds"].value)
    assert "| corpus | emotion | fold 0 | fold 1 | fold 2 | fold 3 | fold 4 |" in shown
    assert "| alpha | anger |" in shown
    assert metadata["splits"]["dagster/row_count"].value == 72
    assert "| alpha | Ada | no |" in str(metadata["hub/dataset"]["decided by a person"].value)
