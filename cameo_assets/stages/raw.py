"""`raw/<corpus>`: finds what the publisher published in the landing zone, and says exactly what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cameo_assets.corpora.landing import fingerprint, scan, verdict
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.stages.base import Made, NotReady, Platform, Stage

_SMALL: Final = 4096
"""Git LFS pointers and error pages are small; sound is not."""


def inputs(platform: Platform, corpus: str) -> dict[str, str]:
    """The look of the landing folder, by sizes and time stamps."""
    folder = platform.landing / corpus
    if not folder.is_dir():
        spec = known().get(corpus)
        what = spec.obtain if spec else "a folder with corpus.yaml, metadata.jsonl and audio"
        raise NotReady(f"{folder} is not there: put {what} into it ({spec.homepage if spec else 'README'})")
    tree = scan(folder)
    if not tree.files:
        raise NotReady(f"{folder} is empty")
    return {"landing": tree.signature}


def make(platform: Platform, corpus: str) -> Made:
    """Hashes every file, compares archives with what is published, and looks for stand-ins.

    Raises:
        BadInput: A drop-in corpus has no usable description.
    """
    folder = platform.landing / corpus
    spec = spec_for(corpus, platform.landing)
    sample = Source(folder).is_sample
    found = fingerprint(platform.store, corpus, folder, platform.progress)
    published = {archive.name: archive for archive in spec.archives}
    checksums = {}
    pretenders = {}
    for file in found.files:
        archive = published.get(file.path.rpartition("/")[2])
        if archive is not None and not sample:
            checksums[file.path] = verdict(archive, file, folder)
        if file.size < _SMALL or file.path.lower().endswith(".zip"):
            kind = _stand_in(folder / file.path)
            if kind:
                pretenders[file.path] = kind
    details = {
        "files": len(found.files),
        "bytes": found.size,
        "checksums": checksums,
        "pretenders": pretenders,
        "sample": sample,
    }
    return Made(found.version, details)


def _stand_in(path: Path) -> str:
    with path.open("rb") as file:
        return pretender(file.read(512))


STAGE = Stage(name="raw", code_version="1", inputs=inputs, make=make, products=lambda _corpus: ())
