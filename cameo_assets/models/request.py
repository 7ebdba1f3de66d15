"""When a stored answer may be used again: if and only if its request key is the one wanted now.

The key is a hash of all that shapes an answer. It has two levels, because most of it is the same for all
utterances of a corpus: the `context` is made once for a corpus and a draw, the key once for an utterance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from cameo_assets.models.engines.base import Sampling
from cameo_assets.provenance import version_of


def context(
    *,
    model: Mapping[str, Any],
    family: str,
    prompt: str,
    options: Sequence[str],
    sampling: Sampling,
    corpus_version: str = "",
) -> str:
    """What an answer depends on besides its utterance, as 64 hex digits.

    Args:
        model: Repository, revisions and the engine's options (see `spec.identity`).
        family: Engine family.
        prompt: Text of the question.
        options: Emotions of the corpus.
        sampling: The draw.
        corpus_version: For engines of scope `corpus`, what they learn from (see `corpus_version`).
    """
    parts = (model, family, prompt, list(options), sampling, corpus_version)
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def request_key(context: str, *, file_id: str, pcm_md5: str) -> str:
    """The key of one answer, as 32 hex digits.

    The id is a part of it, as noise is keyed by it: two utterances of the same audio are asked apart.

    Args:
        context: See `context`.
        file_id: Id of the utterance.
        pcm_md5: Identity of its audio.
    """
    return hashlib.sha256(f"{context}\n{file_id}\n{pcm_md5}".encode()).hexdigest()[:32]


def corpus_version(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Version of what a probe learns from.

    Args:
        rows: (file_id, pcm_md5, emotion, group_id) of each utterance of a corpus, in any order.
    """
    return version_of(sorted(rows))
