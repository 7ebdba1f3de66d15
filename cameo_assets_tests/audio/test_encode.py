"""FLAC and the identity of audio."""

import hashlib
import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cameo_assets.audio.encode import encode_flac, pcm_md5, pcm_md5_of

samples_of_any_kind = arrays(np.int16, st.integers(1, 5000))


@given(samples_of_any_kind)
def test_what_goes_in_comes_out(samples: NDArray) -> None:
    back, rate = soundfile.read(io.BytesIO(encode_flac(samples)), dtype="int16")
    assert np.array_equal(back, samples)
    assert rate == 16_000


@given(samples_of_any_kind)
def test_the_header_holds_the_md5_of_the_samples(samples: NDArray) -> None:
    expected = hashlib.md5(b"".join(int(x).to_bytes(2, "little", signed=True) for x in samples)).hexdigest()
    assert pcm_md5(encode_flac(samples)) == pcm_md5_of(samples) == expected


def test_the_header_alone_is_enough() -> None:
    flac = encode_flac(np.arange(100, dtype=np.int16))
    assert pcm_md5(flac[:42]) == pcm_md5(flac)


@pytest.mark.parametrize("data", [b"", b"fLaC", b"RIFF" + bytes(60)])
def test_anything_else_has_no_identity(data: bytes) -> None:
    with pytest.raises(ValueError, match="not the header of a FLAC file"):
        pcm_md5(data)


def test_the_same_samples_give_the_same_bytes() -> None:
    samples = np.random.default_rng(1).integers(-9000, 9000, 50_000).astype(np.int16)
    assert encode_flac(samples) == encode_flac(samples.copy())
