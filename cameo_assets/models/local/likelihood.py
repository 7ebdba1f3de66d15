"""Answers by likelihood: the exact probability that a model, sampling freely, would say just this option.

Imports torch at its top: import it inside functions only.

One forward over the prompt gives the logits of the first token, one more over the options all others. The
options are a tree there: those with the same first tokens share them, and one that is the beginning of
another is read with it. From these logits every temperature follows without asking again; `probabilities`
has the arithmetic.

An option counts as said in the tokens that its tokenizer makes of it, and in no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from cameo_assets.models.engines.base import Answer, Ask, Sampling, fault
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.prefix import Prefix, last_tokens, on_device, positions
from cameo_assets.models.local.probabilities import Options, Step, Tokens, observe, options_of, score
from cameo_assets.models.local.stock import encoded

_ELEMENTS: Final = 2**27
"""Most logits of a forward, in numbers: half a gibibyte in float32."""
_TAIL: Final = 8
"""How much of the prompt an option is read after: enough for a tokenizer that joins neighbours."""

Chosen = dict[tuple[int, Sampling], Answer]
"""Answers by row of the batch and sampling."""


def shared(loaded: LoadedModel, batch: Batch, prefix: Prefix, *, at_once: int) -> Chosen:
    """Answers by likelihood from what was read of the utterances.

    Args:
        loaded: The model.
        batch: What is asked; samplings by generation are passed over.
        prefix: Its prompts.
        at_once: Most rows of the second forward, each of which takes as much memory as a row of generation.
    """
    wanted = _wanted(batch.asks)
    if not wanted:
        return {}
    options = _options(loaded, batch, wanted)
    heats = _temperatures(wanted)
    steps: dict[int, dict[Tokens, Step]] = {place: {} for place in wanted}
    nexts = [options[place].following((), loaded.end_tokens) for place in wanted]
    for place, step in zip(wanted, observe(prefix.logits[list(wanted)], nexts, heats), strict=True):
        steps[place][()] = step
    rows = [(place, leaf) for place in wanted for leaf in options[place].leaves]
    longest = max(len(leaf) for _, leaf in rows)
    at_once = max(1, min(at_once, _ELEMENTS // (prefix.logits.shape[-1] * longest)))
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        tokens, valid = _padded([leaf for _, leaf in part], loaded.pad_token)
        logits = prefix.rows([place for place, _ in part]).extend(tokens, valid)
        at = [(row, count) for row, (_, leaf) in enumerate(part) for count in range(len(leaf))]
        beginnings = [(part[row][0], part[row][1][: count + 1]) for row, count in at]
        nexts = [options[place].following(path, loaded.end_tokens) for place, path in beginnings]
        chosen = logits[[row for row, _ in at], [count for _, count in at]]
        for (place, path), step in zip(beginnings, observe(chosen, nexts, heats), strict=True):
            steps[place][path] = step
    return _answers(loaded, batch.asks, wanted, options, steps)


def plain(loaded: LoadedModel, batch: Batch) -> Chosen:
    """The same in the plainest way: for each option, one forward over the whole prompt with it at the end.

    It is also the way of models that can't share, and of those with an encoder (which reads once here).
    """
    wanted = _wanted(batch.asks)
    if not wanted:
        return {}
    options = _options(loaded, batch, wanted)
    heats = _temperatures(wanted)
    steps: dict[int, dict[Tokens, Step]] = {place: {} for place in wanted}
    forward = _decoder_forward(loaded, batch) if loaded.encoder_decoder else _whole_forward(loaded, batch)
    for number in range(max(len(each.tokens) for each in options.values())):
        # An utterance with fewer options repeats its last one; one that wants none has a token to spare.
        paths: list[Tokens] = [(loaded.pad_token,)] * len(batch.asks)
        for place in wanted:
            own = list(options[place].tokens.values())
            paths[place] = own[min(number, len(own) - 1)]
        logits = forward(*_padded(paths, loaded.pad_token))
        for place in wanted:
            beginnings = [paths[place][:count] for count in range(len(paths[place]) + 1)]
            nexts = [options[place].following(path, loaded.end_tokens) for path in beginnings]
            observed = observe(logits[place, : len(beginnings)], nexts, heats)
            steps[place].update(zip(beginnings, observed, strict=True))
    return _answers(loaded, batch.asks, wanted, options, steps)


def _wanted(asks: Sequence[Ask]) -> dict[int, list[Sampling]]:
    """The samplings by likelihood of each ask that has some."""
    found = {
        place: [sampling for sampling in ask.samplings if sampling.method == "likelihood"]
        for place, ask in enumerate(asks)
    }
    return {place: samplings for place, samplings in found.items() if samplings}


def _temperatures(wanted: Mapping[int, Sequence[Sampling]]) -> list[float]:
    heats = {sampling.temperature for samplings in wanted.values() for sampling in samplings}
    return sorted(heat for heat in heats if heat > 0)


def _options(loaded: LoadedModel, batch: Batch, wanted: Iterable[int]) -> dict[int, Options]:
    """The options of each ask, looked up once for the same options after the same end of a prompt."""
    known: dict[tuple[tuple[str, ...], Tokens], Options] = {}
    found = {}
    for place in wanted:
        options = batch.asks[place].item.options
        tail: Tokens = ()
        if not loaded.encoder_decoder:
            tail = tuple(batch.inputs["input_ids"][place, -_TAIL:].tolist())
        if (options, tail) not in known:
            known[options, tail] = options_of(loaded, options, tail)
        found[place] = known[options, tail]
    return found


def _padded(paths: Sequence[Tokens], pad: int) -> tuple[Tensor, Tensor]:
    """Paths as rows, padded on the right, and which of it is no padding."""
    longest = max(map(len, paths))
    tokens = torch.tensor([[*path, *[pad] * (longest - len(path))] for path in paths])
    valid = torch.tensor([[1] * len(path) + [0] * (longest - len(path)) for path in paths])
    return tokens, valid


def _whole_forward(loaded: LoadedModel, batch: Batch) -> Callable[[Tensor, Tensor], Tensor]:
    """A forward over prompts and what follows them; gives the logits from the last of the prompt on."""
    ready = on_device(loaded, batch.inputs)

    def forward(tokens: Tensor, valid: Tensor) -> Tensor:
        ids = torch.cat([ready["input_ids"], tokens.to(loaded.device)], dim=-1)
        mask = torch.cat([ready["attention_mask"], valid.to(loaded.device)], dim=-1)
        inputs = {**ready, "input_ids": ids, "attention_mask": mask, **positions(loaded, mask)}
        with torch.inference_mode(), last_tokens(loaded.model, tokens.shape[-1] + 1) as only:
            logits: Tensor = loaded.model(**inputs, **only, use_cache=False, return_dict=True).logits
        return logits[:, -tokens.shape[-1] - 1 :]

    return forward


def _decoder_forward(loaded: LoadedModel, batch: Batch) -> Callable[[Tensor, Tensor], Tensor]:
    """The same for a model with an encoder, which reads here, once."""
    from transformers.modeling_outputs import BaseModelOutput

    states = encoded(loaded, batch.inputs)
    ready = on_device(loaded, batch.inputs)
    start = ready.get("decoder_input_ids")
    if start is None:
        begin = loaded.model.generation_config.decoder_start_token_id
        start = torch.full((len(batch.asks), 1), begin, device=loaded.device)

    def forward(tokens: Tensor, _valid: Tensor) -> Tensor:
        # Padding comes after all that is looked at, and a decoder doesn't look ahead.
        ids = torch.cat([start, tokens.to(loaded.device)], dim=-1)
        with torch.inference_mode():
            logits: Tensor = loaded.model(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                decoder_input_ids=ids,
                use_cache=False,
                return_dict=True,
            ).logits
        return logits[:, -tokens.shape[-1] - 1 :]

    return forward


def _answers(
    loaded: LoadedModel,
    asks: Sequence[Ask],
    wanted: Mapping[int, Sequence[Sampling]],
    options: Mapping[int, Options],
    steps: Mapping[int, Mapping[Tokens, Step]],
) -> Chosen:
    chosen: Chosen = {}
    for place, samplings in wanted.items():
        for sampling in samplings:
            try:
                best, shares, mass = score(
                    options[place], steps[place], loaded.end_tokens, sampling.temperature
                )
            except ArithmeticError as problem:
                chosen[place, sampling] = fault(asks[place].item, sampling, str(problem))
                continue
            chosen[place, sampling] = Answer(
                file_id=asks[place].item.file_id,
                sampling=sampling,
                text=best,
                details={
                    "probabilities": {option: round(share, 6) for option, share in shares.items()},
                    "mass": float(f"{mass:.6g}"),
                },
            )
    return chosen
