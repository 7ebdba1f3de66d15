"""A whole corpus: everything once, nothing twice, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest

from cameo_assets.audio import batch, journal
from cameo_assets.audio.batch import WorkerError, normalize_corpus, read_inspections
from cameo_assets.audio.encode import pcm_md5
from cameo_assets.audio.normalize import normalize
from cameo_assets.audio.policy import AUDIO_VERSION, Policy
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Utterance
from cameo_assets.store import Store
from cameo_assets_tests.audio.corpus import (
    BreakingFolder,
    DeadlyFolder,
    Folder,
    stamps,
    tree,
    utterance,
    write_clips,
)
from cameo_assets_tests.audio.recordings import noise, sound

COUNT = 30


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CHUNK", 4)
    monkeypatch.setattr(batch, "_INLINE", 8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def utterances(folder: Path) -> list[Utterance]:
    return write_clips(folder, COUNT)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def asked(store: Store, folder: Path, utterances: list[Utterance], **options: object) -> list[str]:
    """Runs in this process, and says which files were read."""
    source = Folder(folder)
    normalize_corpus(store, source, utterances, workers=1, **options)  # type: ignore[arg-type]
    return source.asked


def test_every_utterance_has_one_row_and_one_flac(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    rows = normalize_corpus(store, Folder(folder), utterances, workers=1)
    assert [row.file_id for row in rows] == sorted(found.file_id for found in utterances)
    assert store.names("audio", "tiny") == [row.file_id for row in rows]
    assert read_inspections(store, "tiny") == rows
    for found in utterances[:3]:
        expected = normalize((folder / found.source_path).read_bytes(), found.source_path)
        assert store.read_bytes("audio", "tiny", found.file_id) == expected.flac
        row = next(row for row in rows if row.file_id == found.file_id)
        assert row == msgspec.structs.replace(expected.inspection, file_id=found.file_id)


def test_the_table_says_what_it_was_made_from(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    normalize_corpus(store, Folder(folder), utterances, workers=1)
    rows = store.read_table("inspection", "tiny.parquet").to_pylist()
    assert {(row["source_version"], row["audio_version"]) for row in rows} == {("1", AUDIO_VERSION)}
    for row in rows:
        assert row["bytes"] == len(store.read_bytes("audio", "tiny", row["file_id"]))


def test_nothing_is_left_beside_the_products(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    normalize_corpus(store, Folder(folder), utterances, workers=1)
    assert store.names("inspection") == ["tiny.parquet"]
    assert store.names(".aside") == []


def test_a_second_run_reads_nothing_and_rewrites_nothing(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    first = normalize_corpus(store, Folder(folder), utterances, workers=1)
    before = stamps(Path(store.home))
    assert asked(store, folder, utterances) == []
    assert stamps(Path(store.home)) == before
    assert read_inspections(store, "tiny") == first


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_utterances_is_no_news(
    store: Store, folder: Path, utterances: list[Utterance], order: int, tmp_path: Path
) -> None:
    normalize_corpus(store, Folder(folder), utterances, workers=1)
    other = Store(tmp_path / "other")
    normalize_corpus(other, Folder(folder), utterances[::order], workers=1)
    assert tree(Path(other.home)) == tree(Path(store.home))


def test_processes_give_the_same_bytes(
    store: Store, folder: Path, utterances: list[Utterance], tmp_path: Path
) -> None:
    normalize_corpus(store, Folder(folder), utterances, workers=1)
    other = Store(tmp_path / "other")
    normalize_corpus(other, Folder(folder), utterances, workers=2)
    assert tree(Path(other.home)) == tree(Path(store.home))


def test_a_bad_clip_is_a_row_and_the_others_go_on(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    (folder / "0003.wav").write_bytes((folder / "0003.wav").read_bytes()[:1000])
    (folder / "0007.wav").write_bytes(sound(np.zeros((4_000, 1), np.int16)))
    rows = {row.file_id: row for row in normalize_corpus(store, Folder(folder), utterances, workers=2)}
    cut, silent = rows.pop(utterances[3].file_id), rows.pop(utterances[7].file_id)
    assert (cut.status, cut.rule, cut.seen) == ("refused", "truncated", "956 of 4006 bytes (23.9 %)")
    assert (silent.status, silent.rule) == ("refused", "silent")
    assert {row.status for row in rows.values()} == {"ok"}
    assert store.names("audio", "tiny") == sorted(rows)


def test_silence_is_allowed_by_source_name(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    for name in ("0003.wav", "0007.wav"):
        (folder / name).write_bytes(sound(np.zeros((4_000, 1), np.int16)))
    asked(store, folder, utterances, allow_silent={"0003.wav"})
    status = {row.file_id: (row.status, row.flags) for row in read_inspections(store, "tiny")}
    assert status[utterances[3].file_id] == ("ok", ("silent",))
    assert status[utterances[7].file_id] == ("refused", ())
    assert asked(store, folder, utterances, allow_silent={"0003.wav", "0007.wav"}) == ["0007.wav"]


def test_a_refused_clip_is_not_tried_again_until_it_changes(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    (folder / "0003.wav").write_bytes(b"<html>")
    asked(store, folder, utterances)
    assert asked(store, folder, utterances) == []
    utterances[3] = utterance("0003.wav", version="2")
    assert asked(store, folder, utterances) == ["0003.wav"]


def test_only_what_changed_is_made_anew(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    asked(store, folder, utterances)
    before = stamps(Path(store.home))
    (folder / "0005.wav").write_bytes(sound(noise(0.2)))
    utterances[5] = utterance("0005.wav", version="2")
    assert asked(store, folder, utterances) == ["0005.wav"]
    after = stamps(Path(store.home))
    changed = {name for name, stamp in after.items() if before.get(name) != stamp}
    flac = f"audio/tiny/{utterances[5].file_id}"
    assert changed == {flac, "audio/tiny.sha256", "inspection/tiny.parquet"}


def test_another_policy_makes_all_anew(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    asked(store, folder, utterances)
    assert len(asked(store, folder, utterances, policy=Policy(max_seconds=9))) == COUNT


def test_other_code_makes_all_anew(
    store: Store, folder: Path, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(store, folder, utterances)
    monkeypatch.setattr("cameo_assets.audio.worker.AUDIO_VERSION", "next")
    assert len(asked(store, folder, utterances)) == COUNT


def test_a_table_of_other_columns_is_made_anew(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    asked(store, folder, utterances)
    table = store.read_table("inspection", "tiny.parquet")
    store.write_table(table.drop_columns(["rms"]), "inspection", "tiny.parquet")
    assert len(asked(store, folder, utterances)) == COUNT


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_flac_that_is_gone_is_made_anew(
    store: Store, folder: Path, utterances: list[Utterance], damage: object
) -> None:
    asked(store, folder, utterances)
    before = tree(Path(store.home))
    damage(Path(store.home, "audio", "tiny", utterances[4].file_id))  # type: ignore[operator]
    assert asked(store, folder, utterances) == ["0004.wav"]
    assert tree(Path(store.home)) == before


def test_what_no_utterance_has_any_more_is_removed(
    store: Store, folder: Path, utterances: list[Utterance], tmp_path: Path
) -> None:
    asked(store, folder, utterances)
    assert asked(store, folder, utterances[:-5]) == []
    other = Store(tmp_path / "other")
    asked(other, folder, utterances[:-5])
    assert tree(Path(store.home)) == tree(Path(other.home))


def test_parts_of_a_long_file_are_cut_from_one_reading(store: Store, folder: Path) -> None:
    folder.mkdir()
    frames = np.rint(noise(8.0) * 32767).astype(np.int16)
    (folder / "long.wav").write_bytes(sound(frames))
    parts = [utterance("long.wav", span=(start, start + 1.5)) for start in (5.0, 0.0, 2.5)]
    assert asked(store, folder, parts) == ["long.wav"]
    for part in parts:
        first = round(part.span[0] * 16_000)  # type: ignore[index]
        alone = normalize(sound(frames[first : first + 24_000]), "a").inspection
        assert pcm_md5(store.read_bytes("audio", "tiny", part.file_id)) == alone.pcm_md5


def test_another_span_of_the_same_file_is_made_anew(store: Store, folder: Path) -> None:
    folder.mkdir()
    (folder / "long.wav").write_bytes(sound(noise(4.0)))
    part = utterance("long.wav", span=(0.0, 1.0))
    asked(store, folder, [part])
    longer = msgspec.structs.replace(part, span=(0.0, 2.0))
    assert asked(store, folder, [longer]) == ["long.wav"]
    assert read_inspections(store, "tiny")[0].seconds == 2.0


def test_progress_tells_how_far_it_is(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    (folder / "0003.wav").write_bytes(b"<html>")
    told: list[tuple[int, int, str]] = []
    asked(store, folder, utterances, progress=lambda *words: told.append(words))
    assert [done for done, _, _ in told] == [4, 8, 12, 16, 20, 24, 28, 30, 30]
    assert told[-1] == (30, 30, "30 looked at, 0 as before; of all these 1 refused")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: [], "not of none"),
        (lambda found: [*found, found[0]], "listed more than once"),
        (lambda found: [msgspec.structs.replace(found[0], corpus="other"), *found[1:]], "of one corpus"),
    ],
)
def test_a_list_that_is_no_corpus_is_an_error(
    store: Store, folder: Path, utterances: list[Utterance], change: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        asked(store, folder, change(utterances))  # type: ignore[operator]
    assert store.names("audio", "tiny") == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_the_machine_stops_the_run_and_keeps_what_was_done(
    store: Store, folder: Path, utterances: list[Utterance], workers: int
) -> None:
    with pytest.raises(OSError, match="the disk is gone") as caught:
        normalize_corpus(store, BreakingFolder(folder, "0025.wav"), utterances, workers=workers)
    assert "tiny: while normalising 0025.wav" in caught.value.__notes__
    again = asked(store, folder, utterances)
    assert "0025.wav" in again
    assert len(again) <= 12
    assert store.names("inspection") == ["tiny.parquet"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_folder_that_goes_away_refuses_no_clip(
    workers: int, store: Store, folder: Path, utterances: list[Utterance], tmp_path: Path
) -> None:
    first = [utterance for utterance in utterances if utterance.source_path < "0005"]
    assert len(asked(store, folder, first)) == 5
    away = folder.rename(tmp_path / "away")
    message = r"tiny: .*\.wav: unreadable: seen No such file .*; what was done is kept; run again when"
    with pytest.raises(OSError, match=message):
        normalize_corpus(store, Source(folder), utterances, workers=workers)
    away.rename(folder)
    assert sorted(asked(store, folder, utterances)) == [f"{number:04d}.wav" for number in range(5, COUNT)]
    assert {row.status for row in read_inspections(store, "tiny")} == {"ok"}


def test_a_process_that_dies_is_an_error_and_not_a_hang(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    with pytest.raises(WorkerError, match="CAMEO_WORKERS") as caught:
        normalize_corpus(store, DeadlyFolder(folder, "0025.wav"), utterances, workers=2)
    assert "0024.wav to 0027.wav" in str(caught.value)
    assert len(asked(store, folder, utterances)) < COUNT


def test_an_older_row_never_speaks_of_a_newer_flac(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    """Version 1, then version 2 cut short after a FLAC was overwritten, then version 1 again."""
    asked(store, folder, utterances)
    before = tree(Path(store.home))
    old = (folder / "0000.wav").read_bytes()
    (folder / "0000.wav").write_bytes(sound(noise(0.2)))
    newer = [utterance(found.source_path, version="2") for found in utterances]
    with pytest.raises(OSError, match="the disk is gone"):
        normalize_corpus(store, BreakingFolder(folder, "0001.wav"), newer, workers=1)
    assert tree(Path(store.home))[f"audio/tiny/{utterances[0].file_id}"] != old
    (folder / "0000.wav").write_bytes(old)
    assert len(asked(store, folder, utterances)) == COUNT
    assert tree(Path(store.home)) == before


def test_a_row_is_journalled_after_its_flac_is_on_the_disk(
    store: Store, folder: Path, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: set[str] = set()
    journalled: set[str] = set()
    append = journal.Journal.append

    def settle(_store: Store, _corpus: str, names: list[str]) -> None:
        settled.update(names)

    def watched(self: journal.Journal, entries: list[journal.Entry]) -> None:
        entries = list(entries)
        journalled.update(entry.inspection.file_id for entry in entries)
        assert journalled <= settled
        append(self, entries)

    monkeypatch.setattr(batch, "settle", settle)
    monkeypatch.setattr(journal.Journal, "append", watched)
    asked(store, folder, utterances)
    assert len(journalled) == COUNT


@pytest.mark.parametrize("system", ["Linux", "Darwin"])
def test_settling_waits_for_the_disk_of_a_local_store_alone(
    store: Store, folder: Path, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    asked(store, folder, utterances)
    calls: list[str] = []
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr(os, "sync", lambda: calls.append("sync"))
    monkeypatch.setattr(os, "fsync", lambda _file: calls.append("fsync"))
    names = [found.file_id for found in utterances[:2]]
    journal.settle(store, "tiny", names)
    assert calls == (["sync"] if system == "Linux" else ["fsync", "fsync"])
    journal.settle(Store("memory://settle"), "tiny", names)
    assert len(calls) <= 2


def test_a_store_elsewhere_works_the_same(folder: Path, utterances: list[Utterance]) -> None:
    store = Store("memory://normalise")
    asked(store, folder, utterances)
    assert len(store.names("audio", "tiny")) == COUNT
    assert asked(store, folder, utterances) == []
    assert store.names("inspection") == ["tiny.parquet"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path: Path, folder: Path, workers: int) -> None:
    utterances = write_clips(folder, 150)
    undisturbed = Store(tmp_path / "undisturbed")
    asked(undisturbed, folder, utterances)
    home = tmp_path / "killed"
    command = [sys.executable, "-m", "cameo_assets_tests.audio.corpus", str(home), str(folder), str(workers)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    children = _wait_for_parts(home, process)
    assert len(children) >= workers - 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert psutil.wait_procs(children, timeout=20)[1] == []  # nobody goes on, and nobody waits for ever
    killed = Store(home)
    rest = asked(killed, folder, utterances)
    assert 0 < len(rest) < len(utterances)
    assert tree(home) == tree(Path(undisturbed.home))
    assert asked(killed, folder, utterances) == []


def _wait_for_parts(home: Path, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Waits until some clips are journalled; returns the processes of the pool."""
    last = time.monotonic() + 60
    while not (home / "inspection" / "tiny.parts" / "part-00002.parquet").exists():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < last, "no progress"
        time.sleep(0.01)
    return psutil.Process(process.pid).children(recursive=True)


# Damage: what is not whole is made anew, and nothing else.


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(bytes(path.stat().st_size)),
        lambda path: path.write_bytes(path.read_bytes()[:-9] + bytes(9)),
    ],
    ids=["missing", "emptied", "cut", "zeros", "a changed end"],
)
def test_a_damaged_flac_is_made_anew(
    damage: Callable[[Path], object], store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    asked(store, folder, utterances)
    path = Path(store.home) / "audio" / "tiny" / utterances[5].file_id
    whole = path.read_bytes()
    damage(path)
    assert asked(store, folder, utterances) == [utterances[5].source_path]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["inspection/tiny.parquet", "audio/tiny.sha256"])
def test_a_damaged_table_or_list_is_made_anew_as_it_was(
    name: str, store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    asked(store, folder, utterances)
    whole = store.read_bytes(name)
    store.write_bytes(whole[: len(whole) // 2], name)
    asked(store, folder, utterances)
    assert store.read_bytes(name) == whole


def test_flacs_of_an_earlier_version_are_taken_over_where_they_are_what_the_table_says(
    store: Store, folder: Path, utterances: list[Utterance]
) -> None:
    asked(store, folder, utterances)
    whole = store.read_bytes("audio/tiny.sha256")
    store.remove("audio/tiny.sha256")
    other, path = (Path(store.home) / "audio" / "tiny" / utterances[n].file_id for n in (4, 5))
    path.write_bytes(other.read_bytes())
    assert asked(store, folder, utterances) == [utterances[5].source_path]
    assert store.read_bytes("audio/tiny.sha256") == whole


def test_all_can_be_made_anew(store: Store, folder: Path, utterances: list[Utterance]) -> None:
    asked(store, folder, utterances)
    assert asked(store, folder, utterances) == []
    assert len(asked(store, folder, utterances, anew=True)) == COUNT
