"""Which refusals are faults of a copy, and which only say that something was rightly not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

NOT_IN_CAMEO: Final = "not_in_cameo"
"""The rule for a good clip that only `CAMEO_COMPATIBLE=1` leaves out."""

PASSED_OVER: Final = frozenset(
    {"left_out", NOT_IN_CAMEO, "other_version", "outtake", "second_copy", "song", "unsegmented", "video"}
)
"""Rules by which good files are not taken: nobody has to mend anything."""

MISSING: Final = "missing_audio"
"""The rule for a row of the publisher's tables that has no recording."""

GRAMMAR: Final = frozenset(
    {"file_name", "folder_name", "intensity", "level"}
    | {"folder_disagrees", "name_disagrees", "style_disagrees"}
    | {"unknown_emotion", "unknown_gender", "unknown_speaker"}
)
"""Rules by which a name, or the label in it, is none of the corpus's."""


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals by rule, told apart.

    Attributes:
        faults: What is wrong with the copy; `grammar` is a part of it.
        grammar: Names and labels that are none of the corpus's.
        missing: Number of rows without recording.
        passed_over: What was rightly not taken.
    """

    faults: dict[str, int]
    grammar: dict[str, int]
    missing: int
    passed_over: dict[str, int]


def told_apart(reasons: Mapping[str, int]) -> Reasons:
    """Sorts refusals by what they mean for a person.

    Args:
        reasons: Number of refusals by rule.

    >>> told_apart({"file_name": 2, "missing_audio": 1, "second_copy": 9}).faults
    {'file_name': 2}
    """
    faults = {rule: number for rule, number in reasons.items() if rule not in PASSED_OVER and rule != MISSING}
    return Reasons(
        faults=faults,
        grammar={rule: number for rule, number in faults.items() if rule in GRAMMAR},
        missing=reasons.get(MISSING, 0),
        passed_over={rule: number for rule, number in reasons.items() if rule in PASSED_OVER},
    )
