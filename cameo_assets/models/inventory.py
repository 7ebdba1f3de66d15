"""What model files there are, for people: sound, broken or switched off, each with where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.registry import load_all
from cameo_assets.models.spec import ModelSpec, conditions, evaluation_key, load
from cameo_assets.models.typed import suggestion

if TYPE_CHECKING:
    from cameo_assets.store import Store


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model file.

    Attributes:
        id: Of the model; of a broken file, its name without the ending.
        file: Where it is: a path, or `catalog/...` of this package.
        spec: What it says; None where it is broken.
        error: What is wrong with it; empty where it is sound.
    """

    id: str
    file: str
    spec: ModelSpec | None = None
    error: str = ""

    @property
    def evaluations(self) -> list[str]:
        """Keys of the evaluations that the model has, or would have if it were enabled."""
        if self.spec is None:
            return []
        return [evaluation_key(self.spec, condition) for condition in conditions(self.spec)]


def entries(store: Store) -> list[Entry]:
    """All model files that count, sorted by id: a user's stands in place of the catalogue's."""
    registry = load_all(store)
    found = [Entry(id=model, file=_place(store, model), spec=spec) for model, spec in registry.specs.items()]
    for fault in registry.errors:
        file = fault.path.partition(": ")[0]  # complaints begin with the file
        found.append(Entry(id=Path(file).stem, file=file, error=str(fault)))
    return sorted(found, key=lambda entry: (entry.id, entry.file))


def find(store: Store, wanted: str) -> list[Entry]:
    """The model files that are meant by a path or by the id of a model.

    Raises:
        BadInput: There is neither a file nor a model of that name.
    """
    path = Path(wanted)
    if path.is_file():
        try:
            return [Entry(id=path.stem, file=wanted, spec=load(path))]
        except BadInput as fault:
            return [Entry(id=path.stem, file=wanted, error=str(fault))]
    known = entries(store)
    found = [entry for entry in known if entry.id == wanted]
    if not found:
        raise unknown_model(wanted, [entry.id for entry in known])
    return found


def unknown_model(wanted: str, known: list[str]) -> BadInput:
    """The complaint about a name that no model has."""
    return BadInput("model", "unknown_model", repr(wanted), suggestion(wanted, sorted(set(known))))


def _place(store: Store, model: str) -> str:
    name = f"{model}.yaml"
    return str(store.path("models", name)) if store.exists("models", name) else f"catalog/{name}"
