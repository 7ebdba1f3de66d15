"""`raw/<corpus>`: finds what the publisher published in the landing zone, and says exactly what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from cameo_assets.acquisition.acquire import acquire, receipts
from cameo_assets.acquisition.published import Receipt
from cameo_assets.acquisition.web import Web
from cameo_assets.corpora import landing
from cameo_assets.corpora.archives import is_archive
from cameo_assets.corpora.drop_in import text_of
from cameo_assets.corpora.landing import File, Landed, fingerprint, scan, verdict
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive
from cameo_assets.corpora.spelling import composed
from cameo_assets.lineage.declaration import Made, NotReady, Product, Setting
from cameo_assets.lineage.job import Job, gone, remedy
from cameo_assets.lineage.shown import Check, Located, Shown, check, table
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.places import LANDING_INDEX, RAW

_SMALL: Final = 4096
"""Git LFS pointers and error pages are small; sound is not."""


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a landing folder.

    Attributes:
        files: How many.
        bytes: Of all of them.
        checksums: Verdict on every file of which something is published, by path.
        downloads: Receipts of what was downloaded, by path.
        pretenders: Files that stand in place of what their name says, by path: what they are.
        sample: Whether it is a spoken sample.
    """

    files: int
    bytes: int
    checksums: dict[str, str]
    downloads: dict[str, Receipt]
    pretenders: dict[str, str]
    sample: bool


def obtain(platform: Platform, corpus: str, web: Web | None = None) -> list[str]:
    """Downloads what an openly downloadable corpus lacks in the landing zone.

    Making the product never does this, so nothing is ever downloaded unless a person asks for it.

    Returns:
        Names of the files that were downloaded; none where nothing was lacking or a person has to fetch it.

    Raises:
        BadInput: A file could not be fetched, or is not the published one.
    """
    spec = known().get(corpus)
    if spec is None:
        return []
    return [receipt.name for receipt in acquire(spec, platform.landing, platform.progress, web)]


def look(snapshot: Snapshot, corpus: str) -> Mapping[str, str]:
    """The look of the landing folder, by sizes and time stamps.

    Raises:
        NotReady: There is nothing to look at.
    """
    folder = snapshot.platform.landing / corpus
    tree = scan(folder) if folder.is_dir() else None
    if tree is None or not tree.files:
        raise NotReady(f"{folder} is {'not there' if tree is None else 'empty'}: {remedy(corpus, folder)}")
    return {"landing": tree.signature}


def make(job: Job) -> Made:
    """Hashes every file, compares archives with what is published, and looks for stand-ins.

    Archives of which nothing is published are compared with what they were when they had been downloaded.

    Raises:
        BadInput: A drop-in corpus has no usable description.
    """
    corpus, folder = job.partition, job.landing
    spec = spec_for(corpus, folder.parent)
    sample = Source(folder).is_sample
    if job.anew:
        landing.forget(job.store, corpus)
    found = fingerprint(job.store, corpus, folder, job.progress)
    published = {composed(archive.name): archive for archive in spec.archives}
    downloaded = receipts(folder.parent, corpus)
    checksums = {}
    downloads = {}
    pretenders = {}
    for file in found.files:
        archive = published.get(composed(file.path.rpartition("/")[2]))
        receipt = downloaded.get(file.path)
        if archive is not None and not sample:
            checksums[file.path] = _verdict(archive, file, folder, receipt)
        if receipt is not None and receipt.sha256 == file.sha256:
            downloads[file.path] = receipt
        if file.size < _SMALL or is_archive(file.path):
            kind = _stand_in(folder / file.path)
            if kind:
                pretenders[file.path] = kind
    description = "" if corpus in known() else text_of(folder)
    landing.keep(job.store, corpus, Landed.of(found, description=description, sample=sample))
    details = Details(
        files=len(found.files),
        bytes=found.size,
        checksums=checksums,
        downloads=downloads,
        pretenders=pretenders,
        sample=sample,
    )
    return Made(found.version, details)


def _verdict(archive: Archive, file: File, folder: Path, receipt: Receipt | None) -> str:
    found = verdict(archive, file, folder)
    if found != "not published" or receipt is None:
        return found
    return "equal" if file.sha256 == receipt.sha256 else f"not as downloaded: SHA-256 {file.sha256}"


def _stand_in(path: Path) -> str:
    with path.open("rb") as file:
        return pretender(file.read(512))


def show(job: Job, details: Details) -> Shown:
    """Where the files are and what was found of them."""
    return Shown(
        {
            "path": Located(str(job.snapshot.platform.landing / job.partition)),
            "files": details.files,
            "bytes": details.bytes,
            "spoken sample": details.sample,
            "downloads": table(
                ["file", "from", "verified", "against"],
                [
                    (path, receipt.url, receipt.verified, receipt.against)
                    for path, receipt in details.downloads.items()
                ],
            ),
        },
        (
            _checksums(details.checksums),
            _stand_ins(details.pretenders),
            in_place(job.snapshot, job.partition),
        ),
    )


def _checksums(checksums: Mapping[str, str]) -> Check:
    unknown = [path for path, verdict in checksums.items() if verdict == "not published"]
    wrong = {
        path: verdict for path, verdict in checksums.items() if verdict not in ("equal", "not published")
    }
    return check(
        "checksums",
        not wrong,
        description=_compared(checksums, wrong),
        metadata={
            "compared": len(checksums) - len(unknown),
            "nothing published": ", ".join(unknown) or "none",
            "different": table(["file", "verdict"], wrong.items()),
        },
    )


def _compared(checksums: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    if wrong:
        return "; ".join(f"{path}: {verdict}" for path, verdict in wrong.items())
    equal = sum(verdict == "equal" for verdict in checksums.values())
    return f"archives as published: {equal}" if equal else "nothing here that a checksum is published for"


def _stand_ins(found: Mapping[str, str]) -> Check:
    return check(
        "no_stand_ins",
        not found,
        # A checkout may leave what nobody reads unfetched; `utterances` refuses what somebody does.
        warn=True,
        metadata={"found": len(found), "first": table(["file", "is"], list(found.items())[:20])},
    )


def in_place(snapshot: Snapshot, corpus: str) -> Check:
    """Whether a corpus that was taken still lies in the landing zone and says what it is."""
    folder = Located(str(snapshot.platform.landing / corpus))
    missing = gone(snapshot, corpus)
    return check("in_place", not missing, warn=True, description=missing or None, metadata={"folder": folder})


PRODUCT = Product(
    name="raw",
    about=(
        "Corpora that users drop into the landing zone with a `corpus.yaml` and a `metadata.jsonl` or `.csv` "
        "beside the audio; one partition each, without code and without restart."
    ),
    group="raw",
    kinds=("file",),
    partitions="corpus",
    reads=(Setting.LANDING,),
    places=(RAW,),
    caches=(LANDING_INDEX,),
    code_version="3",
    make=make,
    details=Details,
    show=show,
    checks={
        "checksums": "Archives have the size and checksum that their publisher published.",
        "no_stand_ins": "No file is a Git LFS pointer or a web page in place of what its name says.",
        "in_place": "The folder in the landing zone is still there and still says what it is.",
    },
    by_itself=None,
    also=look,
)
