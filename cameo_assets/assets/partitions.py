"""The sets of partition keys. The unit is a corpus or an evaluation, never an utterance."""

from __future__ import annotations

from typing import Final

import dagster as dg

CORPORA: Final = dg.DynamicPartitionsDefinition(name="corpora")
"""Every corpus that has been seen in the landing zone."""

DROP_INS: Final = dg.DynamicPartitionsDefinition(name="drop_in_corpora")
"""Those of them that describe themselves and have no file of their own."""


def raw(corpus: str) -> dg.DynamicPartitionsDefinition:
    """The partitioning of `raw/<corpus>`, whose only key is the corpus itself.

    Dynamic although it never changes: Dagster maps a key to the same key only between sets of one kind. The
    landing-zone sensor adds the key at its first look.
    """
    return dg.DynamicPartitionsDefinition(name=f"raw_{corpus}")


EVALUATIONS: Final = dg.DynamicPartitionsDefinition(name="evaluations")
"""`<model>@<temperature>` and `<model>@likelihood-<temperature>` for every enabled model."""
