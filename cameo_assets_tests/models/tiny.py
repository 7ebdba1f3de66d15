"""Tiny models with random weights, saved as their real families are saved: config, weights, processor.

They know nothing, but everything around the weights is real: the encoders have the real 1500 positions and
3000 frames, the tokenizers are byte-level, the chat templates are those of the families in short. The same
seed gives the same files.
"""

# mypy: disable-error-code="no-untyped-call, arg-type"
# transformers is typed in parts only.

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    ASTConfig,
    ASTFeatureExtractor,
    ASTForAudioClassification,
    AudioFlamingo3Config,
    AudioFlamingo3ForConditionalGeneration,
    AudioFlamingo3Processor,
    GlmAsrConfig,
    GlmAsrForConditionalGeneration,
    GlmAsrProcessor,
    HubertConfig,
    HubertForSequenceClassification,
    HubertModel,
    MusicFlamingoConfig,
    MusicFlamingoForConditionalGeneration,
    MusicFlamingoProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMForSequenceClassification,
    WavLMModel,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForAudioClassification,
    WhisperForConditionalGeneration,
    WhisperProcessor,
)

from cameo_assets.models.local.repository import folder_revision
from cameo_assets.models.prompts import PROMPTS
from cameo_assets.models.spec import ModelSpec
from cameo_assets.vocabulary import EMOTIONS

END = "<|im_end|>"

_MEL_BINS = 16
_SPECIALS = ("<|endoftext|>", "<|im_start|>", END)
_QWEN_TEMPLATE = (
    "{% set audio = namespace(count=0) %}"
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}"
    "{% if content['type'] == 'audio' %}"
    "{% set audio.count = audio.count + 1 %}"
    "Audio {{ audio.count }}: <|audio_bos|><|AUDIO|><|audio_eos|>\n"
    "{% else %}{{ content['text'] }}{% endif %}"
    "{% endfor %}"
    "{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_FLAMINGO_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}"
    "{% if content['type'] == 'audio' %}<sound>{% else %}{{ content['text'] }}{% endif %}"
    "{% endfor %}"
    "{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def qwen2_audio(folder: Path, *, seed: int = 0, hidden: int = 32, layers: int = 2) -> Path:
    """Saves a Qwen2-Audio."""
    audio = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
    tokenizer = _tokenizer(*_SPECIALS, *audio)
    config = Qwen2AudioConfig(
        audio_config={"model_type": "qwen2_audio_encoder", **_encoder(hidden, layers)},
        text_config={"model_type": "qwen2", **_decoder(hidden, layers, len(tokenizer))},
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
    )
    model = _seeded(Qwen2AudioForConditionalGeneration, config, seed)
    processor = Qwen2AudioProcessor(_mel(), tokenizer, chat_template=_QWEN_TEMPLATE)
    return _save(folder, _speaking(model, tokenizer), processor)


def audio_flamingo3(folder: Path, *, seed: int = 0, hidden: int = 32, layers: int = 2) -> Path:
    """Saves an Audio Flamingo 3."""
    tokenizer = _tokenizer(*_SPECIALS, "<sound>")
    config = AudioFlamingo3Config(**_flamingo(tokenizer, hidden, layers))
    model = _seeded(AudioFlamingo3ForConditionalGeneration, config, seed)
    processor = AudioFlamingo3Processor(_mel(), tokenizer, chat_template=_FLAMINGO_TEMPLATE)
    return _save(folder, _speaking(model, tokenizer), processor)


def music_flamingo(folder: Path, *, seed: int = 0, hidden: int = 32, layers: int = 2) -> Path:
    """Saves a Music Flamingo: Audio Flamingo 3's encoder in a model of its own."""
    tokenizer = _tokenizer(*_SPECIALS, "<sound>", "<|sound_bos|>", "<|sound_eos|>")
    config = MusicFlamingoConfig(**_flamingo(tokenizer, hidden, layers))
    model = _seeded(MusicFlamingoForConditionalGeneration, config, seed)
    processor = MusicFlamingoProcessor(_mel(), tokenizer, chat_template=_FLAMINGO_TEMPLATE)
    return _save(folder, _speaking(model, tokenizer), processor)


def _flamingo(tokenizer: Any, hidden: int, layers: int) -> dict[str, Any]:
    """What the configurations of both Flamingos say."""
    encoder = {
        "model_type": "audioflamingo3_encoder",
        "num_mel_bins": _MEL_BINS,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 2 * hidden,
        "hidden_size": hidden,
        "initializer_range": 0.2,
    }
    return {
        "audio_config": encoder,
        "text_config": {"model_type": "qwen2", **_decoder(hidden, layers, len(tokenizer))},
        "audio_token_id": tokenizer.convert_tokens_to_ids("<sound>"),
    }


def glm_asr(folder: Path, *, seed: int = 0, hidden: int = 32, layers: int = 2) -> Path:
    """Saves a GLM-ASR, whose encoder has rotary positions and no mask."""
    tokenizer = _tokenizer(*_SPECIALS, "<|pad|>", "<|begin_of_audio|>", "<|end_of_audio|>")
    encoder = {
        "num_mel_bins": _MEL_BINS,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "intermediate_size": 4 * hidden,
        "hidden_size": hidden,
    }
    config = GlmAsrConfig(
        audio_config={"model_type": "glmasr_encoder", **encoder},
        text_config={"model_type": "llama", **_decoder(hidden, layers, len(tokenizer))},
        audio_token_id=tokenizer.convert_tokens_to_ids("<|pad|>"),
    )
    model = _seeded(GlmAsrForConditionalGeneration, config, seed)
    template = _FLAMINGO_TEMPLATE.replace("<sound>", "<|pad|>")
    processor = GlmAsrProcessor(_mel(), tokenizer, chat_template=template)
    return _save(folder, _speaking(model, tokenizer), processor)


def whisper(folder: Path, *, seed: int = 0, hidden: int = 32, layers: int = 2) -> Path:
    """Saves a Whisper, a speech seq2seq model, which takes no chat."""
    tokenizer = _tokenizer(*_SPECIALS)
    end = tokenizer.convert_tokens_to_ids(END)
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=_MEL_BINS,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * hidden,
        decoder_ffn_dim=2 * hidden,
        d_model=hidden,
        init_std=0.2,
        max_target_positions=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=end,
        decoder_start_token_id=1,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    model = _seeded(WhisperForConditionalGeneration, config, seed)
    model.generation_config.update(eos_token_id=end, pad_token_id=0, decoder_start_token_id=1)
    return _save(folder, model, WhisperProcessor(_mel(), tokenizer))


def classifier(
    folder: Path, labels: Iterable[str], family: str = "wav2vec2", *, seed: int = 0, **changes: Any
) -> Path:
    """Saves a classifier of recordings: `wav2vec2`, `hubert`, `wavlm`, `whisper` or `ast`."""
    kinds = {
        "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForSequenceClassification, _waves(), _samples()),
        "hubert": (HubertConfig, HubertForSequenceClassification, _waves(), _samples()),
        "wavlm": (WavLMConfig, WavLMForSequenceClassification, _waves(), _samples()),
        "whisper": (WhisperConfig, WhisperForAudioClassification, _listening(), _mel()),
        "ast": (
            ASTConfig,
            ASTForAudioClassification,
            _patches(),
            ASTFeatureExtractor(num_mel_bins=_MEL_BINS),
        ),
    }
    config, model, shape, extractor = kinds[family]
    names = list(labels)
    classes = {
        "id2label": dict(enumerate(names)),
        "label2id": {name: number for number, name in enumerate(names)},
    }
    made = config(**shape, **classes, **changes)
    return _save(folder, _seeded(model, made, seed), extractor)


def encoder(folder: Path, family: str = "wav2vec2", *, seed: int = 0) -> Path:
    """Saves an encoder without a head: `wav2vec2`, `hubert` or `wavlm`."""
    kinds = {
        "wav2vec2": (Wav2Vec2Config, Wav2Vec2Model),
        "hubert": (HubertConfig, HubertModel),
        "wavlm": (WavLMConfig, WavLMModel),
    }
    config, model = kinds[family]
    return _save(folder, _seeded(model, config(**_waves()), seed), _samples())


def spec(folder: Path, engine: str = "transformers", **changes: Any) -> ModelSpec:
    """A model file's content for a saved model: pinned, on the CPU, two temperatures."""
    made = ModelSpec(
        id="tiny",
        name="Tiny",
        kind="model",
        engine=engine,
        licence="MIT",
        temperatures=(0.0, 0.7),
        prompt="cameo-1",
        samples=2,
        max_new_tokens=6,
        repository=str(folder),
        revision=folder_revision(folder),
        options={"device": "cpu"} if engine == "transformers" else {},
    )
    return msgspec.structs.replace(made, **changes)


def _tokenizer(*specials: str) -> PreTrainedTokenizerFast:
    """Byte-level, so that any text comes back; the words of the prompt are a few tokens each."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in specials],
    )
    bare.train_from_iterator([PROMPTS["cameo-1"], ", ".join(EMOTIONS)], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bare,
        pad_token="<|endoftext|>",
        eos_token=END,
        extra_special_tokens=list(specials),
        clean_up_tokenization_spaces=False,
    )


def _mel() -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(feature_size=_MEL_BINS, return_attention_mask=True)


def _samples() -> Wav2Vec2FeatureExtractor:
    return Wav2Vec2FeatureExtractor(return_attention_mask=True, do_normalize=True)


def _encoder(hidden: int, layers: int) -> dict[str, Any]:
    return {
        "num_mel_bins": _MEL_BINS,
        "encoder_layers": layers,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 2 * hidden,
        "d_model": hidden,
        "initializer_range": 0.2,
    }


def _decoder(hidden: int, layers: int, tokens: int) -> dict[str, Any]:
    return {
        "vocab_size": tokens,
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "initializer_range": 0.2,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": None,
        "tie_word_embeddings": False,
    }


def _waves() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "conv_dim": (8,) * 7,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
        "initializer_range": 0.2,
    }


def _listening() -> dict[str, Any]:
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "classifier_proj_size": 16}
    depth = {"encoder_layers": 2, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    return {"num_mel_bins": _MEL_BINS, "d_model": 32, "init_std": 0.2, **heads, **depth}


def _patches() -> dict[str, Any]:
    depth = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    return {"num_mel_bins": _MEL_BINS, **depth}


def _seeded(kind: Any, config: Any, seed: int) -> Any:
    """A model with random weights, leaving the caller's random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind(config).eval()


def _speaking(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Sets how an answer ends, and lets answers end now and then."""
    end = tokenizer.convert_tokens_to_ids(END)
    with torch.no_grad():
        model.get_output_embeddings().weight[end] *= 2
    model.generation_config.update(
        eos_token_id=[end, tokenizer.convert_tokens_to_ids("<|endoftext|>")], pad_token_id=0
    )
    return model


def _save(folder: Path, model: PreTrainedModel, processor: Any) -> Path:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
