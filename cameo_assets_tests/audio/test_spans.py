"""Parts of long files: cut exactly, and without reading more of a file than they need."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.audio.decode import decode
from cameo_assets.audio.normalize import normalize
from cameo_assets.audio.policy import Policy
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.store import Store
from cameo_assets_tests.audio.corpus import Folder, tree, utterance
from cameo_assets_tests.audio.recordings import film, noise, sound
from cameo_assets_tests.corpora.making import zipped

RATE = 44_100
SPANS = [(0.0, 1.5), (1.5, 2.25), (2.25, 4.0), (3.1, 3.9)]


class Packed(Folder):
    """A source whose files lie in an archive."""

    def open(self, path: str) -> BinaryIO:
        return io.BytesIO(self.read(path))


class Counting(io.FileIO):
    """A file on the disk that counts what is read of it."""

    taken = 0

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        got = super().readinto(buffer)
        self.taken += got or 0
        return got

    def read(self, size: int | None = -1) -> bytes | None:  # type: ignore[override]
        data = super().read(size)
        self.taken += len(data or b"")
        return data


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return np.rint(noise(4.0, RATE) * 32767).astype(np.int16)


@pytest.mark.parametrize("form", ["FLAC", "WAV", "AIFF"])
@pytest.mark.parametrize("span", SPANS)
def test_a_part_of_an_open_file_is_the_part_of_the_whole(
    form: str, span: tuple[float, float], frames: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / f"long.{form.lower()}"
    path.write_bytes(sound(frames, RATE, form))
    first, last = (round(at * RATE) for at in span)
    with path.open("rb") as file:
        for _ in range(2):  # the second time from where the first one stopped
            assert np.array_equal(decode(file, path.name, span=span).frames, frames[first:last])


def test_a_whole_open_file_is_normalised_like_its_bytes(frames: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(sound(frames, RATE, "FLAC"))
    with path.open("rb") as file:
        assert normalize(file, "a.flac") == normalize(path.read_bytes(), "a.flac")


def test_an_open_film_is_decoded_too(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    path.write_bytes(film("avi"))
    with path.open("rb") as file:
        assert np.array_equal(decode(file, "a.avi").frames, decode(path.read_bytes(), "a.avi").frames)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty_file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "lfs_pointer"),
        (b"<!DOCTYPE html><html>", "html_page"),
        (b"no sound at all", "not_audio"),
    ],
)
def test_an_open_file_that_is_no_recording_is_refused(data: bytes, rule: str, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(BadInput) as caught:
        decode(file, "a.flac", span=(0.0, 1.0))
    assert caught.value.rule == rule


def test_a_truncated_long_file_loses_the_parts_that_are_cut_alone(frames: np.ndarray, tmp_path: Path) -> None:
    whole = sound(frames, RATE, "FLAC")
    (tmp_path / "long.flac").write_bytes(whole[: len(whole) // 2])
    parts = [utterance("long.flac", span=span) for span in SPANS]
    rows = {row.file_id: row for row in normalize_corpus(Store(tmp_path / "home"), Folder(tmp_path), parts)}
    assert [rows[part.file_id].status for part in parts] == ["ok", "refused", "refused", "refused"]
    assert rows[parts[1].file_id].rule in ("duration_mismatch", "undecodable")


def test_a_part_beyond_the_end_is_refused(frames: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "long.flac").write_bytes(sound(frames, RATE, "FLAC"))
    with (tmp_path / "long.flac").open("rb") as file, pytest.raises(BadInput) as caught:
        decode(file, "long.flac", span=(3.5, 4.5))
    assert (caught.value.rule, caught.value.seen) == ("span", "3.5 to 4.5 s")


def test_files_in_archives_give_the_same_parts(frames: np.ndarray, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    for name in ("a.flac", "b.flac"):
        (landing / name).write_bytes(sound(frames, RATE, "FLAC"))
    parts = [utterance(name, span=span) for name in ("a.flac", "b.flac") for span in SPANS]
    trees = []
    for source in (Folder(landing), Packed(landing)):
        home = tmp_path / type(source).__name__
        normalize_corpus(Store(home), source, parts, workers=1)
        assert source.asked == ["a.flac", "b.flac"]
        trees.append(tree(home))
    assert trees[0] == trees[1]


def test_a_corpus_folder_opens_files_and_members_of_archives(frames: np.ndarray, tmp_path: Path) -> None:
    flac = sound(frames, RATE, "FLAC")
    (tmp_path / "a.flac").write_bytes(flac)
    (tmp_path / "b.zip").write_bytes(zipped({"sub/b.flac": flac}))
    source = Source(tmp_path)
    with source.open("a.flac") as plain, source.open("b.zip/sub/b.flac") as packed:
        assert plain.read() == packed.read() == flac
        assert plain.fileno() > 0  # a file on the disk, not a copy of it
        assert isinstance(packed, io.BytesIO)
    parts = [utterance(path, span=SPANS[1]) for path in ("a.flac", "b.zip/sub/b.flac")]
    first, second = normalize_corpus(Store(tmp_path / "home"), source, parts)
    assert (first.status, first.pcm_md5) == ("ok", second.pcm_md5)
    with pytest.raises(BadInput) as caught:
        source.open("c.flac")
    assert (caught.value.path, caught.value.rule) == ("c.flac", "unreadable")


def test_processes_cut_the_same_parts(
    frames: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cameo_assets.audio.batch._CHUNK", 4)
    monkeypatch.setattr("cameo_assets.audio.batch._INLINE", 8)
    (tmp_path / "long.flac").write_bytes(sound(frames, RATE, "FLAC"))
    parts = [utterance("long.flac", span=(at / 10, at / 10 + 0.5)) for at in range(30)]
    for workers in (1, 2):
        normalize_corpus(Store(tmp_path / str(workers)), Folder(tmp_path), parts, workers=workers)
    assert tree(tmp_path / "1") == tree(tmp_path / "2")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of noise: 40 MB, on the disk and in memory alike."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    random = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(60):
            file.write(random.integers(-9000, 9000, 10 * RATE).astype(np.int16))
    return path


def test_a_part_of_a_long_file_costs_what_the_part_costs(long: Path) -> None:
    with Counting(long) as file:
        decode(file, long.name, span=(590.0, 592.0))  # type: ignore[arg-type]
    assert file.taken < long.stat().st_size / 10
    assert file.taken > 2 * RATE  # the sound itself came through this file


def test_memory_stays_small_whatever_the_length(long: Path, tmp_path: Path) -> None:
    parts = [utterance(long.name, span=(at, at + 2.0)) for at in range(0, 600, 60)]
    tracemalloc.start()
    rows = normalize_corpus(Store(tmp_path), Folder(long.parent), parts, policy=Policy(), workers=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {row.status for row in rows} == {"ok"}
    assert peak < 8_000_000 < long.stat().st_size
