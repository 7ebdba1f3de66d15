"""Where the weights of a model are: a repository of the Hub, or a folder.

Access to the Hub is proved by the environment variable HF_TOKEN alone; a token that somebody left in the home
folder is not sent.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec

_UNSAFE: Final = ("*.bin", "*.ckpt", "*.pt", "*.pth")
"""Weights in Python's pickle format, which can run code as they are read."""
_NOT_FOR_US: Final = ("*.gguf", "*.h5", "*.msgpack", "*.onnx", "*.onnx_data", "*.ot", "*.tflite")
"""Copies of the weights for other libraries."""
_UNKNOWN: Final = "a repository that is there; check its name, and set HF_TOKEN where it is private"
_GATED: Final = (
    "access to it: accept its licence at https://huggingface.co/{repository}, then set the environment"
    " variable HF_TOKEN to a token of that account"
)


class Unreachable(RuntimeError):  # noqa: N818 - it names what is wrong
    """The Hub does not answer, or not soundly. That may pass, so it is no fault of the input."""


def locate(spec: ModelSpec, store_home: str, *, unsafe_weights: str = "") -> Path:
    """The folder with a model's files, downloaded if it is not there yet.

    Args:
        spec: The model; its revision must be pinned.
        store_home: Where the store is, for folders that are named relative to it.
        unsafe_weights: Why weights may be read that are not safetensors; empty where they may not.

    Raises:
        BadInput: There is no such repository, revision or folder; it is not what the revision says; it is
            gated; it holds no safetensors.
        Unreachable: The Hub cannot be asked.
    """
    folder = folder_of(spec.repository, store_home)
    if folder is None:
        folder = _download(spec, () if unsafe_weights else _UNSAFE)
    else:
        _check_folder(spec, folder)
    if not unsafe_weights and next(folder.glob("*.safetensors"), None) is None:
        raise BadInput(
            f"{spec.id}: {spec.repository}",
            "no_safetensors",
            "no file *.safetensors",
            "weights as safetensors, or the option `unsafe_weights` with the reason to trust others",
        )
    return folder


def folder_of(repository: str, store_home: str) -> Path | None:
    """The folder that a spec's `repository` names; None where it names one of the Hub."""
    if repository.startswith("./"):
        return Path(store_home) / repository
    return Path(repository) if Path(repository).is_absolute() else None


def folder_revision(folder: Path) -> str:
    """Version of a folder with a model: `sha256-` and 16 hex digits.

    Every file counts, by name and content; what hidden folders hold (`.git`, `.cache`) does not.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(files):
        if not any(part.startswith(".") for part in name.split("/")):
            with files[name].open("rb") as content:
                inner = hashlib.file_digest(content, "sha256").hexdigest()
            digest.update(f"{name}\0{inner}\n".encode())
    return f"sha256-{digest.hexdigest()[:16]}"


def token() -> str | bool:
    """The token of the environment; False sends none."""
    return os.environ.get("HF_TOKEN") or False


def _check_folder(spec: ModelSpec, folder: Path) -> None:
    if not folder.is_dir():
        raise BadInput(f"{spec.id}: repository", "no_folder", str(folder), "a folder with a saved model")
    if (seen := folder_revision(folder)) != spec.revision:
        raise BadInput(
            f"{spec.id}: {folder}",
            "revision",
            seen,
            f"{spec.revision}; where the change is meant, `cameo models pin {spec.id} --force`",
        )


def _download(spec: ModelSpec, unsafe: tuple[str, ...]) -> Path:
    from huggingface_hub import snapshot_download

    with hub_faults(f"{spec.id}: {spec.repository}", spec.repository, spec.revision):
        return Path(
            snapshot_download(
                spec.repository,
                revision=spec.revision,
                token=token(),
                ignore_patterns=[*_NOT_FOR_US, *unsafe],
            )
        )


@contextmanager
def hub_faults(where: str, repository: str, revision: str) -> Iterator[None]:
    """Says what went wrong with the Hub in words that say what to do.

    Args:
        where: What to call the model in complaints.
        repository: `owner/name`.
        revision: The commit that was asked for.

    Raises:
        BadInput: There is no such repository or commit, or it is not open to us.
        Unreachable: The Hub cannot be asked.
    """
    from httpx2 import HTTPError
    from huggingface_hub import errors

    try:
        yield
    except (HTTPError, ConnectionError, errors.LocalEntryNotFoundError, errors.HFValidationError) as fault:
        raise _translated(fault, where, repository, revision) from fault


def _translated(fault: Exception, where: str, repository: str, revision: str) -> BadInput | Unreachable:
    from huggingface_hub import errors

    if isinstance(fault, errors.LocalEntryNotFoundError) and isinstance(fault.__cause__, Exception):
        fault = fault.__cause__  # why the Hub was not asked to the end
    if isinstance(fault, errors.HFValidationError):
        return BadInput(where, "repository_name", repr(repository), "owner/name on the Hub, or a folder")
    if isinstance(fault, errors.GatedRepoError):
        return BadInput(where, "gated", _access(), _GATED.format(repository=repository))
    if isinstance(fault, errors.RepositoryNotFoundError):
        return BadInput(where, "unknown_repository", f"none that is open to us, {_access()}", _UNKNOWN)
    if isinstance(fault, errors.RevisionNotFoundError):
        expected = "a commit of this repository (`cameo models pin` looks up the newest)"
        return BadInput(where, "unknown_revision", revision, expected)
    if isinstance(fault, errors.HfHubHTTPError) and fault.response.status_code in (401, 403):
        return BadInput(
            where, "refused", f"HTTP {fault.response.status_code}, {_access()}", "a valid HF_TOKEN"
        )
    first = (str(fault).strip() or type(fault).__name__).splitlines()[0]
    return Unreachable(
        f"{where}: no answer from the Hub: {first} (what was downloaded before loads without it)"
    )


def _access() -> str:
    return "with HF_TOKEN" if token() else "without HF_TOKEN"
