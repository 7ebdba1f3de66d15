"""From the bytes of a file to its frames, by the one decoder that owns the container.

A container that libsndfile owns never goes to FFmpeg when libsndfile refuses it: FFmpeg decodes damaged FLAC
and MP3 without a word.
"""

from __future__ import annotations

from cameo_assets.audio import decode_libsndfile, decode_pyav
from cameo_assets.audio.containers import identify
from cameo_assets.audio.decoded import Decoded, Span
from cameo_assets.audio.policy import Policy


def decode(data: bytes, name: str, policy: Policy | None = None, span: Span | None = None) -> Decoded:
    """Decodes a recording.

    Args:
        data: A whole file.
        name: Its path, for messages.
        policy: The limits of rate, channels and length.
        span: Start and end in seconds of the part that is wanted; None for all.

    Raises:
        BadInput: The rules of `containers.identify`, `decode_libsndfile.read` and `decode_pyav.read`.
    """
    container = identify(data, name)
    read = decode_libsndfile.read if container.libsndfile else decode_pyav.read
    return read(data, name, container, policy or Policy(), span)
