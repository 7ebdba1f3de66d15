"""Pooled states of a frozen encoder, and their cache in the store.

Imports numpy at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cameo_assets.models.probes.recordings import KEY, Recording, Told, Unreadable, computed_once, untold

if TYPE_CHECKING:
    from cameo_assets.models.engines.base import Reference
    from cameo_assets.models.local.encoding import Encoder
    from cameo_assets.store import Store

_COLUMN: Final = "states"


def pooled_states(
    store: Store,
    version: str,
    corpus: str,
    references: Sequence[Reference],
    encoder: Callable[[], Encoder],
    told: Told = untold,
) -> Mapping[str, NDArray[np.float32]]:
    """Pooled states of all recordings of a corpus, by `pcm_md5`; computed once and kept in the store.

    Args:
        store: Where `features/encoder-<version>/<corpus>.parquet` is kept.
        version: Version of everything that shapes the states.
        corpus: Slug.
        references: The recordings.
        encoder: Loads the encoder; called only where states are missing.
        told: As of `computed_once`.

    Raises:
        Unreadable: A recording cannot be used.
    """

    def compute(recordings: Sequence[Recording]) -> Iterator[dict[str, NDArray[np.float32]]]:
        for recording in recordings:
            yield {_COLUMN: _encoded(recording, encoder())}

    place = ("features", f"encoder-{version}", f"{corpus}.parquet")
    table = computed_once(store, place, references, compute, told)
    states = [np.asarray(vector, np.float32) for vector in table[_COLUMN].to_numpy()] if len(table) else []
    return dict(zip(table[KEY].to_pylist(), states, strict=True))


def _encoded(recording: Recording, encoder: Encoder) -> NDArray[np.float32]:
    from cameo_assets.models.local.audio import Unusable, read

    try:
        vector = encoder.pooled(read(recording.path, encoder.listener.longest, recording.pcm_md5))
    except Unusable as fault:
        raise Unreadable(str(fault)) from fault
    if not np.isfinite(vector).all():
        raise ArithmeticError(f"{encoder.listener.name}: states of {recording.path} that are not numbers")
    return vector
