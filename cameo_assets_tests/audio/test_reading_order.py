"""Archives that can be read forwards only, with members in no order of their names."""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from cameo_assets.audio import batch
from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.audio.journal import Entry
from cameo_assets.audio.worker import Worker
from cameo_assets.corpora.archives.forward import Forward
from cameo_assets.corpora.source import Place, Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.store import Store
from cameo_assets_tests.audio.corpus import Folder, clip, tree, utterance, write_clips

COUNT = 40


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CHUNK", 4)
    monkeypatch.setattr(batch, "_INLINE", 8)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A landing folder with the clips in a shuffled .tar.xz."""
    numbers = list(range(COUNT))
    Random(3).shuffle(numbers)
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for number in numbers:
            info = tarfile.TarInfo(f"{number:04d}.wav")
            info.size = len(clip(number))
            archive.addfile(info, io.BytesIO(clip(number)))
    folder = tmp_path / "packed"
    folder.mkdir()
    (folder / "raw.tar.xz").write_bytes(lzma.compress(sink.getvalue()))
    return folder


@pytest.fixture
def utterances() -> list[Utterance]:
    return [utterance(f"raw.tar.xz/{number:04d}.wav") for number in range(COUNT)]


def test_one_pass_lists_and_one_pass_reads(
    packed: Path, utterances: list[Utterance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = len(lzma.decompress((packed / "raw.tar.xz").read_bytes()))
    read = 0
    original = Forward.read

    def counted(self: Forward, size: int) -> bytes:
        nonlocal read
        data = original(self, size)
        read += len(data)
        return data

    monkeypatch.setattr(Forward, "read", counted)
    found = normalize_corpus(Store(tmp_path / "home"), Source(packed), utterances, workers=1)
    assert [row.status for row in found] == ["ok"] * COUNT
    assert read <= 2 * unpacked


class Heavy(Folder):
    """Says that reading takes much memory."""

    held = 0

    def place(self, path: str) -> Place:
        return Place(path, held=self.held)


@pytest.mark.parametrize(
    ("held", "processes"),
    [(0, 4), (2**20, 4), (2**28, 4), (2**28 + 1, 3), (2**29, 2), (2**30, 1), (2**40, 1)],
)
def test_processes_together_hold_a_gigabyte_at_most(
    held: int, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = write_clips(tmp_path / "clips", COUNT)
    source = Heavy(tmp_path / "clips")
    source.held = held
    seen = []

    def pool(worker: Worker, _: str, chunks: list[list[Utterance]], number: int) -> Iterator[list[Entry]]:
        seen.append(number)
        return map(worker.run, chunks)

    monkeypatch.setattr(batch, "_run_pool", pool)
    found = normalize_corpus(Store(tmp_path / "home"), source, clips, workers=4)
    assert len(found) == COUNT
    assert (seen or [1]) == [processes]


def test_processes_read_what_a_folder_gives(
    packed: Path, utterances: list[Utterance], tmp_path: Path
) -> None:
    store, plain = Store(tmp_path / "home"), Store(tmp_path / "plain")
    normalize_corpus(store, Source(packed), utterances, workers=2)
    normalize_corpus(plain, Folder(tmp_path / "clips"), write_clips(tmp_path / "clips", COUNT), workers=1)
    flacs = {
        path.rpartition("/")[2]: data
        for path, data in tree(Path(store.home)).items()
        if path.endswith("flac")
    }
    assert sorted(flacs.values()) == sorted(
        data for path, data in tree(Path(plain.home)).items() if path.endswith("flac")
    )
    assert len(flacs) == COUNT
