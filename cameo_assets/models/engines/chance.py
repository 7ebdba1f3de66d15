"""Draws an option evenly, without listening: the floor that every model has to leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference
from cameo_assets.models.engines.noise import uniform

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec


class NoOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The engine has no options."""


class Chance(EngineDefaults):
    """See `base.Engine`. The draw is keyed by (seed, file_id, sample)."""

    family = "chance/1"
    Options: type[msgspec.Struct] = NoOptions

    def __init__(self, _spec: ModelSpec, _options: NoOptions, _store_home: str) -> None:
        pass

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`."""
        for ask in asks:
            options = ask.item.options
            for sampling in ask.samplings:
                drawn = uniform(sampling.seed, ask.item.file_id, sampling.sample)
                yield Answer(
                    file_id=ask.item.file_id, sampling=sampling, text=options[int(drawn * len(options))]
                )
