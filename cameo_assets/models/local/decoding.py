"""Answers a batch: one prefill for each utterance, from which all of its draws and both methods go on.

Imports torch at its top: import it inside functions only.

Sampling is pure temperature sampling, and greedy is greedy: whatever a repository's `generation_config.json`
says of top_p, penalties and the like is put aside (see `stock`). A greedy answer is decoded once, however
many samplings ask for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import torch

from cameo_assets.models.engines.base import ENGINE, Answer, Ask, Sampling, fault
from cameo_assets.models.local import likelihood, stock
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.memory import out_of_memory
from cameo_assets.models.local.noise import draw, noise_key
from cameo_assets.models.local.prefix import NotShareable, Prefix, on_device, prefill
from cameo_assets.models.local.stock import Row, Said, Step

__all__ = ["NotShareable", "answer_alone", "answer_batch", "prefill", "same_as_stock"]

_WORTH_A_COPY: Final = 0.75
"""Ended rows are dropped once no more than this share goes on: dropping them copies the cache once."""
_TIE: Final = {torch.float32: 1e-4, torch.float16: 2**-8, torch.bfloat16: 2**-5}
"""Difference of two logits, relative to the larger, within which a type cannot tell which token is first."""
_NOT_A_NUMBER: Final = (
    f"{ENGINE}: the model's numbers overflowed (NaN); where its type is float16, bfloat16 or float32 may help"
)


def answer_batch(loaded: LoadedModel, batch: Batch, *, shared: bool = True) -> Iterator[Answer]:
    """Answers all samplings of all asks of a batch, the shared way or the stock way.

    Args:
        loaded: The model.
        batch: What is asked.
        shared: Whether an utterance is read once for all its samplings; else the library's `generate` is
            called for each sampling. Both give the same answers where `same_as_stock` says so.

    Yields:
        One answer for each sampling, ask by ask. `latency` is the time of the batch by its answers.

    Raises:
        NotShareable: `shared`, and the model's state after the prompt can't be copied.
    """
    start = time.perf_counter()
    rows, places = _rows(batch.asks)
    if not shared:
        chosen, said = likelihood.plain(loaded, batch), _separate(loaded, batch, rows)
    elif loaded.encoder_decoder:
        chosen, said = likelihood.plain(loaded, batch), _from_encoder(loaded, batch, rows)
    else:
        prefix = Prefix.of(loaded, batch.inputs)
        chosen = likelihood.shared(loaded, batch, prefix, at_once=max(len(rows), len(batch.asks)))
        said = _continued(loaded, prefix, rows)
    answers = [
        chosen[place, sampling]
        if sampling.method == "likelihood"
        else _answer(loaded, ask, sampling, said[places[place, sampling]])
        for place, ask in enumerate(batch.asks)
        for sampling in ask.samplings
    ]
    latency = round((time.perf_counter() - start) / max(1, len(answers)), 6)
    yield from (msgspec.structs.replace(answer, latency=latency) for answer in answers)


def answer_alone(loaded: LoadedModel, batch_of_one: Batch) -> Iterator[Answer]:
    """Answers one utterance in the plainest way: nothing shared, `generate` for each sampling.

    The likelihood of an option is got from one forward over the prompt with that option after it.
    """
    if len(batch_of_one.asks) != 1:
        raise ValueError(f"a batch of one is wanted, not of {len(batch_of_one.asks)}")
    yield from answer_batch(loaded, batch_of_one, shared=False)


def same_as_stock(loaded: LoadedModel, batch: Batch) -> list[str]:
    """Compares greedy answers of the shared way with the library's `generate` on a batch.

    Each utterance has two rows in the shared way, so that copying its state is put to the test as well. Where
    the two ways differ first at a token that ties with the other in the precision of the model's type, that
    is no difference.

    Returns:
        The differences, one sentence each; empty where the shared way can be trusted.
    """
    limit = max(sampling.max_new_tokens for ask in batch.asks for sampling in ask.samplings)
    rows = [Row(place, 0.0, 0, limit) for place in range(len(batch.asks))]
    doubled = [row for row in rows for _ in range(2)]
    try:
        if loaded.encoder_decoder:
            ours = _from_encoder(loaded, batch, doubled)
        else:
            ours = _continued(loaded, Prefix.of(loaded, batch.inputs), doubled)
    except NotShareable as problem:
        return [str(problem)]
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as problem:
        if out_of_memory(problem):
            raise
        # The forward of an unusual model may not take what the shared way gives it; `generate` will.
        return [f"the shared way fails: {type(problem).__name__}: {problem}"]
    theirs, steps = stock.generate(loaded, on_device(loaded, batch.inputs), rows)
    tie = _TIE.get(loaded.dtype, _TIE[torch.bfloat16])
    found = []
    for place, row in enumerate(doubled):
        step = _first_difference(ours[place].tokens, theirs[row.ask].tokens)
        if step is not None and not _ties(ours[place].tokens, steps, step, row.ask, tie):
            found.append(
                f"{batch.asks[row.ask].item.file_id}: token {step + 1} differs: shared "
                f"{ours[place].tokens}, stock {theirs[row.ask].tokens}"
            )
    return found


def _rows(asks: Sequence[Ask]) -> tuple[list[Row], dict[tuple[int, Sampling], int]]:
    """What has to be decoded, and which of it answers which sampling (a greedy answer serves several)."""
    rows: dict[tuple[int, float, int], Row] = {}
    wanted: dict[tuple[int, Sampling], tuple[int, float, int]] = {}
    for place, ask in enumerate(asks):
        for sampling in ask.samplings:
            if sampling.method == "likelihood":
                continue
            greedy = sampling.temperature == 0
            key = 0 if greedy else noise_key(sampling.seed, ask.item.file_id, sampling.sample)
            row = Row(place, sampling.temperature, key, sampling.max_new_tokens)
            name = wanted[place, sampling] = (place, row.temperature, key)
            known = rows.get(name, row)
            rows[name] = replace(row, limit=max(row.limit, known.limit))
    order = {name: number for number, name in enumerate(rows)}
    return list(rows.values()), {each: order[name] for each, name in wanted.items()}


def _continued(loaded: LoadedModel, prefix: Prefix, rows: Sequence[Row]) -> list[Said]:
    """Decodes rows from what was read of their utterances, using the prefix up."""
    said = [Said() for _ in rows]
    if not rows:
        return said
    prefix.become([row.ask for row in rows])
    logits = prefix.logits
    slots = list(range(len(rows)))  # which row each row of the tensors is
    going = set(slots)
    for step in range(max(row.limit for row in rows)):
        temperatures, keys = [rows[slot].temperature for slot in slots], [rows[slot].key for slot in slots]
        tokens = draw(logits, temperatures, keys, step)
        drawn = zip(slots, tokens.tolist(), stock.logprobs_of(logits, tokens).tolist(), strict=True)
        for slot, token, logprob in drawn:
            if slot in going:
                said[slot].tokens.append(token)
                said[slot].logprobs.append(logprob)
                if token in loaded.end_tokens or len(said[slot].tokens) == rows[slot].limit:
                    going.remove(slot)
        if not going:
            break
        if len(going) <= _WORTH_A_COPY * len(slots):
            kept = [place for place, slot in enumerate(slots) if slot in going]
            prefix.become(kept)
            tokens = tokens[kept]
            slots = [slots[place] for place in kept]
        logits = prefix.extend(tokens[:, None])[:, -1]
    return said


def _separate(loaded: LoadedModel, batch: Batch, rows: Sequence[Row]) -> list[Said]:
    """Decodes rows by a call of `generate` for each kind of draw, over all utterances of the batch.

    An utterance that does not want a draw is asked all the same, as features of audio can't be told apart by
    utterance for every family; what it says is dropped.
    """
    said: dict[int, Said] = {}
    inputs = on_device(loaded, batch.inputs)
    waiting = list(enumerate(rows))
    while waiting:
        call: dict[int, tuple[int, Row]] = {}
        heat = waiting[0][1].temperature
        for number, row in waiting:
            if row.temperature == heat:
                call.setdefault(row.ask, (number, row))
        idle = Row(0, 0.0, 0, 1)
        asked = [call[place][1] if place in call else idle for place in range(len(batch.asks))]
        answers, _ = stock.generate(loaded, inputs, asked)
        said.update({number: answers[row.ask] for number, row in call.values()})
        waiting = [each for each in waiting if each[0] not in said]
    return [said[number] for number in range(len(rows))]


def _from_encoder(loaded: LoadedModel, batch: Batch, rows: Sequence[Row]) -> list[Said]:
    """Encoder-decoder models: the encoder reads once, each row has a decoder of its own."""
    from transformers.modeling_outputs import BaseModelOutput

    if not rows:
        return []
    asks = [row.ask for row in rows]
    states = stock.encoded(loaded, batch.inputs)[asks]
    inputs: dict[str, Any] = {"encoder_outputs": BaseModelOutput(last_hidden_state=states)}
    ready = on_device(loaded, batch.inputs)
    inputs |= {name: value[asks] for name, value in ready.items() if name.startswith("decoder_")}
    if "input_ids" in ready and "attention_mask" in ready:  # a text encoder, whose padding counts
        inputs["attention_mask"] = ready["attention_mask"][asks]
    return stock.generate(loaded, inputs, rows)[0]


def _answer(loaded: LoadedModel, ask: Ask, sampling: Sampling, said: Said) -> Answer:
    tokens = said.tokens[: sampling.max_new_tokens]
    logprob = math.fsum(said.logprobs[: sampling.max_new_tokens])
    if math.isnan(logprob):
        return fault(ask.item, sampling, _NOT_A_NUMBER)
    ended = bool(tokens) and tokens[-1] in loaded.end_tokens
    text = loaded.tokenizer.decode(tokens[:-1] if ended else tokens, skip_special_tokens=True)
    return Answer(
        file_id=ask.item.file_id,
        sampling=sampling,
        text=text.strip(),
        finish_reason="stop" if ended else "length",
        details={"tokens": tokens, "logprob": round(logprob, 3)},
    )


def _first_difference(ours: Sequence[int], theirs: Sequence[int]) -> int | None:
    if ours == theirs:
        return None
    pairs = zip(ours, theirs, strict=False)
    return next(
        (step for step, (our, their) in enumerate(pairs) if our != their), min(len(ours), len(theirs))
    )


def _ties(ours: Sequence[int], steps: Sequence[Step], step: int, ask: int, tie: float) -> bool:
    if step >= len(ours) or step >= len(steps):
        return False
    logits = dict(zip(steps[step].tokens[ask], steps[step].logits[ask], strict=True))
    best = max(logits.values())
    return best - logits.get(ours[step], -math.inf) <= tie * max(1.0, abs(best))
