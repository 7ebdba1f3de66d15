"""Where the weights of a model are: a repository of the Hub, or a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path


def folder_revision(folder: Path) -> str:
    """Version of a folder with a model: `sha256-` and 16 hex digits.

    Every file counts, by name and content; what hidden folders hold (`.git`, `.cache`) does not.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(files):
        if not any(part.startswith(".") for part in name.split("/")):
            with files[name].open("rb") as content:
                inner = hashlib.file_digest(content, "sha256").hexdigest()
            digest.update(f"{name}\0{inner}\n".encode())
    return f"sha256-{digest.hexdigest()[:16]}"
