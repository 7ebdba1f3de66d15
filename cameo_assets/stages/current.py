"""Which corpora and which evaluations count now.

Data of withdrawn corpora and models stays in the store; everything downstream reads only what is current.
"""

from __future__ import annotations

from cameo_assets.corpora import landing
from cameo_assets.corpora import registry as registry_of_corpora
from cameo_assets.corpora.drop_in import is_drop_in
from cameo_assets.corpora.spec import SLUG
from cameo_assets.errors import BadInput
from cameo_assets.models.registry import Registry, load_all
from cameo_assets.stages.base import Platform

WITHDRAWN = "withdrawn.txt"
"""One corpus slug a line; `#` starts a comment."""


def withdrawn(platform: Platform) -> set[str]:
    """The corpora that the maintainer took out of the benchmark."""
    if not platform.store.exists(WITHDRAWN):
        return set()
    lines = platform.store.read_bytes(WITHDRAWN).decode().splitlines()
    return {line.partition("#")[0].strip() for line in lines} - {""}


def strangers(platform: Platform) -> list[BadInput]:
    """Complaints about names in the list of the withdrawn that no corpus here has ever had."""
    names = {*registry_of_corpora.known(), *landing.corpora(platform.landing)}
    made = {name.removesuffix(".json") for name in platform.store.names("records", "raw", suffix=".json")}
    expected = "the name of a landing folder, such as crema_d"
    return [
        BadInput(WITHDRAWN, "unknown_corpus", repr(name), expected)
        for name in sorted(withdrawn(platform) - names - made)
    ]


def corpora(platform: Platform) -> list[str]:
    """The corpora that have been normalised and are not withdrawn, sorted."""
    names = {
        name.removesuffix(".json")
        for name in platform.store.names("records", "normalized_audio", suffix=".json")
    }
    return sorted(names - withdrawn(platform))


def registry(platform: Platform) -> Registry:
    """All model specs, good and bad."""
    return load_all(platform.store)


def landed(platform: Platform) -> list[str]:
    """The corpora that lie in the landing zone, have a usable name and are not withdrawn, sorted."""
    names = [name for name in landing.corpora(platform.landing) if SLUG.fullmatch(name)]
    known = registry_of_corpora.known()
    described = [name for name in names if name in known or is_drop_in(platform.landing / name)]
    return sorted(set(described) - withdrawn(platform))
