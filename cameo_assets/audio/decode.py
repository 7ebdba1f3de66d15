"""From the bytes of a file to its frames, by the one decoder that owns the container.

A container that libsndfile owns never goes to FFmpeg when libsndfile refuses it: FFmpeg decodes damaged FLAC
and MP3 without a word.
"""

from __future__ import annotations

import mmap
import os
from typing import BinaryIO, cast

from cameo_assets.audio import decode_libsndfile, decode_pyav
from cameo_assets.audio.containers import Container, identify
from cameo_assets.audio.decoded import Decoded, Span
from cameo_assets.audio.policy import Policy


def decode(
    recording: bytes | BinaryIO, name: str, policy: Policy | None = None, span: Span | None = None
) -> Decoded:
    """Decodes a recording.

    Args:
        recording: A whole file, or one on the disk that is open; of the latter, libsndfile reads no more than
            the span needs.
        name: Its path, for messages.
        policy: The limits of rate, channels and length.
        span: Start and end in seconds of the part that is wanted; None for all.

    Raises:
        BadInput: The rules of `containers.identify`, `decode_libsndfile.read` and `decode_pyav.read`.
    """
    policy = policy or Policy()
    container = _identify(recording, name)
    if container.libsndfile:
        return decode_libsndfile.read(recording, name, container, policy, span)
    return decode_pyav.read(_whole(recording), name, container, policy, span)


def _identify(recording: bytes | BinaryIO, name: str) -> Container:
    if isinstance(recording, bytes):
        return identify(recording, name)
    if not recording.seek(0, os.SEEK_END):
        return identify(b"", name)  # nothing cannot be mapped
    with mmap.mmap(recording.fileno(), 0, access=mmap.ACCESS_READ) as view:
        # A map is indexed like bytes, and only what is looked at is read: of most containers, a few pages.
        return identify(cast(bytes, view), name)


def _whole(recording: bytes | BinaryIO) -> bytes:
    if isinstance(recording, bytes):
        return recording
    recording.seek(0)
    return recording.read()
