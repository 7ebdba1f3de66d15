"""How a sample gets into the landing zone, and how it is told from a real corpus there.

A laid sample holds `SAMPLE.txt`, which says what the folder is and lists every other file with its SHA-256.
By that list a sample is recognised as unchanged, and files that are not of the sample are never deleted.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from cameo_assets.errors import BadInput
from cameo_assets.progress import Progress
from cameo_assets.samples.recipe import Sample

SAMPLE_NOTE: Final = "SAMPLE.txt"
"""A corpus folder that holds this file is a sample, and its scores mean nothing."""

RECIPE: Final = "2"
"""To be raised when the samples' bytes change, so that older ones are made anew."""


def lay_samples(
    landing: Path, samples: Iterable[Sample], progress: Progress | None = None
) -> dict[str, Path]:
    """Lays samples into a landing zone; one that is there already and unchanged is left alone.

    Each is written into a hidden folder beside its place and then renamed, so that nobody sees half of one.

    Args:
        landing: The landing zone; made if need be.
        samples: What to lay.
        progress: Called with clips done, clips in all, and what was done.

    Returns:
        The folder of each sample by slug.

    Raises:
        BadInput: A folder holds files that are not of a sample, such as the real corpus; nothing is written
            then. Or espeak-ng fails (see `speech.speak`).
    """
    chosen = list(samples)
    for sample in chosen:
        _refuse_strangers(landing / sample.slug)
    landing.mkdir(parents=True, exist_ok=True)
    total, done = sum(len(sample.clips) for sample in chosen), 0

    def tell(clips: int, text: str) -> None:
        nonlocal done
        done += clips
        if progress:
            progress(done, total, text)

    for sample in chosen:
        if is_unchanged(landing / sample.slug):
            tell(len(sample.clips), f"{sample.slug}: unchanged")
        else:
            _lay(sample, landing / sample.slug, tell)
    return {sample.slug: landing / sample.slug for sample in chosen}


def is_unchanged(folder: Path) -> bool:
    """Whether a folder holds a sample of this recipe with every file as it was written."""
    recipe, listed = _read_note(folder)
    if recipe != RECIPE or not listed:
        return False
    return all((folder / name).is_file() and _digest(folder / name) == sha for name, sha in listed.items())


def _lay(sample: Sample, place: Path, tell: Callable[[int, str], None]) -> None:
    aside = Path(tempfile.mkdtemp(prefix=f".{sample.slug}-", dir=place.parent))
    try:
        fresh = aside / "fresh"
        fresh.mkdir()  # not the temporary folder itself, which only its owner may enter
        sample.write(fresh, lambda clip: tell(1, f"{sample.slug}: {clip}"))
        (fresh / SAMPLE_NOTE).write_bytes(_note(sample, fresh).encode())
        if place.exists():
            place.rename(aside / "old")
        fresh.rename(place)
    finally:
        shutil.rmtree(aside)


def _note(sample: Sample, folder: Path) -> str:
    lines = [
        f"This folder is a synthetic sample in the raw layout of {sample.name}, made by cameo_assets.",
        "Its recordings are spoken by espeak-ng, not by people; scores on them mean nothing.",
        "",
        f"recipe {RECIPE}",
        *(f"{_digest(path)}  {path.relative_to(folder).as_posix()}" for path in _files(folder)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _read_note(folder: Path) -> tuple[str | None, Mapping[str, str]]:
    """Recipe and digest of each file; no recipe where there is no note that we wrote."""
    try:
        text = (folder / SAMPLE_NOTE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, {}
    _, _, table = text.partition("\n\nrecipe ")
    recipe, *rows = table.splitlines() or [""]
    listed = {name: digest for digest, _, name in (row.partition("  ") for row in rows)}
    return (recipe or None), listed


def _refuse_strangers(folder: Path) -> None:
    if not folder.exists() or is_unchanged(folder):
        return
    _, listed = _read_note(folder)
    names = (path.relative_to(folder).as_posix() for path in _files(folder))
    strangers = [name for name in names if name != SAMPLE_NOTE and name not in listed]
    if strangers:
        raise BadInput(
            str(folder),
            "not_a_sample",
            f"{len(strangers)} files that are not of a sample, such as {strangers[0]!r}",
            "no folder, or a sample laid earlier",
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
