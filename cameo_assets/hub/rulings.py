"""What a person decided about passing audio on: `licences.yaml` in the store, one entry for each corpus.

```yaml
enterface:
  redistribution: false
  by: A. Maintainer
  reason: The authors allow research only, and have not answered.
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.corpora.registry import known
from cameo_assets.errors import BadInput
from cameo_assets.provenance import version_of
from cameo_assets.store import Store

RULINGS: Final = "licences.yaml"

_Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]


class Ruling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided about one corpus; it goes before what the licence says.

    Attributes:
        redistribution: Whether its audio may be passed on.
        by: Who decided.
        reason: Why.
    """

    redistribution: bool
    by: _Text
    reason: _Text


def read_rulings(store: Store, corpora: Sequence[CorpusEntry]) -> dict[str, Ruling]:
    """Reads what was decided; nothing where there is no file.

    Args:
        store: The store.
        corpora: Those of the collection; beside the known ones they are all that can be decided about.

    Raises:
        BadInput: The file is no YAML, names an unknown corpus, or an entry is not as `Ruling` wants it.
    """
    from cameo_assets.models.typed import read_yaml, suggestion, typed

    if not store.exists(RULINGS):
        return {}
    data = read_yaml(store.read_bytes(RULINGS), RULINGS)
    if data is None:  # comments alone
        return {}
    if not isinstance(data, dict):
        raise BadInput(RULINGS, "mapping", repr(data), "corpora, each with redistribution, by and reason")
    slugs = sorted({*known(), *(entry.slug for entry in corpora)})
    for slug in data:
        if slug not in slugs:
            raise BadInput(RULINGS, "unknown_corpus", repr(slug), suggestion(str(slug), slugs))
    return {slug: typed(entry, Ruling, RULINGS, inside=slug) for slug, entry in data.items()}


def version(store: Store) -> str:
    """Changes with the file."""
    return version_of(store.read_bytes(RULINGS)) if store.exists(RULINGS) else "none"
