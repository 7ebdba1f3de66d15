"""The recordings of the store, read and compared with what they should be.

Imports numpy at its top: import it inside functions only.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cameo_assets.audio.encode import pcm_md5_of

RATE: Final = 16_000
"""Samples per second of every recording in the store."""

_FORM: Final = ("FLAC", RATE, 1, "PCM_16")


class DamagedAudioError(OSError):
    """A file that is not the recording that it should be."""


def read_stored(path: str, pcm_md5: str = "") -> NDArray[np.int16]:
    """The samples of a recording.

    Args:
        path: Of a FLAC file, 16 kHz, 16 bit, mono; local, or an fsspec URL.
        pcm_md5: MD5 of its samples; empty where nobody knows it.

    Raises:
        DamagedAudioError: It is missing, damaged, of another form, or another recording.
    """
    import soundfile
    from upath import UPath

    try:
        with soundfile.SoundFile(io.BytesIO(UPath(path).read_bytes())) as file:
            seen = (file.format, file.samplerate, file.channels, file.subtype)
            samples: NDArray[np.int16] = file.read(dtype="int16", always_2d=True)[:, 0]
            promised = file.frames
    except (OSError, soundfile.SoundFileError) as error:
        # Its cause is libsndfile's, which does not cross processes.
        raise DamagedAudioError(f"{path}: it cannot be read: {' '.join(str(error).split())}") from None
    if seen != _FORM:
        form = f"{seen[0]} of {seen[1]} Hz and {seen[2]} channels, {seen[3]}"
        raise DamagedAudioError(f"{path}: it is {form}, and not FLAC of {RATE} Hz mono, PCM_16")
    if len(samples) != promised:
        raise DamagedAudioError(f"{path}: it ends after {len(samples)} of {promised} samples")
    demand(path, samples, pcm_md5)
    return samples


def md5_of(samples: NDArray[np.int16] | NDArray[np.float32]) -> str:
    """MD5 of samples as FLAC takes it: 16 bit, the low byte first; floats are of full scale 1."""
    whole = np.rint(samples * 32768) if samples.dtype.kind == "f" else samples
    return pcm_md5_of(whole.astype(np.int16))


def demand(path: str, samples: NDArray[np.int16] | NDArray[np.float32], pcm_md5: str) -> None:
    """Refuses samples that are not those of the recording that they should be.

    Args:
        path: Where they were read.
        samples: The samples.
        pcm_md5: MD5 of the recording; empty where nobody knows it.

    Raises:
        DamagedAudioError: They are of another recording, or damaged.
    """
    if pcm_md5 and (md5 := md5_of(samples)) != pcm_md5:
        raise DamagedAudioError(f"{path}: its samples have MD5 {md5}, and not {pcm_md5} as its row says")
