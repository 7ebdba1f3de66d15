"""The models there are: the catalogue of this package, and those that a user put into the store."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines import engine_class, options_of
from cameo_assets.models.engines.base import Engine
from cameo_assets.models.spec import Condition, ModelSpec, conditions, evaluation_key, load

if TYPE_CHECKING:
    from cameo_assets.store import Store

CATALOG: Final = Path(__file__).parent / "catalog"


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        specs: Sound specs by id, sorted.
        errors: What is wrong with the others.
        broken: Ids (file stems) of the others. A user's broken file withholds the catalogue's model of the
            same id too, as asking with settings that the user had replaced would be silently wrong.
        overridden: Ids for which the user's file stands in place of the catalogue's.
    """

    specs: dict[str, ModelSpec]
    errors: list[BadInput]
    broken: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()


def load_all(store: Store | None) -> Registry:
    """Reads all model files; one that is bad never hides the others.

    Args:
        store: Where a user's files are (`models/*.yaml`); None for the catalogue alone.
    """
    specs: dict[str, ModelSpec] = {}
    errors: list[BadInput] = []
    broken: set[str] = set()
    overridden = []
    for name, data, added in _files(store):
        stem = Path(name).stem
        if added and specs.pop(stem, None) is not None:
            overridden.append(stem)
        try:
            if not name.endswith(".yaml"):
                raise BadInput(name, "file_name", name, f"models/{stem}.yaml")
            specs[stem] = _read(data, name)
        except BadInput as fault:
            errors.append(fault)
            broken.add(stem)
    return Registry(
        specs=dict(sorted(specs.items())),
        errors=errors,
        broken=tuple(sorted(broken)),
        overridden=tuple(sorted(overridden)),
    )


@lru_cache(maxsize=1024)
def _read(data: bytes, name: str) -> ModelSpec:
    """A spec is asked for again and again, and reading YAML is slow."""
    return load(data, name)


def evaluations(registry: Registry) -> dict[str, tuple[ModelSpec, Condition]]:
    """The evaluations of all enabled models: key to spec and condition, sorted by key."""
    found = {
        evaluation_key(spec, condition): (spec, condition)
        for spec in registry.specs.values()
        if spec.enabled
        for condition in conditions(spec)
    }
    return dict(sorted(found.items()))


def build_engine(spec: ModelSpec, store_home: str) -> Engine:
    """Loads the model of a spec, which may take minutes and memory."""
    return engine_class(spec.engine)(spec, options_of(spec), store_home)


def _files(store: Store | None) -> Iterator[tuple[str, bytes, bool]]:
    for path in sorted(CATALOG.glob("*.yaml")):
        yield f"catalog/{path.name}", path.read_bytes(), False
    if store is not None:
        for name in store.names("models"):
            if name.endswith((".yaml", ".yml")):
                yield f"models/{name}", store.read_bytes("models", name), True
