"""What is checked of the utterances of a corpus: its counts beside the published ones, its refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from cameo_assets.corpora.rules import told_apart
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.lineage.shown import Check, Table, check, table, times
from cameo_assets.vocabulary import LICENCES

CHECKS: Final = {
    "published_counts": "Utterances for each emotion against the published numbers; tells a partial copy.",
    "nothing_refused": "Nothing is wrong with any recording; what is rightly passed over is shown apart.",
    "label_grammar": "Every name and every label is one of the corpus's own.",
    "audio_for_every_row": "Every row of the publisher's tables has its recording.",
    "speakers": "The number of speakers against the published one.",
    "sentences": "The number of different texts against the published one.",
    "licence": "The licence says what may be done with the audio, and nobody doubts it.",
}


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a corpus.

    Attributes:
        utterances: How many were taken.
        refused: How many were not.
        reasons: Number of refusals by rule.
        ignored: Files of operating systems and editors.
        counts: Utterances by emotion.
        speakers: How many different ones.
        sample: Whether it is a spoken sample.
        as_cameo: Whether what CAMEO lacks was left out.
        texts: How many different ones.
        without_text: Utterances without.
        rarest_texts: The rarest texts, with how often each is said.
    """

    utterances: int
    refused: int
    reasons: dict[str, int]
    ignored: int
    counts: dict[str, int]
    speakers: int
    sample: bool
    as_cameo: bool
    texts: int
    without_text: int
    rarest_texts: tuple[tuple[str, int], ...]


def counts_table(spec: CorpusSpec, counts: Mapping[str, int]) -> Table:
    """Utterances by emotion, found and published."""
    rows = [
        (emotion, counts.get(emotion, 0), spec.counts.get(emotion, ""), spec.cameo.get(emotion, ""))
        for emotion in sorted({*spec.emotions, *counts})
    ]
    return table(["emotion", "found", "published", "in CAMEO"], rows)


def checks(spec: CorpusSpec, details: Details) -> tuple[Check, ...]:
    """One result for each of `CHECKS`."""
    counts = details.counts
    # With CAMEO_COMPATIBLE=1 a whole copy yields what CAMEO has, and not what was published.
    expected = spec.cameo if details.as_cameo else spec.counts
    more = {name: number for name, number in counts.items() if number > expected.get(name, 0)}
    found, published = sum(counts.values()), sum(expected.values()) or None
    too_many = bool(expected) and bool(more)
    # A part of a corpus lacks speakers and texts; `published_counts` has said that it is a part.
    partial = published is not None and found < published
    all_speakers = spec.speakers is None or details.speakers == spec.speakers
    fewer_speakers = spec.speakers is None or details.speakers < spec.speakers
    return (
        check(
            "published_counts",
            published is None or (found == published and not more),
            warn=not too_many,
            description=_copy(found, published, details.sample, too_many),
            metadata={
                "counts": counts_table(spec, counts),
                "more than published": table(["emotion", "found"], more.items()),
            },
        ),
        *_refusal_checks(details),
        check(
            "speakers",
            all_speakers or (fewer_speakers and (partial or details.as_cameo)),
            warn=fewer_speakers,
            description=_beside(details.speakers, spec.speakers, "speakers"),
            metadata={"found": details.speakers, "published": spec.speakers or "unknown"},
        ),
        _sentences(spec, details, partial),
        _licence(spec),
    )


def _refusal_checks(details: Details) -> Iterator[Check]:
    reasons = told_apart(details.reasons)
    faults = sum(reasons.faults.values())
    grammar = sum(reasons.grammar.values())
    tried = details.utterances + faults
    columns = ["rule", "times"]
    yield check(
        "nothing_refused",
        not faults,
        warn=True,
        description=f"refused: {times(reasons.faults)}" if faults else None,
        metadata={
            "refused": faults,
            "rules": table(columns, reasons.faults.items()),
            "passed over": table(columns, reasons.passed_over.items()),
        },
    )
    yield check(
        "label_grammar",
        not grammar,
        warn=True,
        description=f"refused: {times(reasons.grammar)}" if grammar else None,
        metadata={
            "share refused": grammar / tried if tried else 0.0,
            "rules": table(columns, reasons.grammar.items()),
        },
    )
    yield check(
        "audio_for_every_row",
        not reasons.missing,
        warn=True,
        description=f"{reasons.missing:,} rows have no recording here" if reasons.missing else None,
        metadata={"rows without recording": reasons.missing},
    )


def _sentences(spec: CorpusSpec, details: Details, partial: bool) -> Check:
    more = spec.sentences is not None and details.texts > spec.sentences
    rarest = details.rarest_texts if more else []
    return check(
        "sentences",
        spec.sentences is None or details.texts == spec.sentences or (partial and not more),
        # Texts come from tables and sidecars in most corpora, where a typing error makes one more.
        warn=True,
        description=_beside(details.texts, spec.sentences, "texts"),
        metadata={
            "found": details.texts,
            "published": spec.sentences if spec.sentences is not None else "unknown, or said freely",
            "utterances without text": details.without_text,
            "the rarest, among which the unknown ones are": table(["text", "utterances"], rarest),
        },
    )


def _beside(found: int, published: int | None, what: str) -> str:
    return f"{found:,} of {published:,} {what}" if published is not None else f"{found:,} {what}"


def _licence(spec: CorpusSpec) -> Check:
    licence = LICENCES[spec.licence]
    undecided = (
        "" if licence.redistribution is not None else "a person has to decide what may be done with it"
    )
    answers = {True: "yes", False: "no", None: "to be decided"}
    redistribution, commercial = (
        answers[None if spec.licence_doubt else known]
        for known in (licence.redistribution, licence.commercial_use)
    )
    return check(
        "licence",
        not (spec.licence_doubt or undecided),
        warn=True,
        description=spec.licence_doubt or undecided or None,
        metadata={
            "licence": spec.licence,
            "redistribution": redistribution,
            "commercial use": commercial,
            "share alike": answers[licence.share_alike],
            "how to decide": "an entry in licences.yaml in CAMEO_HOME, with redistribution, by and reason",
            "attribution": (spec.attribution or spec.citation) if licence.attribution else "not asked for",
        },
    )


def _copy(found: int, published: int | None, sample: bool, too_many: bool) -> str:
    if sample:
        return f"a spoken sample of {found} utterances, not the corpus itself"
    if published is None:
        return f"{found} utterances; the published number is unknown"
    if too_many:
        return f"more of some emotions than published: {found} utterances instead of {published}"
    if found == published:
        return f"complete: {found} utterances"
    return f"partial copy: {found} of {published} utterances"
