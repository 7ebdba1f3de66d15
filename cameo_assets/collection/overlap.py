"""Speakers who seem to be in more than one corpus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, Final, Literal

import msgspec

LEAST_ID: Final = 16
"""Characters from which on equal ids of two publishers are no coincidence, as `01` and `speaker_1` are."""

Why = Literal["same recording", "same id"]


class Overlap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Two speakers of two corpora who are likely one person.

    Attributes:
        speakers: Their `speaker_id`, sorted.
        why: What they have in common.
        paths: `<corpus>/<path>` of what they share; with the same id, one recording of each. Sorted.
    """

    speakers: tuple[str, str]
    why: Why
    paths: tuple[str, ...]


def overlaps(rows: Iterable[Mapping[str, Any]]) -> list[Overlap]:
    """Finds speakers of two corpora who share a recording or a long id.

    Args:
        rows: With `corpus`, `source_path`, `speaker_id` and `pcm_md5`; those without speaker are passed over.

    Returns:
        One entry for each pair and reason, sorted.
    """
    known = [row for row in rows if row["speaker_id"]]
    alike: dict[tuple[Why, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in known:
        alike["same recording", row["pcm_md5"]].append(row)
        native = row["speaker_id"].removeprefix(f"{row['corpus']}_")
        if len(native) >= LEAST_ID:
            alike["same id", native].append(row)
    found: dict[tuple[tuple[str, str], Why], set[str]] = defaultdict(set)
    for (why, _), group in alike.items():
        firsts = {}
        for row in sorted(group, key=_path, reverse=True):
            firsts[row["corpus"], row["speaker_id"]] = row
        for one, other in combinations(firsts.values(), 2):
            if one["corpus"] != other["corpus"]:
                first, second = sorted((one["speaker_id"], other["speaker_id"]))
                found[(first, second), why] |= {_path(one), _path(other)}
    return sorted(
        Overlap(speakers=speakers, why=why, paths=tuple(sorted(paths)))
        for (speakers, why), paths in found.items()
    )


def _path(row: Mapping[str, Any]) -> str:
    return f"{row['corpus']}/{row['source_path']}"
