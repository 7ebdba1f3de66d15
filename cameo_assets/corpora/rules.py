"""Rules of refusal that have a meaning beyond their own corpus file."""

from __future__ import annotations

from typing import Final

MISSING_AUDIO: Final = "missing_audio"
"""A row of a side table whose recording is not in the copy."""

PASSED_OVER: Final = frozenset({"not_in_cameo", "other_version", "second_copy", "left_out", "outtake"})
"""What is left out by intention: no fault of the copy, and nothing that a person should look after."""
