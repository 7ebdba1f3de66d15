"""Whose files these look like: for a person who points at a copy, or puts it into the folder of another."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from cameo_assets.corpora import drop_in
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.rules import GRAMMAR, MISSING
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import SLUG, Clip, CorpusSpec
from cameo_assets.errors import BadInput


class Match(msgspec.Struct, frozen=True):
    """A corpus whose names and tables fit a copy.

    Attributes:
        slug: The corpus.
        name: Its name for people.
        files: How many files hold recordings of it.
        strange: How many have a name or a label that is none of its own.
        rows: How many rows of its tables have no recording here.
        of: How many files there are in all.
    """

    slug: str
    name: str
    files: int
    strange: int
    rows: int
    of: int

    def __str__(self) -> str:
        if self.files:
            return f"{self.name} ({self.files:,} of {self.of:,} files follow its names)"
        return f"{self.name} ({self.rows:,} rows of its tables, without a recording)"


def recognised(source: Source, but: str = "") -> Match | None:
    """The known corpus that takes most of the files, by names and side tables alone.

    Args:
        source: A copy of an unknown corpus.
        but: Slug of a corpus that is not asked.

    Returns:
        The best match, the first by slug of equals; where no corpus takes a file, the one whose tables are
        there; None where there are none of either.
    """
    matches = [_match(spec, source) for spec in known().values() if spec.slug != but]
    best = max(matches, key=lambda match: (match.files, match.rows), default=None)
    return best if best is not None and (best.files or best.rows) else None


def _match(spec: CorpusSpec, source: Source) -> Match:
    paths: set[str] = set()
    strange: set[str] = set()
    rows = 0
    try:
        tables = spec.read_tables(source)
        for found in spec.find(source, tables):
            if isinstance(found, BadInput):
                rows += found.rule == MISSING
                strange |= {found.path} if found.rule in GRAMMAR else set()
            elif found.path not in paths:
                (paths if _fits(spec, found, tables) else strange).add(found.path)
    except Exception:  # a guess must not hide the complaint that it is added to
        return Match(spec.slug, spec.name, 0, 0, 0, len(source.members))
    return Match(spec.slug, spec.name, len(paths), len(strange), rows, len(source.members))


def _fits(spec: CorpusSpec, clip: Clip, tables: Any) -> bool:
    try:
        spec.describe(clip, tables)
    except BadInput:
        return False
    return True


def corpus_at(source: Source, name: str = "") -> CorpusSpec:
    """The spec of the corpus that a person means.

    Args:
        source: The copy.
        name: Slug or display name in any case, or what to call a folder with a description of its own; by
            default the folder's slug, its own description, its display name or its files decide.

    Raises:
        BadInput: There is no such corpus, or nothing says which one this is.
    """
    folder = source.folder
    if name:
        return _named(folder, name)
    if folder.name in known():  # as in the landing zone, where a corpus's own file decides
        return known()[folder.name]
    if drop_in.is_drop_in(folder):
        return _described(folder, folder.name)
    called = _called(folder.name)
    if called is not None:
        return called
    match = recognised(source)
    # A few names that fit by chance, or one corpus among several, are no reason to refuse all the rest.
    if match is None or match.strange > match.files > 0:
        expected = (
            f"recordings of one of {', '.join(known())}, or a folder with {drop_in.DESCRIPTION}; "
            "give the name of the corpus before the path if it is one of them"
        )
        raise BadInput(folder.name, "unrecognised", _seen(source, match), expected)
    return known()[match.slug]


def _seen(source: Source, match: Match | None) -> str:
    """What lies there instead of a corpus."""
    if match is not None:
        return f"most like {match}, but {match.strange:,} have names that it has not"
    refused = f"; {len(source.refused):,} refused, such as {source.refused[0]}" if source.refused else ""
    if not source.members:
        return f"no files{refused}"
    return f"names of no known corpus, such as {source.members[0].path!r}{refused}"


def _called(name: str) -> CorpusSpec | None:
    """The known corpus of this slug or display name."""
    specs = {_folded(word): spec for spec in known().values() for word in (spec.slug, spec.name)}
    return specs.get(_folded(name))


def _named(folder: Path, name: str) -> CorpusSpec:
    called = _called(name)
    if called is not None:
        return called
    if drop_in.is_drop_in(folder):
        return _described(folder, name)
    close = get_close_matches(_folded(name), known(), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    seen = f"a name that no corpus has, and no {drop_in.DESCRIPTION} in {folder.name!r}"
    raise BadInput(name, "unknown_corpus", seen, f"one of {', '.join(known())}{hint}")


def _described(folder: Path, slug: str) -> CorpusSpec:
    if not SLUG.fullmatch(slug):
        raise BadInput(slug, "folder_name", repr(slug), f"a name like {SLUG.pattern}, before the path")
    return drop_in.load(folder, slug)


def _folded(word: str) -> str:
    """The same for `JL-Corpus` and `jl_corpus`."""
    return word.casefold().replace("-", "_")
