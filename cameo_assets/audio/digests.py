"""SHA-256 of every FLAC of a corpus, in a file that `sha256sum --check` reads within `audio/`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from cameo_assets.places import AUDIO, AUDIO_DIGESTS
from cameo_assets.store import Store

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^/]+)/([^/]+)")


def write_digests(store: Store, corpus: str, digests: Mapping[str, str]) -> None:
    """Writes the digests of a corpus, by file id."""
    lines = [f"{digests[name]}  {corpus}/{name}\n" for name in sorted(digests)]
    store.write_bytes("".join(lines).encode(), AUDIO_DIGESTS.of(corpus))


def read_digests(store: Store, corpus: str) -> dict[str, str] | None:
    """The digests of a corpus by file id; None where there are none, or the file is broken."""
    try:
        text = store.read_bytes(AUDIO_DIGESTS.of(corpus)).decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] != corpus or match[3] in found:
            return None
        found[match[3]] = match[1]
    return found


def header_md5(data: bytes) -> str:
    """MD5 of the samples of a FLAC, as its first 42 bytes say; empty where they are none of a FLAC."""
    from cameo_assets.audio.encode import pcm_md5

    try:
        return pcm_md5(data)
    except ValueError:
        return ""


def verify_audio(store: Store, corpus: str) -> list[str]:
    """Compares every FLAC of a corpus with its digest.

    Returns:
        What is damaged, missing or not listed, in words.
    """
    digests = read_digests(store, corpus)
    if digests is None:
        return [f"{AUDIO_DIGESTS.of(corpus)}: missing or broken"]
    present = set(store.names(AUDIO.of(corpus)))
    found = [f"{AUDIO.of(corpus, name)}: not listed" for name in sorted(present - digests.keys())]
    for name, digest in digests.items():
        path = AUDIO.of(corpus, name)
        if name not in present:
            found.append(f"{path}: missing")
        elif (seen := hashlib.sha256(store.read_bytes(path)).hexdigest()) != digest:
            found.append(f"{path}: SHA-256 {seen[:16]}… instead of {digest[:16]}…")
    return found
