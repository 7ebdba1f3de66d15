"""Models that run in this process, by the library transformers.

What an answer is does not depend on how fast it is got: batches, features without padding and the shared
prefill are used where they are shown to agree with the library's own way, on the first batch and by the
parity gate. Sampling noise is keyed by (seed, utterance, draw), so batches don't shape it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference

if TYPE_CHECKING:
    from cameo_assets.models.local.runner import Runner
    from cameo_assets.models.spec import ModelSpec

_PACKAGES: Final = ("accelerate", "torch", "transformers")


class TransformersOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine; type, attention and what is said to the model shape its answers.

    Attributes:
        dtype: Type of the weights; `auto` is bfloat16 on an accelerator that has it, else float32.
        attention: Implementation of the attention; `auto` leaves it to the library.
        device: Such as `cuda:1`; `auto` is the first of cuda, mps and cpu that is there.
        device_map: `auto` spreads the model over all accelerators, and memory where it must.
        batch_tokens: Most padded tokens of a batch over all its rows; 0 goes by the free memory.
        system: Text of a system turn; empty for none of ours.
        audio_first: Whether the recording comes before the question.
        unsafe_weights: Why weights may be read that are not safetensors; empty where they may not.
        features: `auto` leaves out the padding to 30 s where a check shows that nothing changes.
        prefill: `auto` reads an utterance once for all its draws where a check shows that nothing changes.
    """

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    attention: Literal["auto", "eager", "sdpa", "flash_attention_2", "flash_attention_3"] = "auto"
    device: Annotated[str, msgspec.Meta(pattern="^(auto|cpu|mps|cuda(:[0-9]+)?)$")] = "auto"
    device_map: Literal["", "auto"] = ""
    batch_tokens: Annotated[int, msgspec.Meta(ge=0)] = 0
    system: str = ""
    audio_first: bool = True
    unsafe_weights: str = ""
    features: Literal["auto", "stock"] = "auto"
    prefill: Literal["auto", "stock"] = "auto"


class Transformers(EngineDefaults):
    """See `base.Engine` and `base.GatedEngine`.

    Raises:
        BadInput: The model cannot be loaded or asked; the message says what to do.
        local.repository.Unreachable: The Hub cannot be asked.
    """

    family = "transformers/1"
    Options: type[msgspec.Struct] = TransformersOptions
    operational = frozenset({"batch_tokens", "device", "device_map", "features", "prefill", "unsafe_weights"})
    methods = frozenset({"generation", "likelihood"})
    pinned = True
    gate = frozenset({"batch_tokens", "features", "prefill"})

    def __init__(self, spec: ModelSpec, options: TransformersOptions, store_home: str) -> None:
        if missing := [name for name in _PACKAGES if find_spec(name) is None]:
            raise BadInput(
                f"{spec.id}: engine transformers",
                "missing_package",
                f"no {', '.join(missing)}",
                "them installed: pip install 'cameo_assets[transformers]'",
            )
        from cameo_assets.models.local.loading import load
        from cameo_assets.models.local.runner import Runner

        loaded = load(spec, options, store_home)
        self._libraries = dict(loaded.versions)
        self._runner: Runner | None = Runner(loaded, f"{spec.id}: {spec.repository}", options)

    @property
    def versions(self) -> Mapping[str, str]:  # type: ignore[override]
        """Libraries, device and the ways that the first batch chose."""
        return {**self._libraries, **self._open().ways}

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`. Answers come batch by batch, of a window of asks the longest first."""
        return self._open().run(asks)

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        """See `base.GatedEngine.alone`: the library's `generate` on stock inputs, one utterance at a time."""
        return self._open().alone(asks)

    def close(self) -> None:
        """Gives the memory of the model back; the engine answers no more."""
        from cameo_assets.models.local.memory import free_memory

        self._runner = None
        free_memory()

    def _open(self) -> Runner:
        if self._runner is None:
            raise RuntimeError("the engine was closed")
        return self._runner
