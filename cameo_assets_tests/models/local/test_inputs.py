from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers.processors import TemplateProcessing
from transformers import AutoProcessor

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Ask, Item
from cameo_assets.models.local.inputs import Batch, InputMaker
from cameo_assets.models.prompts import prompt_text
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.examples import a_sampling

FAMILIES = [tiny.qwen2_audio, tiny.audio_flamingo3]
PROMPT = prompt_text("cameo-1", ("anger", "fear"))


def a_maker(processor: Any, **how: Any) -> InputMaker:
    return InputMaker(processor, "tiny", **how)


def processor_of(folder: Path, family: Any = tiny.qwen2_audio) -> Any:
    return AutoProcessor.from_pretrained(family(folder))


def an_ask(prompt: str = PROMPT) -> Ask:
    item = Item(file_id="a", corpus="c", path="", pcm_md5="", seconds=1.0, options=("anger",), prompt=prompt)
    return Ask(item=item, samplings=(a_sampling(),))


def a_batch(processor: Any, *seconds: float, prompts: tuple[str, ...] = ()) -> Batch:
    waves = [np.random.default_rng(0).random(int(16_000 * each), np.float32) for each in seconds]
    asks = [an_ask(prompt) for prompt in prompts or (PROMPT,) * len(waves)]
    return a_maker(processor).batch(asks, waves)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_question_is_a_chat_with_one_recording(tmp_path: Path, family: Any) -> None:
    processor = processor_of(tmp_path, family)
    text = a_maker(processor).text(PROMPT)
    assert (text.count(PROMPT), text.count(processor.audio_token)) == (1, 1)
    assert text.index(processor.audio_token) < text.index(PROMPT)
    assert text.endswith("<|im_start|>assistant\n")


def test_the_recording_can_come_last(tmp_path: Path) -> None:
    text = a_maker(processor_of(tmp_path), audio_first=False).text(PROMPT)
    assert text.index(PROMPT) < text.index("<|AUDIO|>")


def test_a_system_turn_comes_first(tmp_path: Path) -> None:
    text = a_maker(processor_of(tmp_path, tiny.audio_flamingo3), system="Be brief.").text(PROMPT)
    assert text.startswith("<|im_start|>system\nBe brief.<|im_end|>")


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_padded_on_the_left(tmp_path: Path, family: Any) -> None:
    processor = processor_of(tmp_path, family)
    inputs = a_batch(processor, 0.5, 2.0).inputs
    short, long = inputs["attention_mask"].tolist()
    assert short == sorted(short) and short[0] == 0 and all(long)
    decoded = processor.tokenizer.batch_decode(inputs["input_ids"])
    assert all(text.endswith("assistant\n") for text in decoded)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("seconds", "tokens"), [(0.1, 2), (1.0, 25), (2.0, 50), (30.0, 750)])
def test_a_recording_becomes_25_tokens_a_second(
    tmp_path: Path, family: Any, seconds: float, tokens: int
) -> None:
    processor = processor_of(tmp_path, family)
    inputs = a_batch(processor, seconds).inputs
    assert (inputs["input_ids"] == processor.audio_token_id).sum().item() == tokens


def test_features_are_what_the_encoder_takes(tmp_path: Path) -> None:
    assert a_batch(processor_of(tmp_path), 0.5, 2.0).inputs["input_features"].shape == (2, 16, 3000)


def test_the_tokens_of_a_question_are_counted_without_the_recording(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    counted = a_maker(processor).tokens(PROMPT)
    # The recording's one placeholder is in the count.
    assert a_batch(processor, 1.0).inputs["input_ids"].shape == (1, counted - 1 + 25)


def test_a_template_that_begins_the_text_itself_gets_no_second_beginning(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    tokenizer = processor.tokenizer
    tokenizer.bos_token = "<|im_start|>"
    begin = tokenizer.bos_token_id
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", begin)]
    )
    assert tokenizer("a")["input_ids"][0] == begin
    ids = a_batch(processor, 1.0).inputs["input_ids"][0].tolist()
    assert ids[0] == begin and ids[1] != begin


def test_a_template_that_drops_the_recording_is_refused(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    processor.chat_template = "{% for part in messages[0]['content'] %}{{ part['text'] }}{% endfor %}"
    with pytest.raises(BadInput, match=r"tiny: audio_dropped.*<\|AUDIO\|>"):
        a_batch(processor, 1.0)


def test_a_template_that_drops_the_question_is_refused(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    processor.chat_template = "<|AUDIO|>What is that?"
    with pytest.raises(BadInput, match="prompt_dropped"):
        a_batch(processor, 1.0)


def test_a_processor_that_makes_no_tokens_of_the_recording_is_refused(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    processor._check_special_mm_tokens = lambda *_, **__: None  # not every processor looks itself
    processor.audio_token_id = processor.tokenizer.convert_tokens_to_ids("<|audio_bos|>") + 1_000
    with pytest.raises(BadInput, match=r"audio_dropped.*without tokens of audio"):
        a_batch(processor, 1.0)


def test_a_model_that_takes_no_chat_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"tiny: chat_template: seen none"):
        a_maker(processor_of(tmp_path, tiny.whisper))


def test_a_model_that_hears_another_rate_is_refused(tmp_path: Path) -> None:
    processor = processor_of(tmp_path)
    processor.feature_extractor.sampling_rate = 24_000
    with pytest.raises(BadInput, match="sampling_rate: seen a model for 24000 Hz"):
        a_maker(processor)
