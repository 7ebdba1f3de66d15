"""What the trees of repos have in common: their details, what is shown of them, and their checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from cameo_assets.hub.plan import Changes, LicenceDecision, Plan, read_plan
from cameo_assets.lineage.declaration import Made
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Located, Shown, check, table
from cameo_assets.places import PUBLISH, Place
from cameo_assets.provenance import Digest, version_of

CHECKS: Final[Mapping[str, str]] = {
    "licences": "Audio is published only where its licence says, or a person decided, that it may be."
}


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a tree.

    Attributes:
        repo: Kind and name.
        files: How many.
        bytes: Of all of them.
        changes: The last that there were.
        licences: What was decided about each corpus.
    """

    repo: str
    files: int
    bytes: int
    changes: Changes
    licences: tuple[LicenceDecision, ...]


def built(job: Job, plan_at: Place, build: Callable[[], Plan]) -> Made:
    """Builds a tree, and takes the digest of every file of it.

    Args:
        job: Of the product.
        plan_at: Where its plan lies; one that is damaged counts as missing.
        build: Builds the tree and keeps its plan.
    """
    record = job.snapshot.record(job.product.name)
    job.store.drop_if_damaged(plan_at.of(), record.made if record else {})
    plan = build()
    kept = read_plan(job.store, plan.kind, plan.name)
    repo = f"{plan.kind}/{plan.name}"
    details = Details(
        repo=repo,
        files=len(plan.files),
        bytes=plan.size,
        # Not of this build: one that follows a killed one may have found nothing left to change.
        changes=(kept or plan).changes,
        licences=plan.licences,
    )
    files = {PUBLISH.of("", repo, file.path): Digest(file.size, file.sha256) for file in plan.files}
    files[plan_at.of()] = Digest.of(job.store.read_bytes(plan_at.of()))
    return Made(version_of([(file.path, file.sha256) for file in plan.files]), details, files)


def show(job: Job, details: Details) -> Shown:
    """What would be published, and what is held back."""
    held_back = [row for row in details.licences if not row.audio]
    decided = [row for row in details.licences if row.by]
    unlawful = [row for row in details.licences if row.audio and not row.redistribution]
    changes = msgspec.structs.asdict(details.changes)
    return Shown(
        {
            "path": Located(job.located(PUBLISH.of("", details.repo))),
            "files": details.files,
            "bytes": details.bytes,
            "the last changes": table(
                ["what", "files"], [(what, len(paths)) for what, paths in changes.items()]
            ),
            "audio held back": table(
                ["corpus", "licence", "why"], [(row.corpus, row.licence, row.reason) for row in held_back]
            ),
            "decided by a person": table(
                ["corpus", "who", "audio", "why"],
                [(row.corpus, row.by, "yes" if row.audio else "no", row.reason) for row in decided],
            ),
        },
        (check("licences", not unlawful, metadata={"held back": len(held_back)}),),
    )
