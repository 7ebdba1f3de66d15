"""The stages in the order of the flow, and what is out of date."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.failures import read_failure
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
    splits,
    utterances,
)
from cameo_assets.stages.base import NotReady, Platform, Stage, is_current, wanted
from cameo_assets.stages.current import landed, registry

BY_CORPUS: Final = (raw.STAGE, utterances.STAGE, audio.STAGE)
TOGETHER: Final = (collection.STAGE, splits.STAGE)
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
        reason: Why it was not made, where something stands in the way or it failed; else empty.
        due: Whether to try now; False after a failure until its pause is over.
    """

    stage: str
    partition: str
    reason: str = ""
    due: bool = True


def out_of_date(platform: Platform) -> list[Stale]:
    """Every product that should be made and can be made now, in the order of the flow.

    What waits for another product of this list is not in it: once that is made, it will be. So a caller that
    makes all of these, again and again, ends with everything current. What cannot be made, because its input
    is unusable, is in it with the reason.
    """
    return [stale for stale in _looked_at(platform) if stale is not None]


def failures(platform: Platform) -> list[Stale]:
    """The products that failed on their inputs of now, whether or not it is time to try again."""
    present = platform.store.names("failures")
    return [stale for stale in out_of_date(platform) if stale.reason] if present else []


def _looked_at(platform: Platform) -> Iterator[Stale | None]:
    now = time.time()
    for corpus in landed(platform):
        yield _first_stale(platform, BY_CORPUS, corpus, now)
    yield _first_stale(platform, TOGETHER, WHOLE, now)
    for key in evaluations(registry(platform)):
        yield _first_stale(platform, BY_EVALUATION, key, now)
    for single in AT_THE_END:
        yield _first_stale(platform, (single,), WHOLE, now)


def _first_stale(platform: Platform, stages: Sequence[Stage], partition: str, now: float) -> Stale | None:
    """The first product of a chain that is not current; none where all are, or the chain cannot start yet."""
    for each in stages:
        try:
            if not is_current(each, platform, partition):
                inputs = wanted(each, platform, partition)
                failure = read_failure(platform.store, each.name, partition, inputs)
                if failure is None:
                    return Stale(each.name, partition)
                return Stale(each.name, partition, failure.message, failure.due(now))
        except NotReady:
            return None
        except BadInput as error:
            return Stale(each.name, partition, str(error), due=False)
    return None
