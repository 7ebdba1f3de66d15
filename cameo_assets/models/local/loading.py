"""Loads a model with its processor.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from cameo_assets.errors import BadInput
from cameo_assets.models.local.repository import locate

if TYPE_CHECKING:
    from cameo_assets.models.engines.transformers import TransformersOptions
    from cameo_assets.models.spec import ModelSpec

_LIBRARIES: Final = ("accelerate", "torch", "transformers")
_TURN_ENDS: Final = ("<|im_end|>", "<|eot_id|>", "<|eot|>", "<end_of_turn>", "<turn|>", "<|end|>")
"""Tokens by which chat models end their turn. Not every repository lists its own among the end tokens."""


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to answer.

    Attributes:
        model: In evaluation mode, on its device.
        processor: What makes inputs.
        tokenizer: The processor's; pads on the left.
        device: Where inputs go.
        dtype: Of the floating point inputs.
        encoder_decoder: Whether answers come from a decoder of their own, which does not see the prompt's
            tokens as its past (speech seq2seq).
        end_tokens: Ids that end an answer.
        pad_token: Id that fills up shorter rows.
        versions: Libraries and settings that may change the numbers, for the record.
    """

    model: Any
    processor: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype
    encoder_decoder: bool
    end_tokens: tuple[int, ...]
    pad_token: int
    versions: Mapping[str, str]


def load(spec: ModelSpec, options: TransformersOptions, store_home: str) -> LoadedModel:
    """Loads what a spec names, downloading it first where it is not there.

    TF32 is switched off for the process: it would round float32 to 10 bits on some devices only.

    Args:
        spec: The model.
        options: Type, device and the like.
        store_home: Where the store is, for folders that are named relative to it.

    Raises:
        BadInput: The repository or the options cannot be used; the message says what to do.
        repository.Unreachable: The Hub cannot be asked.
    """
    folder = locate(spec, store_home, unsafe_weights=options.unsafe_weights)
    device = device_of(spec, options.device)
    dtype = _dtype(options.dtype, device)
    exact_floats()
    config = from_code(spec, "AutoConfig", folder)
    _check_code(spec, config)
    kind = _auto_class(spec, config)
    processor = from_code(spec, "AutoProcessor", folder)
    tokenizer = _tokenizer(spec, processor)
    spread = {"device_map": options.device_map} if options.device_map else {}
    model, report = from_code(
        spec,
        kind,
        folder,
        config=config,
        dtype=dtype,
        use_safetensors=None if options.unsafe_weights else True,
        output_loading_info=True,
        **({} if options.attention == "auto" else {"attn_implementation": options.attention}),
        **spread,
    )
    if missing := sorted(report["missing_keys"]):
        raise BadInput(
            f"{spec.id}: {folder}",
            "missing_weights",
            f"none for {', '.join(missing[:3])} ({len(missing)} in all)",
            "weights for all of the model; what is missing would be random",
        )
    model = (model if spread else model.to(device)).eval().requires_grad_(False)
    ends = _end_tokens(spec, model, tokenizer)
    return LoadedModel(
        model=model,
        processor=processor,
        tokenizer=tokenizer,
        device=model.device,
        dtype=dtype,
        encoder_decoder=bool(model.config.is_encoder_decoder),
        end_tokens=ends,
        pad_token=_pad_token(tokenizer, ends[0]),
        versions=_versions(model),
    )


def exact_floats() -> None:
    """Switches TF32 off for the process: it would round float32 to 10 bits on some devices only."""
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False


def from_code(spec: ModelSpec, name: str, folder: Path, **arguments: Any) -> Any:
    """`from_pretrained` of a class of transformers; code of the model itself only runs if it is trusted."""
    import transformers

    trust: dict[str, Any] = {"trust_remote_code": spec.trust_remote_code}
    if spec.trust_remote_code:
        trust["code_revision"] = spec.code_revision
    try:
        with _without_bars():
            return getattr(transformers, name).from_pretrained(folder, **trust, **arguments)
    except ImportError as fault:
        raise BadInput(
            f"{spec.id}: {spec.repository}",
            "missing_package",
            f"{name}: {next(line for line in str(fault).splitlines() if line.strip())}",
            "what this model needs beside transformers, installed",
        ) from fault
    except OSError as fault:  # all files are here by now, so one of them is missing or damaged
        raise BadInput(
            f"{spec.id}: {spec.repository}",
            "unloadable",
            f"{name}: {str(fault).splitlines()[0]}",
            "a saved model: config, weights, and what makes its inputs",
        ) from fault
    except ValueError as fault:
        if "trust_remote_code" not in str(fault):
            raise
        raise BadInput(
            f"{spec.id}: {spec.repository}",
            "remote_code",
            f"a model that {name} loads only with code of its own",
            "one that transformers knows, or trust_remote_code with code_revision, once that code was read",
        ) from fault


@contextmanager
def _without_bars() -> Iterator[None]:
    """Keeps progress bars out of logs for a while."""
    from transformers.utils import logging as library

    logging: Any = library  # it has no types
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()


def _check_code(spec: ModelSpec, config: Any) -> None:
    """Code that lies beside the weights has their revision; a `code_revision` would say something untrue."""
    classes = getattr(config, "auto_map", None) or {}
    beside = any("--" not in str(name) for name in classes.values())
    if spec.trust_remote_code and beside and spec.code_revision != spec.revision:
        raise BadInput(
            f"{spec.id}: code_revision",
            "value",
            spec.code_revision,
            f"{spec.revision}, as the code lies beside the weights",
        )


def _auto_class(spec: ModelSpec, config: Any) -> str:
    """The first auto class that knows a model, from models that hear to those that only write down."""
    from transformers.models.auto import modeling_auto

    known = {
        "AutoModelForMultimodalLM": modeling_auto.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES,
        "AutoModelForSeq2SeqLM": modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        "AutoModelForCausalLM": modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        "AutoModelForSpeechSeq2Seq": modeling_auto.MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES,
    }
    own = (getattr(config, "auto_map", None) or {}) if spec.trust_remote_code else {}
    for name, types in known.items():
        # Of a speech seq2seq model, the causal LM would be its decoder alone, which hears nothing.
        deaf = name == "AutoModelForCausalLM" and config.is_encoder_decoder
        if (config.model_type in types or name in own) and not deaf:
            return name
    raise BadInput(
        f"{spec.id}: {spec.repository}",
        "model_type",
        f"{config.model_type} ({', '.join(config.architectures or ['no architecture'])})",
        f"one that answers: {', '.join(name.removeprefix('AutoModelFor') for name in known)}; what sorts"
        " recordings into classes is asked by the engine `classifier`",
    )


def _tokenizer(spec: ModelSpec, processor: Any) -> Any:
    tokenizer = getattr(processor, "tokenizer", None)
    hears = getattr(processor, "feature_extractor", None) or getattr(processor, "audio_processor", None)
    if tokenizer is None or hears is None:
        raise BadInput(
            f"{spec.id}: {spec.repository}",
            "hears_nothing",
            f"{type(processor).__name__}, which takes no audio with text",
            "a model with a processor for both",
        )
    tokenizer.padding_side = "left"
    return tokenizer


def device_of(spec: ModelSpec, wanted: str) -> torch.device:
    """The device that an option names; the best of this machine for `auto`.

    Raises:
        BadInput: It is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    device = torch.device(wanted)
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not there.get(device.type, False) or (device.index or 0) >= count:
        found = ", ".join(kind for kind, here in there.items() if here)
        raise BadInput(f"{spec.id}: options.device", "value", wanted, f"a device of this machine: {found}")
    return device


def _dtype(wanted: str, device: torch.device) -> torch.dtype:
    if wanted != "auto":
        found: torch.dtype = getattr(torch, wanted)
        return found
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    newer = device.type == "mps" and torch.backends.mps.is_macos_or_newer(14, 0)
    return torch.bfloat16 if newer else torch.float32


def _end_tokens(spec: ModelSpec, model: Any, tokenizer: Any) -> tuple[int, ...]:
    settings = getattr(model, "generation_config", None)
    listed = getattr(settings, "eos_token_id", None)
    ends = list(listed) if isinstance(listed, (list, tuple)) else [listed]
    vocabulary = tokenizer.get_vocab()
    ends += [tokenizer.eos_token_id, *(vocabulary.get(token) for token in _TURN_ENDS)]
    found = tuple(dict.fromkeys(int(token) for token in ends if token is not None))
    if not found:
        raise BadInput(f"{spec.id}: {spec.repository}", "end_token", "none", "a token that ends an answer")
    return found


def _pad_token(tokenizer: Any, fallback: int) -> int:
    """The token that fills up rows; any will do where there is none, as masks hide it."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(fallback)
    return int(tokenizer.pad_token_id)


def _versions(model: Any) -> dict[str, str]:
    device = model.device
    return {
        **{name: version(name) for name in _LIBRARIES},
        "attention": str(getattr(model.config, "_attn_implementation", "")),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "dtype": str(model.dtype).removeprefix("torch."),
        "model_class": type(model).__name__,
        "tf32": "off",
    }
