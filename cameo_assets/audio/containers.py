"""What the bytes of a recording are, by their content; the name is only compared with it."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from cameo_assets.audio import completeness
from cameo_assets.corpora.pretenders import pretender
from cameo_assets.errors import BadInput

Kind = Literal["WAV", "AIFF", "FLAC", "MP3", "OGG", "AVI", "MATROSKA", "FLV", "MP4"]

_EXTENSIONS: Final[dict[str, Kind]] = {
    "wav": "WAV",
    "wave": "WAV",
    "aif": "AIFF",
    "aiff": "AIFF",
    "aifc": "AIFF",
    "flac": "FLAC",
    "mp3": "MP3",
    "ogg": "OGG",
    "oga": "OGG",
    "opus": "OGG",
    "avi": "AVI",
    "webm": "MATROSKA",
    "mkv": "MATROSKA",
    "mka": "MATROSKA",
    "flv": "FLV",
    "m4a": "MP4",
    "mp4": "MP4",
    "mov": "MP4",
}
_EXPECTED: Final = "a recording: WAV, AIFF, FLAC, MP3, Ogg, AVI, WebM, FLV or MP4"


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out without decoding.

    Attributes:
        kind: The container.
        libsndfile: Whether libsndfile reads it; the rest is for FFmpeg, by PyAV.
        flags: `container_mismatch` where the extension names another one, `header_unfinalised` where a
            recorder never filled in the length.
        md5: MD5 of the decoded samples, which FLAC alone declares; None where it does not.
        seconds: Duration by the container's structure, which Ogg alone declares.
    """

    kind: Kind
    libsndfile: bool
    flags: tuple[str, ...] = ()
    md5: bytes | None = None
    seconds: float | None = None


def identify(data: bytes, name: str) -> Container:
    """Says what the bytes are, and that all of them are there.

    Args:
        data: A whole file.
        name: Its path, for messages and for the comparison of its extension.

    Raises:
        BadInput: `empty_file`, `lfs_pointer`, `html_page`, `not_audio`, `truncated` or `undecodable`.
    """
    if not data:
        raise BadInput(name, "empty_file", "0 bytes", _EXPECTED)
    start = _after_id3(data)
    kind = _kind(data, start)
    if kind is None:
        raise _stranger(data, name)
    named = _EXTENSIONS.get(name.rpartition(".")[2].lower())
    flags: tuple[str, ...] = ("container_mismatch",) if named not in (None, kind) else ()
    if kind == "FLAC":
        return Container(kind=kind, libsndfile=True, flags=flags, md5=_flac_md5(data, start, name))
    if kind == "OGG":
        return Container(kind=kind, libsndfile=True, flags=flags, seconds=completeness.check_ogg(data, name))
    unfinished = _check(kind, data, name)
    if unfinished:
        flags += ("header_unfinalised",)
    libsndfile = kind in ("WAV", "AIFF", "MP3") and not unfinished
    return Container(kind=kind, libsndfile=libsndfile, flags=flags)


def _check(kind: Kind, data: bytes, name: str) -> bool:
    """Checks that the container is complete; returns whether its length was never filled in."""
    match kind:
        case "WAV":
            return completeness.check_wav(data, name)
        case "AVI":
            return completeness.check_avi(data, name)
        case "MATROSKA":
            return completeness.check_matroska(data, name)
        case "AIFF":
            completeness.check_aiff(data, name)
        case "FLV":
            completeness.check_flv(data, name)
        case "MP4":
            completeness.check_mp4(data, name)
    return False  # MP3 has no structure to walk: its decoded length is compared instead


def _kind(data: bytes, start: int) -> Kind | None:
    head = data[start : start + 12]
    if head[:4] in (b"RIFF", b"RF64"):
        return {b"WAVE": "WAV", b"AVI ": "AVI"}.get(head[8:12])  # type: ignore[return-value]
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[4:8] == b"ftyp":
        return "MP4"
    known: dict[bytes, Kind] = {b"fLaC": "FLAC", b"OggS": "OGG", b"\x1aE\xdf\xa3": "MATROSKA"}
    if head[:4] in known:
        return known[head[:4]]
    if head[:3] == b"FLV":
        return "FLV"
    # Eleven bits of sync, a version and a layer that exist: layer 0 would be raw AAC, which is not MP3.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "MP3" if head[1] & 0x06 and head[1] & 0x18 != 0x08 else None
    return None


def _after_id3(data: bytes) -> int:
    """Where the content starts after a tag of version 2; taggers put it before MP3 and FLAC alike."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _flac_md5(data: bytes, start: int, name: str) -> bytes | None:
    """The MD5 of the samples that a FLAC file declares; None where it declares none."""
    info = data[start + 8 : start + 42]
    if len(info) < 34:
        raise BadInput(name, "truncated", f"{len(data)} bytes", "a header of 42 bytes")
    if int.from_bytes(info[13:18], "big") & (1 << 36) - 1 == 0:
        raise BadInput(name, "undecodable", "FLAC without a length (an unfinished recording)", "a length")
    return info[18:34] if any(info[18:34]) else None


def _stranger(data: bytes, name: str) -> BadInput:
    """Names what is not a recording."""
    disguise = pretender(data)
    rule = {"a Git LFS pointer": "lfs_pointer", "an HTML page": "html_page"}.get(disguise, "not_audio")
    if disguise:
        return BadInput(name, rule, f"{disguise} of {len(data)} bytes", _EXPECTED)
    try:
        text = data[:40].decode("ascii")
    except UnicodeDecodeError:
        return BadInput(name, rule, f"unknown bytes, starting {data[:8].hex(' ')}", _EXPECTED)
    return BadInput(name, rule, f"text, starting {text!r}", _EXPECTED)
