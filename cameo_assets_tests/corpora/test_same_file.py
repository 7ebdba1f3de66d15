"""One notion of which file is the same as before: the digest that the raw asset took, and what it keeps."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cameo_assets.corpora import drop_in
from cameo_assets.corpora.landing import Landed, fingerprint, forget, keep, kept
from cameo_assets.corpora.registry import known, spec_of
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.errors import BadInput
from cameo_assets.store import Store
from cameo_assets_tests.corpora.making import lay, tarred, zipped

STAMP = 1_700_000_000_000_000_000
ABOUT = "name: Mine\nlanguage: Polish\nlicence: CC BY 4.0\nlabels: {złość: anger, x: null}\nspeakers: 2\n"


def packed(recording: bytes) -> bytes:
    """A Parquet table of one recording; of the same size for recordings of the same size."""
    speech = pa.array([{"bytes": recording, "path": "a.wav"}])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"speech": speech}), sink, compression="none", write_statistics=False)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def replaced(folder: Path, name: str, data: bytes) -> None:
    """Lays a file down as `cp -p` and `rsync -a` do."""
    lay(folder, {name: data})
    os.utime(folder / name, ns=(STAMP, STAMP))


def version(store: Store, folder: Path) -> str:
    """The version of the one member, as the raw asset and its reader come to it when all is verified."""
    forget(store, "mine")
    keep(store, "mine", Landed.of(fingerprint(store, "mine", folder), description="", sample=False))
    landed = kept(store, "mine")
    assert landed is not None
    (member,) = Source(folder, landed.digests).members
    return member.version


@pytest.mark.parametrize(
    ("name", "bad", "good", "rest"),
    [
        ("sub/a.wav", b"BAD!", b"GOOD", ""),
        ("x.tar", tarred({"a.wav": b"BAD!"}), tarred({"a.wav": b"GOOD"}), ":512"),
        ("x.parquet", packed(b"BAD!"), packed(b"GOOD"), ":0"),
    ],
)
def test_a_repaired_file_of_the_same_size_and_time_is_another(
    name: str, bad: bytes, good: bytes, rest: str, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    assert len(bad) == len(good)
    replaced(folder, name, bad)
    before, by_stamp = version(store, folder), Source(folder).members
    replaced(folder, name, good)
    assert version(store, folder) != before
    (file,) = fingerprint(store, "mine", folder).files
    assert version(store, folder) == f"sha256:{file.sha256[:16]}{rest}"
    assert Source(folder).members == by_stamp, "without digests, nothing tells them apart"
    assert by_stamp[0].version == f"{len(good)}:{STAMP}{rest}"


def test_a_touched_file_is_the_same(store: Store, tmp_path: Path) -> None:
    replaced(tmp_path / "mine", "a.wav", b"A")
    before = version(store, tmp_path / "mine")
    os.utime(tmp_path / "mine" / "a.wav", ns=(0, 1))
    assert version(store, tmp_path / "mine") == before


def test_a_member_with_a_checksum_keeps_it(tmp_path: Path) -> None:
    lay(tmp_path, {"x.zip": zipped({"a.wav": b"A"})})
    assert Source(tmp_path, {"x.zip": "0" * 64}).members == Source(tmp_path).members
    assert Source(tmp_path).members[0].version.startswith("crc")


def test_a_file_without_digest_goes_by_size_and_time(tmp_path: Path) -> None:
    replaced(tmp_path, "a.wav", b"A")
    replaced(tmp_path, "b.wav", b"B")
    versions = [member.version for member in Source(tmp_path, {"b.wav": "f" * 64}).members]
    assert versions == [f"1:{STAMP}", f"sha256:{'f' * 16}"]


def test_a_source_with_digests_travels_without_them(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, {"x.tar": tarred({"a.wav": b"A"})}), {"x.tar": "0" * 64})
    assert len(source.members) == 1
    there = pickle.loads(pickle.dumps(source))
    assert there.read("x.tar/a.wav") == b"A"
    assert b"0" * 64 not in pickle.dumps(source)


# What is kept.


def test_what_was_kept_comes_back(store: Store, tmp_path: Path) -> None:
    replaced(tmp_path / "mine", "a.wav", b"A")
    found = fingerprint(store, "mine", tmp_path / "mine")
    landed = Landed.of(found, description=ABOUT, sample=True)
    assert kept(store, "mine") is None
    keep(store, "mine", landed)
    assert kept(store, "mine") == landed
    assert landed.digests == {file.path: file.sha256 for file in found.files}
    assert str(STAMP) not in store.read_bytes("raw", "mine.json").decode()


@pytest.mark.parametrize("data", [b"", b"{", b"\0" * 9, b'{"version": "\xff"}', b"[]", b'{"version": "v"}'])
def test_a_broken_list_of_raw_files_is_named(data: bytes, store: Store) -> None:
    store.write_bytes(data, "raw", "mine.json")
    with pytest.raises(BadInput, match=r"^raw/mine\.json: damaged: .*materialise"):
        kept(store, "mine")


def test_forgetting_leaves_what_is_kept_and_recorded(store: Store, tmp_path: Path) -> None:
    replaced(tmp_path / "mine", "a.wav", b"A")
    version(store, tmp_path / "mine")
    store.write_bytes(b"{}", "records", "raw", "mine.json")
    forget(store, "mine")
    assert not store.names("landing_index")
    assert store.exists("raw", "mine.json")
    assert store.exists("records", "raw", "mine.json")


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")]
)
def test_a_file_that_cannot_be_read_is_no_bad_input(
    error: OSError, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def fail(path: Path, *how: Any, **options: Any) -> Any:
        if path.name == "a.wav":
            raise error
        return opened(path, *how, **options)

    lay(tmp_path / "mine", {"a.wav": b"A"})
    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(OSError, match=rf"{error.strerror}; expected a file that can be read.*a\.wav"):
        fingerprint(store, "mine", tmp_path / "mine")


# The description that was kept.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_kept_description_gives_the_spec_of_the_folder(encoding: str, tmp_path: Path) -> None:
    folder = lay(tmp_path / "mine", {"corpus.yaml": ABOUT.encode(encoding)})
    of_text, of_folder = spec_of("mine", drop_in.text_of(folder)), drop_in.load(folder)
    assert of_folder.labels == {"złość": "anger", "x": None}
    for field in msgspec.structs.fields(CorpusSpec):
        if field.name != "describe":  # made for each
            assert getattr(of_text, field.name) == getattr(of_folder, field.name)


def test_a_known_corpus_needs_no_description() -> None:
    assert spec_of("nemo", "") is known()["nemo"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "mine: missing_description: .*materialise raw/mine again"),
        ("a: b: c", "mine/corpus.yaml: yaml: "),
        (ABOUT + "lisence: MIT", "mine/corpus.yaml: unknown_key: .*did you mean 'licence'"),
    ],
)
def test_a_kept_description_that_says_nothing_is_a_complaint(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        spec_of("mine", text)
