"""Recordings that occur more than once: the same samples under several ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Utterances with identical samples.

    Attributes:
        pcm_md5: MD5 of the decoded samples.
        paths: `<corpus>/<path>` of each, sorted.
        emotions: Their labels, sorted, each once.
        corpora: Their corpora, sorted, each once.
        speakers: Their known speakers, sorted, each once.
    """

    pcm_md5: str
    paths: tuple[str, ...]
    emotions: tuple[str, ...]
    corpora: tuple[str, ...]
    speakers: tuple[str, ...] = ()

    @property
    def contradictory(self) -> bool:
        """Whether one recording carries different labels."""
        return len(self.emotions) > 1


def duplicates(rows: Iterable[Mapping[str, Any]]) -> list[Duplicate]:
    """Finds recordings that occur more than once.

    Args:
        rows: With `pcm_md5`, `corpus`, `source_path`, `emotion` and `speaker_id`.

    Returns:
        One entry for each set of identical recordings, sorted by path.
    """
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["pcm_md5"]].append(row)
    found = [
        Duplicate(
            pcm_md5=md5,
            paths=tuple(sorted(f"{row['corpus']}/{row['source_path']}" for row in group)),
            emotions=tuple(sorted({row["emotion"] for row in group})),
            corpora=tuple(sorted({row["corpus"] for row in group})),
            speakers=tuple(sorted({row["speaker_id"] for row in group if row["speaker_id"]})),
        )
        for md5, group in groups.items()
        if len(group) > 1
    ]
    return sorted(found, key=lambda duplicate: duplicate.paths)
