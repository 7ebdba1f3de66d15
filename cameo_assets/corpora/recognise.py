"""Whose files these look like, for a person who put a corpus into the folder of another."""

from __future__ import annotations

import msgspec

from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Clip, CorpusSpec


class Match(msgspec.Struct, frozen=True):
    """A corpus whose names and tables fit a copy.

    Attributes:
        slug: The corpus.
        name: Its name for people.
        files: How many files hold recordings of it.
        of: How many files there are in all.
    """

    slug: str
    name: str
    files: int
    of: int

    def __str__(self) -> str:
        return f"{self.name} ({self.files:,} of {self.of:,} files follow its names)"


def recognised(source: Source, but: str = "") -> Match | None:
    """The known corpus that takes most of the files, by names and side tables alone.

    Args:
        source: A copy of an unknown corpus.
        but: Slug of a corpus that is not asked.

    Returns:
        The best match, the first by slug of equals; None where no corpus takes a single file.
    """
    files = len(source.members)
    found = [
        Match(spec.slug, spec.name, _files(spec, source), files)
        for spec in known().values()
        if spec.slug != but
    ]
    best = max(found, key=lambda match: match.files, default=None)
    return best if best is not None and best.files else None


def _files(spec: CorpusSpec, source: Source) -> int:
    """How many files hold clips of a corpus."""
    try:
        found = spec.find(source, spec.read_tables(source))
        return len({clip.path for clip in found if isinstance(clip, Clip)})
    except Exception:  # a guess must not hide the complaint that it is added to
        return 0
