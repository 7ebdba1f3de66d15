"""`raw/<corpus>`: finds what the publisher published in the landing zone, and says exactly what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from cameo_assets.acquisition.acquire import acquire, by_hand, downloadable, receipts
from cameo_assets.acquisition.published import Receipt
from cameo_assets.acquisition.web import Web
from cameo_assets.corpora.archives import is_archive
from cameo_assets.corpora.landing import File, fingerprint, scan, verdict
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive
from cameo_assets.corpora.spelling import composed
from cameo_assets.stages.base import Made, NotReady, Platform, Stage

_SMALL: Final = 4096
"""Git LFS pointers and error pages are small; sound is not."""


def obtain(platform: Platform, corpus: str, web: Web | None = None) -> list[str]:
    """Downloads what an openly downloadable corpus lacks in the landing zone.

    Neither `inputs` nor `make` calls this, so nothing is ever downloaded unless a person asks for it.

    Returns:
        Names of the files that were downloaded; none where nothing was lacking or a person has to fetch it.

    Raises:
        BadInput: A file could not be fetched, or is not the published one.
    """
    spec = known().get(corpus)
    if spec is None:
        return []
    return [receipt.name for receipt in acquire(spec, platform.landing, platform.progress, web)]


def inputs(platform: Platform, corpus: str) -> dict[str, str]:
    """The look of the landing folder, by sizes and time stamps."""
    folder = platform.landing / corpus
    tree = scan(folder) if folder.is_dir() else None
    if tree is None or not tree.files:
        raise NotReady(f"{folder} is {'not there' if tree is None else 'empty'}: {_remedy(corpus, folder)}")
    return {"landing": tree.signature}


def _remedy(corpus: str, folder: Path) -> str:
    spec = known().get(corpus)
    if spec is None:
        return f"put a folder with corpus.yaml, metadata.jsonl and audio into {folder} (README)"
    by_itself = f"materialise raw/{corpus}, which downloads it; or " if downloadable(spec) else ""
    return by_itself + by_hand(spec, folder)


def make(platform: Platform, corpus: str) -> Made:
    """Hashes every file, compares archives with what is published, and looks for stand-ins.

    Archives of which nothing is published are compared with what they were when they had been downloaded.

    Raises:
        BadInput: A drop-in corpus has no usable description.
    """
    folder = platform.landing / corpus
    spec = spec_for(corpus, platform.landing)
    sample = Source(folder).is_sample
    found = fingerprint(platform.store, corpus, folder, platform.progress)
    published = {composed(archive.name): archive for archive in spec.archives}
    downloaded = receipts(platform.landing, corpus)
    checksums = {}
    downloads = {}
    pretenders = {}
    for file in found.files:
        archive = published.get(composed(file.path.rpartition("/")[2]))
        receipt = downloaded.get(file.path)
        if archive is not None and not sample:
            checksums[file.path] = _verdict(archive, file, folder, receipt)
        if receipt is not None and receipt.sha256 == file.sha256:
            downloads[file.path] = msgspec.to_builtins(receipt)
        if file.size < _SMALL or is_archive(file.path):
            kind = _stand_in(folder / file.path)
            if kind:
                pretenders[file.path] = kind
    details = {
        "files": len(found.files),
        "bytes": found.size,
        "checksums": checksums,
        "downloads": downloads,
        "pretenders": pretenders,
        "sample": sample,
    }
    return Made(found.version, details)


def _verdict(archive: Archive, file: File, folder: Path, receipt: Receipt | None) -> str:
    found = verdict(archive, file, folder)
    if found != "not published" or receipt is None:
        return found
    return "equal" if file.sha256 == receipt.sha256 else f"not as downloaded: SHA-256 {file.sha256}"


def _stand_in(path: Path) -> str:
    with path.open("rb") as file:
        return pretender(file.read(512))


STAGE = Stage(name="raw", code_version="2", inputs=inputs, make=make, products=lambda _corpus: ())
