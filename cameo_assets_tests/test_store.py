"""The store: old content or new, never half of it; nothing written that did not change."""

from __future__ import annotations

import os
import pickle
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from cameo_assets.store import Store

GONE = 2**22 + 1
"""A process number beyond what Linux gives out."""


@pytest.fixture(params=["local", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store in a folder and one behind a URL."""
    if request.param == "local":
        yield Store(tmp_path / "home")
        return
    from fsspec.implementations.memory import MemoryFileSystem

    yield Store("memory://cameo")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def aside(store: Store) -> list[str]:
    folder = Path(store.home) / ".aside"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


# Files and tables, wherever the store is.


def test_what_was_written_is_read(any_store: Store) -> None:
    assert any_store.write_bytes(b"one", "a", "b", "c.txt")
    assert any_store.read_bytes("a/b/c.txt") == b"one"
    assert any_store.exists("a", "b", "c.txt")
    assert any_store.exists("a")
    assert not any_store.exists("a", "c.txt")


def test_writing_tells_whether_anything_changed(any_store: Store) -> None:
    written = [any_store.write_bytes(data, "x") for data in (b"", b"", b"one", b"two", b"two", b"")]
    assert written == [True, False, True, True, False, True]


def test_tables_keep_values_and_types(any_store: Store) -> None:
    table = pa.table({"id": ["a", None], "n": pa.array([1, None], pa.int32()), "flags": [["x", "y"], []]})
    assert any_store.write_table(table, "t", "a.parquet")
    assert not any_store.write_table(table, "t", "a.parquet")
    assert any_store.read_table("t", "a.parquet") == table
    assert any_store.read_table("t", "a.parquet", columns=["n"]).column_names == ["n"]


def test_what_is_missing_is_not_found(any_store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        any_store.read_bytes("a")
    with pytest.raises(FileNotFoundError):
        any_store.read_table("a.parquet")
    assert any_store.names("a") == []


def test_names_are_sorted_and_without_hidden_ones(any_store: Store) -> None:
    for name in ("b.json", "a.json", "c.txt", ".hidden.json", "sub/d.json"):
        any_store.write_bytes(b"x", "f", *name.split("/"))
    assert any_store.names("f") == ["a.json", "b.json", "c.txt", "sub"]
    assert any_store.names("f", suffix=".json") == ["a.json", "b.json"]
    assert any_store.names("f", "a.json") == []


def test_files_and_folders_are_removed(any_store: Store) -> None:
    for name in ("a/b/c", "a/d", "e"):
        any_store.write_bytes(b"x", name)
    any_store.remove("a", "d")
    assert any_store.names("a") == ["b"]
    any_store.remove("a")
    any_store.remove("a")
    any_store.remove("a", "nothing")
    assert not any_store.exists("a")
    assert any_store.read_bytes("e") == b"x"


@pytest.mark.parametrize(
    "parts", [("..", "x"), ("a", "..", "..", "x"), ("a/../../x",), ("/etc/x",), ("a", "/x")]
)
def test_nothing_leads_outside(parts: tuple[str, ...], any_store: Store) -> None:
    for use in (any_store.path, any_store.exists, any_store.read_bytes, any_store.names, any_store.remove):
        with pytest.raises(ValueError, match="leads outside the store"):
            use(*parts)
    with pytest.raises(ValueError, match="leads outside the store"):
        any_store.write_bytes(b"x", *parts)


@pytest.mark.parametrize("parts", [(), ("",), (".",)])
def test_the_store_itself_is_not_removed(parts: tuple[str, ...], any_store: Store) -> None:
    any_store.write_bytes(b"x", "a")
    with pytest.raises(ValueError, match="itself is not removed"):
        any_store.remove(*parts)
    assert any_store.exists("a")


def test_a_store_travels_to_a_worker(any_store: Store) -> None:
    any_store.write_bytes(b"x", "a")
    again = pickle.loads(pickle.dumps(any_store))
    assert again.home == any_store.home
    assert again.read_bytes("a") == b"x"


# Where it is.


@pytest.mark.parametrize("name", ["plain", "two words", "żółw", "a#b?c%20d", "deep/er"])
def test_any_folder_may_be_the_home(name: str, tmp_path: Path) -> None:
    Store(tmp_path / name).write_bytes(b"x", "a b", "ż#?.txt")
    assert (tmp_path / name / "a b" / "ż#?.txt").read_bytes() == b"x"


def test_a_relative_home_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("home")
    monkeypatch.chdir("/")
    store.write_bytes(b"x", "a")
    assert (tmp_path / "home" / "a").is_file()


def test_a_file_url_is_a_local_folder(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/home")
    assert store.local
    assert store.home == f"{tmp_path}/home"


# Atomicity on a local disk.


def test_unchanged_content_keeps_its_time_stamp(store: Store) -> None:
    store.write_bytes(b"same", "a")
    path = Path(store.home) / "a"
    os.utime(path, (1, 1))
    store.write_bytes(b"same", "a")
    assert path.stat().st_mtime == 1
    store.write_bytes(b"else", "a")
    assert path.stat().st_mtime > 1


def test_nothing_is_left_aside(store: Store) -> None:
    for durable in (True, False):
        store.write_bytes(b"x", "a", str(durable), durable=durable)
    assert aside(store) == []


WRITER = """
import sys
from cameo_assets.store import Store
store, letters = Store(sys.argv[1]), sys.argv[2].encode()
print("ready", flush=True)
while True:
    for letter in letters:
        store.write_bytes(bytes([letter]) * 300_000, "file")
"""


def writer(store: Store, letters: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, store.home, letters], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


def whole(data: bytes) -> bool:
    return len(data) == 300_000 and data == data[:1] * len(data)


def watched(store: Store, until: Callable[[set[bytes]], bool]) -> set[bytes]:
    """Reads a file that others write until enough was seen, always whole; its first bytes."""
    end = time.monotonic() + 30
    seen: set[bytes] = set()
    while not until(seen) and time.monotonic() < end:
        if store.exists("file"):
            data = store.read_bytes("file")
            assert whole(data)
            seen.add(data[:1])
    return seen


def test_a_reader_never_sees_half_of_what_a_killed_writer_wrote(store: Store) -> None:
    store.write_bytes(b"0" * 300_000, "file")
    for _ in range(4):
        process = writer(store, "abc")
        seen = watched(store, lambda seen: len(seen) > 1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert whole(store.read_bytes("file"))
        assert len(seen) > 1
    store.sweep()
    assert aside(store) == []


def test_two_writers_of_one_file_leave_one_of_both(store: Store) -> None:
    processes = [writer(store, "ab"), writer(store, "cd")]
    try:
        seen = watched(store, lambda seen: bool(seen & {b"a", b"b"}) and bool(seen & {b"c", b"d"}))
        assert seen & {b"a", b"b"}
        assert seen & {b"c", b"d"}
        assert [process.poll() for process in processes] == [None, None]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


# Orphans.


def orphan(store: Store, name: str, *, folder: bool = False) -> str:
    path = Path(store.home) / ".aside" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if folder:
        (path / "sub").mkdir(parents=True)
        (path / "sub" / "x").write_bytes(b"x")
    else:
        path.write_bytes(b"x")
    return name


def test_what_dead_processes_left_is_swept(store: Store) -> None:
    here = platform.node()
    orphan(store, f"{GONE}-0@{here}@a.flac")
    orphan(store, f"{GONE}-1@{here}@b-c@d.flac")
    orphan(store, f"{GONE}-2@{here}@tree", folder=True)
    kept = [
        orphan(store, f"{os.getpid()}-0@{here}@a.flac"),
        orphan(store, f"{GONE}-0@another.machine@a.flac"),
        orphan(store, "notes.txt"),
        orphan(store, f"{GONE}-a.flac"),
        orphan(store, "-", folder=True),
        orphan(store, f"{'9' * 30}-0@{here}@a.flac"),
    ]
    assert store.sweep() == 3
    assert aside(store) == sorted(kept)
    assert store.sweep() == 0


def test_a_link_is_swept_and_not_what_it_leads_to(store: Store, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    orphan(store, "notes.txt")
    (Path(store.home) / ".aside" / f"{GONE}-0@{platform.node()}@l").symlink_to(tmp_path / "precious")
    assert store.sweep() == 1
    assert (tmp_path / "precious" / "file").is_file()


def test_removing_a_link_leaves_what_it_leads_to(store: Store, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    store.write_bytes(b"x", "a")
    (Path(store.home) / "link").symlink_to(tmp_path / "precious")
    store.remove("link")
    assert store.names() == ["a"]
    assert (tmp_path / "precious").is_dir()


def test_sweeping_an_empty_store_is_nothing(any_store: Store) -> None:
    assert any_store.sweep() == 0
