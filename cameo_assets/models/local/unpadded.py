"""Features of recordings without the silence up to 30 s that Whisper's extractor appends.

Imports torch and transformers at its top: import it inside functions only.

The values are those of the stock extractor, bit by bit: a clip is followed by as much silence as keeps the
frames at its end from meeting the mirrored edge, and shorter clips of a batch are filled up with the very
value that silence has.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from transformers import BatchFeature, WhisperFeatureExtractor

MORE_FRAMES: Final = 4
"""Frames after the clip that the encoder's convolutions reach from its last position."""


def suits(processor: Any) -> bool:
    """Whether a processor's extractor is one whose silence is known."""
    extractor = processor.feature_extractor
    plain = type(extractor) is WhisperFeatureExtractor and not getattr(extractor, "do_normalize", False)
    return plain and extractor.dither == 0.0 and extractor.padding_value == 0.0


def without_padding(processor: Any) -> Any:
    """A processor as the given one, whose features end shortly after the longest clip of a batch."""
    trimmed = copy.copy(processor)
    trimmed.feature_extractor = UnpaddedExtractor(processor.feature_extractor)
    return trimmed


class UnpaddedExtractor:
    """Stands in for a `WhisperFeatureExtractor`.

    Args:
        extractor: The stock one, for which `suits` holds.
    """

    def __init__(self, extractor: WhisperFeatureExtractor) -> None:
        self._stock = extractor

    def __getattr__(self, name: str) -> Any:
        if name == "_stock":  # while a copy is being made, there is none yet
            raise AttributeError(name)
        return getattr(self._stock, name)

    def __call__(self, clips: Sequence[NDArray[np.float32]], **_arguments: Any) -> BatchFeature:
        """Features and masks of some clips.

        Args:
            clips: 16 kHz, none longer than the extractor's chunk.

        Returns:
            `input_features` (clips, bins, frames) and `attention_mask` (clips, frames), with an even number
            of frames, as the encoders halve it.
        """
        valid = [-(-len(clip) // self._stock.hop_length) for clip in clips]
        most = max(valid) + MORE_FRAMES
        frames = min(most + most % 2, self._stock.nb_max_frames)
        features = np.stack([self._features(clip, frames) for clip in clips])
        mask = np.arange(frames)[None, :] < np.array(valid)[:, None]
        return BatchFeature(
            {"input_features": features, "attention_mask": mask.astype(np.int64)}, tensor_type="pt"
        )

    def _features(self, clip: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        hop = self._stock.hop_length
        needed = min(-(-len(clip) // hop) + MORE_FRAMES, frames)
        # Half a hop and more of silence behind the last frame's window: it never meets the mirrored edge.
        samples = min(hop * needed + hop // 2, self._stock.n_samples)
        made = self._stock(
            [clip],
            sampling_rate=self._stock.sampling_rate,
            padding="max_length",
            max_length=samples,
            return_tensors="np",
        )
        own: NDArray[np.float32] = made["input_features"][0]
        # What is filled up ends in silence, as its last frame lies behind all sound.
        return np.pad(own, ((0, 0), (0, frames - own.shape[1])), mode="edge")
