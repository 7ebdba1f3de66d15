"""A table of damage: every file of every product, damaged in every way, is noticed, named and healed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cameo_assets.lineage.graph import ordered, out_of_date
from cameo_assets.lineage.run import verify
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.lineage.view import DamagedError
from cameo_assets_tests.lineage.conftest import tree
from cameo_assets_tests.products.made import make, make_all, run_together

NOT_PRODUCTS = ("landing", "landing_index", "models", "records", "failures", ".aside")
PRODUCTS = {
    "raw": "raw/alpha.json",
    "utterances": "utterances/alpha.parquet",
    "what was refused": "refused/alpha.parquet",
    "a recording": "audio/alpha/*.flac",
    "digests of recordings": "audio/alpha.sha256",
    "inspection": "inspection/alpha.parquet",
    "the collection's lines": "collection/cameo.jsonl",
    "the collection's table": "collection/utterances.parquet",
    "the collection's corpora": "collection/corpora.json",
    "the collection's version": "collection/versions/*.parquet",
    "folds": "collection/splits.parquet",
    "the folds' page": "collection/splits.md",
    "raw answers": "predictions/parrot/unversioned/part-*.parquet",
    "answers": "answers/parrot@0.parquet",
    "scores": "metrics/parrot@0/scores.parquet",
    "confusions": "metrics/parrot@0/confusion.parquet",
    "counts": "metrics/parrot@0/counts.parquet",
    "the leaderboard": "leaderboard/rows.parquet",
    "an analysis": "analysis/postprocessing_ablation.parquet",
    "a plot": "analysis/postprocessing_ablation.png",
    "the board": "board/board.json",
    "the page": "board/index.html",
    "a published table": "publish/datasets/cameo/data/alpha-*.parquet",
    "a published card": "publish/datasets/cameo-results/README.md",
    "published answers": "publish/datasets/cameo-results/predictions/parrot/t0.parquet",
    "a published page": "publish/spaces/cameo-leaderboard/index.html",
    "a plan": "publish/datasets/cameo.plan.json",
}


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def other(path: Path) -> None:
    """As an older version of itself: as long, and other in more than one place."""
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 3, len(data), 7):
        data[place] = (data[place] + 1) % 256
    path.write_bytes(bytes(data))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one bit flipped": flip,
    "another in its place": other,
}
SEEN_AT_ONCE = ("missing", "emptied", "cut")


def verified(platform: Platform) -> list[str]:
    """What the weekly verification finds."""
    snapshot = Snapshot(platform)
    return [
        line
        for product in ordered()
        for partition in snapshot.partitions(product)
        for line in verify(product, snapshot, partition)
    ]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("what", PRODUCTS)
def test_damage_is_noticed_named_and_healed(what: str, damage: str, copy: Callable[[], Platform]) -> None:
    platform = copy()
    home = Path(platform.store.home)
    before = tree(home, *NOT_PRODUCTS)
    path = sorted(home.glob(PRODUCTS[what]))[0]
    name = path.relative_to(home).as_posix()
    if not before[name] and damage != "missing":
        return
    DAMAGE[damage](path)
    named = name if not name.endswith(".flac") else "audio/alpha/"
    if damage in SEEN_AT_ONCE:
        assert any(named in each.why for each in out_of_date(Snapshot(platform)))
    else:
        assert any(name in line for line in verified(platform))
        assert any(name in each.why for each in out_of_date(Snapshot(platform)))
    make_all(platform)
    assert out_of_date(Snapshot(platform)) == [] and verified(platform) == []
    after = tree(home, *NOT_PRODUCTS)
    aside = {path for path in after if "/damaged-" in path}
    if what == "a plan":  # nobody knows any more what the last change was
        assert json.loads(after.pop(name))["files"] == json.loads(before.pop(name))["files"]
    assert {path: data for path, data in after.items() if path not in aside} == before
    assert bool(aside) == (what == "raw answers" and damage != "missing"), "raw answers are kept for people"


# What is not noticed by its size is noticed by whoever reads it, before it is scored or published.

READERS = {
    "utterances": ("normalized_audio", "alpha"),
    "inspection": ("unified_jsonl", "all"),
    "the collection's table": ("splits", "all"),
    "the collection's lines": ("hub/dataset", "all"),
    "the collection's corpora": ("answers", "parrot@0"),
    "folds": ("hub/dataset", "all"),
    "a recording": ("hub/dataset", "all"),
    "raw answers": ("answers", "parrot@0"),
    "answers": ("metrics", "parrot@0"),
    "scores": ("leaderboard", "all"),
    "counts": ("leaderboard", "all"),
    "confusions": ("board_page", "all"),
    "the leaderboard": ("board_page", "all"),
    "the board": ("hub/results", "all"),
    "the page": ("hub/board", "all"),
}


@pytest.mark.parametrize("damage", ["one bit flipped", "another in its place"])
@pytest.mark.parametrize("what", READERS)
def test_whoever_reads_what_is_damaged_refuses_it_and_has_it_made_anew(
    what: str, damage: str, copy: Callable[[], Platform]
) -> None:
    platform = copy()
    home = Path(platform.store.home)
    before = tree(home, *NOT_PRODUCTS)
    path = sorted(home.glob(PRODUCTS[what]))[0]
    DAMAGE[damage](path)
    assert out_of_date(Snapshot(platform)) == []
    with pytest.raises(DamagedError, match=path.name):
        make(READERS[what][0], platform, READERS[what][1], anew=True)
    assert path.name in " ".join(each.why for each in out_of_date(Snapshot(platform)))
    make_all(platform)
    after = tree(home, *NOT_PRODUCTS)
    assert {name: data for name, data in after.items() if "/damaged-" not in name} == before


def test_a_damaged_part_of_raw_answers_is_named_in_the_record(copy: Callable[[], Platform]) -> None:
    platform = copy()
    (path,) = Path(platform.store.home).glob(PRODUCTS["raw answers"])
    flip(path)
    assert not dict(run_together(platform, ["parrot@0"]))["parrot@0"].changed, "sizes tell nothing"
    assert any(path.name in line for line in verified(platform))
    again = dict(run_together(platform, ["parrot@0", "parrot@0.7"]))
    for each in again.values():
        assert each.details.set_aside == (f"predictions/parrot/unversioned/damaged-{path.name}",)
    assert sum(each.passing["asked in this run"] for each in again.values()) == 27


@pytest.mark.parametrize("content", [b"", b"{", bytes(64), b"not JSON", b"\xff\xfe\x00"])
@pytest.mark.parametrize("folder", ["records", "failures"])
def test_broken_small_files_are_named_and_stop_nothing(
    content: bytes, folder: str, copy: Callable[[], Platform]
) -> None:
    platform = copy()
    home = Path(platform.store.home)
    before = tree(home, *NOT_PRODUCTS)
    broken = [path.relative_to(home).as_posix() for path in (home / "records").rglob("*.json")]
    names = [name.replace("records", folder, 1) for name in broken]
    for name in names:
        platform.store.write_bytes(content, name)
    if folder == "failures":
        for name in broken:
            platform.store.remove(name)
    snapshot = Snapshot(platform)
    out_of_date(snapshot)
    assert {complaint.path for complaint in snapshot.complaints} & set(names)
    make_all(platform)
    assert tree(home, *NOT_PRODUCTS) == before


@pytest.mark.parametrize(
    "text", ["alpha\n".encode("utf-16"), "alpha # gone\n".encode("utf-8-sig"), b"\n# nobody\nalpha"]
)
def test_the_list_of_the_withdrawn_is_read_as_shells_write_it(
    text: bytes, copy: Callable[[], Platform]
) -> None:
    platform = copy()
    platform.store.write_bytes(text, "withdrawn.txt")
    assert Snapshot(platform).corpora == []


def test_a_line_of_the_withdrawn_that_nobody_can_read_is_named_and_the_others_count(
    copy: Callable[[], Platform],
) -> None:
    platform = copy()
    platform.store.write_bytes("alpha\nché\n".encode("latin-1"), "withdrawn.txt")
    snapshot = Snapshot(platform)
    assert snapshot.corpora == []
    (complaint,) = snapshot.complaints
    assert str(complaint).startswith("withdrawn.txt: line 2: encoding: seen byte 0xe9; expected UTF-8")


def test_a_description_that_is_damaged_is_taken_anew_from_the_landing_zone(
    copy: Callable[[], Platform],
) -> None:
    platform = copy()
    path = Path(platform.store.home) / "raw" / "alpha.json"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"licence:", b"lisence:"))
    found = out_of_date(Snapshot(platform))
    assert ("raw", "alpha") not in [(each.product, each.partition) for each in found], "met on the way"
    first, *_ = out_of_date(Snapshot(platform))
    assert first.product == "raw" and "lisence" in first.why
    make_all(platform)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("place", [n / 16 for n in range(16)])
def test_a_flipped_bit_in_the_inspection_is_never_believed(
    place: float, copy: Callable[[], Platform]
) -> None:
    platform = copy()
    path = Path(platform.store.home) / "inspection" / "alpha.parquet"
    whole = path.read_bytes()
    data = bytearray(whole)
    data[int(place * len(data))] ^= 4
    path.write_bytes(bytes(data))
    assert verified(platform)
    make_all(platform)
    assert path.read_bytes() == whole
