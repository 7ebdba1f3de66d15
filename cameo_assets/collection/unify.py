"""Puts the corpora together: every utterance whose audio is good, sorted by corpus and id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cameo_assets.audio.inspect import Inspection
from cameo_assets.collection.rows import OURS, CorpusEntry
from cameo_assets.corpora.spec import CAMEO_FIELDS, CorpusSpec, Utterance
from cameo_assets.errors import BadInput


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One corpus as it comes from the landing zone.

    Attributes:
        spec: The corpus.
        utterances: Its utterances.
        inspections: What was found of each one's audio.
        refused: Refusals by rule from the listing.
        sample: Whether it is a spoken sample.
    """

    spec: CorpusSpec
    utterances: Sequence[Utterance]
    inspections: Sequence[Inspection]
    refused: Mapping[str, int]
    sample: bool


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """The collection in memory.

    Attributes:
        rows: One mapping for each utterance, with the columns of `rows.schema`.
        corpora: One entry for each corpus, sorted by slug.
    """

    rows: list[dict[str, Any]]
    corpora: tuple[CorpusEntry, ...]


def unify(parts: Sequence[Part]) -> Collection:
    """Joins utterances with what is known of their audio.

    Args:
        parts: The corpora, in any order.

    Returns:
        All utterances whose audio was normalised, sorted by corpus and file_id.

    Raises:
        BadInput: Two corpora claim the same id.
    """
    rows: list[dict[str, Any]] = []
    entries = []
    owners: dict[str, str] = {}
    for part in sorted(parts, key=lambda part: part.spec.slug):
        joined = _join(part)
        for row in joined:
            other = owners.setdefault(row["file_id"], row["corpus"])
            if other != row["corpus"]:
                raise BadInput(
                    row["source_path"], "repeated_id", f"{row['file_id']} in {other} too", "an id of its own"
                )
        rows += joined
        entries.append(_entry(part, joined))
    return Collection(rows=rows, corpora=tuple(entries))


def _join(part: Part) -> list[dict[str, Any]]:
    audio = {inspection.file_id: inspection for inspection in part.inspections if inspection.status == "ok"}
    rows = []
    for utterance in sorted(part.utterances, key=lambda row: row.file_id):
        inspection = audio.get(utterance.file_id)
        if inspection is None:
            continue
        row = {name: getattr(utterance, name) for name in CAMEO_FIELDS}
        for name in OURS:
            row[name] = getattr(inspection if hasattr(inspection, name) else utterance, name)
        row["flags"] = sorted({*utterance.flags, *inspection.flags})
        rows.append(row)
    return rows


def _entry(part: Part, rows: list[dict[str, Any]]) -> CorpusEntry:
    spec = part.spec
    refused = Counter(part.refused)
    refused.update(inspection.rule for inspection in part.inspections if inspection.status != "ok")
    return CorpusEntry(
        slug=spec.slug,
        name=spec.name,
        language=spec.language,
        licence=spec.licence,
        citation=spec.citation,
        homepage=spec.homepage,
        doi=spec.doi,
        attribution=spec.attribution or spec.citation,
        licence_doubt=spec.licence_doubt,
        emotions=spec.emotions,
        published=dict(sorted(spec.counts.items())),
        utterances=dict(sorted(Counter(row["emotion"] for row in rows).items())),
        refused=dict(sorted(refused.items())),
        speakers=len({row["speaker_id"] for row in rows} - {None}),
        groups=len({row["group_id"] for row in rows}),
        seconds=round(sum(row["seconds"] for row in rows), 3),
        sample=part.sample,
    )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a new version of the collection changed, as counts by corpus.

    Attributes:
        added: Utterances that were not there.
        removed: Utterances that are gone.
        relabelled: Utterances whose metadata changed.
        rerecorded: Utterances whose audio changed.
    """

    added: dict[str, int]
    removed: dict[str, int]
    relabelled: dict[str, int]
    rerecorded: dict[str, int]

    @property
    def nothing(self) -> bool:
        """Whether the versions are the same."""
        return not (self.added or self.removed or self.relabelled or self.rerecorded)


def change(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Change:
    """Compares two versions of the collection by id."""
    old = {row["file_id"]: row for row in before}
    new = {row["file_id"]: row for row in after}
    both = [(old[key], new[key]) for key in new if key in old]

    def count(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        return dict(sorted(Counter(row["corpus"] for row in rows).items()))

    return Change(
        added=count([row for key, row in new.items() if key not in old]),
        removed=count([row for key, row in old.items() if key not in new]),
        relabelled=count([b for a, b in both if any(a[name] != b[name] for name in CAMEO_FIELDS)]),
        rerecorded=count([b for a, b in both if a["pcm_md5"] != b["pcm_md5"]]),
    )
