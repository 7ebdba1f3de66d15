"""The whole way of one clip."""

import io

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.encode import pcm_md5_of
from cameo_assets.audio.normalize import normalize
from cameo_assets.audio.policy import Policy
from cameo_assets.errors import BadInput
from cameo_assets_tests.audio.recordings import film, noise, pcm, sound, tone, wav_header


def samples(flac: bytes) -> np.ndarray:
    found, rate = soundfile.read(io.BytesIO(flac), dtype="int16", always_2d=True)
    assert (rate, found.shape[1]) == (16_000, 1)
    return found[:, 0]


def refusal(data: bytes, policy: Policy | None = None) -> BadInput:
    with pytest.raises(BadInput) as caught:
        normalize(data, "dir/a.wav", policy)
    return caught.value


def test_16_bit_mono_at_16_khz_keeps_every_sample() -> None:
    data = pcm()
    done = normalize(wav_header(len(data)) + data, "a.wav")
    assert samples(done.flac).astype("<i2").tobytes() == data


def test_the_inspection_says_what_came_in_and_what_went_out() -> None:
    found = normalize(sound(noise(2.0, 48_000, 2), 48_000, subtype="PCM_24"), "a.flac").inspection
    assert (found.file_id, found.status, found.flags) == ("a.flac", "ok", ("container_mismatch",))
    assert (found.source_rate, found.source_bits, found.source_channels) == (48_000, 24, 2)
    assert found.source_format == "WAV/PCM_24"
    assert (found.seconds, found.samples, found.clipped_samples) == (2.0, 32_000, 0)


def test_the_identity_is_that_of_the_samples() -> None:
    done = normalize(sound(tone(1, 44_100), 44_100), "a.wav")
    assert done.inspection.pcm_md5 == pcm_md5_of(samples(done.flac))


def test_the_container_leaves_no_trace_in_the_samples() -> None:
    frames = np.rint(noise(1, 44_100, 2) * 32767).astype(np.int16)
    files = [sound(frames, 44_100, form) for form in ("WAV", "AIFF", "FLAC")]
    files.append(film("avi", samples=frames, rate=44_100))
    assert len({normalize(data, "a").inspection.pcm_md5 for data in files}) == 1


def test_the_same_bytes_every_time() -> None:
    data = sound(noise(1, 44_100), 44_100)
    assert normalize(data, "a") == normalize(data, "a")


@pytest.mark.parametrize("form", ["WAV", "AVI", "WEBM"])
def test_stereo_is_not_made_louder(form: str) -> None:
    """FFmpeg's own downmix to floats would add 3 dB and clip."""
    both = np.repeat(tone(1, 48_000, level=0.9)[:, None], 2, axis=1)
    data = sound(both, 48_000) if form == "WAV" else film(form.lower(), samples=both)
    found = normalize(data, "a").inspection
    assert found.rms == pytest.approx(0.9 / np.sqrt(2), rel=0.02)
    assert found.clipped_samples == 0


@pytest.mark.parametrize(
    ("data", "policy", "rule", "seen", "expected"),
    [
        (
            lambda: wav_header(64_000) + pcm()[:31_978],
            Policy(),
            "truncated",
            "31978 of 64000 bytes (50.0 %)",
            "as many bytes as its header declares",
        ),
        (lambda: wav_header(0), Policy(), "too_short", "0 samples, 0.000 s", "at least 0.1 s"),
        (lambda: sound(noise(0.05)), Policy(), "too_short", "800 samples, 0.050 s", "at least 0.1 s"),
        (lambda: wav_header(0), Policy(min_seconds=0), "too_short", "0 samples, 0.000 s", "at least 0 s"),
        (lambda: sound(noise(3)), Policy(max_seconds=2), "too_long", "3.00 s", "at most 2 s"),
        (
            lambda: sound(np.zeros((32_000, 1), np.int16)),
            Policy(),
            "silent",
            "all 32000 samples are 0",
            "a signal",
        ),
        (
            lambda: wav_header(64_000, rate=2_000) + pcm() * 2,
            Policy(),
            "sample_rate",
            "2000 Hz",
            "4000 to 384000 Hz",
        ),
        (
            lambda: wav_header(64_000, channels=16) + pcm() * 2,
            Policy(),
            "channels",
            "16 channels",
            "1 to 8 channels",
        ),
    ],
)
def test_a_refusal_names_path_rule_seen_and_expected(
    data: object, policy: Policy, rule: str, seen: str, expected: str
) -> None:
    error = refusal(data(), policy)  # type: ignore[operator]
    assert (error.path, error.rule, error.seen, error.expected) == ("dir/a.wav", rule, seen, expected)


@pytest.mark.parametrize(("value", "seen"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
@pytest.mark.parametrize("channel", [0, 1])
def test_one_sample_that_is_no_number_is_refused(value: float, seen: str, channel: int) -> None:
    frames = noise(1, channels=2).astype(np.float32)
    frames[500, channel] = value
    error = refusal(sound(frames, subtype="FLOAT"))
    assert (error.rule, error.seen) == ("not_finite", f"{seen} at frame 500 of 16000")


def test_a_loud_float_source_is_saturated_and_counted() -> None:
    frames = tone(1, level=0.5)
    frames[100:110] = 9.0
    found = normalize(sound(frames, subtype="FLOAT"), "a.wav").inspection
    assert (found.flags, found.clipped_samples) == (("over_full_scale",), 10)
    assert found.peak == 32767 / 32768


def test_silence_may_be_allowed() -> None:
    found = normalize(sound(np.zeros((8_000, 1), np.int16)), "a.wav", Policy(allow_silent=True)).inspection
    assert (found.flags, found.peak, found.silence) == (("silent",), 0.0, 1.0)


def test_a_span_is_normalised_as_if_it_stood_alone() -> None:
    frames = np.rint(noise(3, 44_100) * 32767).astype(np.int16)
    part = normalize(sound(frames, 44_100), "a.wav", span=(1.0, 2.0))
    assert part == normalize(sound(frames[44_100:88_200], 44_100), "a.wav")
