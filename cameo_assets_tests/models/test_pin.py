from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cameo_assets.errors import BadInput
from cameo_assets.models.local.published import look_up
from cameo_assets.models.local.repository import Unreachable, folder_revision
from cameo_assets.models.pin import pin
from cameo_assets.models.registry import load_all
from cameo_assets.store import Store
from cameo_assets_tests.models import fake_hub
from cameo_assets_tests.models.fake_hub import GATED, NEW, OLD, OPEN, TOKEN

PARROT = """\
# A comment on top.
id: parrot
name: Parrot   # and one beside
kind: model
engine: scripted
licence: MIT
repository: someone/parrot
revision: ""   # none yet
temperatures: [0]
prompt: cameo-1
enabled: false
"""


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with fake_hub.running() as address:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield


def lay(store: Store, text: str = PARROT) -> None:
    store.write_bytes(text.encode(), "models", "parrot.yaml")


def file_of(store: Store) -> str:
    return store.read_bytes("models", "parrot.yaml").decode()


def test_a_model_gets_the_newest_commit_and_is_enabled_and_its_comments_stay(store: Store) -> None:
    lay(store)
    done = pin(store, "parrot")
    assert (done.before, done.revision, done.written, done.allowed) == ("", NEW, True, True)
    expected = PARROT.replace('revision: ""', f"revision: {NEW}").replace("enabled: false", "enabled: true")
    assert file_of(store) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('revision: ""   # none yet\n', ""),
        ('revision: ""   # none yet\n', "revision:\n"),
        ("enabled: false\n", "enabled: true\n"),
        ("enabled: false\n", ""),
        ("enabled: false\n", "enabled: false"),
    ],
)
def test_keys_may_be_missing_or_empty(old: str, new: str, store: Store) -> None:
    lay(store, PARROT.replace(old, new))
    pin(store, "parrot")
    spec = load_all(store).specs["parrot"]
    assert (spec.revision, spec.enabled, spec.code_revision) == (NEW, True, "")


def test_a_model_may_be_pinned_and_stay_off(store: Store) -> None:
    lay(store)
    done = pin(store, "parrot", enable=False)
    assert (done.revision, done.enabled) == (NEW, False)
    assert file_of(store) == PARROT.replace('revision: ""', f"revision: {NEW}")
    assert pin(store, "parrot").enabled
    assert pin(store, "parrot", enable=False).enabled  # it switches nothing off


def test_code_that_comes_with_a_model_is_pinned_with_it(store: Store) -> None:
    lay(store, PARROT + "trust_remote_code: true\n")
    pin(store, "parrot")
    assert load_all(store).specs["parrot"].code_revision == NEW


def test_what_is_pinned_is_not_moved_unasked(store: Store) -> None:
    text = PARROT.replace('revision: ""', f"revision: {OLD}")
    lay(store, text)
    with pytest.raises(BadInput, match=f"{OLD}, while {NEW} is there now; expected --force"):
        pin(store, "parrot")
    assert file_of(store) == text


def test_what_is_pinned_is_moved_by_force(store: Store) -> None:
    lay(store, PARROT.replace('revision: ""', f"revision: {OLD}"))
    done = pin(store, "parrot", force=True)
    assert (done.before, done.revision) == (OLD, NEW)


def test_pinning_again_writes_nothing(store: Store) -> None:
    lay(store)
    pin(store, "parrot")
    assert not pin(store, "parrot").written


def test_the_catalogues_commit_is_kept_and_its_file_copied(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = tmp_path / "catalog"
    catalogue.mkdir()
    (catalogue / "parrot.yaml").write_text(PARROT.replace('revision: ""', f"revision: {OLD}"))
    monkeypatch.setattr("cameo_assets.models.pin.CATALOG", catalogue)
    assert pin(store, "parrot").revision == OLD
    assert load_all(store).specs["parrot"].revision == OLD
    assert f"revision: {OLD}" in (catalogue / "parrot.yaml").read_text()


def test_a_folder_is_pinned_by_its_content(store: Store, tmp_path: Path) -> None:
    weights = Path(store.home) / "mine"
    weights.mkdir(parents=True)
    (weights / "config.json").write_text("{}")
    lay(store, PARROT.replace("someone/parrot", "./mine"))
    assert pin(store, "parrot").revision == folder_revision(weights)
    (weights / "config.json").write_text("{ }")
    with pytest.raises(BadInput, match="--force"):
        pin(store, "parrot")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("someone/parrot", "someone/else", ["unknown_repository", "someone/else", "HF_TOKEN"]),
        ("someone/parrot", "./nowhere", ["missing_folder", "nowhere", "a folder"]),
        ("repository: someone/parrot\n", "", ["models/parrot.yaml: repository", "owner/name"]),
        ("prompt: cameo-1", "prompt: cameo-0", ["models/parrot.yaml: prompt", "did you mean cameo-1?"]),
        ("# A comment on top.", "{", ["models/parrot.yaml", "yaml"]),
        ("name: Parrot", "name: |\n  enabled: false\nx: Parrot", ["unknown_key"]),
    ],
)
def test_what_cannot_be_pinned_is_said_and_left_as_it_is(
    old: str, new: str, words: list[str], store: Store
) -> None:
    text = PARROT.replace(old, new)
    lay(store, text)
    with pytest.raises(BadInput) as complaint:
        pin(store, "parrot")
    for word in words:
        assert word in str(complaint.value)
    assert file_of(store) == text


@pytest.mark.parametrize("revision", ["2026-10-01", '""'])
@pytest.mark.parametrize("repository", ["their-model", "someone/else"])
def test_a_model_of_a_cloud_is_pinned_by_hand(repository: str, revision: str, store: Store) -> None:
    text = PARROT.replace("scripted", "openai").replace("someone/parrot", repository)
    lay(store, text.replace('revision: ""', f"revision: {revision}"))
    with pytest.raises(BadInput, match=r"one that a cloud serves.*`enabled: true`.* by hand"):
        pin(store, "parrot")
    lay(store, text.replace("openai", "scripted"))
    with pytest.raises(BadInput, match=r"repository(?!.*by hand)"):
        pin(store, "parrot")


def test_a_served_model_of_a_repository_is_pinned_to_a_commit(store: Store) -> None:
    lay(store, PARROT.replace("scripted", "openai"))
    assert pin(store, "parrot").revision == NEW


def test_a_file_in_one_line_is_to_be_edited_by_hand(store: Store) -> None:
    lay(store, "{id: parrot, repository: someone/parrot, enabled: false}")
    with pytest.raises(BadInput, match=f"by hand: revision: {NEW}, enabled: true"):
        pin(store, "parrot")


def test_an_unknown_model_is_named_with_the_likeliest_meant(store: Store) -> None:
    lay(store)
    with pytest.raises(BadInput, match=r"'parot'.*did you mean parrot\?"):
        pin(store, "parot")


@pytest.mark.parametrize(("token", "allowed"), [("", False), ("hf_other", False), (TOKEN, True)])
def test_a_gated_model_is_told_apart_by_the_token_of_the_environment(
    token: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    found = look_up(GATED)
    assert (found.commit, found.gated, found.allowed) == (NEW, True, allowed)


def test_an_open_model_has_all_its_commits() -> None:
    assert [look_up(OPEN, commit).commit for commit in (OLD, NEW)] == [OLD, NEW]
    with pytest.raises(BadInput, match="unknown_revision"):
        look_up(OPEN, "c" * 40)


def test_a_hub_that_is_down_or_away_is_no_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="someone/down"):
        look_up("someone/down")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=OPEN):
        look_up(OPEN)
