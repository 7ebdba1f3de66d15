"""The whole platform on one screen: assets, sensors, schedules, and the one resource.

Loading this imports no numerical library: those are imported where they are used, because every code server
and every run loads this file anew.
"""

from __future__ import annotations

import dagster as dg

from cameo_assets.assets import audio, board, collection, evaluations, hub, raw, utterances
from cameo_assets.automation import janitor, schedules, sensors
from cameo_assets.resources import Cameo


def build(cameo: Cameo | None = None) -> dg.Definitions:
    """Puts the platform together.

    Args:
        cameo: Where the platform keeps its data; by default what the environment says.
    """
    return dg.Definitions(
        assets=[
            *raw.ASSETS,  # raw/<corpus>      what publishers published
            utterances.utterances,  # by corpus         one record for each utterance
            *audio.ASSETS,  # by corpus         FLAC, 16 bit, 16 kHz, mono
            *collection.ASSETS,  # whole             all corpora side by side
            *evaluations.ASSETS,  # by evaluation     raw answers, readings, scores
            *board.ASSETS,  # whole             leaderboard, analyses, page
            *hub.ASSETS,  # whole             the trees that are published
        ],
        sensors=[*sensors.SENSORS, janitor.janitor],
        schedules=schedules.SCHEDULES,
        resources={"cameo": cameo or Cameo.from_environment()},
        # A process for every step costs several times the work of most steps.
        executor=dg.in_process_executor,
    )


defs = build()
