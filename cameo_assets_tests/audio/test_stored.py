"""A recording of the store is the one of its row, byte for byte, or it is refused: by all who read it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.digests import header_md5, read_digests, verify_audio, write_digests
from cameo_assets.audio.stored import DamagedAudioError, md5_of, read_stored
from cameo_assets.models.local.audio import Unusable, read
from cameo_assets.models.probes.features import _from_file
from cameo_assets.models.probes.recordings import Recording, Unreadable
from cameo_assets.models.served.clip import BadClip, encoded
from cameo_assets.store import Store


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, 8000, dtype=np.int16)


def flac(folder: Path, samples: np.ndarray, name: str = "a.flac") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / name, samples, 16_000, format="FLAC", subtype="PCM_16")
    return folder / name


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def another(data: bytes, folder: Path) -> bytes:
    return flac(folder / "other", noise(2)).read_bytes()


def silence(data: bytes, folder: Path) -> bytes:
    return flac(folder / "silence", noise(1) * 0).read_bytes()


DAMAGE: dict[str, Callable[[bytes, Path], bytes]] = {
    "emptied": lambda _data, _folder: b"",
    "cut": lambda data, _folder: data[: len(data) // 2],
    "one bit flipped": lambda data, _folder: flipped(data),
    "zeros": lambda data, _folder: bytes(len(data)),
    "silence in its place": silence,
    "another recording in its place": another,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_whoever_hears_a_recording_refuses_another_one(damage: str, tmp_path: Path) -> None:
    path = flac(tmp_path, noise(1))
    md5 = md5_of(noise(1))
    np.testing.assert_array_equal(read_stored(str(path), md5), noise(1))
    read(str(path), 30.0, md5)
    encoded(str(path), "wav", md5)
    _from_file(Recording(str(path), md5))
    path.write_bytes(DAMAGE[damage](path.read_bytes(), tmp_path))
    for hear, refusal in (
        (lambda: read_stored(str(path), md5), DamagedAudioError),
        (lambda: read(str(path), 30.0, md5), Unusable),
        (lambda: encoded(str(path), "wav", md5), BadClip),
        (lambda: _from_file(Recording(str(path), md5)), Unreadable),
    ):
        with pytest.raises(refusal):
            hear()


def test_samples_have_the_md5_that_their_flac_says(tmp_path: Path) -> None:
    data = flac(tmp_path, noise(3)).read_bytes()
    assert header_md5(data) == md5_of(noise(3)) == md5_of(noise(3).astype(np.float32) / 32768)
    assert header_md5(b"RIFF" + data[4:]) == header_md5(data[:41]) == ""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two recordings and their digests."""
    for name, seed in (("a.flac", 1), ("b.flac", 2)):
        flac(tmp_path / "audio" / "tiny", noise(seed), name)
    files = {path.name: path.read_bytes() for path in (tmp_path / "audio" / "tiny").iterdir()}
    store = Store(tmp_path)
    write_digests(store, "tiny", {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    return store


def test_other_programs_can_check_the_digests(store: Store) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "tiny.sha256"],
        cwd=Path(store.home) / "audio",
        capture_output=True,
        text=True,
    )
    assert done.stdout == "tiny/a.flac: OK\ntiny/b.flac: OK\n"


def test_whole_recordings_are_verified(store: Store) -> None:
    assert verify_audio(store, "tiny") == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_recordings_are_named(damage: str, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "audio" / "tiny" / "a.flac"
    path.write_bytes(DAMAGE[damage](path.read_bytes(), tmp_path))
    (line,) = verify_audio(store, "tiny")
    assert line.startswith("audio/tiny/a.flac: SHA-256 ")


def test_missing_and_strange_recordings_are_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "audio" / "tiny" / "a.flac").rename(tmp_path / "audio" / "tiny" / "c.flac")
    assert verify_audio(store, "tiny") == ["audio/tiny/c.flac: not listed", "audio/tiny/a.flac: missing"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"abc  tiny/a.flac\n", b"%64d  tiny/a.flac\n" % 0])
def test_a_broken_list_counts_as_none(content: bytes, store: Store) -> None:
    store.write_bytes(content, "audio/tiny.sha256")
    assert not read_digests(store, "tiny")
    assert verify_audio(store, "tiny")
