"""What the UI and the log show of an evaluation while it runs."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.assets.rendering import metadata
from cameo_assets.lineage.shown import table

if TYPE_CHECKING:
    from cameo_assets.models.heartbeat import Beat, Phase

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_OBSERVATIONS = 60.0


class Observer:
    """A heartbeat that is logged every few seconds, and observed on each running partition every minute.

    What a model does next is logged at once, and its end is always observed.

    Args:
        context: Of the run.
        clock: Seconds that only grow.
    """

    def __init__(
        self, context: dg.AssetExecutionContext, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._context, self._clock = context, clock
        self._phase: tuple[str, Phase] | None = None
        self._logged = self._observed = clock()

    def __call__(self, beat: "Beat") -> None:
        """Shows a beat, if it is time."""
        now = self._clock()
        phase = (beat.model, beat.phase)
        changed, self._phase = phase != self._phase, phase
        if changed or now - self._logged >= SECONDS_BETWEEN_LINES:
            self._logged = now
            self._context.log.info(str(beat))
        if beat.phase == "ended" or now - self._observed >= SECONDS_BETWEEN_OBSERVATIONS:
            self._observed = now
            self._observe(beat)

    def _observe(self, beat: "Beat") -> None:
        for key in self._context.partition_keys:
            if key.partition("@")[0] == beat.model:
                self._context.log_event(
                    dg.AssetObservation("predictions", partition=key, metadata=shown(beat))
                )


def shown(beat: "Beat") -> dict[str, Any]:
    """A beat as metadata; counts are of all evaluations of the model that run together."""
    left = {} if beat.left is None else {"seconds left": round(beat.left, 1)}
    tokens = {"tokens": beat.tokens} if beat.tokens else {}
    cost = {"cost": float(f"{beat.cost:.4g}")} if beat.cost else {}
    samples = [(each.corpus, each.temperature, each.text) for each in beat.samples]
    found = {
        "phase": beat.doing,
        "done": beat.done,
        "total": beat.total,
        "answers per second": round(beat.rate, 2),
        **left,
        "error rate": round(beat.error_rate, 4),
        **tokens,
        **cost,
        "latest answers": table(["corpus", "temperature", "answer"], samples),
    }
    return metadata(found)
