"""Makes what a model is fed with of what is asked.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Ask
from cameo_assets.models.local.audio import RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Batch:
    """Some asks and the tensors that go with them.

    Attributes:
        asks: One for each row.
        inputs: What the model's forward takes, by name: `input_ids` and `attention_mask` (rows, tokens),
            padded on the left, and features of the audio; on the CPU.
    """

    asks: tuple[Ask, ...]
    inputs: Mapping[str, torch.Tensor]


class InputMaker:
    """Writes each question as a chat and lets the processor make tensors of it.

    Args:
        processor: The model's.
        where: What to call the model in complaints.
        system: Text of a system turn; empty for none of ours (a template may add its own).
        audio_first: Whether the recording comes before the question.

    Raises:
        BadInput: The model has no chat template, so it is not asked in words; or it hears another rate.
    """

    def __init__(self, processor: Any, where: str, *, system: str = "", audio_first: bool = True) -> None:
        self._processor = processor
        self._where = where
        self._system = system
        self._audio_first = audio_first
        self._texts: dict[str, str] = {}
        self._lengths: dict[str, int] = {}
        tokenizer = processor.tokenizer
        if not (getattr(processor, "chat_template", None) or getattr(tokenizer, "chat_template", None)):
            raise BadInput(
                where,
                "chat_template",
                "none",
                "a model that is asked in words; one that only writes down speech answers no question",
            )
        extractor = getattr(processor, "feature_extractor", None)
        if (rate := getattr(extractor, "sampling_rate", RATE)) != RATE:
            raise BadInput(where, "sampling_rate", f"a model for {rate} Hz", f"one for {RATE} Hz")

    def text(self, prompt: str) -> str:
        """A question as the model's chat template writes it, with one placeholder for the recording.

        Raises:
            BadInput: The template leaves the recording out.
        """
        if prompt not in self._texts:
            content = [{"type": "audio"}, {"type": "text", "text": prompt}]
            chat: list[dict[str, Any]] = [
                {"role": "user", "content": content if self._audio_first else content[::-1]}
            ]
            if self._system:
                chat.insert(0, {"role": "system", "content": [{"type": "text", "text": self._system}]})
            text: str = self._processor.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            if (placeholder := getattr(self._processor, "audio_token", None)) and placeholder not in text:
                raise self._deaf(f"a chat without {placeholder}")
            if prompt not in text:
                raise BadInput(
                    self._where, "prompt_dropped", repr(text[-80:]), "a chat with the question in it"
                )
            self._texts[prompt] = text
        return self._texts[prompt]

    def tokens(self, prompt: str) -> int:
        """How many tokens a question has, without those of the recording."""
        if prompt not in self._lengths:
            made = self._processor.tokenizer(self.text(prompt), add_special_tokens=False)
            self._lengths[prompt] = len(made["input_ids"])
        return self._lengths[prompt]

    def batch(self, asks: Sequence[Ask], waves: Sequence[NDArray[np.float32]]) -> Batch:
        """The tensors of some asks.

        Args:
            asks: At least one.
            waves: Their recordings, 16 kHz mono.

        Raises:
            BadInput: The tensors show that the model would not hear the recordings.
        """
        texts = [self.text(ask.item.prompt) for ask in asks]
        # A template that writes the token of the beginning is not to be tokenised into a second one.
        begin = self._processor.tokenizer.bos_token
        own_begin = begin is not None and texts[0].startswith(begin)
        made = self._processor(
            text=texts,
            audio=list(waves),
            return_tensors="pt",
            # Apart, as padding="longest" would reach extractors whose encoders take 30 s and nothing else.
            text_kwargs={"padding": True, "padding_side": "left", "add_special_tokens": not own_begin},
            audio_kwargs={"sampling_rate": RATE},
        )
        inputs = {name: value for name, value in made.items() if isinstance(value, torch.Tensor)}
        self._check(inputs)
        return Batch(tuple(asks), inputs)

    def _check(self, inputs: Mapping[str, torch.Tensor]) -> None:
        features = [value for value in inputs.values() if value.is_floating_point()]
        if not features or not all(value.numel() for value in features):
            raise self._deaf(f"no features among {', '.join(inputs)}")
        placeholder = getattr(self._processor, "audio_token_id", None)
        if placeholder is not None and not (inputs["input_ids"] == placeholder).any(dim=1).all():
            raise self._deaf("a prompt without tokens of audio")

    def _deaf(self, seen: str) -> BadInput:
        return BadInput(
            self._where,
            "audio_dropped",
            seen,
            "the recording in every prompt; the chat template may be wrong",
        )
