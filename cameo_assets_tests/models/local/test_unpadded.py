"""Features without padding and trimmed encoders, against the stock ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import accelerate
import numpy as np
import pytest
import torch
from torch import nn
from transformers import AutoProcessor, SeamlessM4TFeatureExtractor, WhisperFeatureExtractor

from cameo_assets.models.engines.transformers import TransformersOptions
from cameo_assets.models.local import encoders
from cameo_assets.models.local.checks import features_agree, logits_agree
from cameo_assets.models.local.inputs import Batch, InputMaker
from cameo_assets.models.local.loading import LoadedModel, load
from cameo_assets.models.local.prefix import prefill
from cameo_assets.models.local.unpadded import UnpaddedExtractor, suits, without_padding
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.local.test_inputs import an_ask

FAMILIES = [tiny.qwen2_audio, tiny.audio_flamingo3]
LENGTHS = [1_600, 1_601, 15_839, 15_840, 16_000, 16_001, 47_999, 48_123]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def clip(length: int, *, click: bool = False) -> np.ndarray:
    wave = np.random.default_rng(length).uniform(-0.1, 0.1, length).astype(np.float32)
    if click:
        wave[-1] = 1.0  # the loudest frame is one that lies behind the valid ones
    return wave


def stock_features(clips: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    made = WhisperFeatureExtractor()(
        clips, sampling_rate=16_000, return_attention_mask=True, return_tensors="np"
    )
    return made["input_features"], made["attention_mask"]


def unpadded_features(clips: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    made = UnpaddedExtractor(WhisperFeatureExtractor())(clips, sampling_rate=16_000)
    return made["input_features"].numpy(), made["attention_mask"].numpy()


@pytest.mark.parametrize("click", [False, True])
@pytest.mark.parametrize("length", [*LENGTHS, 479_000, 479_999, 480_000])
def test_features_are_the_stock_ones_as_far_as_they_go(length: int, click: bool) -> None:
    features, mask = unpadded_features([clip(length, click=click)])
    padded, padded_mask = stock_features([clip(length, click=click)])
    frames = features.shape[-1]
    assert frames % 2 == 0
    np.testing.assert_allclose(features, padded[..., :frames], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(mask, padded_mask[:, :frames])
    assert mask.sum() == padded_mask.sum()


def test_features_of_a_batch_are_those_of_its_longest_clip_and_silence() -> None:
    clips = [clip(length) for length in LENGTHS] + [np.zeros(20_000, np.float32)]
    features, mask = unpadded_features(clips)
    padded, padded_mask = stock_features(clips)
    assert features.shape == (len(clips), 80, 306)
    np.testing.assert_allclose(features, padded[..., :306], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(mask, padded_mask[:, :306])


def test_only_extractors_whose_silence_is_known_are_replaced(tmp_path: Path) -> None:
    processor = AutoProcessor.from_pretrained(tiny.qwen2_audio(tmp_path))
    assert suits(processor)
    for other in (
        WhisperFeatureExtractor(dither=0.1),
        WhisperFeatureExtractor(padding_value=0.5),
        SeamlessM4TFeatureExtractor(),
    ):
        processor.feature_extractor = other
        assert not suits(processor)


def loaded_with_inputs(
    folder: Path, family: Any, *lengths: int, dtype: Any = "float32"
) -> tuple[LoadedModel, Batch, Batch]:
    loaded = load(tiny.spec(family(folder)), TransformersOptions(device="cpu", dtype=dtype), "")
    asks, waves = [an_ask()] * len(lengths), [clip(length) for length in lengths]
    padded, unpadded = (
        InputMaker(processor, "tiny").batch(asks, waves)
        for processor in (loaded.processor, without_padding(loaded.processor))
    )
    return loaded, padded, unpadded


@pytest.mark.parametrize("family", FAMILIES)
def test_only_the_features_become_shorter(tmp_path: Path, family: Any) -> None:
    _, padded, unpadded = loaded_with_inputs(tmp_path, family, 8_000, 40_000)
    assert padded.inputs.keys() == unpadded.inputs.keys()
    assert padded.inputs["input_features"].shape[-1] == 3_000
    assert unpadded.inputs["input_features"].shape[-1] == 254
    for name in ("input_ids", "attention_mask"):
        assert torch.equal(padded.inputs[name], unpadded.inputs[name])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("lengths", [(1_600,), (1_760,), (16_000, 3_200), (40_161, 40_000, 5_000)])
def test_a_trimmed_encoder_leads_to_the_logits_of_the_stock_one(
    tmp_path: Path, family: Any, lengths: tuple[int, ...]
) -> None:
    loaded, padded, unpadded = loaded_with_inputs(tmp_path, family, *lengths)
    plain, _ = prefill(loaded, padded.inputs)
    encoders.trim(loaded.model)
    for inputs in (unpadded.inputs, padded.inputs):
        fast, _ = prefill(loaded, inputs)
        torch.testing.assert_close(fast, plain, rtol=0, atol=1e-4)


def test_what_is_longer_than_a_window_goes_through_the_trimmed_encoder(tmp_path: Path) -> None:
    loaded, padded, unpadded = loaded_with_inputs(tmp_path, tiny.audio_flamingo3, 500_000, 8_000)
    assert features_agree(loaded, padded, unpadded)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_check_finds_both_ways_equal_and_keeps_the_trimmed_encoder(tmp_path: Path, family: Any) -> None:
    loaded, padded, unpadded = loaded_with_inputs(tmp_path, family, 8_000, 20_000)
    assert features_agree(loaded, padded, unpadded)
    prefill(loaded, unpadded.inputs)  # which the stock encoder refuses


def one_position_off(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = encoders._embedded

    def embedded(encoder: Any, features: torch.Tensor) -> torch.Tensor:
        states, table = honest(encoder, features), encoder.embed_positions.weight
        count = states.shape[1]
        return states - table[:count] + table[1 : count + 1]

    monkeypatch.setattr(encoders, "_embedded", embedded)


def without_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    qwen, flamingo = encoders._qwen2_audio, encoders._audio_flamingo_3

    def qwen_forward(encoder: Any) -> Any:
        return lambda input_features, **_: qwen(encoder)(input_features)

    def flamingo_forward(encoder: Any) -> Any:
        return lambda input_features, input_features_mask, **_: flamingo(encoder)(
            input_features, torch.ones_like(input_features_mask)
        )

    monkeypatch.setitem(encoders.FAMILIES, "Qwen2AudioEncoder", qwen_forward)
    monkeypatch.setitem(encoders.FAMILIES, "AudioFlamingo3Encoder", flamingo_forward)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fault", [one_position_off, without_mask, None])
def test_the_check_finds_an_encoder_that_trims_wrongly_in_any_type(
    tmp_path: Path, family: Any, dtype: Any, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, padded, unpadded = loaded_with_inputs(tmp_path, family, 20_000, 8_000, dtype=dtype)
    if fault:
        fault(monkeypatch)
    assert features_agree(loaded, padded, unpadded) is (fault is None)
    assert {value.dtype for value in loaded.model.state_dict().values()} == {loaded.dtype}
    if fault:  # the stock encoder is back, which takes 30 s and nothing else
        with pytest.raises((ValueError, RuntimeError)):
            prefill(loaded, unpadded.inputs)


def test_an_encoder_with_hooks_of_accelerate_is_left_alone(tmp_path: Path) -> None:
    loaded, padded, _ = loaded_with_inputs(tmp_path, tiny.qwen2_audio, 8_000)
    accelerate.hooks.add_hook_to_module(loaded.model.model.audio_tower, accelerate.hooks.ModelHook())
    hooked = loaded.model.model.audio_tower.forward
    assert not encoders.trimmable(loaded.model)
    encoders.restore(loaded.model)
    with encoders.stock(loaded.model):
        assert loaded.model.model.audio_tower.forward is hooked
    prefill(loaded, padded.inputs)


def test_the_stock_encoder_can_be_had_for_a_while(tmp_path: Path) -> None:
    loaded, _, unpadded = loaded_with_inputs(tmp_path, tiny.qwen2_audio, 8_000)
    encoders.trim(loaded.model)
    with encoders.stock(loaded.model), pytest.raises(ValueError, match="3000"):
        prefill(loaded, unpadded.inputs)
    prefill(loaded, unpadded.inputs)


def test_an_unknown_encoder_is_left_alone() -> None:
    model = nn.Linear(1, 1)
    assert not encoders.trimmable(model)
    encoders.restore(model)
    with encoders.stock(model):
        pass


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]], True),
        ([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.02]], True),
        ([[1.0, 2.0, 3.0]], [[1.1, 2.0, 3.0]], False),
        ([[1.0, 3.0, 2.99]], [[1.0, 2.99, 3.0]], True),
        ([[1.0, 2.0], [2.0, 1.0]], [[1.0, 2.0], [1.0, 2.0]], False),
        ([[1.0, 2.0]], [[float("nan"), 2.0]], False),
    ],
    ids=["equal", "rounding", "too far", "a tie", "another token", "not a number"],
)
def test_logits_agree_within_rounding(one: list[Any], other: list[Any], same: bool) -> None:
    assert logits_agree(torch.tensor(one), torch.tensor(other), 0.01) is same
