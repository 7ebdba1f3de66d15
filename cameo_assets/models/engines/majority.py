"""Always the most frequent emotion of the corpus: what skewed labels give away without listening.

It counts the labels of the whole corpus, the utterance's own among them; no fold is left out, as one label
says nothing about its utterance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference, Scope
from cameo_assets.models.engines.chance import NoOptions

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec


class Majority(EngineDefaults):
    """See `base.Engine`. Of emotions that are equally frequent, the alphabetically first is taken."""

    family = "majority/1"
    scope: Scope = "corpus"
    Options: type[msgspec.Struct] = NoOptions
    greedy_only = True

    def __init__(self, _spec: ModelSpec, _options: NoOptions, _store_home: str) -> None:
        pass

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`."""
        found = {corpus: _most_frequent(rows) for corpus, rows in references.items()}
        for ask in asks:
            emotion, share = found[ask.item.corpus]
            for sampling in ask.samplings:
                yield Answer(
                    file_id=ask.item.file_id, sampling=sampling, text=emotion, details={"share": share}
                )


def _most_frequent(rows: Sequence[Reference]) -> tuple[str, float]:
    counts = Counter(row.emotion for row in rows)
    emotion = min(counts, key=lambda name: (-counts[name], name))
    return emotion, round(counts[emotion] / len(rows), 6)
