from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoFeatureExtractor, AutoModel

from cameo_assets.errors import BadInput
from cameo_assets.models.local import listening
from cameo_assets.models.local.encoding import Encoder
from cameo_assets_tests.models import tiny

ENCODERS = ("wav2vec2", "hubert", "wavlm", "whisper")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def saved(folder: Path, family: str) -> Path:
    return tiny.whisper(folder) if family == "whisper" else tiny.encoder(folder, family)


def load(folder: Path, auto: str = "AutoModel", **more: Any) -> listening.Listener:
    spec = tiny.spec(folder, "encoder-probe")
    return listening.load(
        auto, spec, str(folder), device="cpu", dtype="float32", unsafe_weights="", unused="decoder.", **more
    )


def stock_states(folder: Path, wave: np.ndarray) -> list[np.ndarray]:
    """Hidden states (frames, width) of each layer, as anyone would get them from the library."""
    model = AutoModel.from_pretrained(folder).eval()
    inputs = AutoFeatureExtractor.from_pretrained(folder)(wave, sampling_rate=16_000, return_tensors="pt")
    with torch.no_grad():
        if model.config.is_encoder_decoder:
            found = model.encoder(inputs["input_features"], output_hidden_states=True)
        else:
            found = model(inputs["input_values"], output_hidden_states=True)
    return [state[0].numpy() for state in found.hidden_states]


@pytest.mark.parametrize("family", ENCODERS)
def test_states_are_averaged_over_the_frames_of_the_recording(family: str, tmp_path: Path) -> None:
    folder, wave = saved(tmp_path, family), listening.a_noise(0.83)
    states = stock_states(folder, wave)
    # 20 ms a frame; Whisper has 1500 of them, and all but the first 42 are for the silence after the end.
    own = 42 if family == "whisper" else len(states[0])
    assert own in (41, 42)
    expected = np.mean([state[:own].mean(axis=0) for state in states], axis=0)
    found = Encoder(load(folder), "mean", "mean").pooled(wave)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_silence_after_the_end_is_no_part_of_the_average(tmp_path: Path) -> None:
    folder, wave = tiny.whisper(tmp_path), listening.a_noise(0.83)
    everything = stock_states(folder, wave)[-1].mean(axis=0)
    assert np.abs(Encoder(load(folder), -1, "mean").pooled(wave) - everything).max() > 0.01


@pytest.mark.parametrize("layer", [0, 1, 2, -1, -3])
def test_one_layer_can_be_taken(layer: int, tmp_path: Path) -> None:
    folder, wave = tiny.encoder(tmp_path), listening.a_noise(0.5)
    expected = stock_states(folder, wave)[layer].mean(axis=0)
    found = Encoder(load(folder), layer, "mean").pooled(wave)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_spread_over_the_frames_can_stand_beside_the_average(tmp_path: Path) -> None:
    folder, wave = tiny.encoder(tmp_path), listening.a_noise(0.5)
    last = stock_states(folder, wave)[-1]
    found = Encoder(load(folder), -1, "mean+std").pooled(wave)
    expected = np.concatenate([last.mean(axis=0), last.std(axis=0)])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", ENCODERS)
def test_a_recording_has_the_same_bits_in_any_company(family: str, tmp_path: Path) -> None:
    encoder = Encoder(load(saved(tmp_path, family)), "mean", "mean")
    waves = [listening.a_noise(seconds) for seconds in (0.4, 1.1, 0.7)]
    forward = [encoder.pooled(wave) for wave in waves]
    backward = [encoder.pooled(wave) for wave in waves[::-1]]
    assert all((one == other).all() for one, other in zip(forward, backward[::-1], strict=True))


@pytest.mark.parametrize("layer", [3, -4])
def test_a_layer_that_is_not_there_is_named_with_those_that_are(layer: int, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"layer.*seen {layer}; expected mean, or from -3 to 2"):
        Encoder(load(tiny.encoder(tmp_path)), layer, "mean")


def test_an_encoder_whose_frames_are_no_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ASTModel, which does not say which frames hold the recording"):
        Encoder(load(tiny.classifier(tmp_path, ["a", "b"], "ast")), "mean", "mean")


def test_a_model_that_wants_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Qwen2AudioModel, which takes input_ids"):
        load(tiny.qwen2_audio(tmp_path))


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected a model of audio for AutoModelForAudioClassification"):
        load(tiny.qwen2_audio(tmp_path), "AutoModelForAudioClassification")


def test_a_head_that_would_be_random_is_refused(tmp_path: Path) -> None:
    """The library only warns."""
    with pytest.raises(BadInput, match=r"missing_weights: seen none for classifier\.bias.*would be random"):
        load(tiny.encoder(tmp_path), "AutoModelForAudioClassification")


def test_weights_that_nobody_uses_may_be_missing() -> None:
    listening.check_weights(["masked_spec_embed", "decoder.fc1.bias"], "x", unused="decoder.")
    with pytest.raises(BadInput, match=r"encoder\.fc1\.bias \(1 in all\)"):
        listening.check_weights(["encoder.fc1.bias", "decoder.fc1.bias"], "x", unused="decoder.")


def test_a_model_for_another_rate_is_refused(tmp_path: Path) -> None:
    folder = tiny.encoder(tmp_path)
    settings = folder / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace("16000", "8000"))
    with pytest.raises(BadInput, match=r"sampling_rate: seen a model for 8000 Hz; expected .* 16000 Hz"):
        load(folder)


@pytest.mark.parametrize(("family", "seconds"), [("wav2vec2", 0), ("whisper", 30), ("ast", 10.24)])
def test_how_long_a_model_listens_is_known(family: str, seconds: float, tmp_path: Path) -> None:
    listener = load(tiny.classifier(tmp_path, ["a", "b"], family), "AutoModelForAudioClassification")
    assert listener.window == seconds
    assert listener.longest == (seconds or float("inf"))


@pytest.mark.parametrize("family", ["wav2vec2", "hubert", "wavlm"])
def test_weights_by_their_older_names_are_found(family: str, tmp_path: Path) -> None:
    """As most are published: inside a model for pretraining, and before torch renamed weight norms."""
    file = tiny.encoder(tmp_path, family) / "model.safetensors"
    weights = load_file(file)
    norm = "parametrizations.weight.original"
    older = {
        f"{family}.{name.replace(f'{norm}0', 'weight_g').replace(f'{norm}1', 'weight_v')}": tensor
        for name, tensor in weights.items()
        if name != "masked_spec_embed"
    }
    assert f"{family}.encoder.pos_conv_embed.conv.weight_g" in older
    save_file(older, file, metadata={"format": "pt"})
    found = load(tmp_path).model.state_dict()
    assert all(torch.equal(found[name], weights[name]) for name in weights if name != "masked_spec_embed")


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(name: str, tmp_path: Path) -> None:
    folder = tiny.encoder(tmp_path)
    (folder / name).unlink()
    with pytest.raises(BadInput, match=str(folder)):
        load(folder)
