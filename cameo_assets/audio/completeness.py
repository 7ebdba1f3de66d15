"""Whether all the bytes that a container announces are there.

No decoder says so: libsndfile and FFmpeg return what is left of a truncated WAV, AVI or WebM file and report
success. Each function here walks the structure of one container, without decoding, and raises `BadInput` with
rule `truncated`. Those of the containers that a recorder can leave unfinished return whether it did: lengths
of 0 or all ones stand where the length would have been filled in at the end.

Sources: Multimedia Programming Interface 1.0 (RIFF), EBU 3306 (RF64), Audio Interchange File Format 1.3,
RFC 3533 (Ogg), RFC 7845 (Opus), RFC 8794 and 9559 (EBML, Matroska), ISO 14496-12 (MP4), Adobe FLV 10.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from
from typing import Final

from cameo_assets.errors import BadInput

_UNKNOWN: Final = (0, 0xFFFFFFFF)
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675


def check_wav(data: bytes, name: str) -> bool:
    """Walks a WAV or RF64 file.

    Returns:
        Whether the length of the sound was never filled in.
    """
    long_size = None
    for kind, start, size in _chunks(data, "<"):
        if kind == b"ds64" and len(data) >= start + 16:
            (long_size,) = unpack_from("<Q", data, start + 8)
        if kind == b"data":
            present = len(data) - start
            declared = long_size if size == 0xFFFFFFFF and long_size is not None else size
            if declared in _UNKNOWN:
                return present > 0 and not (declared == 0 and _only_chunks(data, start))
            _enough(name, present, declared)
            return False
    raise _truncated(name, "no sound chunk", "a chunk of sound after the header")


def check_aiff(data: bytes, name: str) -> None:
    """Walks an AIFF or AIFF-C file."""
    for kind, start, size in _chunks(data, ">"):
        if kind == b"SSND":
            _enough(name, len(data) - start, size)
            return
    raise _truncated(name, "no sound chunk", "a chunk of sound after the header")


def check_avi(data: bytes, name: str) -> bool:
    """Walks the RIFF lists of an AVI file: one, and one more for each further gigabyte.

    Returns:
        Whether a length was never filled in.
    """
    at = 0
    while data[at : at + 4] == b"RIFF" and at + 12 <= len(data):
        (size,) = unpack_from("<I", data, at + 4)
        if size in _UNKNOWN:
            return True
        _enough(name, len(data) - at - 8, size)
        at += 8 + size + size % 2
    return False


def check_matroska(data: bytes, name: str) -> bool:
    """Walks a WebM or Matroska file, down to the blocks of its clusters.

    The declared duration cannot vouch for the blocks, since browsers declare too much; and FFmpeg passes over
    what is no element, such as a hole that a broken download filled with zeros, without a word.

    Returns:
        Whether the recorder never filled in the length, as browsers do.
    """
    at, end = 0, len(data)
    unfinished = segment = False
    while at < end:
        identifier, after = _vint(data, at, name, marker=True)
        size, start = _vint(data, after, name, marker=False)
        segment = segment or identifier == _SEGMENT
        if identifier in (_SEGMENT, _CLUSTER) and size == 2 ** (7 * (start - after)) - 1:
            unfinished = True
            at = start  # its children follow, and are walked as if they stood beside it
            continue
        if start + size > end:
            raise _truncated(
                name, f"{end - start} of {size} bytes of its last element", "all bytes of every element"
            )
        if identifier == _SEGMENT:
            end = start + size  # what follows a complete segment is no business of ours
        at = start if identifier in (_SEGMENT, _CLUSTER) else start + size
    if not segment:
        raise _truncated(name, f"a head of {len(data)} bytes and nothing behind it", "a segment")
    return unfinished


def check_flv(data: bytes, name: str) -> None:
    """Walks the tags of an FLV file."""
    if len(data) < 9:
        raise _truncated(name, f"{len(data)} bytes", "a header of 9 bytes")
    (at,) = unpack_from(">I", data, 5)
    at += 4
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        _enough(name, len(data) - at - 11, size)
        at += 11 + size + 4
    if at < len(data):
        raise _truncated(name, f"{len(data) - at} bytes of its last tag", "all bytes of every tag")


def check_mp4(data: bytes, name: str) -> None:
    """Walks the boxes of an MP4 or M4A file."""
    at = 0
    while at + 8 <= len(data):
        (size,) = unpack_from(">I", data, at)
        if size == 1 and at + 16 <= len(data):
            (size,) = unpack_from(">Q", data, at + 8)
        if size == 0:  # to the end of the file
            return
        if size < 8:
            raise _truncated(name, f"a box of {size} bytes", "boxes of 8 bytes or more")
        _enough(name, len(data) - at, size)
        at += size


def check_ogg(data: bytes, name: str) -> float | None:
    """Walks the pages of an Ogg file.

    Returns:
        Duration in seconds by its last page; None where the file holds more than one stream, or a codec
        other than Vorbis and Opus.
    """
    at = last = 0
    serials = set()
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[at + 26]
        lacing = data[at + 27 : at + 27 + segments]
        serials.add(data[at + 14 : at + 18])
        last, at = at, at + 27 + segments + sum(lacing)
    ends = bool(data[last + 5] & 4) if len(data) > last + 5 else False
    if at > len(data) or not ends:
        raise _truncated(name, f"pages up to byte {min(at, len(data))}", "pages up to one marked as the last")
    (granule,) = unpack_from("<q", data, last + 6)
    head = data[27 + data[26] :][:32]
    if len(serials) > 1:
        return None
    if head.startswith(b"\x01vorbis"):
        return float(granule / max(1, unpack_from("<I", head, 12)[0]))
    if head.startswith(b"OpusHead"):
        return float((granule - unpack_from("<H", head, 10)[0]) / 48_000)
    return None


def _chunks(data: bytes, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yields name, start and declared size of each chunk of a RIFF or FORM file."""
    at = 12
    while at + 8 <= len(data):
        (size,) = unpack_from(f"{order}I", data, at + 4)
        yield data[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _only_chunks(data: bytes, at: int) -> bool:
    """Whether further chunks fill the rest, so that a length of 0 is the truth."""
    while at + 8 <= len(data) and data[at : at + 4].isascii() and data[at : at + 3].isalnum():
        (size,) = unpack_from("<I", data, at + 4)
        at += 8 + size + size % 2
    return at == len(data)


def _vint(data: bytes, at: int, name: str, *, marker: bool) -> tuple[int, int]:
    """Reads a number of variable length; returns it and where it ends."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if first == 0 or at + length > len(data):
        raise _truncated(name, f"no element at byte {at} of {len(data)}", "elements up to the end")
    value = int.from_bytes(data[at : at + length], "big")
    return (value if marker else value & (1 << 7 * length) - 1), at + length


def _enough(name: str, present: int, declared: int) -> None:
    if present < declared:
        share = 100 * present / declared
        raise _truncated(
            name, f"{present} of {declared} bytes ({share:.1f} %)", "as many bytes as its header declares"
        )


def _truncated(name: str, seen: str, expected: str) -> BadInput:
    return BadInput(name, "truncated", seen, expected)
