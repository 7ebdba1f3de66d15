"""Finds the corpora: every module of this package that declares a `SPEC`, and what users drop in."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import cameo_assets.corpora as package
from cameo_assets.corpora import drop_in
from cameo_assets.corpora.spec import SLUG, CorpusSpec
from cameo_assets.errors import BadInput


@cache
def known() -> dict[str, CorpusSpec]:
    """The corpora that have a file of their own, by slug, sorted."""
    specs = (
        getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "SPEC", None)
        for module in pkgutil.iter_modules(package.__path__)
    )
    found = {spec.slug: spec for spec in specs if isinstance(spec, CorpusSpec)}
    return dict(sorted(found.items()))


def spec_of(slug: str, description: str) -> CorpusSpec:
    """The spec of a corpus: its own file if there is one, else what a description says.

    Args:
        slug: Name of the corpus.
        description: Text of its `corpus.yaml`, as the raw asset kept it.

    Raises:
        BadInput: The corpus is not known, and nothing or nonsense was kept of its description.
    """
    if slug in known():
        return known()[slug]
    if not description:
        expected = f"the text of its {drop_in.DESCRIPTION}; materialise raw/{slug} again"
        raise BadInput(slug, "missing_description", "none that was kept", expected)
    return drop_in.from_text(description, slug)


def spec_for(slug: str, landing: Path) -> CorpusSpec:
    """The spec of a corpus: its own file if there is one, else the description in its landing folder.

    Args:
        slug: Name of the corpus, which is the name of its landing folder.
        landing: The landing zone.

    Raises:
        BadInput: The corpus is neither known nor described.
    """
    if slug in known():
        return known()[slug]
    if not SLUG.fullmatch(slug):
        raise BadInput(
            str(landing.name + "/" + slug), "folder_name", repr(slug), f"a name like {SLUG.pattern}"
        )
    return drop_in.load(landing / slug)
