"""Recordings for the tests, made in memory: whole ones, and ways of damaging them."""

from __future__ import annotations

import io
import struct
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

MUXERS = {"avi": "pcm_s16le", "webm": "libopus", "flv": "libmp3lame", "mp4": "aac"}
"""The containers for FFmpeg, each with a codec that its corpora or users have in it."""


def tone(seconds: float = 1.0, rate: int = 16_000, hertz: float = 440.0, level: float = 0.5) -> NDArray[Any]:
    """A sine, as floats of shape (frames,)."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float = 1.0, rate: int = 16_000, channels: int = 1, level: float = 0.3) -> NDArray[Any]:
    """The same noise every time, as floats of shape (frames, channels)."""
    return np.random.default_rng(7).uniform(-level, level, (round(seconds * rate), channels))


def sound(
    frames: NDArray[Any] | None = None, rate: int = 16_000, form: str = "WAV", subtype: str = "PCM_16"
) -> bytes:
    """A file written by libsndfile; integers of 16 bit are kept as they are."""
    sink = io.BytesIO()
    samples = noise() if frames is None else frames
    soundfile.write(sink, samples, rate, format=form, subtype=subtype or None)
    return sink.getvalue()


def film(
    form: str, codec: str = "", samples: NDArray[Any] | None = None, rate: int = 48_000, video: bool = False
) -> bytes:
    """A file written by FFmpeg.

    Args:
        form: Muxer.
        codec: Audio codec; by default that of `MUXERS`; `none` for a film without sound.
        samples: Floats, or integers of 16 bit; shape (frames,) or (frames, channels).
        rate: Hz.
        video: Whether there are pictures beside the sound.
    """
    codec = codec or MUXERS[form]
    frames = np.asarray(tone(1.0, rate) if samples is None else samples)
    frames = frames.reshape(len(frames), -1)
    sink = io.BytesIO()
    sink.name = f"x.{form}"
    with av.open(sink, "w", format=form) as media:
        pictures = _add_pictures(media) if video else None
        if codec != "none":
            _add_sound(media, codec, frames, rate)
        for picture in range(round(25 * len(frames) / rate)) if pictures else ():
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = picture
            media.mux(pictures.encode(frame))
        if pictures:
            media.mux(pictures.encode(None))
    return sink.getvalue()


def _add_pictures(media: Any) -> Any:
    stream = media.add_stream("libvpx" if media.format.name == "webm" else "mpeg4", rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _add_sound(media: Any, codec: str, frames: NDArray[Any], rate: int) -> None:
    layout = "mono" if frames.shape[1] == 1 else "stereo"
    stream = media.add_stream(codec, rate=rate, layout=layout)
    whole = frames if frames.dtype == np.int16 else np.rint(frames * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(whole).reshape(1, -1), format="s16", layout=layout
    )
    frame.sample_rate = rate
    frame.pts = 0
    context = stream.codec_context
    cut = av.AudioResampler(context.format, layout, rate, context.frame_size or None)
    for piece in cut.resample(frame) + cut.resample(None):
        media.mux(stream.encode(piece))
    media.mux(stream.encode(None))


def wav_header(
    data_size: int, riff_size: int | None = None, channels: int = 1, rate: int = 16_000, bits: int = 16
) -> bytes:
    """The 44 bytes before the samples of a plain WAV file, with any numbers in them."""
    block = channels * bits // 8
    riff = 36 + data_size if riff_size is None else riff_size
    fields = (16, 1, channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, bits)
    head = b"RIFF" + struct.pack("<I", riff & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<IHHIIHH", *fields)
    return head + b"data" + struct.pack("<I", data_size & 0xFFFFFFFF)


def pcm(seconds: float = 1.0, channels: int = 1) -> bytes:
    """Raw samples of 16 bit at 16 kHz."""
    return np.rint(noise(seconds, channels=channels) * 32767).astype("<i2").tobytes()


def flipped(data: bytes, at: float = 0.5) -> bytes:
    """A copy with one byte turned over."""
    copy = bytearray(data)
    copy[int(len(copy) * at)] ^= 0xFF
    return bytes(copy)


def with_hole(data: bytes, size: int = 300, at: float = 0.5) -> bytes:
    """A copy without some bytes."""
    start = int(len(data) * at)
    return data[:start] + data[start + size :]


def live_webm(data: bytes) -> bytes:
    """A WebM file as a browser leaves it: the size of its segment was never filled in."""
    at = data.index(b"\x18\x53\x80\x67") + 4
    length = 9 - data[at].bit_length()
    unknown = (1 << 7 * length) - 1 | 1 << 7 * length
    return data[:at] + unknown.to_bytes(length, "big") + data[at + length :]


def webm_lasting(data: bytes, seconds: float) -> bytes:
    """A WebM file whose header declares another duration."""
    at = data.index(b"\x44\x89\x88") + 3
    return data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :]


def flv_lasting(data: bytes, seconds: float) -> bytes:
    """An FLV file whose header declares another duration."""
    at = data.index(b"duration\0") + 9
    return data[:at] + struct.pack(">d", seconds) + data[at + 8 :]
