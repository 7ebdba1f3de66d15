"""Tiny models with batches for them, made by the library's own processors; and a table that speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import torch
from transformers import (
    AudioFlamingo3ForConditionalGeneration,
    AutoProcessor,
    DynamicCache,
    Qwen2AudioForConditionalGeneration,
    WhisperForConditionalGeneration,
)

from cameo_assets.models.engines.base import Answer, Ask, Sampling
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.prompts import prompt_text
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.examples import an_ask

KINDS = {
    "qwen2_audio": Qwen2AudioForConditionalGeneration,
    "audio_flamingo3": AudioFlamingo3ForConditionalGeneration,
    "whisper": WhisperForConditionalGeneration,
}
OPTIONS = ("anger", "calm", "sad", "sadness", "surprise")


def a_model(folder: Path, family: str, **changes: Any) -> LoadedModel:
    """A tiny model on the CPU, float32."""
    getattr(tiny, family)(folder, **changes)
    model = KINDS[family].from_pretrained(folder).eval()
    processor = AutoProcessor.from_pretrained(folder)
    processor.tokenizer.padding_side = "left"
    ends = model.generation_config.eos_token_id
    return LoadedModel(
        model=model,
        processor=processor,
        tokenizer=processor.tokenizer,
        device=torch.device("cpu"),
        dtype=torch.float32,
        encoder_decoder=model.config.is_encoder_decoder,
        end_tokens=tuple(ends) if isinstance(ends, list) else (ends,),
        pad_token=processor.tokenizer.pad_token_id,
        versions={},
    )


def a_sampling(temperature: float = 0.0, sample: int = 0, **changes: Any) -> Sampling:
    draw = Sampling(temperature=temperature, sample=sample, seed=0, max_new_tokens=8)
    return msgspec.structs.replace(draw, **changes)


def asks(count: int, *samplings: Sampling, options: tuple[str, ...] = OPTIONS) -> list[Ask]:
    return [an_ask(f"{number}.flac", *samplings, options=options) for number in range(count)]


def a_batch(loaded: LoadedModel, wanted: Sequence[Ask]) -> Batch:
    """Half a second and more of noise for each ask, which depends on its id alone."""
    waves = []
    for ask in wanted:
        number = int(ask.item.file_id.split(".")[0])
        waves.append(np.random.default_rng(number).standard_normal(8_000 + 2_500 * number).astype(np.float32))
    if loaded.encoder_decoder:
        inputs = loaded.processor(waves, sampling_rate=16_000, return_tensors="pt")
        return Batch(tuple(wanted), {"input_features": inputs["input_features"]})
    texts = [
        loaded.processor.apply_chat_template(
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "audio", "audio": ""},
                        {"type": "text", "text": prompt_text("cameo-1", ask.item.options)},
                    ],
                }
            ],
            add_generation_prompt=True,
            tokenize=False,
        )
        for ask in wanted
    ]
    inputs = loaded.processor(
        text=texts, audio=waves, sampling_rate=16_000, text_kwargs={"padding": True}, return_tensors="pt"
    )
    return Batch(tuple(wanted), dict(inputs))


def plainly(answers: Sequence[Answer]) -> dict[tuple[str, Sampling], tuple[Any, ...]]:
    """Answers without what may differ between two ways: times, and the last digits of floats."""
    return {
        (answer.file_id, answer.sampling): (
            answer.text,
            answer.finish_reason,
            answer.error,
            answer.details.get("tokens"),
        )
        for answer in answers
    }


class Table(torch.nn.Module):
    """A language model that is a table: logits of the next token by all tokens so far (0 is padding).

    What it has read goes through a real cache of the library, as keys.
    """

    def __init__(self, rows: Mapping[tuple[int, ...], Sequence[float]], tokens: int) -> None:
        super().__init__()
        self.rows, self.tokens = dict(rows), tokens
        self.config = SimpleNamespace(is_encoder_decoder=False)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        past_key_values: DynamicCache | None = None,
        logits_to_keep: int = 0,
        **_: object,
    ) -> Any:
        cache = DynamicCache() if past_key_values is None else past_key_values
        states = input_ids[:, None, :, None].float()
        read = cache.update(states, states, 0)[0][:, 0, :, 0].long() * attention_mask
        before = read.shape[1] - input_ids.shape[1]
        logits = torch.tensor(
            [
                [self.of(row[: before + count + 1]) for count in range(input_ids.shape[1])]
                for row in read.tolist()
            ]
        )
        return SimpleNamespace(logits=logits[:, -logits_to_keep:], past_key_values=cache)

    def of(self, read: Sequence[int]) -> Sequence[float]:
        return self.rows.get(tuple(token for token in read if token), [0.0] * self.tokens)
