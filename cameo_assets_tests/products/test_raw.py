"""`raw/<corpus>`: fetched when a person asks, never by itself, and honest about what was compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import msgspec
import pytest

from cameo_assets.acquisition.web import Web
from cameo_assets.assets import raw as assets
from cameo_assets.assets.partitions import raw as partitions
from cameo_assets.assets.rendering import check_result
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import Archive, CorpusSpec
from cameo_assets.errors import BadInput
from cameo_assets.lineage.declaration import NotReady
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.products import products, raw
from cameo_assets.resources import Cameo, log_progress
from cameo_assets.samples.rar import rar
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.acquisition.publisher import File, Publisher, publishing, status
from cameo_assets_tests.automation.simulator import Daemon
from cameo_assets_tests.corpora.making import SMALL, lay, zipped
from cameo_assets_tests.products.made import make, out_of_date

NAME = "Audio_Speech_Actors_01-24.zip"
SOUND = zipped(SMALL["ravdess"]())
QUICK = Web(sleep=lambda _: None)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        found.files[f"/{NAME}"] = File(SOUND)
        yield found


@pytest.fixture
def ravdess(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> CorpusSpec:
    """RAVDESS, whose publisher is on this machine and gives neither size nor checksum."""
    archive = Archive(name=NAME, url=publisher.of(NAME))
    found = msgspec.structs.replace(known()["ravdess"], archives=(archive,))
    monkeypatch.setattr(raw, "known", lambda: {**known(), "ravdess": found})
    monkeypatch.setattr(raw, "spec_for", lambda *_: found)
    return found


def platform(home: Path) -> Platform:
    return Platform.of(Settings(home=str(home)))


def details(home: Path) -> dict[str, Any]:
    return make("raw", platform(home), "ravdess").record.details


# What a person is told.


@pytest.mark.parametrize("slug", known())
def test_a_missing_corpus_says_what_to_put_where(slug: str, tmp_path: Path) -> None:
    with pytest.raises(NotReady) as error:
        raw.look(Snapshot(platform(tmp_path)), slug)
    message = str(error.value)
    folder = tmp_path / "landing" / slug
    assert message.startswith(f"{folder} is not there: ")
    assert f"by hand: put {known()[slug].obtain}" in message
    assert message.endswith(f"into {folder}")
    by_itself = slug not in ("crema_d", "jl_corpus")
    assert (f"materialise raw/{slug}, which downloads it" in message) == by_itself


def test_an_empty_folder_says_the_same(tmp_path: Path) -> None:
    lay(tmp_path / "landing" / "nemo", {".DS_Store": b""})
    with pytest.raises(NotReady, match="is empty: materialise raw/nemo"):
        raw.look(Snapshot(platform(tmp_path)), "nemo")


def test_an_unknown_corpus_needs_a_description(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"corpus\.yaml, metadata\.jsonl and audio into .*unheard"):
        raw.look(Snapshot(platform(tmp_path)), "unheard")


# What the record says.


def test_a_download_is_in_the_record(ravdess: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    assert raw.obtain(platform(tmp_path), "ravdess", QUICK) == [NAME]
    found = details(tmp_path)
    receipt = found["downloads"][NAME]
    assert receipt["url"] == publisher.of(NAME)
    assert receipt["against"] == "size in the server's headers"
    assert receipt["verified"].endswith("+00:00")
    assert found["checksums"] == {NAME: "equal"}  # to what was downloaded


def test_a_file_that_is_no_longer_what_was_downloaded_is_named(ravdess: CorpusSpec, tmp_path: Path) -> None:
    raw.obtain(platform(tmp_path), "ravdess", QUICK)
    lay(tmp_path / "landing" / "ravdess", {NAME: zipped({"Actor_01/03-01-01-01-01-01-01.wav": b"x"})})
    found = details(tmp_path)
    assert found["checksums"][NAME].startswith("not as downloaded: SHA-256 ")
    assert found["downloads"] == {}


def test_a_file_that_a_person_laid_has_no_receipt(ravdess: CorpusSpec, tmp_path: Path) -> None:
    lay(tmp_path / "landing" / "ravdess", {NAME: SOUND})
    found = details(tmp_path)
    assert found["downloads"] == {}
    assert found["checksums"] == {NAME: "not published"}


@pytest.mark.parametrize("name", ["a.zip", "a.rar", "a.tar.gz", "a.tar.xz", "a.parquet", "small.wav"])
def test_stand_ins_are_found_in_archives_of_any_size(name: str, tmp_path: Path) -> None:
    page = b"<!DOCTYPE html>" + bytes(0 if name == "small.wav" else 10_000)
    lay(tmp_path / "landing" / "ravdess", {name: page, "large.wav": page + bytes(10_000)})
    assert details(tmp_path)["pretenders"] == {name: "an HTML page"}


# Only when a person asks.


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_published_file_is_known_however_its_accents_are_encoded(
    form: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    name = unicodedata.normalize(form, "OréauFR_01.rar")
    lay(tmp_path / "landing" / "oreau", {name: rar({"a.txt": b""})})
    found = make("raw", platform(tmp_path), "oreau").record.details
    assert found["checksums"] == {name: "not published"}


def test_no_stage_downloads(ravdess: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    assert not [stale for stale in out_of_date(platform(tmp_path)) if stale.product == "raw"]
    with pytest.raises(NotReady):
        make("raw", platform(tmp_path), "ravdess")
    assert publisher.requests == []


def test_sensors_ask_for_no_corpus_that_is_not_there(tmp_path: Path) -> None:
    assert [asset for asset, _ in Daemon(tmp_path).look() if asset.startswith("raw")] == []


def materialize(home: Path, tags: dict[str, str], **config: bool) -> dg.ExecuteInProcessResult:
    (asset,) = (found for found in assets.raw_of(products()["raw"]) if found.key.path[-1] == "ravdess")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(partitions("ravdess").name or "", ["ravdess"])
        return dg.materialize(
            [asset],
            instance=instance,
            partition_key="ravdess",
            resources={"cameo": Cameo(home=str(home))},
            tags=tags,
            run_config={"ops": {"raw__ravdess": {"config": config}}},
            raise_on_error=False,
        )


def test_materialising_downloads(ravdess: CorpusSpec, publisher: Publisher, tmp_path: Path) -> None:
    result = materialize(tmp_path, {})
    assert result.success
    (event,) = result.asset_materializations_for_node("raw__ravdess")
    assert publisher.of(NAME) in str(event.metadata["downloads"].value)
    assert (tmp_path / "landing" / "ravdess" / NAME).read_bytes() == SOUND
    assert all(check.passed for check in result.get_asset_check_evaluations())


@pytest.mark.parametrize(
    ("tags", "config"),
    [
        ({"dagster/sensor_name": "landing_zone"}, {}),
        ({"dagster/schedule_name": "reconcile"}, {}),
        ({"dagster/from_automation_condition": "true"}, {}),
        ({}, {"download": False}),
    ],
)
def test_what_nobody_asked_for_downloads_nothing(
    tags: dict[str, str],
    config: dict[str, bool],
    ravdess: CorpusSpec,
    publisher: Publisher,
    tmp_path: Path,
) -> None:
    result = materialize(tmp_path, tags, **config)
    assert not result.success
    assert publisher.requests == []
    assert "is not there: materialise raw/ravdess" in failure(result)


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = (event for event in result.all_events if event.is_step_failure)
    assert event.step_failure_data.user_failure_data
    return event.step_failure_data.user_failure_data.description or ""


def test_a_download_that_fails_says_how_to_get_it(
    ravdess: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"].always = status(403)
    message = failure(materialize(tmp_path, {}))
    assert message.startswith(f"{publisher.of(NAME)}: download: seen status 403")
    assert f"put {ravdess.obtain}" in message
    assert message.endswith(str(tmp_path / "landing" / "ravdess"))


def test_a_corpus_without_a_file_of_its_own_is_not_fetched(tmp_path: Path) -> None:
    assert raw.obtain(platform(tmp_path), "unheard", QUICK) == []


def test_a_refused_download_leaves_the_corpus_missing(
    ravdess: CorpusSpec, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files[f"/{NAME}"] = File(b"<html>Sign in", kind="text/html")
    with pytest.raises(BadInput, match="an HTML page"):
        raw.obtain(platform(tmp_path), "ravdess", QUICK)
    assert not (tmp_path / "landing" / "ravdess").exists()


# The checks and the log.


@pytest.mark.parametrize(
    ("verdict", "passed", "compared", "unknown"),
    [
        ("equal", True, 1, "none"),
        ("not published", True, 0, NAME),
        ("size 3, expected 4", False, 1, "none"),
    ],
)
def test_what_is_not_published_is_shown_and_no_failure(
    verdict: str, passed: bool, compared: int, unknown: str
) -> None:
    checksums = check_result(raw._checksums({NAME: verdict}))
    assert checksums.passed == passed
    assert checksums.metadata["compared"].value == compared
    assert checksums.metadata["nothing published"].value == unknown
    assert (verdict in str(checksums.metadata["different"].value)) == (not passed)


def test_a_log_line_without_a_known_total_claims_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cameo_assets.resources.SECONDS_BETWEEN_LINES", 0.0)
    lines: list[str] = []
    show = log_progress(lines.append)
    show(5, 0, "MB; a.zip")
    show(5, 10, "MB; a.zip")
    assert lines[0].startswith("5 (") and lines[0].endswith("/s) MB; a.zip")
    assert lines[1].startswith("5 of 10 (")


# A folder that is gone.


def test_a_folder_that_is_gone_is_said_by_a_check_and_stops_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    small.drop_in(home / "landing" / "alpha", takes=1)
    small.drop_in(home / "landing" / "beta", takes=1)
    for corpus in ("alpha", "beta"):
        for name in ("raw", "utterances", "normalized_audio"):
            make(name, platform(home), corpus)
    (asset,) = (found for found in assets.raw_of(products()["raw"]) if found.key.path[-1] == "drop_in")
    (home / "landing" / "beta").rename(tmp_path / "aside")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("drop_in_corpora", ["beta"])

        def look() -> tuple[bool, list[tuple[str, bool]]]:
            done = dg.materialize(
                [asset],
                instance=instance,
                partition_key="beta",
                resources={"cameo": Cameo(home=str(home), workers=1)},
                raise_on_error=False,
            )
            kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
            found = [each.dagster_event for each in instance.all_logs(done.run_id, of_type=kind)]
            checks = [each.asset_check_evaluation_data for each in found if each]
            return done.success, [(each.check_name, each.passed) for each in checks]

        assert look() == look() == (False, [("in_place", False)])
        make("unified_jsonl", platform(home))
        assert out_of_date(platform(home)) != []
        assert {each.partition for each in out_of_date(platform(home))}.isdisjoint({"beta"})
        (tmp_path / "aside").rename(home / "landing" / "beta")
        success, checks = look()
        assert success and ("in_place", True) in checks
