"""What the bytes are, whatever they are called, and whether all of them are there."""

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cameo_assets.audio.containers import identify
from cameo_assets.errors import BadInput
from cameo_assets_tests.audio.recordings import (
    MUXERS,
    film,
    flipped,
    live_webm,
    pcm,
    sound,
    wav_header,
    with_hole,
)

WHOLE = {
    "WAV": lambda: sound(),
    "RF64": lambda: sound(form="RF64"),
    "AIFF": lambda: sound(form="AIFF"),
    "OGG": lambda: sound(form="OGG", subtype="VORBIS"),
    "AVI": lambda: film("avi", video=True),
    "MATROSKA": lambda: film("webm"),
    "FLV": lambda: film("flv", rate=44_100),
    "MP4": lambda: film("mp4", rate=44_100),
}
WEBM = film("webm")
CLUSTER, CUES = b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def rule(data: bytes, name: str = "a.wav") -> str:
    with pytest.raises(BadInput) as caught:
        identify(data, name)
    return caught.value.rule


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty_file"),
        (LFS, "lfs_pointer"),
        (b"\n<!DOCTYPE html><html>Sign in</html>", "html_page"),
        (json.dumps({"error": "not found"}).encode(), "not_audio"),
        (b"Not Found", "not_audio"),
        (bytes(range(256)), "not_audio"),
        (b"\0" * 5000, "not_audio"),
        (b"\xff\xf1\x50\x80\x00\x1f\xfc", "not_audio"),  # raw AAC has the sync of MP3, but no layer
        (b"RIFF\x04\0\0\0WEBP", "not_audio"),
        (b"fLaC\0\0\0\x22", "truncated"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "truncated"),
        (b"FLV\x01", "truncated"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(data: bytes, expected: str) -> None:
    assert rule(data) == expected


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_whole_file_is_known_by_its_content(kind: str) -> None:
    assert identify(WHOLE[kind](), "no extension").kind == kind.replace("RF64", "WAV")


@pytest.mark.parametrize("kind", sorted(WHOLE))
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_is_refused(kind: str, share: float) -> None:
    data = WHOLE[kind]()
    assert rule(data[: int(len(data) * share)]) == "truncated"


# FLV and MP4 have no end of their own: a tag or a box of zeros is damage.
@pytest.mark.parametrize("kind", sorted(WHOLE.keys() - {"FLV", "MP4"}))
def test_bytes_behind_a_whole_file_do_no_harm(kind: str) -> None:
    assert identify(WHOLE[kind]() + b"\0" * 9, "a").kind == kind.replace("RF64", "WAV")


def test_a_live_webm_is_complete_as_long_as_its_last_element_is() -> None:
    data = live_webm(film("webm"))
    assert identify(data, "a.webm").flags == ("header_unfinalised",)
    assert rule(data[: len(data) // 2]) == "truncated"


@given(drawn=st.data())
@pytest.mark.parametrize("change", [lambda data: data, live_webm])
def test_a_hole_of_zeros_among_the_blocks_of_a_webm_is_a_cut(
    change: Callable[[bytes], bytes], drawn: st.DataObject
) -> None:
    data, hole = change(WEBM), 500  # longer than any block
    start = drawn.draw(st.integers(data.index(CLUSTER), data.rindex(CUES) - hole))
    assert rule(data[:start] + bytes(hole) + data[start + hole :]) == "truncated"


@given(st.integers(4, len(WEBM) - 1))
@example(WEBM.index(b"\x18\x53\x80\x67"))  # behind the head: whole elements, and no sound
def test_a_finished_webm_may_be_cut_nowhere(end: int) -> None:
    assert rule(WEBM[:end]) == "truncated"


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_wav_that_was_never_finished_goes_to_ffmpeg(size: int) -> None:
    found = identify(wav_header(size, riff_size=size) + pcm(), "a.wav")
    assert (found.libsndfile, found.flags) == (False, ("header_unfinalised",))


@pytest.mark.parametrize("rest", [b"", b"LIST\x04\0\0\0INFO"])
def test_a_wav_without_samples_is_finished(rest: bytes) -> None:
    assert identify(wav_header(0) + rest, "a.wav").flags == ()


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("a.wav", ()),
        ("a.WAV", ()),
        ("a", ()),
        ("a.dat", ()),
        ("a.flac", ("container_mismatch",)),
        ("a.mp3", ("container_mismatch",)),
    ],
)
def test_an_extension_that_lies_is_flagged(name: str, flags: tuple[str, ...]) -> None:
    assert identify(sound(), name).flags == flags


def test_only_what_libsndfile_cannot_read_goes_to_ffmpeg() -> None:
    assert {kind for kind, make in WHOLE.items() if not identify(make(), "a").libsndfile} == {
        "AVI",
        "MATROSKA",
        "FLV",
        "MP4",
    }
    assert {identify(film(form), "a").libsndfile for form in MUXERS if form != "flv"} == {False}


@pytest.mark.parametrize("kind", ["FLAC", "MP3"])
def test_a_tag_before_the_content_is_passed_over(kind: str) -> None:
    data = sound(form=kind, subtype="")
    assert identify(b"ID3\x03\0\0\0\0\x01\x02" + b"\0" * 130 + data, "a").kind == kind


def test_flac_declares_the_md5_of_its_samples() -> None:
    assert identify(sound(form="FLAC"), "a.flac").md5 is not None
    data = bytearray(sound(form="FLAC"))
    data[26:42] = bytes(16)
    assert identify(bytes(data), "a.flac").md5 is None


def test_flac_of_unknown_length_is_refused() -> None:
    data = bytearray(sound(form="FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert rule(bytes(data)) == "undecodable"


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_declares_its_duration(subtype: str) -> None:
    assert identify(sound(form="OGG", subtype=subtype), "a.ogg").seconds == pytest.approx(1.0, abs=0.001)


def test_a_hole_in_an_ogg_is_seen_as_a_cut() -> None:
    data = sound(form="OGG", subtype="VORBIS")
    assert rule(with_hole(data)) == "truncated"
    assert identify(flipped(data), "a.ogg").seconds == pytest.approx(1.0, abs=0.001)
