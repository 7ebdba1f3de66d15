"""Decodes every recording of a copy and keeps nothing: what a normalisation would say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.audio.batch import run_all
from cameo_assets.audio.inspect import Inspection
from cameo_assets.audio.policy import Policy
from cameo_assets.audio.worker import Reader, Worker
from cameo_assets.corpora.report import Reason, reasons
from cameo_assets.errors import Refusal
from cameo_assets.progress import Progress
from cameo_assets.store import Store

if TYPE_CHECKING:
    from cameo_assets.corpora.spec import Utterance


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of decoding a copy.

    Attributes:
        recordings: How many there are.
        taken: How many decode.
        seconds: Their duration in all.
        flags: Recordings by oddity of their sound (see `Inspection`).
        duplicates: Paths of recordings with the same samples, each set sorted.
        refused: What was not taken, by rule.
    """

    recordings: int
    taken: int
    seconds: float
    flags: dict[str, int]
    duplicates: tuple[tuple[str, ...], ...]
    refused: tuple[Reason, ...]


class _Nowhere(Store):
    """A store that forgets."""

    def __init__(self) -> None:
        super().__init__("/")

    def __reduce__(self) -> tuple[type[Store], tuple[()]]:  # type: ignore[override]
        return (_Nowhere, ())

    def write_bytes(self, data: bytes, *parts: str, durable: bool = True) -> bool:  # noqa: ARG002
        return True


def hear(
    source: Reader,
    utterances: Sequence[Utterance],
    *,
    allow_silent: Collection[str] = frozenset(),
    progress: Progress | None = None,
) -> Heard:
    """Decodes and normalises every utterance, as a normalisation would, without writing anything.

    Args:
        source: Gives the recordings.
        utterances: Of one corpus.
        allow_silent: Source names of the clips that may be silent.
        progress: Told after every few clips.

    Raises:
        WorkerError: A process was killed (see `batch.run_all`).
    """
    worker = Worker(_Nowhere(), source, Policy(), frozenset(allow_silent))
    by_id = {utterance.file_id: utterance for utterance in utterances}
    found: dict[str, Inspection] = {}
    for done in run_all(worker, source, utterances):
        found |= {entry.inspection.file_id: entry.inspection for entry in done}
        if progress:
            last = by_id[done[-1].inspection.file_id]
            progress(len(found), len(utterances), f"decoding {last.source_path}")
    ordered = sorted(utterances, key=lambda each: (each.source_path, each.span or (0.0, 0.0)))
    return _heard([(utterance, found[utterance.file_id]) for utterance in ordered])


def _heard(found: Sequence[tuple[Utterance, Inspection]]) -> Heard:
    taken = [(utterance, about) for utterance, about in found if about.status == "ok"]
    alike: dict[str, list[str]] = defaultdict(list)
    for utterance, about in taken:
        alike[about.pcm_md5].append(_place(utterance))
    return Heard(
        recordings=len(found),
        taken=len(taken),
        seconds=sum(about.seconds for _, about in taken),
        flags=dict(Counter(flag for _, about in taken for flag in about.flags).most_common()),
        duplicates=tuple(sorted(tuple(sorted(paths)) for paths in alike.values() if len(paths) > 1)),
        refused=reasons(
            Refusal(
                corpus=utterance.corpus,
                path=_place(utterance),
                rule=about.rule,
                seen=about.seen,
                expected=about.expected,
            )
            for utterance, about in found
            if about.status == "refused"
        ),
    )


def _place(utterance: Utterance) -> str:
    """The path, with start and end in seconds for a part of a file."""
    if utterance.span is None:
        return utterance.source_path
    start, end = utterance.span
    return f"{utterance.source_path} {start:.2f} to {end:.2f} s"
