from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cameo_assets.models.checkup import PACKAGES, examine
from cameo_assets.models.engines.scripted import Scripted
from cameo_assets.models.inventory import Entry
from cameo_assets.models.local.repository import folder_revision
from cameo_assets.models.spec import Exposure
from cameo_assets_tests.models import fake_hub
from cameo_assets_tests.models.examples import a_spec
from cameo_assets_tests.models.fake_hub import GATED, NEW, OPEN, TOKEN


def said(home: Path, *, online: bool = False, **changes: Any) -> list[tuple[str, str]]:
    """Level and text of what is found in the file of a scripted model."""
    entry = Entry(id="parrot", file="parrot.yaml", spec=a_spec(**changes))
    return [(finding.level, finding.text) for finding in examine(entry, str(home), online=online)]


def test_nothing_is_said_of_a_model_that_can_be_evaluated(tmp_path: Path) -> None:
    assert said(tmp_path) == []


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    found = examine(
        Entry(id="parrot", file="parrot.yaml", error="parrot.yaml: licence: missing"), str(tmp_path)
    )
    assert [(finding.level, finding.text) for finding in found] == [
        ("error", "parrot.yaml: licence: missing")
    ]


def test_a_missing_package_is_named_with_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PACKAGES, "scripted", ("msgspec", "no_such_package"))
    ((level, text),) = said(tmp_path)
    assert level == "error"
    assert "needs no_such_package: pip install 'cameo_assets[transformers]'" in text


def test_what_stops_a_model_that_is_off_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "pinned", True)
    found = said(tmp_path, enabled=False, repository=OPEN)
    assert [level for level, _ in found] == ["note", "note"]
    assert "`cameo models pin parrot`" in found[0][1]
    assert found[1][1] == "switched off: `cameo models pin parrot` switches it on"


def test_a_corpus_that_is_none_of_cameos_is_noted(tmp_path: Path) -> None:
    exposure = {name: Exposure(seen="unknown") for name in ("nemo", "nmeo", "our own")}
    assert said(tmp_path, exposure=exposure) == [
        ("note", "exposure.nmeo: none of CAMEO's corpora; did you mean nemo?"),
        ("note", "exposure.our own: none of CAMEO's corpora"),
    ]


@pytest.mark.parametrize("key", ["", "secret"])
def test_a_key_for_a_server_is_looked_for_in_the_environment(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Options(Scripted.Options, frozen=True, kw_only=True):  # type: ignore[misc]
        api_key_env: str = "PARROT_KEY"

    monkeypatch.setattr(Scripted, "Options", Options)
    monkeypatch.setenv("PARROT_KEY", key)
    found = said(tmp_path)
    assert [level for level, _ in found] == ([] if key else ["error"])
    assert all("PARROT_KEY is not set" in text for _, text in found)


def test_a_folder_must_be_there_and_unchanged(tmp_path: Path) -> None:
    ((_, text),) = said(tmp_path, repository="./weights")
    assert f"no folder {tmp_path / 'weights'}" in text
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text("{}")
    pinned = folder_revision(tmp_path / "weights")
    assert said(tmp_path, repository="./weights", revision=pinned) == []
    (tmp_path / "weights" / "config.json").write_text("{ }")
    ((level, text),) = said(tmp_path, repository="./weights", revision=pinned)
    assert level == "error"
    assert f"not {pinned}" in text
    assert "--force" in text


@pytest.mark.parametrize(
    ("repository", "revision", "token", "words"),
    [
        (OPEN, NEW, "", None),
        (OPEN, "c" * 40, "", "unknown_revision"),
        ("someone/else", NEW, "", "unknown_repository"),
        ("someone/down", NEW, "", "503"),
        (GATED, NEW, "", "accept its licence"),
        (GATED, NEW, TOKEN, None),
    ],
)
def test_the_hub_is_asked_when_that_is_wanted(
    repository: str,
    revision: str,
    token: str,
    words: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fake_hub.running() as address:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setenv("HF_TOKEN", token)
        assert said(tmp_path, repository=repository, revision=revision) == []
        found = said(tmp_path, repository=repository, revision=revision, online=True)
    if words is None:
        assert found == []
    else:
        ((level, text),) = found
        assert level == "error"
        assert words in text


def test_the_hub_is_not_asked_about_a_model_of_a_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "served", True)
    assert said(tmp_path, repository="their-model", revision="2026-10-01", online=True) == []
    found = said(tmp_path, repository="their-model", revision="2026-10-01", enabled=False)
    assert found == [("note", "switched off: `enabled: true` switches it on")]
