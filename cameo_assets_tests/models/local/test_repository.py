from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from cameo_assets.errors import BadInput
from cameo_assets.models.local.repository import Unreachable, folder_revision, locate
from cameo_assets.models.spec import ModelSpec
from cameo_assets_tests.models.examples import a_spec
from cameo_assets_tests.models.local.weights_hub import COMMIT, REPOSITORY, Hub, running


def a_folder(place: Path, **files: str) -> Path:
    contents = {"config.json": "{}", "model.safetensors": "weights", **files}
    place.mkdir(parents=True)
    for name, content in contents.items():
        (place / name).write_text(content)
    return place


def of_folder(folder: Path, repository: str = "", **changes: Any) -> ModelSpec:
    return a_spec(repository=repository or str(folder), revision=folder_revision(folder), **changes)


def of_hub(**changes: Any) -> ModelSpec:
    return a_spec(**{"repository": REPOSITORY, "revision": COMMIT, **changes})


def test_a_folders_revision_follows_names_and_contents(tmp_path: Path) -> None:
    one = folder_revision(a_folder(tmp_path / "one"))
    assert one == folder_revision(a_folder(tmp_path / "same"))
    other = {
        folder_revision(a_folder(tmp_path / "content", **{"model.safetensors": "other"})),
        folder_revision(a_folder(tmp_path / "more", **{"more.json": ""})),
        folder_revision(a_folder(tmp_path / "name", **{"weights.safetensors": "weights"})),
    }
    assert len(other | {one}) == 4


def test_what_hidden_folders_hold_is_no_part_of_a_folders_revision(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "one")
    before = folder_revision(folder)
    a_folder(folder / ".cache" / "huggingface")
    assert folder_revision(folder) == before


def test_a_folder_is_named_absolutely_or_relative_to_the_store(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "store" / "weights" / "mine")
    assert locate(of_folder(folder), str(tmp_path)) == folder
    found = locate(of_folder(folder, "./weights/mine"), str(tmp_path / "store"))
    assert found.samefile(folder)


def test_a_folder_that_changed_is_refused_until_it_is_pinned_anew(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "mine")
    spec = of_folder(folder)
    (folder / "model.safetensors").write_text("trained further")
    with pytest.raises(BadInput, match="cameo models pin parrot --force") as caught:
        locate(spec, "")
    assert (caught.value.seen, str(folder) in caught.value.path) == (folder_revision(folder), True)
    assert spec.revision in caught.value.expected


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    spec = a_spec(repository=str(tmp_path / "gone"), revision="sha256-" + "0" * 16)
    with pytest.raises(BadInput, match=r"no_folder.*gone"):
        locate(spec, "")


def test_weights_that_could_run_code_need_a_reason(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "mine", **{"pytorch_model.bin": "pickle"})
    (folder / "model.safetensors").unlink()
    with pytest.raises(BadInput, match=r"no_safetensors.*unsafe_weights"):
        locate(of_folder(folder), "")
    assert locate(of_folder(folder), "", unsafe_weights="made by ourselves") == folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub with a small repository, which huggingface_hub asks, with an empty cache and no token."""
    files = {"pytorch_model.bin": "pickle", "model.gguf": "for others", "tokenizer.json": "[]"}
    hub = Hub(a_folder(tmp_path / "published", **files))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    with running(hub) as address:
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield hub


def test_what_is_needed_of_a_repository_is_downloaded(hub: Hub) -> None:
    folder = locate(of_hub(), "")
    assert sorted(hub.fetched) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(hub.fetched)
    assert (folder / "model.safetensors").read_text() == "weights"


def test_unsafe_weights_are_downloaded_with_a_reason_alone(hub: Hub) -> None:
    folder = locate(of_hub(), "", unsafe_weights="the authors publish no others")
    assert (folder / "pytorch_model.bin").read_text() == "pickle"


def test_a_repository_without_safetensors_is_refused(hub: Hub) -> None:
    (hub.folder / "model.safetensors").unlink()
    with pytest.raises(BadInput, match="no_safetensors"):
        locate(of_hub(), "")
    assert "pytorch_model.bin" not in hub.fetched


@pytest.mark.parametrize(
    ("status", "code", "rule", "advice"),
    [
        (404, "RepoNotFound", "unknown_repository", "HF_TOKEN where it is private"),
        (401, "RepoNotFound", "unknown_repository", "check its name"),
        (404, "RevisionNotFound", "unknown_revision", "cameo models pin"),
        (401, "GatedRepo", "gated", f"https://huggingface.co/{REPOSITORY}.*HF_TOKEN"),
        (403, "GatedRepo", "gated", "licence"),
        (403, "", "refused", "a valid HF_TOKEN"),
    ],
)
def test_a_repository_that_cannot_be_used_says_why_and_what_to_do(
    hub: Hub, status: int, code: str, rule: str, advice: str
) -> None:
    hub.fault = (status, code)
    with pytest.raises(BadInput, match=advice) as caught:
        locate(of_hub(), "")
    assert caught.value.rule == rule
    assert (caught.value.path, "HF_TOKEN" in str(caught.value)) == (
        f"parrot: {REPOSITORY}",
        rule != "unknown_revision",
    )


@pytest.mark.parametrize("name", ["no owner/and spaces", "a/b/c", "bert-"])
def test_a_name_that_no_repository_can_have_is_refused(hub: Hub, name: str) -> None:
    with pytest.raises(BadInput, match="repository_name"):
        locate(of_hub(repository=name), "")


def test_a_hub_that_is_down_is_no_fault_of_the_input(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    hub.fault = (503, "")
    with pytest.raises(Unreachable, match=REPOSITORY):
        locate(of_hub(), "")


def test_nobody_listening_is_no_fault_of_the_input(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=REPOSITORY):
        locate(of_hub(), "")


def test_what_was_downloaded_needs_no_hub(hub: Hub) -> None:
    folder = locate(of_hub(), "")
    hub.fault = (401, "GatedRepo")
    assert locate(of_hub(), "") == folder


def test_the_token_comes_from_the_environment_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(constants.HF_TOKEN_PATH).write_text("hf_forgotten")
    hub.fault = (404, "RevisionNotFound")
    with pytest.raises(BadInput):
        locate(of_hub(), "")
    assert hub.authorizations == {None}
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    with pytest.raises(BadInput):
        locate(of_hub(), "")
    assert hub.authorizations == {None, "Bearer hf_mine"}
