"""Keeps a loaded model busy: recordings and features are made ahead, batches fit the memory that there is.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import torch

from cameo_assets.models.engines.base import AUDIO, ENGINE, Answer, Ask, faults
from cameo_assets.models.local import checks, encoders, unpadded
from cameo_assets.models.local.audio import Unusable, longest_heard, read
from cameo_assets.models.local.batches import batches, rows_of
from cameo_assets.models.local.decoding import answer_alone, answer_batch, same_as_stock
from cameo_assets.models.local.feeder import ahead
from cameo_assets.models.local.inputs import Batch, InputMaker
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.memory import unless_out_of_memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cameo_assets.models.engines.transformers import TransformersOptions

_TOKENS_PER_SECOND: Final = 25
"""What a model makes of a second of sound at most, for the size of batches; most make fewer."""
_WITHOUT_MEASURE: Final = 8192
"""Tokens of a batch where the free memory is not known."""
_SHARE: Final = 0.5
"""Of the free memory, what the caches of a batch may take; the rest is for what comes and goes."""


@dataclass(frozen=True)
class _Heard:
    """Asks with their recordings, the batch that was made of them ahead, and faults of the others."""

    asks: Sequence[Ask]
    waves: Sequence[NDArray[np.float32]]
    batch: Batch | None
    faults: Sequence[Answer] = ()

    def halves(self) -> tuple[_Heard, _Heard]:
        middle = len(self.asks) // 2
        return (
            _Heard(self.asks[:middle], self.waves[:middle], None),
            _Heard(self.asks[middle:], self.waves[middle:], None),
        )


class Runner:
    """Asks one model.

    Which of the fast ways are used is decided on the first batch that can be heard: features without padding
    (with the trimmed encoder) if the logits agree with the stock ones, then one prefill for all samplings if
    greedy answers agree with those of the library's `generate`.

    Args:
        loaded: The model.
        where: What to call it in complaints.
        options: Of the engine.

    Raises:
        BadInput: The model cannot be asked in words about a recording.
    """

    def __init__(self, loaded: LoadedModel, where: str, options: TransformersOptions) -> None:
        self._loaded = loaded
        self._options = options
        # Tokenizers are not made for two threads at once: the feeder has its own, one caller at a time.
        processor = copy.deepcopy(loaded.processor)
        self._lock = threading.Lock()
        self._stock = self._maker = self._input_maker(processor, where)
        self._fast: InputMaker | None = None
        if options.features == "auto" and encoders.trimmable(loaded.model) and unpadded.suits(processor):
            self._fast = self._input_maker(unpadded.without_padding(processor), where)
        self._longest = longest_heard(processor)
        self._least = int(getattr(processor, "audio_seq_length", 0))  # Gemma makes as many of any recording
        self._decided = False
        self._shared = False
        self.budget = options.batch_tokens or measured_budget(loaded)

    @property
    def ways(self) -> dict[str, str]:
        """Which ways were chosen, for the record."""
        return {
            "features": "stock" if self._maker is self._stock else "unpadded",
            "prefill": "shared" if self._shared else "stock",
        }

    def run(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """Streams answers as batches end, exactly one for each sampling of each ask."""
        plan = batches(asks, self._tokens, lambda: self.budget)
        with closing(ahead(plan, self._heard)) as coming:
            for heard in coming:
                yield from heard.faults
                if heard.asks:
                    self._decide(heard)
                    yield from self._answers(heard)

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """Answers one by one: stock features, stock encoder, the library's `generate`."""
        for ask in asks:
            try:
                wave = read(ask.item.path, self._longest)
            except Unusable as fault:
                yield from faults(ask, f"{AUDIO}: {fault}")
                continue
            with self._lock:
                batch = self._stock.batch([ask], [wave])
            with encoders.stock(self._loaded.model):
                said = unless_out_of_memory(partial(_all, answer_alone, self._loaded, batch))
            yield from _too_large(ask) if said is None else said

    def _input_maker(self, processor: Any, where: str) -> InputMaker:
        return InputMaker(
            processor, where, system=self._options.system, audio_first=self._options.audio_first
        )

    def _tokens(self, ask: Ask) -> int:
        with self._lock:
            words = self._stock.tokens(ask.item.prompt)
        return words + max(math.ceil(ask.item.seconds * _TOKENS_PER_SECOND), self._least)

    def _cost(self, asks: Sequence[Ask]) -> int:
        return max(map(self._tokens, asks)) * sum(map(rows_of, asks))

    def _heard(self, asks: Sequence[Ask]) -> _Heard:
        """Reads the recordings of a batch and makes its inputs; called in the feeder's thread."""
        usable, waves, unheard = [], [], []
        for ask in asks:
            try:
                waves.append(read(ask.item.path, self._longest))
                usable.append(ask)
            except Unusable as fault:
                unheard += faults(ask, f"{AUDIO}: {fault}")
        batch = self._batch(usable, waves) if usable else None
        return _Heard(usable, waves, batch, unheard)

    def _batch(self, asks: Sequence[Ask], waves: Sequence[NDArray[np.float32]]) -> Batch:
        with self._lock:
            made = self._maker.batch(asks, waves)
        if self._loaded.device.type != "cuda":
            return made
        return Batch(made.asks, {name: value.pin_memory() for name, value in made.inputs.items()})

    def _answers(self, heard: _Heard) -> Iterator[Answer]:
        """Answers a batch, in parts where it does not fit."""
        parts = [heard]
        while parts:
            part = parts.pop()
            # Batches that were made before the budget shrank are too large.
            if len(part.asks) > 1 and self._cost(part.asks) > self.budget:
                parts += reversed(part.halves())
                continue
            batch = part.batch or self._batch(part.asks, part.waves)
            said = unless_out_of_memory(partial(_all, answer_batch, self._loaded, batch, shared=self._shared))
            if said is not None:
                yield from said
            elif len(part.asks) > 1:
                self.budget = max(1, min(self.budget, self._cost(part.asks)) // 2)
                parts += reversed(part.halves())
            else:
                yield from _too_large(part.asks[0])

    def _decide(self, heard: _Heard) -> None:
        """Chooses the ways by a few rows of a batch; the stock ones where not even one row fits twice."""
        if self._decided:
            return
        for rows in (checks.ROWS, 1):
            choice = partial(self._choice, heard.asks[:rows], heard.waves[:rows])
            if chosen := unless_out_of_memory(choice):
                break
        else:
            encoders.restore(self._loaded.model)
            chosen = self._stock, False
        self._maker, self._shared = chosen
        self._decided = True

    def _choice(self, asks: Sequence[Ask], waves: Sequence[NDArray[np.float32]]) -> tuple[InputMaker, bool]:
        """What makes inputs, and whether a prefill is shared."""
        maker = self._stock
        with self._lock:
            batch = maker.batch(asks, waves)
            fast = self._fast.batch(asks, waves) if self._fast else None
        if self._fast and fast and checks.features_agree(self._loaded, batch, fast):
            maker, batch = self._fast, fast
        return maker, self._options.prefill == "auto" and not same_as_stock(self._loaded, batch)


def measured_budget(loaded: LoadedModel) -> int:
    """Tokens of a batch whose caches fit into the free memory of the accelerator."""
    if loaded.device.type != "cuda":
        return _WITHOUT_MEASURE
    config = loaded.model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    each = 2 * config.num_hidden_layers * heads * width * loaded.dtype.itemsize
    free, _ = torch.cuda.mem_get_info(loaded.device)
    return max(1, int(free * _SHARE / each))


def _all(answer: Callable[..., Iterator[Answer]], *batch: Any, **how: Any) -> list[Answer]:
    """The answers of a batch all at once: none of them counts if memory runs out halfway."""
    return list(answer(*batch, **how))


def _too_large(ask: Ask) -> list[Answer]:
    return faults(ask, f"{ENGINE}: out of memory for this utterance alone ({ask.item.seconds:g} s)")
