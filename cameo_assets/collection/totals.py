"""The collection against CAMEO: what is missing and what is too much, down to emotions of corpora.

Corpora outside CAMEO are counted apart, so that adding one never looks like a fault. Spoken samples are none
of CAMEO's utterances and count as none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.vocabulary import EMOTIONS, LANGUAGES

UTTERANCES: Final = 41_265
CORPORA: Final = 13
"""What CAMEO reports of itself (arXiv 2505.11051), beside 17 emotions and 8 languages."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """An emotion of a corpus of which there are fewer or more utterances than in CAMEO.

    Attributes:
        corpus: Name of the corpus.
        emotion: The emotion.
        found: Utterances here.
        cameo: Utterances in CAMEO.
    """

    corpus: str
    emotion: str
    found: int
    cameo: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """CAMEO's part of the collection, compared with CAMEO.

    Attributes:
        utterances: Utterances of CAMEO's corpora.
        corpora: How many of CAMEO's corpora are here.
        emotions: Emotions that occur in them, sorted.
        languages: Languages that occur in them, sorted.
        absent: CAMEO's corpora that are not here, with CAMEO's numbers of utterances.
        gaps: Where corpora that are here differ from CAMEO, sorted by corpus and emotion.
        more_at_publisher: Corpora that are larger than in CAMEO and can be had as CAMEO has them.
        samples: Names of those of the absent corpora that are here as spoken samples.
        outside: Corpora outside CAMEO, with their numbers of utterances.
    """

    utterances: int
    corpora: int
    emotions: tuple[str, ...]
    languages: tuple[str, ...]
    absent: dict[str, int]
    gaps: tuple[Gap, ...]
    more_at_publisher: tuple[str, ...]
    samples: tuple[str, ...]
    outside: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether all of CAMEO is here, and nothing of these corpora beyond it."""
        return not (self.absent or self.gaps) and self.utterances == UTTERANCES

    @property
    def emotions_absent(self) -> tuple[str, ...]:
        """CAMEO's emotions that do not occur."""
        return tuple(emotion for emotion in EMOTIONS if emotion not in self.emotions)

    @property
    def languages_absent(self) -> tuple[str, ...]:
        """CAMEO's languages that do not occur."""
        return tuple(language for language in LANGUAGES if language not in self.languages)

    @property
    def table(self) -> list[tuple[str, int, int]]:
        """What is counted, how much of it is here, and how much is in CAMEO."""
        return [
            ("utterances", self.utterances, UTTERANCES),
            ("emotions", len(self.emotions), len(EMOTIONS)),
            ("languages", len(self.languages), len(LANGUAGES)),
            ("corpora", self.corpora, CORPORA),
        ]

    def by_corpus(self) -> list[tuple[str, int, int]]:
        """Corpora that are here and differ: name, how many utterances are missing and how many too many."""
        return [
            (
                name,
                sum(max(gap.cameo - gap.found, 0) for gap in self.gaps if gap.corpus == name),
                sum(max(gap.found - gap.cameo, 0) for gap in self.gaps if gap.corpus == name),
            )
            for name in dict.fromkeys(gap.corpus for gap in self.gaps)
        ]

    def sentence(self) -> str:
        """All of it in a few words."""
        if self.complete:
            said = [f"all {UTTERANCES:,} utterances of CAMEO"]
        else:
            said = [f"{self.utterances:,} of {UTTERANCES:,} utterances of CAMEO"]
        if self.samples:
            said.append(f"spoken samples, not the corpora: {', '.join(self.samples)}")
        lacking = [f"{name} ({n:,})" for name, n in self.absent.items() if name not in self.samples]
        if lacking:
            said.append(f"no {', no '.join(lacking)}")
        for name, fewer, more in self.by_corpus():
            numbers = [f"{fewer:,} too few"] * bool(fewer) + [f"{more:,} too many"] * bool(more)
            said.append(f"{name}: {' and '.join(numbers)}")
        for what, names in (("emotion", self.emotions_absent), ("language", self.languages_absent)):
            # Where there is nothing at all, to say so of each would say no more.
            if names and self.corpora:
                said.append(f"{what}s that do not occur: {', '.join(names)}")
        if self.more_at_publisher:
            names_of = ", ".join(self.more_at_publisher)
            said.append(f"CAMEO_COMPATIBLE=1 leaves out what CAMEO lacks of {names_of}")
        if self.outside:
            listed = (f"{name} ({number:,})" for name, number in self.outside.items())
            said.append(f"outside CAMEO and not counted: {', '.join(listed)}")
        return "; ".join(said)


def totals(entries: Sequence[CorpusEntry], specs: Mapping[str, CorpusSpec]) -> Totals:
    """Compares the collection with CAMEO.

    Args:
        entries: The corpora of the collection.
        specs: The known corpora by slug; those with `added` are none of CAMEO's.
    """
    cameo = {slug: spec for slug, spec in specs.items() if not spec.added}
    here = [entry for entry in entries if entry.slug in cameo and entry.total and not entry.sample]
    present = {entry.slug for entry in here}
    gaps = tuple(
        Gap(corpus=entry.name, emotion=emotion, found=found, cameo=wanted)
        for entry in here
        for emotion in sorted(entry.utterances.keys() | cameo[entry.slug].cameo.keys())
        for found, wanted in [(entry.utterances.get(emotion, 0), cameo[entry.slug].cameo.get(emotion, 0))]
        if found != wanted
    )
    larger = {gap.corpus for gap in gaps if gap.found > gap.cameo}
    return Totals(
        utterances=sum(entry.total for entry in here),
        corpora=len(here),
        emotions=tuple(sorted({emotion for entry in here for emotion in entry.utterances})),
        languages=tuple(sorted({entry.language for entry in here})),
        absent={spec.name: sum(spec.cameo.values()) for slug, spec in cameo.items() if slug not in present},
        gaps=gaps,
        more_at_publisher=tuple(
            entry.name for entry in here if entry.name in larger and cameo[entry.slug].in_cameo is not None
        ),
        samples=tuple(entry.name for entry in entries if entry.slug in cameo and entry.sample),
        outside={entry.name: entry.total for entry in entries if entry.slug not in cameo},
    )
