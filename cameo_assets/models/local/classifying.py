"""Scores of a classifier of recordings, many at once.

Imports torch at its top: import it inside functions only.

What a model makes of a recording must not depend on its company. Some families notice padding in spite of
a mask: the group normalisation of a wav2vec 2.0 base runs over the whole row, zeros included. So a classifier
is tried with padding when it is loaded, and is never padded where that changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch

from cameo_assets.models.local.checks import TOLERANCE, logits_agree
from cameo_assets.models.local.listening import Listener, Wave, a_noise


class Classifier:
    """A classifier of recordings.

    Attributes:
        listener: The model.
        padding: `window` where inputs have one length, `masked` where padding changes nothing, else `none`.
    """

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.padding = "window" if listener.window else "masked" if self._ignores_padding() else "none"

    def together(self, waves: Sequence[Wave]) -> list[list[float]]:
        """Scores of each recording before softmax, for each label.

        Args:
            waves: Those of one length must lie side by side, or the batch falls apart into single ones.
        """
        if self.padding == "masked":
            return self._scores(waves, padding=True, return_attention_mask=True)
        if self.padding == "window":
            return self._scores(waves)
        return [score for same in _of_one_length(waves) for score in self._scores(same)]

    def alone(self, wave: Wave) -> list[float]:
        """Scores of one recording, by the library's own way."""
        return self._scores([wave])[0]

    @torch.inference_mode()
    def _scores(self, waves: Sequence[Wave], **how: bool) -> list[list[float]]:
        inputs = self.listener.inputs(waves, **how)
        scores: list[list[float]] = self.listener.model(**inputs).logits.double().tolist()
        return scores

    def _ignores_padding(self) -> bool:
        waves = [a_noise(0.6), a_noise(1.5)]
        plain = torch.tensor([self.alone(wave) for wave in waves])
        padded = torch.tensor(self._scores(waves, padding=True, return_attention_mask=True))
        return logits_agree(plain, padded, TOLERANCE[self.listener.model.dtype])


def _of_one_length(waves: Sequence[Wave]) -> Iterator[list[Wave]]:
    for _, same in groupby(waves, key=len):
        yield list(same)
