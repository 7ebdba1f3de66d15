"""The stages in the order of the flow, and what is out of date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.registry import evaluations
from cameo_assets.provenance import WHOLE
from cameo_assets.stages import (
    ablation,
    answers,
    audio,
    board,
    collection,
    hub,
    leaderboard,
    metrics,
    predictions,
    raw,
    utterances,
)
from cameo_assets.stages.base import NotReady, Platform, Stage, is_current
from cameo_assets.stages.current import landed, registry

BY_CORPUS: Final = (raw.STAGE, utterances.STAGE, audio.STAGE)
TOGETHER: Final = (collection.STAGE,)
BY_EVALUATION: Final = (predictions.STAGE, answers.STAGE, metrics.STAGE)
AT_THE_END: Final = (leaderboard.STAGE, ablation.STAGE, board.STAGE, hub.DATASET, hub.RESULTS, hub.BOARD)


def stage(name: str) -> Stage:
    """The stage of this name.

    Raises:
        KeyError: There is none.
    """
    stages = (*BY_CORPUS, *TOGETHER, *BY_EVALUATION, *AT_THE_END)
    return {stage.name: stage for stage in stages}[name]


class Stale(msgspec.Struct, frozen=True, order=True):
    """A product that is not what its inputs of now would make.

    Attributes:
        stage: Name of the stage.
        partition: Corpus, evaluation, or `provenance.WHOLE`.
        reason: Why, where something stands in the way; else empty.
    """

    stage: str
    partition: str
    reason: str = ""


def out_of_date(platform: Platform) -> list[Stale]:
    """Every product that should be made and can be made now, in the order of the flow.

    What waits for another product of this list is not in it: once that is made, it will be. So a caller that
    makes all of these, again and again, ends with everything current. What cannot be made, because its input
    is unusable, is in it with the reason.
    """
    return [stale for stale in _looked_at(platform) if stale is not None]


def _looked_at(platform: Platform) -> Iterator[Stale | None]:
    for corpus in landed(platform):
        yield _first_stale(platform, BY_CORPUS, corpus)
    yield _first_stale(platform, TOGETHER, WHOLE)
    for key in evaluations(registry(platform)):
        yield _first_stale(platform, BY_EVALUATION, key)
    for single in AT_THE_END:
        yield _first_stale(platform, (single,), WHOLE)


def _first_stale(platform: Platform, stages: Sequence[Stage], partition: str) -> Stale | None:
    """The first product of a chain that is not current; none where all are, or the chain cannot start yet."""
    for each in stages:
        try:
            if not is_current(each, platform, partition):
                return Stale(each.name, partition)
        except NotReady:
            return None
        except BadInput as error:
            return Stale(each.name, partition, str(error))
    return None
