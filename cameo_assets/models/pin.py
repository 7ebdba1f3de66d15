"""Pinning a model to the revision that is there now: `cameo models pin`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import ENGINES, engine_class
from cameo_assets.models.inventory import entries, unknown_model
from cameo_assets.models.local.repository import folder_of, folder_revision
from cameo_assets.models.registry import CATALOG
from cameo_assets.models.spec import PINNED, load
from cameo_assets.models.typed import read_yaml

if TYPE_CHECKING:
    from cameo_assets.store import Store

_BY_HAND: Final = (
    "a model of a repository; into the file of one that a cloud serves, `revision` (its dated name) and "
    "`enabled: true` are written by hand"
)


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    Attributes:
        file: The model file in the store.
        before: Revision that it, or the catalogue's file, had; empty where it had none.
        revision: Revision that it has now.
        written: Whether the file is new or changed.
        allowed: Whether the model can be downloaded from here; False where it is gated and no token opens it.
        enabled: Whether it is evaluated now.
        served: Whether a server loads it, which must be told the revision.
    """

    file: str
    before: str
    revision: str
    written: bool
    allowed: bool
    enabled: bool
    served: bool


def pin(store: Store, model: str, *, force: bool = False, enable: bool = True) -> Pinned:
    """Writes a model's file into the store, pinned and enabled; its comments stay.

    A model without a revision gets the newest commit of its repository, or the hash of its folder. The
    revision that the catalogue gives is kept, once the Hub has it. The revision of a file in the store is
    never changed unasked, since all answers of the model would be asked for anew.

    Args:
        store: Where the file goes.
        model: Id of the model, whose file is in the store or the catalogue.
        force: Whether another revision may take the place of the one that is pinned.
        enable: Whether a model that is off is switched on.

    Raises:
        BadInput: There is no such model, it has no repository, the Hub or disk doesn't have it, another
            revision is pinned, its server alone knows its revision, or the file breaks a rule.
        local.repository.Unreachable: The Hub gave no answer.
    """
    content, file, own = _source(store, model)
    data = read_yaml(content, file)
    repository = data.get("repository") if isinstance(data, dict) else None
    if not isinstance(repository, str) or not repository:
        raise BadInput(
            f"{file}: repository", "missing_key", "nothing to pin", "owner/name on the Hub, or a folder"
        )
    before, engine = str(data.get("revision") or ""), data.get("engine")
    if declared(engine, before):
        raise BadInput(f"{file}: revision", "declared", before, _BY_HAND)
    try:
        revision, allowed = _there_now(repository, "" if own or force else before, store)
    except BadInput as fault:
        if not (_served(engine) and fault.rule in ("repository_name", "unknown_repository")):
            raise
        raise BadInput(f"{file}: repository", "nothing_to_look_up", str(fault), _BY_HAND) from fault
    if own and before not in ("", revision) and not force:
        raise BadInput(
            f"{file}: revision",
            "pinned",
            f"{before}, while {revision} is there now",
            "--force, with which all answers of the model are asked for anew",
        )
    keys = {"revision": revision}
    if data.get("trust_remote_code") is True:
        keys["code_revision"] = revision
    if enable and data.get("enabled", True) is not True:
        keys["enabled"] = "true"
    name = f"models/{model}.yaml"
    text = _with(content.decode(), data, keys, name)
    spec = load(text.encode(), name)
    written = store.write_bytes(text.encode(), "models", f"{model}.yaml")
    return Pinned(
        file=str(store.path("models", f"{model}.yaml")),
        before=before,
        revision=revision,
        written=written,
        allowed=allowed,
        enabled=spec.enabled,
        served=engine_class(spec.engine).served,
    )


def declared(engine: object, revision: str) -> bool:
    """Whether a revision is the name that a server gives to its model, which can be looked up nowhere."""
    return _served(engine) and bool(revision) and PINNED.fullmatch(revision) is None


def _served(engine: object) -> bool:
    return isinstance(engine, str) and engine in ENGINES and engine_class(engine).served


def _source(store: Store, model: str) -> tuple[bytes, str, bool]:
    """Content and name of a model's file, and whether it is the user's own."""
    name = f"{model}.yaml"
    if store.exists("models", name):
        return store.read_bytes("models", name), f"models/{name}", True
    if name not in {path.name for path in CATALOG.glob("*.yaml")}:
        raise unknown_model(model, [entry.id for entry in entries(store)])
    return (CATALOG / name).read_bytes(), f"catalog/{name}", False


def _there_now(repository: str, wanted: str, store: Store) -> tuple[str, bool]:
    """The revision that is there (the wanted one, if one is), and whether it can be got from here."""
    from cameo_assets.models.local.published import look_up

    folder = folder_of(repository, store.home)
    if folder is None:
        published = look_up(repository, wanted)
        return published.commit, published.allowed
    if not folder.is_dir():
        raise BadInput(str(folder), "missing_folder", "no such folder", "a folder with a saved model")
    return folder_revision(folder), True


def _with(text: str, data: dict[str, Any], keys: dict[str, str], file: str) -> str:
    """Sets keys of the outermost level in YAML, leaving all other lines as they are.

    Args:
        text: The file.
        data: What it says.
        keys: What is to be set, as it is written in YAML.
        file: What to call the file in complaints.

    Raises:
        BadInput: The file is laid out in a way that lines cannot be set in.
    """
    changed = text if text.endswith("\n") else text + "\n"
    for key, value in keys.items():
        there = re.compile(rf"^{key}:[^#\n]*?(?P<comment>[ \t]*#.*)?$", re.MULTILINE)
        if there.search(changed):
            changed = there.sub(rf"{key}: {value}\g<comment>", changed)
        else:
            changed = re.sub(
                r"^(repository:.*)$", rf"\1\n{key}: {value}", changed, count=1, flags=re.MULTILINE
            )
    wanted = {key: True if value == "true" else value for key, value in keys.items()}
    if read_yaml(changed.encode(), file) != {**data, **wanted}:  # such as a mapping in one line
        lines = ", ".join(f"{key}: {value}" for key, value in keys.items())
        raise BadInput(file, "layout", "keys that are not on lines of their own", f"by hand: {lines}")
    return changed
