"""Loads a model that listens and does not speak: a classifier of recordings, or a frozen encoder.

Imports torch at its top: import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from cameo_assets.errors import BadInput
from cameo_assets.models.local.audio import RATE
from cameo_assets.models.local.loading import device_of, exact_floats, from_code
from cameo_assets.models.local.repository import locate

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec

Wave = NDArray[np.float32]
"""Samples of a recording: 16 kHz, mono, full scale 1."""

_LIBRARIES: Final = ("torch", "transformers")
_FRAME_SECONDS: Final = 0.01
"""Step of the spectra of extractors that count their window in frames."""
_NEVER_USED: Final = "masked_spec_embed"
"""A weight for training alone, which many published encoders leave out."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A model that is ready to listen.

    Attributes:
        name: What to call it in complaints.
        model: In evaluation mode, on its device.
        extractor: Makes inputs of waves.
        window: Seconds to which every recording is filled up; 0 where inputs are as long as recordings are.
        versions: Libraries and settings that may change the numbers, for the record.
    """

    name: str
    model: Any
    extractor: Any
    window: float
    versions: Mapping[str, str]

    @property
    def longest(self) -> float:
        """Seconds that it hears of a recording."""
        return self.window or float("inf")

    def inputs(self, waves: Sequence[Wave], **how: Any) -> dict[str, torch.Tensor]:
        """What the model's forward takes, on its device and in its precision.

        Args:
            waves: Recordings.
            how: For the extractor; nothing for what it does by itself.
        """
        made = self.extractor(list(waves), sampling_rate=RATE, return_tensors="pt", **how)
        return {
            name: tensor.to(self.model.device, self.model.dtype if tensor.is_floating_point() else None)
            for name, tensor in made.items()
        }


def load(
    auto: str,
    spec: ModelSpec,
    store_home: str,
    *,
    device: str,
    dtype: str,
    unsafe_weights: str,
    unused: str = "",
) -> Listener:
    """Loads a model and its feature extractor at the pinned revision.

    Args:
        auto: Name of the auto class.
        spec: The model.
        store_home: Where the store is.
        device: Where it runs; `auto` for the best there is.
        dtype: Name of its precision.
        unsafe_weights: As of `repository.locate`.
        unused: Start of the names of weights that nobody will use, so that they may be missing.

    Raises:
        BadInput: What is there cannot be used; the message says why and what to do.
        repository.Unreachable: The Hub cannot be asked.
    """
    name = f"{spec.id}: {spec.repository}"
    folder = locate(spec, store_home, unsafe_weights=unsafe_weights)
    place = device_of(spec, device)
    exact_floats()
    try:
        extractor = from_code(spec, "AutoFeatureExtractor", folder)
        model, report = from_code(
            spec,
            auto,
            folder,
            dtype=getattr(torch, dtype),
            use_safetensors=None if unsafe_weights else True,
            output_loading_info=True,
        )
    except ValueError as fault:  # what the library says of a model of another kind
        first = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        raise BadInput(name, "kind_of_model", first, f"a model of audio for {auto}") from fault
    check_weights(report["missing_keys"], name, unused)
    if (wanted := model.main_input_name) != (made := extractor.model_input_names[0]):
        seen = f"{type(model).__name__}, which takes {wanted}, where recordings become {made}"
        raise BadInput(name, "kind_of_model", seen, "a model that takes recordings alone")
    return Listener(
        name=name,
        model=model.to(place).eval().requires_grad_(False),
        extractor=extractor,
        window=_window(extractor, name),
        versions={
            **{library: version(library) for library in _LIBRARIES},
            "device": torch.cuda.get_device_name(place) if place.type == "cuda" else place.type,
        },
    )


def check_weights(missing: Sequence[str], name: str, unused: str = "") -> None:
    """Refuses a checkpoint that lacks weights: the library fills them up with noise, and only warns.

    Args:
        missing: Names of weights that the model has and the checkpoint has not.
        name: What to call the model in complaints.
        unused: As of `load`.

    Raises:
        BadInput: There is one that matters.
    """
    lacking = sorted(
        key for key in missing if not key.endswith(_NEVER_USED) and not (unused and key.startswith(unused))
    )
    if lacking:
        raise BadInput(
            name,
            "missing_weights",
            f"none for {', '.join(lacking[:3])} ({len(lacking)} in all)",
            "weights for all of the model; what is missing would be random",
        )


def a_noise(seconds: float) -> Wave:
    """Noise, always the same, to try a model with."""
    drawn = np.random.default_rng(0).standard_normal(round(seconds * RATE), dtype=np.float32)
    return drawn * np.float32(0.1)


def _window(extractor: Any, name: str) -> float:
    """See `Listener.window`.

    Raises:
        BadInput: The extractor is for another rate, at which it would hear everything too slow or too fast;
            or it has a window and does not say how long it is, so that it might cut recordings.
    """
    rate = getattr(extractor, "sampling_rate", None)
    if rate != RATE:
        raise BadInput(name, "sampling_rate", f"a model for {rate} Hz", f"a model for {RATE} Hz")
    one, two = (
        extractor(a_noise(seconds), sampling_rate=RATE, return_tensors="np")[extractor.model_input_names[0]]
        for seconds in (0.5, 1.0)
    )
    if one.shape != two.shape:
        return 0.0
    frames = getattr(extractor, "max_length", None) or 0
    seconds = float(getattr(extractor, "chunk_length", None) or frames * _FRAME_SECONDS)
    if not seconds:
        raise BadInput(name, "window", f"{type(extractor).__name__}, of unknown length", "a known length")
    return seconds
