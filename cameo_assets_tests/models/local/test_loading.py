from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer
from transformers.utils import logging

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.transformers import TransformersOptions
from cameo_assets.models.local.loading import LoadedModel, load
from cameo_assets_tests.models import tiny

CPU = TransformersOptions(device="cpu")


def loaded(folder: Path, options: TransformersOptions = CPU, **changes: Any) -> LoadedModel:
    return load(tiny.spec(folder, **changes), options, "")


def edited(folder: Path, name: str, **changes: Any) -> Path:
    """Changes a JSON file of a saved model; None takes a key out."""
    content = {**json.loads((folder / name).read_text()), **changes}
    kept = {key: value for key, value in content.items() if value is not None}
    (folder / name).write_text(json.dumps(kept))
    return folder


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (tiny.qwen2_audio, "Qwen2AudioForConditionalGeneration"),
        (tiny.audio_flamingo3, "AudioFlamingo3ForConditionalGeneration"),
    ],
)
def test_a_model_is_ready_to_answer(tmp_path: Path, family: Any, kind: str) -> None:
    found = loaded(family(tmp_path))
    assert (type(found.model).__name__, found.encoder_decoder) == (kind, False)
    assert not found.model.training
    assert (found.device.type, found.dtype, found.model.dtype) == ("cpu", torch.float32, torch.float32)
    assert found.tokenizer.padding_side == "left"
    assert set(found.tokenizer.convert_ids_to_tokens(found.end_tokens)) == {tiny.END, "<|endoftext|>"}
    assert found.versions["model_class"] == kind
    assert found.versions["dtype"] == "float32"
    assert found.versions["torch"] == torch.__version__


def test_the_weights_are_those_of_the_file(tmp_path: Path) -> None:
    found = loaded(tiny.qwen2_audio(tmp_path))
    saved = load_file(tmp_path / "model.safetensors")
    name, weight = next((key, value) for key, value in saved.items() if key.endswith("q_proj.weight"))
    own = {key: value for key, value in found.model.state_dict().items() if value.shape == weight.shape}
    assert any(torch.equal(value, weight) for value in own.values()), name


def test_a_speech_seq2seq_model_is_loaded_with_its_encoder(tmp_path: Path) -> None:
    found = loaded(tiny.whisper(tmp_path))
    assert (found.versions["model_class"], found.encoder_decoder) == ("WhisperForConditionalGeneration", True)


def test_the_type_can_be_chosen(tmp_path: Path) -> None:
    found = loaded(tiny.qwen2_audio(tmp_path), TransformersOptions(device="cpu", dtype="bfloat16"))
    assert (found.dtype, found.model.dtype) == (torch.bfloat16, torch.bfloat16)


def test_the_attention_can_be_chosen(tmp_path: Path) -> None:
    found = loaded(tiny.qwen2_audio(tmp_path), TransformersOptions(device="cpu", attention="eager"))
    assert found.versions["attention"] == "eager"


def test_a_model_can_be_spread_over_what_there_is(tmp_path: Path) -> None:
    found = loaded(tiny.qwen2_audio(tmp_path), TransformersOptions(device="cpu", device_map="auto"))
    assert found.model.device == found.device


def test_tf32_is_off_and_that_is_on_record(tmp_path: Path) -> None:
    torch.set_float32_matmul_precision("high")
    try:
        found = loaded(tiny.qwen2_audio(tmp_path))
        assert (torch.get_float32_matmul_precision(), found.versions["tf32"]) == ("highest", "off")
    finally:
        torch.set_float32_matmul_precision("highest")


def test_the_tokenizers_end_of_turn_ends_an_answer_though_the_settings_forget_it(tmp_path: Path) -> None:
    folder = edited(tiny.qwen2_audio(tmp_path), "generation_config.json", eos_token_id=0)
    found = loaded(folder)
    assert found.end_tokens == (0, found.tokenizer.convert_tokens_to_ids(tiny.END))


def test_a_tokenizer_without_padding_pads_all_the_same(tmp_path: Path) -> None:
    folder = edited(tiny.qwen2_audio(tmp_path), "tokenizer_config.json", pad_token=None)
    found = loaded(folder)
    assert found.pad_token in found.end_tokens
    assert found.tokenizer(["a", "a b c"], padding=True)["input_ids"][0][0] == found.pad_token


def test_weights_that_are_missing_are_not_made_up(tmp_path: Path) -> None:
    weights = load_file(tiny.qwen2_audio(tmp_path) / "model.safetensors")
    lost = next(name for name in weights if name.endswith("layer_norm.weight"))
    del weights[lost]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(BadInput, match=r"missing_weights.*layer_norm.weight"):
        loaded(tmp_path)


def test_a_model_without_a_processor_of_audio_is_refused(tmp_path: Path) -> None:
    whole = loaded(tiny.qwen2_audio(tmp_path / "whole"))
    whole.model.save_pretrained(tmp_path / "part")
    whole.tokenizer.save_pretrained(tmp_path / "part")
    with pytest.raises(BadInput, match=r"unloadable: seen AutoProcessor: .*what makes its inputs"):
        loaded(tmp_path / "part")


def test_a_model_whose_processor_takes_text_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.qwen2_audio(tmp_path)
    monkeypatch.setattr("transformers.AutoProcessor", AutoTokenizer)  # which it gives for such models
    with pytest.raises(BadInput, match=r"hears_nothing.*takes no audio"):
        loaded(folder)


def test_a_model_that_only_sorts_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"model_type: seen wav2vec2 \(Wav2Vec2ForSeq.*`classifier`"):
        loaded(tiny.classifier(tmp_path, ["anger", "calm"]))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that the test misses")
def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"options.device.*cuda:1.*cpu"):
        loaded(tiny.qwen2_audio(tmp_path), TransformersOptions(device="cuda:1"))


OWN = "from transformers import Qwen2AudioConfig\n\n\nclass Own(Qwen2AudioConfig):\n    model_type = 'own'\n"


@pytest.fixture
def with_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that transformers does not know, with code of its own."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    folder = tiny.qwen2_audio(tmp_path / "model")
    (folder / "code_of_own.py").write_text(OWN)
    return edited(folder, "config.json", model_type="own", auto_map={"AutoConfig": "code_of_own.Own"})


def test_code_of_a_model_is_not_run_untrusted(with_code: Path) -> None:
    (with_code / "code_of_own.py").write_text("raise SystemExit('it ran')\n")
    with pytest.raises(BadInput, match=r"remote_code.*trust_remote_code with code_revision"):
        loaded(with_code)


def test_trusted_code_that_lies_beside_the_weights_has_their_revision(with_code: Path) -> None:
    with pytest.raises(BadInput, match=r"code_revision.*beside the weights"):
        loaded(with_code, trust_remote_code=True, code_revision="e" * 40)


def test_trusted_code_runs(with_code: Path) -> None:
    revision = tiny.spec(with_code).revision
    with pytest.raises(BadInput, match="model_type: seen own"):  # it has a config, but brings no model
        loaded(with_code, trust_remote_code=True, code_revision=revision)


def test_a_model_that_needs_another_package_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs(*_: object, **__: object) -> None:
        raise ImportError("\nGraniteSpeechFeatureExtractor requires the torchaudio library.\nInstall it.")

    monkeypatch.setattr("transformers.AutoProcessor.from_pretrained", needs)
    with pytest.raises(BadInput, match=r"missing_package.*AutoProcessor: Granite.*the torchaudio library"):
        loaded(tiny.qwen2_audio(tmp_path))


def test_loading_draws_no_bars_and_leaves_the_setting(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tiny.qwen2_audio(tmp_path)
    before = logging.is_progress_bar_enabled()
    capfd.readouterr()
    try:
        for enabled in (True, False):
            (logging.enable_progress_bar if enabled else logging.disable_progress_bar)()
            loaded(folder)
            assert logging.is_progress_bar_enabled() is enabled
    finally:
        (logging.enable_progress_bar if before else logging.disable_progress_bar)()
    assert capfd.readouterr() == ("", "")
