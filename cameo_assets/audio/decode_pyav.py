"""AVI, WebM, FLV, MP4 and unfinished WAV, by FFmpeg's decoders, in the sample format that the codec yields.

FFmpeg's own conversions are left alone: its mono downmix to floats is 3 dB too loud and its resampler leaks.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

from cameo_assets.audio.containers import Container
from cameo_assets.audio.decoded import Decoded, Span, decoder_faults, extent
from cameo_assets.audio.policy import Policy
from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEMUXERS: Final = {"WAV": "wav", "AVI": "avi", "MATROSKA": "matroska", "FLV": "flv", "MP4": "mov"}
_LONGEST_PACKET: Final = 0.1
"""Seconds. Muxers differ by a packet in what they call the end; a packet that holds all is no excuse."""


def read(data: bytes, name: str, container: Container, policy: Policy, span: Span | None) -> Decoded:
    """Decodes the first audio stream of a file, or a part of it.

    Raises:
        BadInput: `undecodable`, `no_audio_stream`, `sample_rate`, `channels`, `too_long`, `span` or
            `duration_mismatch`.
    """
    import av

    # FFmpeg looks for other codecs inside the samples of a WAV file, for as long as it is let.
    options = {"probesize": "32768"} if container.kind == "WAV" else {}
    with (
        decoder_faults(name),
        av.open(io.BytesIO(data), format=_DEMUXERS[container.kind], options=options) as media,
    ):
        streams = media.streams.audio
        if not streams:
            kinds = ", ".join(sorted({stream.type for stream in media.streams})) or "none"
            raise BadInput(name, "no_audio_stream", f"streams: {kinds}", "a stream of audio")
        flags = container.flags + (("several_audio_streams",) if len(streams) > 1 else ())
        stream = _Stream(media, streams[0], name, policy)
        frames = stream.decode(policy.max_seconds if span is None else span[1] + policy.duration_seconds)
    if span is None and "header_unfinalised" not in flags and stream.misses_its_duration(policy):
        # Recordings of browsers declare far more than they hold, and their structure was found complete.
        if container.kind != "MATROSKA":
            seen = f"decoded {stream.seconds:.3f} s of {stream.declared:.3f} s declared"
            raise BadInput(name, "duration_mismatch", seen, "the declared duration")
        flags += ("duration_header",)
    first, wanted = extent(name, len(frames), stream.rate, policy, span)
    codec = stream.codec
    bits = int(found[1]) if (found := re.match(r"pcm_[suf](\d+)", codec)) else 0
    form = f"{container.kind}/{codec}"
    return Decoded(frames[first : first + wanted], stream.rate, bits, form, flags)


class _Stream:
    """One audio stream while it is decoded, and what is seen of time on the way.

    Attributes:
        codec: FFmpeg's name of the decoder.
        rate: Hz.
        seconds: Decoded.
        declared: Duration that the stream or, failing it, the container declares; None where neither does.
    """

    def __init__(self, media: Any, stream: Any, name: str, policy: Policy) -> None:
        self._media, self._stream, self._name = media, stream, name
        self.codec: str = stream.codec_context.codec.name
        self.rate: int = stream.codec_context.sample_rate
        self._channels: int = stream.codec_context.layout.nb_channels
        policy.check_format(name, self.rate, self._channels)
        self._of_all = stream.duration is None
        if self._of_all:
            self.declared = None if media.duration is None else media.duration / 1e6
        else:
            self.declared = float(stream.duration * stream.time_base)
        self.seconds = 0.0
        self._start = 0.0
        self._others_end = 0.0
        self._longest_packet = 0.0
        # As floats: multiplying fractions for each packet takes as long as decoding it.
        self._ticks = {other.index: float(other.time_base or 0) for other in media.streams}

    def decode(self, most: float) -> NDArray[Any]:
        """Decodes up to a little more than `most` seconds; shape (frames, channels)."""
        import numpy as np

        parts: list[NDArray[Any]] = []
        count = 0
        for packet in self._media.demux():
            self._note_time(packet)
            if packet.stream_index != self._stream.index:
                continue
            for frame in packet.decode():
                if not parts and frame.time is not None:
                    self._start = max(0.0, frame.time)
                parts.append(self._array(frame))
                count += len(parts[-1])
            if count > most * self.rate:
                break
        self.seconds = count / self.rate
        return np.concatenate(parts) if parts else np.zeros((0, self._channels), np.int16)

    def misses_its_duration(self, policy: Policy) -> bool:
        """Whether what was decoded is not what was declared.

        A container speaks for its longest stream: a film may outlast its sound.
        """
        if self.declared is None or self.seconds > policy.max_seconds:
            return False
        end = self._start + self.seconds
        if self._of_all:
            end = max(end, self._others_end)
        slack = policy.duration_slack(self.declared) + min(self._longest_packet, _LONGEST_PACKET)
        return bool(abs(end - self.declared) > slack)

    def _note_time(self, packet: Any) -> None:
        if packet.pts is None:
            return
        tick = self._ticks.get(packet.stream_index, 0.0)
        length = (packet.duration or 0) * tick
        self._longest_packet = max(self._longest_packet, length)
        if packet.stream_index != self._stream.index:
            self._others_end = max(self._others_end, packet.pts * tick + length)

    def _array(self, frame: Any) -> NDArray[Any]:
        """The samples of a frame; shape (frames, channels)."""
        import numpy as np

        channels = frame.layout.nb_channels
        if frame.sample_rate != self.rate or channels != self._channels:
            seen = f"{frame.sample_rate} Hz, {channels} channels after {self.rate} Hz, {self._channels}"
            raise BadInput(self._name, "undecodable", seen, "one format throughout")
        samples: NDArray[Any] = frame.to_ndarray()
        samples = samples.T if frame.format.is_planar else samples.reshape(-1, channels)
        if samples.dtype == np.uint8:
            return (samples.astype(np.int16) - 128) << 8
        if samples.dtype not in (np.int16, np.int32, np.float32, np.float64):
            raise BadInput(
                self._name, "undecodable", f"samples of {samples.dtype}", "up to 32 bits, or floats"
            )
        return samples
