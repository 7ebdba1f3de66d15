from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModel, AutoModelForAudioClassification, AutoTokenizer

from cameo_assets.models.local.repository import folder_revision
from cameo_assets.models.prompts import prompt_text
from cameo_assets.vocabulary import EMOTIONS
from cameo_assets_tests.models import tiny

CHATTING = [tiny.qwen2_audio, tiny.audio_flamingo3]


@pytest.mark.parametrize("family", [*CHATTING, tiny.whisper, tiny.encoder])
def test_the_same_seed_gives_the_same_files(tmp_path: Path, family: Any) -> None:
    one, same, other = (
        folder_revision(family(tmp_path / name, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == same != other


@pytest.mark.parametrize("family", CHATTING)
def test_prompts_and_options_come_back_from_their_tokens(tmp_path: Path, family: Any) -> None:
    tokenizer = AutoTokenizer.from_pretrained(family(tmp_path))
    prompt = prompt_text("cameo-1", EMOTIONS)
    for text in (prompt, *EMOTIONS, "<|im_start|>user\nżółć, 7 日本<|im_end|>\n"):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer.encode(prompt)) < len(prompt) / 2
    assert tokenizer.encode(tiny.END) == [tokenizer.eos_token_id]


@pytest.mark.parametrize("family", ["wav2vec2", "hubert", "wavlm"])
def test_encoders_are_of_their_family(tmp_path: Path, family: str) -> None:
    assert AutoModel.from_pretrained(tiny.encoder(tmp_path, family)).config.model_type == family


def test_a_classifier_knows_its_labels(tmp_path: Path) -> None:
    model = AutoModelForAudioClassification.from_pretrained(tiny.classifier(tmp_path, ["hap", "ang"]))
    assert model.config.id2label == {0: "hap", 1: "ang"}
