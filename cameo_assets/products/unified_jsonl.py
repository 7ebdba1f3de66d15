"""`unified_jsonl`: all corpora side by side, and what changed since the last version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.audio.batch import read_inspections
from cameo_assets.collection import files
from cameo_assets.collection.rows import CorpusEntry, jsonl, schema
from cameo_assets.collection.unify import Change, Collection, Part, change, unify
from cameo_assets.corpora import utterance_table
from cameo_assets.corpora.registry import known
from cameo_assets.lineage.declaration import Made, NotReady, Product, Read, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Located, Shown, table
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.view import DamagedError
from cameo_assets.places import COLLECTION, CORPORA, JSONL, VERSIONS
from cameo_assets.products.unified_jsonl_checks import CHECKS, checks
from cameo_assets.products.utterances_checks import Details as UtteranceDetails
from cameo_assets.provenance import FORMAT, version_of

if TYPE_CHECKING:
    import pyarrow as pa


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the collection.

    Attributes:
        utterances: How many.
        corpora: How many.
        languages: How many.
        emotions: How many occur.
        seconds: Duration of all.
        change: What is other than in the last version that was recorded.
        columns: Changes with any column of `utterances.parquet`, also with votes and others that no score
            rests on.
        held: Corpora that are shown as they were in the last version, as their new utterances have no audio.
    """

    utterances: int
    corpora: int
    languages: int
    emotions: int
    seconds: float
    change: Change
    columns: str
    held: tuple[str, ...] = ()


def settled(snapshot: Snapshot) -> list[str]:
    """The corpora whose audio is that of their utterances."""
    return [corpus for corpus in snapshot.normalized if not _between(snapshot, corpus)]


def held(snapshot: Snapshot) -> list[str]:
    """The corpora whose utterances were listed anew and whose audio was not, or not yet.

    They stay as they are in the last version, for a label of one time must not meet a recording of another.
    """
    return [corpus for corpus in snapshot.normalized if _between(snapshot, corpus)]


def _between(snapshot: Snapshot, corpus: str) -> bool:
    audio = snapshot.record("normalized_audio", corpus)
    listed = snapshot.record("utterances", corpus)
    if audio is None or listed is None:
        return True
    return audio.inputs.get(f"utterances/{corpus}") != listed.output or not _described(snapshot, corpus)


def _described(snapshot: Snapshot, corpus: str) -> bool:
    """Whether the description of a corpus was kept; one of an earlier version of the platform may lack it."""
    return corpus in known() or bool(snapshot.version("raw", corpus) and _has_spec(snapshot, corpus))


def _has_spec(snapshot: Snapshot, corpus: str) -> bool:
    try:
        snapshot.spec_of(corpus)
    except NotReady:
        return False
    return True


def licences(snapshot: Snapshot, _partition: str) -> Mapping[str, str]:
    """What is known of the licences of known corpora, and which corpora are held.

    Drop-ins state their licence in files that have versions.

    Raises:
        NotReady: There is no corpus.
    """
    names = settled(snapshot)
    if not names:
        raise NotReady("no corpus has been normalised yet; materialise normalized_audio first")
    specs = [known()[corpus] for corpus in names if corpus in known()]
    found = {
        "licences": version_of(
            [(each.slug, each.licence, each.licence_doubt, each.attribution, each.citation) for each in specs]
        )
    }
    waiting = held(snapshot)
    return found | ({"held": ", ".join(waiting)} if waiting else {})


def make(job: Job) -> Made:
    """Joins the corpora and writes the collection; a version that was there is kept beside it.

    Raises:
        BadInput: Two corpora claim the same id.
    """
    before = _last_recorded(job)
    waiting = held(job.snapshot)
    kept = [row for row in before if row["corpus"] in waiting]
    entries = _entries(job, {row["corpus"] for row in kept})
    kept = [row for row in kept if row["corpus"] in {entry.slug for entry in entries}]
    made = unify([_part(job, corpus) for corpus in job.keys("normalized_audio")])
    collection = Collection(
        rows=sorted([*made.rows, *kept], key=lambda row: (row["corpus"], row["file_id"])),
        corpora=tuple(sorted((*made.corpora, *entries), key=lambda entry: entry.slug)),
    )
    rows = collection.rows
    version = version_of(
        [(jsonl([row]).decode(), row["pcm_md5"], row["group_id"]) for row in rows], collection.corpora
    )
    details = Details(
        utterances=len(rows),
        corpora=len(collection.corpora),
        languages=len({entry.language for entry in collection.corpora}),
        emotions=len({emotion for entry in collection.corpora for emotion in entry.utterances}),
        seconds=round(sum(entry.seconds for entry in collection.corpora), 3),
        change=change(before, rows),
        columns=version_of(rows),
        held=tuple(entry.slug for entry in entries),
    )
    _write(job, collection, version)
    return Made(version, details)


def _part(job: Job, corpus: str) -> Part:
    listed = job.details("utterances", UtteranceDetails, corpus)
    return Part(
        spec=job.spec_of(corpus),
        utterances=utterance_table.read(job.store, corpus),
        inspections=read_inspections(job.store, corpus),
        refused=listed.reasons,
        sample=listed.sample,
    )


def _last_recorded(job: Job) -> list[dict[str, Any]]:
    """The rows of the last version of which there is a record; none where it is not whole any more.

    Not those of the files in place: a process that was killed before its record may have written them.
    """
    record = job.snapshot.record("unified_jsonl")
    if record is None:
        return []
    names = job.store.names(VERSIONS.of(), suffix=f"-{record.output}.parquet")
    if not names:
        return []
    path = VERSIONS.of("", names[-1])
    try:
        # Records of format 1 had no digests.
        checked = record.format == FORMAT
        found = job.store.read_own_table(path, record.made) if checked else job.store.read_table(path)
    except DamagedError:
        return []
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def _entries(job: Job, corpora: set[str]) -> list[CorpusEntry]:
    """What the last version knew of some corpora; none where its list is damaged."""
    if not corpora:
        return []
    try:
        return [entry for entry in files.read_corpora(job.store) if entry.slug in corpora]
    except (OSError, msgspec.DecodeError):
        return []


def _write(job: Job, collection: Collection, version: str) -> None:
    import pyarrow as pa

    store = job.store
    rows: pa.Table = pa.Table.from_pylist(collection.rows, schema=schema())
    taken = store.names(VERSIONS.of(), suffix=".parquet")
    known_as = f"-{version}.parquet"
    # The last one has this version already where a process was killed before its record.
    again = taken and taken[-1].endswith(known_as)
    name = taken[-1] if again else f"{len(taken) + 1:05d}{known_as}"
    store.write_table(rows, VERSIONS.of("", name))
    store.write_bytes(jsonl(collection.rows), JSONL.of())
    store.write_table(rows, COLLECTION.of())
    entries = msgspec.json.format(msgspec.json.encode(collection.corpora), indent=1)
    store.write_bytes(entries, CORPORA.of())


def show(job: Job, details: Details) -> Shown:
    """The corpora, what changed, and what people should know of all of them together."""
    rows = files.read_rows(job.store).to_pylist()
    corpora = files.read_corpora(job.store)
    changes = [
        (what, corpus, number)
        for what, counts in msgspec.structs.asdict(details.change).items()
        for corpus, number in counts.items()
    ]
    return Shown(
        {
            "path": Located(job.located(JSONL.of())),
            "dagster/row_count": details.utterances,
            "corpora": table(
                ["corpus", "language", "utterances", "published", "speakers", "hours", "sample"],
                [
                    (
                        entry.name,
                        entry.language,
                        entry.total,
                        sum(entry.published.values()) or "unknown",
                        entry.speakers,
                        entry.seconds / 3600,
                        "yes" if entry.sample else "",
                    )
                    for entry in corpora
                ],
            ),
            "change since the last version": table(["what", "corpus", "utterances"], changes),
            "as in the last version": ", ".join(details.held) or "none",
            "emotions": table(
                ["emotion", "utterances"], sorted(Counter(row["emotion"] for row in rows).items())
            ),
        },
        checks(rows, corpora),
    )


PRODUCT = Product(
    name="unified_jsonl",
    about=(
        "`cameo.jsonl` with CAMEO's nine fields in CAMEO's order and spelling, and `utterances.parquet` with "
        "ours beside them; every corpus that is current, sorted by corpus and id."
    ),
    group="collection",
    kinds=("python", "json"),
    reads=(
        Read("raw", settled, vouched_by="utterances"),
        Read("utterances", settled),
        Read("normalized_audio", settled),
    ),
    places=(JSONL, COLLECTION, CORPORA, VERSIONS),
    code_version="4",
    make=make,
    details=Details,
    show=show,
    checks=CHECKS,
    by_itself=WhenSettled(following="normalized_audio"),
    also=licences,
)
