"""Frames as the codec holds them, or a refusal that says why."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.decode import decode
from cameo_assets.audio.policy import Policy
from cameo_assets.errors import BadInput
from cameo_assets_tests.audio.recordings import (
    film,
    flipped,
    flv_lasting,
    live_webm,
    noise,
    pcm,
    sound,
    tone,
    wav_header,
    webm_lasting,
    with_hole,
)


def rule(data: bytes, span: tuple[float, float] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        decode(data, "a", span=span)
    return caught.value.rule


@pytest.mark.parametrize(
    ("form", "subtype", "kind", "bits"),
    [
        ("WAV", "PCM_U8", "int16", 8),
        ("WAV", "PCM_16", "int16", 16),
        ("WAV", "PCM_24", "int32", 24),
        ("WAV", "PCM_32", "int32", 32),
        ("WAV", "FLOAT", "float32", 32),
        ("WAV", "DOUBLE", "float64", 64),
        ("WAV", "ULAW", "int16", 8),
        ("WAV", "ALAW", "int16", 8),
        ("WAV", "IMA_ADPCM", "int16", 0),
        ("WAV", "MS_ADPCM", "int16", 0),
        ("WAV", "GSM610", "int16", 0),
        ("AIFF", "PCM_24", "int32", 24),
        ("FLAC", "PCM_S8", "int16", 8),
        ("FLAC", "PCM_16", "int16", 16),
        ("FLAC", "PCM_24", "int32", 24),
        ("MP3", "MPEG_LAYER_III", "float32", 0),
        ("OGG", "VORBIS", "float32", 0),
        ("OGG", "OPUS", "float32", 0),
    ],
)
def test_libsndfile_yields_the_numbers_of_the_file(form: str, subtype: str, kind: str, bits: int) -> None:
    found = decode(sound(tone(), form=form, subtype=subtype), "a")
    assert (found.frames.dtype.name, found.bits, found.rate) == (kind, bits, 16_000)
    assert found.format == f"{form}/{subtype}"
    assert found.frames.shape == pytest.approx((16_000, 1), abs=600)  # ADPCM and GSM fill their last block
    scale = {"int16": 2.0**-15, "int32": 2.0**-31}.get(kind, 1.0)
    heard = found.frames[4000:12_000, 0] * scale
    assert np.corrcoef(heard, tone()[4000:12_000])[0, 1] > 0.95


def test_channels_stay_apart() -> None:
    frames = np.array([[1, -2], [3, -4]] * 5000, np.int16)
    assert np.array_equal(decode(sound(frames), "a").frames, frames)


@pytest.mark.parametrize(
    ("form", "codec", "kind", "bits"),
    [
        ("avi", "pcm_s16le", "int16", 16),
        ("avi", "mp2", "int16", 0),
        ("webm", "libopus", "float32", 0),
        ("matroska", "pcm_s24le", "int32", 24),
        ("matroska", "pcm_u8", "int16", 8),
        ("flv", "libmp3lame", "float32", 0),
        ("mp4", "aac", "float32", 0),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_ffmpeg_keeps_level_and_channels(form: str, codec: str, kind: str, bits: int, channels: int) -> None:
    rate = 44_100 if form in ("flv", "mp4") else 48_000
    frames = np.repeat(tone(1.0, rate)[:, None], channels, axis=1)
    found = decode(film(form, codec, frames, rate), "a")
    assert (found.frames.dtype.name, found.bits, found.rate) == (kind, bits, rate)
    assert found.frames.shape == pytest.approx((rate, channels), abs=3000)
    scale = {"int16": 2.0**-15, "int32": 2.0**-31}.get(kind, 1.0)
    middle = found.frames[rate // 4 : rate // 2] * scale
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("bits", [8, 16, 24])
def test_an_unfinished_wav_is_read_to_its_end(size: int, bits: int) -> None:
    whole = sound(noise(), subtype={8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits])
    body = whole[whole.index(b"data") + 8 :]
    found = decode(wav_header(size, riff_size=size, bits=bits) + body, "a.wav")
    assert found.flags == ("header_unfinalised",)
    assert np.array_equal(found.frames, decode(whole, "a.wav").frames)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lambda: sound(form="FLAC")[:9000], "undecodable"),
        (lambda: flipped(sound(form="FLAC")), "undecodable"),
        (lambda: with_hole(sound(form="FLAC")), "undecodable"),
        (lambda: sound(form="FLAC")[:26] + bytes([1] * 16) + sound(form="FLAC")[42:], "flac_md5"),
        (lambda: sound(form="MP3", subtype="")[:2500], "duration_mismatch"),
        (lambda: with_hole(sound(noise(3), form="MP3", subtype=""), 3000), "duration_mismatch"),
        (lambda: flipped(sound(noise(3), form="OGG", subtype="VORBIS")), "duration_mismatch"),
        (lambda: film("avi", "none", tone(1, 48_000), video=True), "no_audio_stream"),
        (lambda: b"\x1aE\xdf\xa3\x80", "truncated"),
        (lambda: wav_header(2000, channels=0) + b"\1" * 2000, "undecodable"),
        (lambda: wav_header(2000, rate=0) + b"\1" * 2000, "undecodable"),
        (lambda: wav_header(2000, rate=4_000_000_000) + b"\1" * 2000, "undecodable"),
        (lambda: wav_header(2000, rate=1) + b"\1" * 2000, "sample_rate"),
        (lambda: wav_header(2000, rate=400_000) + b"\1" * 2000, "sample_rate"),
        (lambda: wav_header(2000, channels=9) + b"\1" * 2000, "channels"),
        (lambda: wav_header(2000, channels=255) + b"\1" * 2000, "channels"),
        (lambda: sound(np.zeros((121 * 4000, 1), np.int16), rate=4000), "too_long"),
        (lambda: film("avi", samples=np.zeros(121 * 8000), rate=8000), "too_long"),
    ],
)
def test_damage_is_refused(data: object, expected: str) -> None:
    assert rule(data()) == expected  # type: ignore[operator]


@pytest.mark.parametrize("width", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_md5_of_flac_is_computed_as_its_encoder_did(width: str, channels: int) -> None:
    decode(sound(noise(channels=channels), form="FLAC", subtype=width), "a.flac")


def test_a_header_cannot_fill_the_memory() -> None:
    data = bytearray(sound(form="FLAC"))
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    assert rule(bytes(data)) == "too_long"


@pytest.mark.parametrize("form", ["avi", "webm"])
def test_pictures_are_passed_over(form: str) -> None:
    rate = 48_000
    found = decode(film(form, samples=tone(1, rate), rate=rate, video=True), "a")
    assert len(found.frames) == pytest.approx(rate, abs=1000)


@pytest.mark.parametrize("declared", [0.5, 2.0])
def test_an_flv_that_declares_another_duration_is_refused(declared: float) -> None:
    assert rule(flv_lasting(film("flv", rate=44_100), declared)) == "duration_mismatch"


@pytest.mark.parametrize("declared", [15.28, 1000.0])
@pytest.mark.parametrize(
    ("change", "flag"), [(lambda data: data, "duration_header"), (live_webm, "header_unfinalised")]
)
def test_a_complete_webm_may_declare_more_than_it_holds(
    change: Callable[[bytes], bytes], flag: str, declared: float
) -> None:
    found = decode(change(webm_lasting(film("webm"), declared)), "a.webm")
    assert found.flags == (flag,)
    assert len(found.frames) == 48_000


@pytest.mark.parametrize("change", [lambda data: data, live_webm])
def test_a_webm_that_declares_more_than_it_holds_must_be_complete(change: Callable[[bytes], bytes]) -> None:
    data = change(webm_lasting(film("webm"), 15.28))
    assert rule(data[: int(len(data) * 0.8)]) == "truncated"
    assert rule(data[:9000] + bytes(600) + data[9600:]) == "truncated"


def test_a_live_webm_is_read_to_its_end() -> None:
    found = decode(live_webm(film("webm")), "a.webm")
    assert (found.flags, len(found.frames)) == (("header_unfinalised",), 48_000)


@pytest.mark.parametrize("make", [sound, lambda frames, rate: film("avi", samples=frames, rate=rate)])
def test_a_span_is_that_part_of_the_file(make: object) -> None:
    data = make(noise(3, 48_000), 48_000)  # type: ignore[operator]
    whole = decode(data, "a").frames
    part = decode(data, "a", span=(0.5, 1.25)).frames
    assert np.array_equal(part, whole[24_000:60_000])


def test_a_span_may_lie_in_a_file_that_is_too_long_as_a_whole() -> None:
    long = sound(np.arange(130 * 4000, dtype=np.int64).astype(np.int16), rate=4000)
    assert len(decode(long, "a", span=(125.0, 126.0)).frames) == 4000


@pytest.mark.parametrize("span", [(-0.1, 0.5), (0.5, 0.5), (0.8, 0.2), (0.5, 1.2), (2.0, 3.0)])
def test_a_span_outside_the_file_is_refused(span: tuple[float, float]) -> None:
    assert rule(sound(), span) == "span"
    assert rule(film("avi"), span) == "span"


def test_a_damaged_flac_never_reaches_the_laxer_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("FFmpeg was asked")

    monkeypatch.setattr("av.open", forbidden)
    assert rule(flipped(sound(form="FLAC"))) == "undecodable"


@pytest.mark.parametrize("fault", [IndexError("x"), ValueError("x"), AssertionError(), RuntimeError("x")])
def test_whatever_a_decoder_raises_concerns_that_file_alone(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise fault

    monkeypatch.setattr(soundfile.SoundFile, "read", broken)
    assert rule(sound()) == "undecodable"


def test_shortage_of_memory_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(soundfile.SoundFile, "read", broken)
    with pytest.raises(MemoryError):
        decode(sound(), "a")


def test_the_cause_of_a_refusal_is_the_same_in_every_run() -> None:
    messages = set()
    for _ in range(3):
        with pytest.raises(BadInput) as caught:
            decode(wav_header(2000, channels=0) + pcm()[:2000], "a", Policy())
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert str(io.BytesIO()).split(" at ")[0] not in messages.pop()
