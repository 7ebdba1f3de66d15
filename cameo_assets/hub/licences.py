"""Whose audio may be published, and the page that says so. In doubt it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cameo_assets.collection.files import CORPORA
from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.errors import BadInput
from cameo_assets.hub import card
from cameo_assets.hub.plan import LicenceDecision
from cameo_assets.hub.rulings import RULINGS, Ruling
from cameo_assets.vocabulary import LICENCES, Licence

LICENSES: Final = "LICENSES.md"

_INTRODUCTION: Final = (
    "Every corpus keeps its own licence, and has files of its own, so that the terms of one never reach the "
    "files of another. The `license` column says in each row which licence holds for it."
)
_WITHHELD: Final = (
    "A corpus without audio here is published as metadata and a recipe, `recipes/<corpus>.jsonl`: which file "
    "of the publisher each clip is, or which part of it, under the publisher's own names, and the MD5 of its "
    "decoded samples (16 kHz, 16 bit, mono), so that a copy made from the publisher's files can be checked."
)


def licence_of(entry: CorpusEntry) -> Licence:
    """The licence of a corpus.

    Raises:
        BadInput: It is none of the vocabulary's.
    """
    licence = LICENCES.get(entry.licence)
    if licence is None:
        raise BadInput(
            f"{CORPORA}: {entry.slug}", "licence", repr(entry.licence), f"one of {sorted(LICENCES)}"
        )
    return licence


def decide(
    corpora: Sequence[CorpusEntry], rulings: Mapping[str, Ruling] | None = None
) -> tuple[LicenceDecision, ...]:
    """Decides for each corpus whether its audio is published.

    What a person ruled counts; without a ruling, only a licence that nobody doubts and that is known to allow
    passing the audio on lets it through.

    Args:
        corpora: The collection's.
        rulings: What people decided, by slug.

    Raises:
        BadInput: A corpus has a licence that is none of the vocabulary's.
    """
    ruled = rulings or {}
    return tuple(_decide(entry, ruled.get(entry.slug)) for entry in corpora)


def _decide(entry: CorpusEntry, ruling: Ruling | None) -> LicenceDecision:
    allowed = licence_of(entry).redistribution
    if ruling is not None:
        allowed = ruling.redistribution
        verb = "may" if allowed else "may not"
        reason = f"{ruling.by} decided that the audio {verb} be passed on: {_ended(ruling.reason)}"
    elif entry.licence_doubt:
        allowed = None
        reason = f"A person has to decide whether the audio may be passed on: {_ended(entry.licence_doubt)}"
    else:
        reason = _reason(entry.licence, allowed)
    return LicenceDecision(
        corpus=entry.slug,
        licence=entry.licence,
        redistribution=allowed,
        audio=allowed is True,
        reason=reason,
        by=ruling.by if ruling else "",
    )


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _reason(licence: str, allowed: bool | None) -> str:
    if allowed is None:
        return f"Whether the licence ({licence}) allows passing the audio on is for a person to decide."
    verb = "allows" if allowed else "does not allow"
    return f"The licence ({licence}) {verb} passing the audio on."


def page(corpora: Sequence[CorpusEntry], decisions: Sequence[LicenceDecision]) -> bytes:
    """`LICENSES.md`: one row for each corpus."""
    header = (
        "Corpus",
        "Source",
        "Licence",
        "Redistribution",
        "Commercial use",
        "Share alike",
        "Attribution",
        "Citation",
        "Changes made",
        "Audio here",
    )
    rows = [_row(*pair) for pair in zip(corpora, decisions, strict=True)]
    withheld = _WITHHELD if any(not decision.audio for decision in decisions) else ""
    parts = (
        "# Licences",
        _INTRODUCTION,
        card.table(header, rows),
        withheld,
        _decisions(corpora, decisions),
        _attributions(corpora),
    )
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _row(entry: CorpusEntry, decision: LicenceDecision) -> tuple[str, ...]:
    licence = licence_of(entry)
    return (
        card.plain(entry.name),
        _source(entry),
        _link(licence),
        _answer(decision.redistribution) + (f", {card.plain(decision.by)} decided" if decision.by else ""),
        _answer(commercial_use(entry)),
        _answer(licence.share_alike),
        _answer(licence.attribution),
        card.plain(entry.citation),
        _changes(entry, decision),
        "yes" if decision.audio else f"no: {card.plain(decision.reason)}",
    )


def commercial_use(entry: CorpusEntry) -> bool | None:
    """Whether commercial use is allowed; None where a person has to decide, also of a doubtful licence."""
    return None if entry.licence_doubt else licence_of(entry).commercial_use


def _link(licence: Licence) -> str:
    link = card.link(licence.spelling, licence.url)
    return f"{link}, contents {card.link(*licence.contents)}" if licence.contents else link


def _decisions(corpora: Sequence[CorpusEntry], decisions: Sequence[LicenceDecision]) -> str:
    """What is open, and what people decided."""
    lines = []
    for entry, decision in zip(corpora, decisions, strict=True):
        if decision.by or entry.licence_doubt or decision.redistribution is None:
            doubt = (
                f" The doubt: {card.plain(entry.licence_doubt)}"
                if entry.licence_doubt and decision.by
                else ""
            )
            lines.append(f"- {card.plain(entry.name)}: {card.plain(decision.reason)}{doubt}")
    about = f"A person decides by an entry in `{RULINGS}` beside the collection, with name and reason."
    return "\n".join(["## Decisions of people", "", about, "", *lines]) if lines else ""


def _attributions(corpora: Sequence[CorpusEntry]) -> str:
    """Text to copy for those who use the corpora."""
    lines = [
        f"- {card.plain(entry.name)}: {card.plain(entry.attribution or entry.citation)}"
        for entry in corpora
        if licence_of(entry).attribution and (entry.attribution or entry.citation)
    ]
    about = "Whoever passes these corpora on, or what is made of them, names their authors:"
    return "\n".join(["## Attribution", "", about, "", *lines]) if lines else ""


def _source(entry: CorpusEntry) -> str:
    found = [card.link(entry.homepage, entry.homepage)] if entry.homepage else []
    if entry.doi:
        found.append(card.link(entry.doi, doi_url(entry.doi)))
    return ", ".join(found) or "unknown"


def doi_url(doi: str) -> str:
    """Address of a DOI that is given bare, as `doi:`, or as an address.

    >>> doi_url("10.5281/zenodo.1188976")
    'https://doi.org/10.5281/zenodo.1188976'
    """
    bare = doi.removeprefix("https://doi.org/").removeprefix("doi:").strip()
    return f"https://doi.org/{bare}"


def _changes(entry: CorpusEntry, decision: LicenceDecision) -> str:
    start = "spoken anew by a speech synthesiser; " if entry.sample else ""
    audio = "audio converted to FLAC, 16 kHz, 16 bit, mono; " if decision.audio else "audio left out; "
    return f"{start}{audio}labels, speakers and texts brought to common names"


def _answer(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "to be decided"}[value]
