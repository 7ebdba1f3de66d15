"""The landing zone: what counts as a change, what is read again, and what exactly lies there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from hashlib import md5, sha256
from pathlib import Path

import pytest

from cameo_assets.corpora import landing
from cameo_assets.corpora.landing import Tree, bad_names, corpora, fingerprint, forget, scan, verdict
from cameo_assets.corpora.spec import Archive
from cameo_assets.store import Store
from cameo_assets_tests.corpora.making import lay

OLD = 1_700_000_000


def aged(folder: Path, when: float = OLD) -> Path:
    """Gives every file the same time stamp."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (when, when))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return aged(lay(tmp_path / "landing" / "mine", {"a.wav": b"A", "sub/b.wav": b"BB"}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def add(folder: Path) -> None:
    aged(lay(folder, {"c.wav": b""}))


def remove(folder: Path) -> None:
    (folder / "a.wav").unlink()


def resize(folder: Path) -> None:
    aged(lay(folder, {"a.wav": b"AA"}))


def rewrite(folder: Path) -> None:
    lay(folder, {"a.wav": b"X"})
    os.utime(folder / "a.wav", (OLD, OLD + 1))


def touch(folder: Path) -> None:
    os.utime(folder / "a.wav", (OLD, OLD + 1))


def rename(folder: Path) -> None:
    (folder / "a.wav").rename(folder / "z.wav")


def dangle(folder: Path) -> None:
    (folder / "link.wav").symlink_to("nowhere")


def nothing(folder: Path) -> None:
    pass


def leave_junk(folder: Path) -> None:
    lay(folder, {".DS_Store": b"x", "__MACOSX/a.wav": b"x"})


def make_empty_folder(folder: Path) -> None:
    (folder / "empty").mkdir()


def change_rights(folder: Path) -> None:
    (folder / "a.wav").chmod(0o600)


Deed = Callable[[Path], None]


@pytest.mark.parametrize("deed", [add, remove, resize, rewrite, touch, rename, dangle])
def test_a_glance_sees(deed: Deed, folder: Path) -> None:
    before = scan(folder)
    deed(folder)
    assert scan(folder).signature != before.signature


@pytest.mark.parametrize("deed", [nothing, leave_junk, make_empty_folder, change_rights])
def test_a_glance_does_not_mind(deed: Deed, folder: Path) -> None:
    before = scan(folder)
    deed(folder)
    assert scan(folder) == before
    assert before.files == 2


@pytest.mark.parametrize("deed", [add, remove, resize, rewrite, rename, dangle])
def test_the_version_follows(deed: Deed, folder: Path, store: Store) -> None:
    before = fingerprint(store, "mine", folder).version
    deed(folder)
    assert fingerprint(store, "mine", folder).version != before


@pytest.mark.parametrize("deed", [nothing, touch, leave_junk, make_empty_folder, change_rights])
def test_the_version_stays(deed: Deed, folder: Path, store: Store) -> None:
    before = fingerprint(store, "mine", folder).version
    deed(folder)
    assert fingerprint(store, "mine", folder).version == before


def test_the_version_depends_on_paths_and_contents_alone(folder: Path, store: Store, tmp_path: Path) -> None:
    copy = lay(tmp_path / "copy", {"sub/b.wav": b"BB", "a.wav": b"A"})
    assert fingerprint(store, "mine", folder).version == fingerprint(store, "copy", copy).version


def test_every_file_is_listed_with_its_hash(folder: Path, store: Store) -> None:
    found = fingerprint(store, "mine", folder)
    assert [(file.path, file.size, file.sha256) for file in found.files] == [
        ("a.wav", 1, sha256(b"A").hexdigest()),
        ("sub/b.wav", 2, sha256(b"BB").hexdigest()),
    ]
    assert found.size == 3


# What is read again.


def read_files(store: Store, folder: Path) -> list[str]:
    """What a fingerprint reads."""
    said: list[str] = []
    fingerprint(store, "mine", folder, lambda _done, _total, text: said.append(text))
    return [text.removeprefix("hashing ") for text in said]


def test_known_files_are_not_read_again(folder: Path, store: Store) -> None:
    assert read_files(store, folder) == ["a.wav", "sub/b.wav"]
    assert read_files(store, folder) == []
    touch(folder)
    assert read_files(store, folder) == ["a.wav"]


def test_progress_counts_what_is_to_be_read(folder: Path, store: Store) -> None:
    said: list[tuple[int, int]] = []
    fingerprint(store, "mine", folder, lambda done, total, _text: said.append((done, total)))
    assert said == [(1, 2), (2, 2)]


def test_rot_under_an_old_time_stamp_is_found_after_forgetting(folder: Path, store: Store) -> None:
    before = fingerprint(store, "mine", folder).version
    aged(lay(folder, {"a.wav": b"X"}))
    assert fingerprint(store, "mine", folder).version == before
    forget(store, "mine")
    assert fingerprint(store, "mine", folder).version != before


def test_forgetting_what_was_never_known_is_nothing(store: Store) -> None:
    forget(store, "mine")


def test_young_files_are_read_again(folder: Path, store: Store) -> None:
    now = time.time()
    os.utime(folder / "a.wav", (now, now))
    assert read_files(store, folder) == ["a.wav", "sub/b.wav"]
    assert read_files(store, folder) == ["a.wav"]


def test_a_file_that_ages_while_others_are_read_is_still_young(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(folder / "a.wav", (OLD + 100, OLD + 100))
    clock = iter([OLD + 101.0])
    monkeypatch.setattr(landing.time, "time", lambda: next(clock, OLD + 1e6))
    read_files(store, folder)
    assert read_files(store, folder) == ["a.wav"]


@pytest.mark.parametrize("index", [b"", b"{", b"[]", b'[{"path": "a.wav"}]', b'{"version": 2}'])
def test_a_broken_memory_costs_time_only(index: bytes, folder: Path, store: Store) -> None:
    before = fingerprint(store, "mine", folder)
    store.write_bytes(index, "landing_index", "mine.json")
    assert fingerprint(store, "mine", folder) == before


@pytest.mark.parametrize(
    ("age", "settled"), [(10, True), (2.5, True), (1, False), (0, False), (-1, False), (-86_400, True)]
)
def test_a_tree_is_settled_when_its_newest_file_is_not_of_now(age: float, settled: bool) -> None:
    # A time stamp of tomorrow would otherwise keep a corpus waiting for a day.
    assert Tree("", 1, newest=OLD - age).settled(now=OLD) is settled


def test_the_newest_file_counts(folder: Path) -> None:
    os.utime(folder / "a.wav", (OLD + 50, OLD + 50))
    assert scan(folder).newest == OLD + 50


# Trouble.


def test_a_file_that_goes_away_meanwhile_is_an_error_that_may_pass(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list(landing.walk(folder))
    monkeypatch.setattr(landing, "walk", lambda _folder: seen)
    remove(folder)
    with pytest.raises(FileNotFoundError, match="No such file or directory; expected a file that") as error:
        fingerprint(store, "mine", folder)
    assert error.value.filename.endswith("mine/a.wav")
    assert store.names("landing_index") == []


def test_a_missing_folder_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fingerprint(store, "mine", tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nowhere")


def test_names_that_are_not_utf_8_hinder_nobody(folder: Path, store: Store) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/w\xfc.wav")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert [file.path for file in fingerprint(store, "mine", folder).files] == ["a.wav", "sub/b.wav"]
    assert scan(folder).files == 2


# The zone.


def test_the_corpora_are_the_folders(tmp_path: Path) -> None:
    lay(tmp_path, {"nemo/x": b"", "b/x": b"", "file.zip": b"", ".hidden/x": b"", "__MACOSX/x": b""})
    (tmp_path / "linked").symlink_to("b")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert corpora(tmp_path) == ["b", "linked", "nemo"]
    assert corpora(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("name", "rule", "hint"),
    [
        ("nEMO", "folder_name", "; did you mean 'nemo'?"),
        ("RAVDESS", "folder_name", "; did you mean 'ravdess'?"),
        ("CREMA-D", "folder_name", "; did you mean 'crema_d'?"),
        ("crema-d", "unknown_corpus", "; did you mean 'crema_d'?"),
        ("two words", "folder_name", ""),
        ("a|b", "folder_name", ""),
        ("something", "unknown_corpus", ""),
    ],
)
def test_a_folder_that_is_no_corpus_is_named(name: str, rule: str, hint: str, tmp_path: Path) -> None:
    lay(tmp_path, {f"{name}/a.wav": b"", "nemo/data.tsv": b"", "mine/corpus.yaml": b""})
    (error,) = bad_names(tmp_path)
    assert (error.path, error.rule) == (name, rule)
    assert hint in error.expected
    assert ("did you mean" in error.expected) == bool(hint)


# Against what the publisher says.

DATA = b"zip"
SHA, MD5 = sha256(DATA).hexdigest(), md5(DATA).hexdigest()


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ({"size": 3, "sha256": SHA}, "equal"),
        ({"size": 3, "md5": MD5}, "equal"),
        ({"size": 3}, "equal"),
        ({}, "not published"),
        ({"size": 4, "sha256": SHA}, "size 3, expected 4"),
        ({"sha256": "0"}, f"SHA-256 {SHA}, expected 0"),
        ({"md5": "0"}, f"MD5 {MD5}, expected 0"),
        ({"sha256": "0", "md5": MD5}, f"SHA-256 {SHA}, expected 0"),
    ],
)
def test_an_archive_is_compared_with_what_is_published(
    published: dict[str, object], words: str, store: Store, tmp_path: Path
) -> None:
    folder = lay(tmp_path / "x", {"a.zip": DATA})
    (file,) = fingerprint(store, "x", folder).files
    assert verdict(Archive(name="a.zip", **published), file, folder) == words  # type: ignore[arg-type]
