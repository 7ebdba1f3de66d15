"""A probe on the states of a frozen encoder (see `probes`): how much of the label they give away.

The encoder is not trained. Its hidden states are averaged over the frames of a recording and kept in the
store. By default they are averaged over all layers, too: for emotions, a learnt average of the layers was
found better than the last layer alone (Pepino, Riera and Ferrer 2021), and SUPERB (Yang et al. 2021) probes
encoders so. Equal weights are the plain form of that, with nothing to tune.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Literal

from cameo_assets.models.engines.base import Answer, Ask, Reference
from cameo_assets.models.probes import learning
from cameo_assets.provenance import version_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cameo_assets.models.local.encoding import Encoder
    from cameo_assets.models.probes.recordings import Told
    from cameo_assets.models.spec import ModelSpec

_LIBRARIES: Final = ("numpy", "scikit-learn", "torch", "transformers")
_STATES: Final = "states/1"
"""Name and version of how states are made; a change of that gets a new one."""


class EncoderProbeOptions(learning.ProbeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine, besides those of any probe.

    Attributes:
        layer: Hidden states of which layer: 0 is what enters the first one, -1 what leaves the last; or the
            mean of all.
        pooling: What is taken of each dimension over the frames.
        dtype: Precision of the encoder.
        device: `auto`, `cpu`, `cuda`, `cuda:1` and the like.
        unsafe_weights: Why weights may be read that are not safetensors; empty where they may not.
    """

    layer: int | Literal["mean"] = "mean"
    pooling: Literal["mean", "mean+std"] = "mean"
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    device: str = "auto"
    unsafe_weights: str = ""


class EncoderProbe(learning.Probe):
    """See `base.Engine`. `details` of an answer holds the probability of each emotion."""

    family = "encoder-probe/1"
    Options = EncoderProbeOptions
    operational = frozenset({"device", "unsafe_weights"})
    pinned = True
    prompted = False

    def __init__(self, spec: ModelSpec, options: EncoderProbeOptions, store_home: str) -> None:
        self._spec, self._options = spec, options
        self._store_home = store_home
        self.versions = {name: version(name) for name in _LIBRARIES}

    def answer(self, asks: Iterable[Ask], references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`. The encoder is loaded once states of a recording are missing."""
        return learning.answers(asks, references, self._features, self._options, self.word)

    def close(self) -> None:
        """Gives the memory of the encoder back, if it was loaded."""
        if self.__dict__.pop("_encoder", None) is not None:
            from cameo_assets.models.local.memory import free_memory

            free_memory()

    @cached_property
    def _encoder(self) -> Encoder:
        from cameo_assets.models.local import encoding, listening

        start = time.perf_counter()
        listener = listening.load(
            "AutoModel",
            self._spec,
            self._store_home,
            device=self._options.device,
            dtype=self._options.dtype,
            unsafe_weights=self._options.unsafe_weights,
            unused="decoder.",
        )
        encoder = encoding.Encoder(listener, self._options.layer, self._options.pooling)
        self.late_loading = time.perf_counter() - start
        return encoder

    def _features(
        self, corpus: str, references: Sequence[Reference], told: Told
    ) -> Mapping[str, NDArray[Any]]:
        from cameo_assets.models.probes.pooled import pooled_states
        from cameo_assets.store import Store

        spec, options = self._spec, self._options
        shape = (spec.repository, spec.revision, spec.code_revision)
        made = (_STATES, *shape, options.layer, options.pooling, options.dtype)
        return pooled_states(
            Store(self._store_home), version_of(*made), corpus, references, lambda: self._encoder, told
        )
