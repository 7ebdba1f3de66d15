"""How CAMEO names an utterance: the SHA-256 of a source name."""

from __future__ import annotations

import hashlib


def file_id(source_name: str) -> str:
    """CAMEO's `file_id` of a source name: 64 hex digits and `.flac`.

    The id depends on the name alone, not on the audio.

    >>> file_id("WR0_surprised_64")
    'cc760665574e9a44cb0ce4aaff309b290adfc2b8f7e5aaf6e63efb3d675b17c1.flac'
    """
    return hashlib.sha256(source_name.encode()).hexdigest() + ".flac"


def added_source_name(corpus: str, path: str) -> str:
    """The source name of a clip of a corpus outside CAMEO, so that two corpora never collide.

    Args:
        corpus: Slug of the corpus.
        path: Path of the clip inside the corpus, with extension.

    >>> added_source_name("emodb", "wav/03a01Fa.wav")
    'emodb/wav/03a01Fa'
    """
    head, _, name = path.rpartition("/")
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return "/".join(part for part in (corpus, head, stem) if part)
