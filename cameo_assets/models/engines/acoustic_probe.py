"""A probe on plain acoustic features (see `probes`): how much of the label they give away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.models.engines.base import Answer, Ask, Reference
from cameo_assets.models.probes import learning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cameo_assets.models.probes.recordings import Told
    from cameo_assets.models.spec import ModelSpec

_LIBRARIES = ("librosa", "numpy", "scikit-learn", "soundfile")


class AcousticProbe(learning.Probe):
    """See `base.Engine`. `details` of an answer holds the probability of each emotion."""

    family = "acoustic-probe/1"
    Options: type[msgspec.Struct] = learning.ProbeOptions

    def __init__(self, _spec: ModelSpec, options: learning.ProbeOptions, store_home: str) -> None:
        self._options = options
        self._store_home = store_home
        self.versions = {name: version(name) for name in _LIBRARIES}

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`."""
        return learning.answers(asks, references, self._features, self._options, self.word)

    def _features(
        self, corpus: str, references: Sequence[Reference], told: Told
    ) -> Mapping[str, NDArray[Any]]:
        from cameo_assets.models.probes.features import feature_table
        from cameo_assets.store import Store

        return feature_table(Store(self._store_home), corpus, references, told)
