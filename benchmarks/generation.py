"""How fast an audio language model answers at four temperatures: `python -m benchmarks.generation`.

A Qwen2-Audio with random weights hears clips of 2 to 5 s. The plain way is the usual script: for each
temperature, batches in the order of the files, features padded to 30 s, the library's `generate`. Ours is the
engine `transformers`, from FLAC to answers, with its steps one after the other: sorted batches and a feeder
alone, then features without padding, then one prefill for all temperatures. All ways take turns in one
process, best of several rounds; the greedy answers of all must agree.

`small` has something of the proportions of Qwen2-Audio-7B (about as much work in the encoder over 30 s as in
the language model) and runs on a CPU. `7b` has its true size and wants a GPU. Beside both stands what the
device could do at most, were it as busy as with a large product of matrices.
"""

# mypy: disable-error-code="no-untyped-call"
# transformers is typed in parts only.

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np
import soundfile
import torch
from transformers import (
    AutoProcessor,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    WhisperFeatureExtractor,
)

from cameo_assets.models.engines.base import Answer, Ask, Item, Sampling
from cameo_assets.models.engines.transformers import TransformersOptions
from cameo_assets.models.local import encoders
from cameo_assets.models.local.loading import LoadedModel, exact_floats
from cameo_assets.models.local.runner import Runner
from cameo_assets.models.prompts import prompt_text
from cameo_assets_tests.models import tiny

TEMPERATURES = (0.0, 0.3, 0.7, 1.0)
NEW_TOKENS = 8
EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
GOALS = {"tiny": 0.0, "small": 3.0, "7b": 5.0}
"""How many times as fast as the plain way; a model of a few thousand weights measures Python alone."""


@dataclass(frozen=True)
class Size:
    """Widths and depths of a Qwen2-Audio."""

    mel_bins: int
    encoder: tuple[int, int, int, int]
    """Width, feed-forward width, layers, heads."""
    decoder: tuple[int, int, int, int]
    vocabulary: int


SIZES = {
    "tiny": Size(16, (64, 128, 2, 2), (128, 256, 2, 4), 0),
    "small": Size(128, (128, 512, 3, 2), (320, 864, 8, 5), 0),
    "7b": Size(128, (1280, 5120, 32, 20), (4096, 11008, 32, 32), 156_032),
}
"""Where the vocabulary is 0, it is the tokenizer's."""


def build(name: str, device: torch.device) -> LoadedModel:
    """A model of a size, with random weights, in memory."""
    size = SIZES[name]
    with tempfile.TemporaryDirectory() as folder:
        processor = AutoProcessor.from_pretrained(tiny.qwen2_audio(Path(folder)))
    processor.feature_extractor = WhisperFeatureExtractor(
        feature_size=size.mel_bins, return_attention_mask=True
    )
    tokenizer = processor.tokenizer
    tokenizer.padding_side = "left"
    width, wide, layers, heads = size.encoder
    encoder = {
        "model_type": "qwen2_audio_encoder",
        "num_mel_bins": size.mel_bins,
        "d_model": width,
        "encoder_ffn_dim": wide,
        "encoder_layers": layers,
        "encoder_attention_heads": heads,
    }
    width, wide, layers, heads = size.decoder
    decoder = {
        "model_type": "qwen2",
        "vocab_size": size.vocabulary or len(tokenizer),
        "hidden_size": width,
        "intermediate_size": wide,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": 0,
        "tie_word_embeddings": False,
    }
    config = Qwen2AudioConfig(
        audio_config=encoder,
        text_config=decoder,
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
    )
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    torch.manual_seed(0)
    with torch.device(device):
        model = Qwen2AudioForConditionalGeneration._from_config(config, dtype=dtype)
    end = tokenizer.convert_tokens_to_ids(tiny.END)
    model.generation_config.update(eos_token_id=end, pad_token_id=0)
    return LoadedModel(
        model=model.eval().requires_grad_(False),
        processor=processor,
        tokenizer=tokenizer,
        device=device,
        dtype=dtype,
        encoder_decoder=False,
        end_tokens=(end,),
        pad_token=0,
        versions={},
    )


def lay_clips(folder: Path, count: int) -> list[Ask]:
    """Recordings of noise, 2 to 5 s, each asked about at all temperatures."""
    chance = np.random.default_rng(0)
    samplings = tuple(
        Sampling(temperature=heat, sample=0, seed=0, max_new_tokens=NEW_TOKENS) for heat in TEMPERATURES
    )
    asks = []
    for number in range(count):
        samples = int(16_000 * chance.uniform(2, 5))
        path = folder / f"{number:04d}.flac"
        soundfile.write(path, 0.1 * chance.standard_normal(samples), 16_000, subtype="PCM_16")
        item = Item(
            file_id=path.name,
            corpus="noise",
            path=str(path),
            pcm_md5=path.name,
            seconds=samples / 16_000,
            options=EMOTIONS,
            prompt=prompt_text("cameo-1", EMOTIONS),
        )
        asks.append(Ask(item=item, samplings=samplings))
    return asks


def chat(loaded: LoadedModel, item: Item) -> str:
    """What a model is asked, as text."""
    turn = {"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": item.prompt}]}
    text: str = loaded.processor.apply_chat_template([turn], tokenize=False, add_generation_prompt=True)
    return text


def plainly(loaded: LoadedModel, asks: Sequence[Ask], batch: int) -> list[str]:
    """The usual script; its greedy answers."""
    greedy: list[str] = []
    for heat in TEMPERATURES:
        for start in range(0, len(asks), batch):
            items = [ask.item for ask in asks[start : start + batch]]
            inputs = loaded.processor(
                text=[chat(loaded, item) for item in items],
                audio=[soundfile.read(item.path, dtype="float32")[0] for item in items],
                sampling_rate=16_000,
                padding=True,
                return_tensors="pt",
            ).to(loaded.device, loaded.dtype)
            how = {"do_sample": True, "temperature": heat} if heat else {"do_sample": False}
            with torch.inference_mode():
                said = loaded.model.generate(**inputs, **how, max_new_tokens=NEW_TOKENS)
            texts = loaded.tokenizer.batch_decode(
                said[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
            )
            greedy += [] if heat else [text.strip() for text in texts]
    return greedy


def ours(runner: Runner, asks: Sequence[Ask]) -> list[str]:
    """The engine's way; its greedy answers."""
    answers: Iterator[Answer] = runner.run(asks)
    said = {
        answer.file_id: answer.error or str(answer.text)
        for answer in answers
        if answer.sampling.temperature == 0
    }
    return [said[ask.item.file_id] for ask in asks]


def fitting(loaded: LoadedModel, asks: Sequence[Ask], batch: int) -> int:
    """The largest batch of the plain way that fits, by halving."""
    while True:
        try:
            plainly(loaded, asks[:batch], batch)
            return batch
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
        batch //= 2
        torch.cuda.empty_cache()


def matmul_rate(loaded: LoadedModel) -> float:
    """Floating point operations per second of a large product of matrices."""
    width = 8192 if loaded.device.type == "cuda" else 1024
    one = torch.randn(width, width, device=loaded.device).to(loaded.dtype)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(4):
            one @ one
        wait(loaded)
        seconds.append((time.perf_counter() - start) / 4)
    return 2.0 * width**3 / min(seconds)


def work_per_clip(loaded: LoadedModel, asks: Sequence[Ask], prompt: int) -> float:
    """Floating point operations of an average clip at all temperatures, if nothing is done in vain."""
    model = loaded.model
    seconds = sum(ask.item.seconds for ask in asks) / len(asks)
    encoder = sum(part.numel() for part in model.model.audio_tower.parameters())
    decoder = sum(part.numel() for part in model.model.language_model.parameters())
    head = model.get_output_embeddings().weight.numel()
    decoder -= model.get_input_embeddings().weight.numel()
    drawn = len(TEMPERATURES) * NEW_TOKENS
    return float(2 * (encoder * 50 * seconds + decoder * (prompt + 25 * seconds + drawn) + head * drawn))


def wait(loaded: LoadedModel) -> None:
    """Until the device has done what it was told."""
    if loaded.device.type == "cuda":
        torch.cuda.synchronize()


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option("--clips", default=0, help="How many; by default 16, and 512 of the true size.")
@click.option(
    "--plain-batch", default=0, help="Of the plain way; by default 8, and what fits of the true size."
)
@click.option("--rounds", default=2, show_default=True)
def main(size: str, clips: int, plain_batch: int, rounds: int) -> None:
    """Times all ways in turns, and fails when ours is too slow or says something else."""
    if size == "7b" and not torch.cuda.is_available():
        raise click.UsageError(
            "--size 7b wants a GPU with some 40 GiB; here is none. --size small runs anywhere."
        )
    exact_floats()
    device = torch.device("cuda" if size == "7b" else "cpu")
    loaded = build(size, device)
    with tempfile.TemporaryDirectory() as folder:
        asks = lay_clips(Path(folder), clips or (512 if size == "7b" else 16))
        batch = plain_batch or (fitting(loaded, asks, 128) if size == "7b" else 8)
        best, same = measure(loaded, asks, batch, rounds)
    parameters = sum(part.numel() for part in loaded.model.parameters())
    name = (
        torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    )
    print(f"{size}: {parameters / 1e6:,.1f} million weights, {loaded.dtype}, {name}")
    print(f"{len(asks)} clips, {len(TEMPERATURES)} temperatures, {NEW_TOKENS} tokens; plain batch {batch}")
    plain = best["plain"]
    for way, seconds in best.items():
        print(f"{way:58} {len(asks) / seconds:8.2f} clips/s  {plain / seconds:6.2f} x plain")
    prompt = len(loaded.tokenizer(chat(loaded, asks[0].item))["input_ids"])
    rate = matmul_rate(loaded)
    most = rate / work_per_clip(loaded, asks, prompt)
    share = len(asks) / best["and one prefill for all temperatures"] / most
    print(
        f"roofline: {rate / 1e12:.2f} TFLOP/s would be {most:.1f} clips/s; ours is {100 * share:.0f} % of it"
    )
    print(f"greedy answers as of the plain way: {same} of {len(asks)}")
    gained = plain / best["and one prefill for all temperatures"]
    enough = gained >= GOALS[size] and (same == len(asks) or loaded.dtype != torch.float32)
    sys.exit(0 if enough else 1)


def measure(
    loaded: LoadedModel, asks: Sequence[Ask], batch: int, rounds: int
) -> tuple[dict[str, float], int]:
    """Best seconds of each way, and how many greedy answers of the fastest are those of the plain way."""
    options = {
        "sorted batches, features ahead, generate per temperature": TransformersOptions(
            features="stock", prefill="stock"
        ),
        "and features and encoder without padding": TransformersOptions(prefill="stock"),
        "and one prefill for all temperatures": TransformersOptions(),
    }
    runners = {name: Runner(loaded, "benchmark", chosen) for name, chosen in options.items()}
    ways: dict[str, Callable[[], list[str]]] = {"plain": partial(plainly, loaded, asks, batch)}
    ways |= {name: partial(ours, runner, asks) for name, runner in runners.items()}
    best = dict.fromkeys(ways, float("inf"))
    said: dict[str, list[str]] = {}

    def encoder(name: str) -> AbstractContextManager[None]:
        padded = name == "plain" or options[name].features == "stock"
        return encoders.stock(loaded.model) if padded else nullcontext()

    for name, runner in runners.items():  # which chooses its ways and warms up
        with encoder(name):
            ours(runner, asks[:8])
    for _ in range(rounds):
        for name, way in ways.items():
            with encoder(name):
                start = time.perf_counter()
                said[name] = way()
                wait(loaded)
                best[name] = min(best[name], time.perf_counter() - start)
    for name, runner in runners.items():
        expected = {
            "batches": "together",
            "features": "unpadded" if options[name].features == "auto" else "stock",
            "prefill": "shared" if options[name].prefill == "auto" else "stock",
        }
        if runner.ways != expected:
            raise RuntimeError(f"{name}: the self-check chose {runner.ways}")
    pairs = zip(said["plain"], said["and one prefill for all temperatures"], strict=True)
    return best, sum(one == other for one, other in pairs)


if __name__ == "__main__":
    main()
