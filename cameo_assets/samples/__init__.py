"""Miniature corpora in the publishers' raw layouts, spoken by espeak-ng.

They exist so that everything can be run without the corpora; their scores mean nothing. Nothing here knows
how a corpus is read: what is written follows the publishers, faults included.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cameo_assets.samples as package
from cameo_assets.errors import BadInput
from cameo_assets.progress import Progress
from cameo_assets.samples.laying import SAMPLE_NOTE, lay_samples
from cameo_assets.samples.recipe import Sample

__all__ = ["SAMPLES", "SAMPLE_NOTE", "Sample", "lay"]


def _found() -> Iterator[Sample]:
    for module in pkgutil.iter_modules(package.__path__):
        sample = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "SAMPLE", None)
        if isinstance(sample, Sample):
            yield sample


SAMPLES: Final[dict[str, Sample]] = {sample.slug: sample for sample in _found()}
"""Every sample by the slug of its corpus; nothing is spoken before one is laid."""


def lay(
    landing: Path, corpora: Sequence[str] | None = None, progress: Progress | None = None
) -> dict[str, Path]:
    """Lays samples into a landing zone; arguments and errors as for `laying.lay_samples`.

    Args:
        landing: The landing zone; made if need be.
        corpora: Slugs of the samples wanted; all of `SAMPLES` by default.
        progress: Called with clips done, clips in all, and what was done.

    Returns:
        The folder of each sample by slug.

    Raises:
        BadInput: A slug has no sample.
    """
    wanted = list(SAMPLES) if corpora is None else list(dict.fromkeys(corpora))
    for slug in wanted:
        if slug not in SAMPLES:
            raise BadInput("samples", "unknown_sample", repr(slug), f"one of {sorted(SAMPLES)}")
    return lay_samples(Path(landing), [SAMPLES[slug] for slug in wanted], progress)
