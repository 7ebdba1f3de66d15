"""Speech to the bytes of a film or of a browser's recording, by FFmpeg's muxers.

FFmpeg is asked for exact bits: no versions, dates or random numbers get into the files.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PICTURES: Final = 25
"""Pictures per second."""

_EXACT: Final = {"fflags": "bitexact"}
_SEGMENT: Final = b"\x18\x53\x80\x67"
_DURATION: Final = b"\x44\x89\x88"


def avi(samples: NDArray[np.int16], rate: int, *, side: int = 32) -> bytes:
    """A film in an AVI file: grey pictures, and stereo sound of 16 bit PCM with identical channels.

    Args:
        samples: Mono samples, shape (n,).
        rate: Samples per second.
        side: Width and height of the pictures.
    """
    import av
    import numpy as np

    sink = io.BytesIO()
    with av.open(sink, "w", format="avi", options=dict(_EXACT)) as film:
        pictures: Any = film.add_stream("mpeg4", rate=_PICTURES, options={"flags": "bitexact"})
        pictures.width = pictures.height = side
        pictures.pix_fmt = "yuv420p"
        pictures.thread_count = 1
        sound: Any = film.add_stream("pcm_s16le", rate=rate, layout="stereo")
        step = rate // _PICTURES
        for number, start in enumerate(range(0, len(samples), step)):
            picture = av.VideoFrame(side, side, "yuv420p")
            for plane in picture.planes:
                plane.update(b"\x80" * plane.buffer_size)
            picture.pts = number
            film.mux(pictures.encode(picture))
            stereo = np.repeat(samples[start : start + step], 2).reshape(1, -1)
            film.mux(sound.encode(_frame(stereo, rate, "stereo", start)))
        film.mux(pictures.encode(None))
        film.mux(sound.encode(None))
    return sink.getvalue()


def webm(samples: NDArray[np.int16], *, declared: float | None = None, live: bool = False) -> bytes:
    """A mono recording in a WebM file with Opus, at 48 kHz.

    Args:
        samples: Mono samples at 48 kHz, shape (n,).
        declared: Seconds that the header declares; those of the sound if None.
        live: Leave the length of the whole unknown, as a recorder that could not go back to fill it in.
    """
    import av

    rate = 48_000
    sink = io.BytesIO()
    with av.open(sink, "w", format="webm", options=dict(_EXACT)) as recording:
        sound: Any = recording.add_stream("libopus", rate=rate, layout="mono", options={"flags": "bitexact"})
        context = sound.codec_context
        cut = av.AudioResampler(context.format, "mono", rate, context.frame_size)
        for piece in cut.resample(_frame(samples.reshape(1, -1), rate, "mono", 0)) + cut.resample(None):
            recording.mux(sound.encode(piece))
        recording.mux(sound.encode(None))
    data = sink.getvalue()
    if declared is not None:
        data = _declaring(data, declared)
    return _unfinished(data) if live else data


def _frame(samples: NDArray[np.int16], rate: int, layout: str, start: int) -> Any:
    """A frame of interleaved samples, shape (1, n), that begins at sample `start`."""
    import av
    import numpy as np

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16", layout=layout)
    frame.sample_rate = rate
    frame.pts = start
    return frame


def _declaring(data: bytes, seconds: float) -> bytes:
    """The file with another duration in its header, which counts milliseconds as a double."""
    at = data.index(_DURATION) + len(_DURATION)
    return data[:at] + struct.pack(">d", 1000 * seconds) + data[at + 8 :]


def _unfinished(data: bytes) -> bytes:
    """The file with all bits set in the eight bytes of its segment's length, which means unknown."""
    at = data.index(_SEGMENT) + len(_SEGMENT)
    return data[:at] + b"\x01" + b"\xff" * 7 + data[at + 8 :]
