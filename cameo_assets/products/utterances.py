"""`utterances`: one typed record for each utterance of a corpus, and a table of what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from cameo_assets.corpora import landing, utterance_table
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.rules import told_apart
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.lineage.declaration import KeepCurrent, Made, NotReady, Product, Read, Setting
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Shown, Table, table
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.places import REFUSED, UTTERANCES
from cameo_assets.products.utterances_checks import CHECKS, Details, checks, counts_table
from cameo_assets.provenance import version_of


def rules(snapshot: Snapshot, corpus: str) -> Mapping[str, str]:
    """The version of the file that reads the corpus, and what is left out of it."""
    spec = snapshot.spec_of(corpus)
    found = {"reader": spec.code_version}
    if spec.in_cameo is not None:
        found["left out"] = "what CAMEO lacks" if snapshot.platform.compatible else "nothing"
    return found


def make(job: Job) -> Made:
    """Lists the corpus and writes both tables.

    Raises:
        BadInput: A side file is missing or broken, or the folder holds no clip of this corpus.
    """
    corpus, spec = job.partition, job.spec
    kept = landing.kept(job.store, corpus)
    if kept is None:
        raise NotReady(f"raw/{corpus} has not been materialised yet; do that first")
    source = Source(job.landing, kept.digests)
    listing = list_corpus(spec, source, cameo_compatible=job.compatible)
    utterance_table.write(job.store, corpus, listing)
    number, without, rarest = texts(listing.utterances)
    details = Details(
        utterances=len(listing.utterances),
        refused=len(listing.refusals),
        reasons=listing.reasons,
        ignored=listing.ignored,
        counts=listing.counts,
        speakers=len({u.speaker_id for u in listing.utterances if u.speaker_id}),
        sample=listing.sample,
        as_cameo=job.compatible and spec.in_cameo is not None,
        texts=number,
        without_text=without,
        rarest_texts=rarest,
    )
    names = [row.source_name for row in listing.utterances]
    return Made(version_of(names, msgspec.to_builtins(details), _facts(listing)), details)


def texts(rows: Sequence[Utterance], rarest: int = 20) -> tuple[int, int, tuple[tuple[str, int], ...]]:
    """What is said in a corpus.

    Args:
        rows: The utterances.
        rarest: How many of the rarest texts to name.

    Returns:
        How many different texts there are; how many utterances have none; the rarest texts, with how often
        each is said.
    """
    times = Counter(row.transcription for row in rows if row.transcription is not None)
    ordered = sorted(times.items(), key=lambda item: (item[1], item[0]))
    return len(times), len(rows) - times.total(), tuple(ordered[:rarest])


def _facts(listing: Listing) -> list[tuple[object, ...]]:
    """All that is said of the utterances, without the versions of their files, which raw/<corpus> has."""
    hidden = Utterance.__struct_fields__.index("source_version")
    rows = map(msgspec.structs.astuple, listing.utterances)
    return [(*row[:hidden], *row[hidden + 1 :]) for row in rows]


def show(job: Job, details: Details) -> Shown:
    """Counts beside the published ones, and what was not taken."""
    spec = job.spec
    reasons = told_apart(details.reasons)
    return Shown(
        {
            "dagster/row_count": details.utterances,
            "refused": sum(reasons.faults.values()),
            "rows without recording": reasons.missing,
            "passed over": sum(reasons.passed_over.values()),
            "ignored files": details.ignored,
            "speakers": details.speakers,
            "texts": details.texts,
            "utterances without text": details.without_text,
            "licence": spec.licence,
            "utterances by emotion": counts_table(spec, details.counts),
            "what was not taken": refusals(job),
            "known oddities": oddities(job),
        },
        checks(spec, details),
    )


def refusals(job: Job, most: int = 50) -> Table:
    """What was not taken of a corpus: how often by each rule, with an example."""
    rows = job.store.read_table(REFUSED.of(job.partition)).to_pylist()
    times = Counter(row["rule"] for row in rows)
    first = {row["rule"]: row for row in reversed(rows)}
    return table(
        ["rule", "times", "first path", "seen", "expected"],
        [
            (rule, number, first[rule]["path"], first[rule]["seen"], first[rule]["expected"])
            for rule, number in times.most_common(most)
        ],
    )


def oddities(job: Job) -> Table:
    """The flags of a corpus: how often each was set, with an example."""
    columns = ["source_path", "flags"]
    rows = job.store.read_table(UTTERANCES.of(job.partition), columns=columns).to_pylist()
    flagged = sorted((flag, row["source_path"]) for row in rows for flag in row["flags"])
    first = dict(reversed(flagged))
    times = Counter(flag for flag, _ in flagged)
    return table(
        ["oddity", "utterances", "first path"],
        [(flag, number, first[flag]) for flag, number in times.most_common()],
    )


PRODUCT = Product(
    name="utterances",
    about="One typed record for each utterance, and a table of what was refused and why.",
    group="corpora",
    kinds=("python", "parquet"),
    partitions="corpus",
    reads=(Read("raw"), Setting.LANDING),
    places=(UTTERANCES, REFUSED),
    code_version="4",
    make=make,
    details=Details,
    show=show,
    checks=CHECKS,
    by_itself=KeepCurrent(),
    also=rules,
)
