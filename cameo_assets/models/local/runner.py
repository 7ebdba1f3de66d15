"""Keeps a loaded model busy: recordings and features are made ahead, batches fit the memory that there is.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

import copy
import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import torch

from cameo_assets.models.engines.base import ENGINE, Answer, Ask, faults
from cameo_assets.models.local import checks, encoders, unpadded
from cameo_assets.models.local.audio import RATE, SHORTEST, Unusable, longest_heard, read
from cameo_assets.models.local.batches import batches, rows_of
from cameo_assets.models.local.decoding import answer_alone, answer_batch, same_as_stock
from cameo_assets.models.local.feeder import ahead
from cameo_assets.models.local.inputs import Batch, InputMaker
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.memory import out_of_memory, unless_out_of_memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cameo_assets.models.engines.transformers import TransformersOptions

_log = logging.getLogger(__name__)

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


@dataclass
class _Choice:
    """What makes inputs, whether a prefill is shared, whether there are batches; and why not, if not."""

    maker: InputMaker
    shared: bool
    together: bool = True
    reasons: list[str] = field(default_factory=list)


class Runner:
    """Asks one model.

    Which of the fast ways are used is decided on the first batch that can be heard: features without padding
    if the trimmed encoder makes the same of them, one prefill for all samplings if greedy answers agree with
    those of the library's `generate`, and batches if an utterance is read alike alone and among others.

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
        self._together = True
        self._where = where
        self.budget = options.batch_tokens or measured_budget(loaded)

    @property
    def ways(self) -> dict[str, str]:
        """Which ways were chosen, for the record; nothing before they are."""
        if not self._decided:
            return {}
        return {
            "batches": "together" if self._together else "one by one",
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
                wave = read(ask.item.path, self._longest, ask.item.pcm_md5)
            except Unusable as fault:
                yield from faults(ask, fault.error)
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
                waves.append(read(ask.item.path, self._longest, ask.item.pcm_md5))
                usable.append(ask)
            except Unusable as fault:
                unheard += faults(ask, fault.error)
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
        """Chooses the ways by a few utterances of a batch; the stock ones where not even one fits.

        Why a fast way is not taken is logged.
        """
        if self._decided:
            return
        for count in (checks.ASKS, 1):
            if chosen := unless_out_of_memory(partial(self._choice, *_two_lengths(heard, count))):
                break
        else:
            encoders.restore(self._loaded.model)
            chosen = _Choice(self._stock, shared=False, reasons=["out of memory for one utterance"])
        for reason in chosen.reasons:
            _log.warning("%s: %s", self._where, reason)
        self._maker, self._shared, self._together = chosen.maker, chosen.shared, chosen.together
        if not self._together:
            self.budget = 1
        self._decided = True

    def _choice(self, asks: Sequence[Ask], waves: Sequence[NDArray[np.float32]]) -> _Choice:
        with self._lock:
            batch = self._stock.batch(asks, waves)
        chosen = _Choice(self._stock, shared=False)
        if self._fast and (fast := self._trimmed(batch, waves, chosen.reasons)):
            chosen.maker, batch = self._fast, fast
        if self._options.prefill == "auto":
            differences = same_as_stock(self._loaded, batch)
            chosen.shared = not differences
            chosen.reasons += [f"prefill not shared: {each}" for each in differences]
        if not self._loaded.encoder_decoder:
            with self._lock:
                pairs = zip(asks[:2], waves[:2], strict=True)
                singles = [chosen.maker.batch([ask], [wave]) for ask, wave in pairs]
            chosen.together = checks.rows_agree(self._loaded, batch, singles)
            if not chosen.together:
                chosen.reasons.append("asked one by one: in a batch, an answer depends on its neighbours")
        return chosen

    def _trimmed(
        self, batch: Batch, waves: Sequence[NDArray[np.float32]], reasons: list[str]
    ) -> Batch | None:
        """A batch without padding, if its features are as good as those of `batch`."""
        assert self._fast
        try:
            with self._lock:
                fast = self._fast.batch(batch.asks, waves)
            if checks.features_agree(self._loaded, batch, fast):
                return fast
            reasons.append("stock features: what the trimmed encoder makes of a recording differs")
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as problem:
            if out_of_memory(problem):
                raise
            reasons.append(f"stock features: the trimmed encoder fails: {type(problem).__name__}: {problem}")
        encoders.restore(self._loaded.model)
        return None


def _two_lengths(heard: _Heard, count: int) -> tuple[list[Ask], list[NDArray[np.float32]]]:
    """Some utterances, each as it is and cut in half: a mask that is missing shows in the shorter one."""
    asks = [ask for ask in heard.asks[:count] for _ in range(2)]
    shortest = int(SHORTEST * RATE)
    waves = [part for wave in heard.waves[:count] for part in (wave, wave[: max(len(wave) // 2, shortest)])]
    return asks, waves


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
