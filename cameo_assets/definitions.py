"""The whole platform on one screen: assets, sensors, schedules, and the one resource.

Loading this imports no numerical library: those are imported where they are used, because every code server
and every run loads this file anew.
"""

from __future__ import annotations

import dagster as dg

from cameo_assets.assets.every import assets
from cameo_assets.automation import janitor, schedules, sensors
from cameo_assets.automation.verification import verification
from cameo_assets.resources import Cameo


def build(cameo: Cameo | None = None) -> dg.Definitions:
    """Puts the platform together.

    Args:
        cameo: Where the platform keeps its data; by default what the environment says.
    """
    return dg.Definitions(
        # raw/<corpus> -> utterances -> normalized_audio           by corpus
        # -> unified_jsonl -> splits                               all corpora side by side
        # -> predictions -> answers -> metrics                     by evaluation
        # -> leaderboard -> board_page, analysis/*, hub/*          what people read
        assets=assets(),
        jobs=[verification],
        sensors=[*sensors.SENSORS, janitor.janitor],
        schedules=schedules.SCHEDULES,
        resources={"cameo": cameo or Cameo.from_environment()},
        # A process for every step costs several times the work of most steps.
        executor=dg.in_process_executor,
    )


defs = build()
