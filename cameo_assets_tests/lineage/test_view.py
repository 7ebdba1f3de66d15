"""A maker sees what its product declares to read, and nothing else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cameo_assets.lineage.declaration import NotReady, Product, Read
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.lineage.view import Readable, UndeclaredError, View
from cameo_assets.places import ANSWERS, AUDIO, METRICS
from cameo_assets.products import products
from cameo_assets.provenance import WHOLE
from cameo_assets_tests.lineage.conftest import platform_in

PARTITION = {"corpus": "alpha", "evaluation": "parrot@0", "": WHOLE}
CASES = [
    (product.name, each)
    for product in products().values()
    for each in product.reads
    # The scripted model hears no recording; what the leaderboard compares is decided before it is made.
    if (product.name, each.product if isinstance(each, Read) else each.value)
    not in {
        ("predictions", "normalized_audio"),
        ("analysis/postprocessing_ablation", "leaderboard"),
        ("leaderboard", "model files"),
    }
]


def without(product: Product, read: object) -> Product:
    return msgspec.structs.replace(product, reads=tuple(each for each in product.reads if each is not read))


@pytest.mark.parametrize(
    ("name", "read"), CASES, ids=[f"{name} without {getattr(r, 'product', r)}" for name, r in CASES]
)
def test_what_is_not_declared_cannot_be_read(name: str, read: object, copy: Callable[[], Platform]) -> None:
    product = products()[name]
    job = Job(without(product, read), Snapshot(copy()), PARTITION[product.partitions], anew=True)
    with pytest.raises(UndeclaredError, match="declare"):
        product.make(job)


@pytest.mark.parametrize("name", products())
def test_what_is_declared_is_enough_to_make_and_to_show_it(name: str, copy: Callable[[], Platform]) -> None:
    product = products()[name]
    job = Job(product, Snapshot(copy()), PARTITION[product.partitions], anew=True)
    made = product.make(job)
    shown = product.show(Job(product, job.snapshot, job.partition), made.details)
    assert [check.name for check in shown.checks] == list(product.checks)


def view(home: Path) -> View:
    readable = (Readable(METRICS, "metrics", frozenset({"b@0"})),)
    return View(str(home), "mine", own=((ANSWERS, "a@0"), (AUDIO, "nemo")), readable=readable)


@pytest.mark.parametrize("through_a_pickle", [False, True])
@pytest.mark.parametrize(
    ("path", "readable", "writable"),
    [
        ("answers/a@0.parquet", True, True),
        ("answers/b@0.parquet", False, False),
        ("audio/nemo/1.flac", True, True),
        ("audio/nemo", True, True),
        ("audio/nemo.sha256", False, False),
        ("audio/mesd/1.flac", False, False),
        ("metrics/b@0/scores.parquet", True, False),
        ("metrics/a@0/scores.parquet", False, False),
        ("records/mine/a@0.json", False, False),
        (".", False, False),
    ],
)
def test_a_view_has_limits(
    path: str, readable: bool, writable: bool, through_a_pickle: bool, tmp_path: Path
) -> None:
    seen = pickle.loads(pickle.dumps(view(tmp_path))) if through_a_pickle else view(tmp_path)
    for allowed, touch in (
        (readable, lambda: seen.exists(path)),
        (writable, lambda: seen.remove(path) if path != "." else seen.write_bytes(b"", path)),
    ):
        if allowed:
            touch()
        else:
            with pytest.raises(UndeclaredError, match="mine"):
                touch()


def test_what_was_written_is_noted_and_what_was_removed_is_not(tmp_path: Path) -> None:
    seen = view(tmp_path)
    seen.write_bytes(b"1", "answers/a@0.parquet")
    seen.write_bytes(b"2", "audio/nemo/1.flac", durable=False)
    seen.write_bytes(b"3", "audio/nemo/2.flac")
    seen.remove("audio/nemo")
    assert {path: digest.size for path, digest in seen.made.items()} == {"answers/a@0.parquet": 1}


def test_inputs_of_two_times_are_not_mixed(finished: Path) -> None:
    """`answers` were read from `predictions`; a collection that is newer than these has to wait."""
    from cameo_assets.lineage.run import wanted

    snapshot = Snapshot(platform_in(finished))
    record = snapshot.record("unified_jsonl")
    assert record is not None
    snapshot._records["unified_jsonl", WHOLE] = msgspec.structs.replace(record, output="newer")
    with pytest.raises(NotReady, match="predictions of parrot@0 is of an earlier version of unified_jsonl"):
        wanted(products()["answers"], snapshot, "parrot@0")


def test_every_product_that_is_read_is_there() -> None:
    names = products().keys()
    reads = [each for product in products().values() for each in product.reads if isinstance(each, Read)]
    assert {each.product for each in reads} | {each.vouched_by for each in reads} - {""} <= names
