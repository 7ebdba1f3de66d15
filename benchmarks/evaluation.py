"""What the orchestration itself takes of an evaluation: `python -m benchmarks.evaluation`.

A collection of CAMEO's size without sound (41,265 utterances of 13 corpora), and a model that answers at
once, asked at four temperatures (one greedy answer and three times three draws) and for the likelihood at
each: 577,710 answers. All is real but the model: request keys, shards, durable writes, compaction, records.
One fresh process asks; a second one asks again, when there is nothing to ask. Beside it stands the time of a
model that hears 30 clips a second.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
import msgspec

from benchmarks.bootstrap import CORPORA
from benchmarks.listing import peak_bytes
from cameo_assets.collection import files
from cameo_assets.collection.rows import CorpusEntry, schema
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.models.engines import ENGINES
from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Reference
from cameo_assets.models.registry import evaluations, load_all
from cameo_assets.products.asking import Failed, run_together
from cameo_assets.provenance import WHOLE, Record, write_record
from cameo_assets.settings import Settings
from cameo_assets.store import Store

CLIPS_PER_SECOND = 30
"""Of a model on one accelerator that shares its work between four temperatures."""
MOST_SHARE = 0.02
MOST_SECONDS_AGAIN = 10
SPEC = """\
id: instant
name: Instant
kind: model
engine: instant
licence: none
prompt: cameo-1
temperatures: [0, 0.3, 0.7, 1.0]
methods: [generation, likelihood]
samples: 3
"""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There are none."""


class Instant(EngineDefaults):
    """Says the first option, with the details that a language model has."""

    family = "instant/1"
    Options: type[msgspec.Struct] = Options
    methods = frozenset({"generation", "likelihood"})
    versions: Mapping[str, str] = {"torch": "0", "transformers": "0"}

    def __init__(self, _spec: object, _options: object, _store_home: str) -> None:
        pass

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        """See `base.Engine.answer`."""
        for ask in asks:
            options = ask.item.options
            likely = {"probabilities": {option: 1 / len(options) for option in options}}
            for sampling in ask.samplings:
                details = likely if sampling.method == "likelihood" else {"tokens": [11, 12, 13]}
                yield Answer(
                    file_id=ask.item.file_id,
                    sampling=sampling,
                    text=options[0],
                    latency=0.01,
                    details=details,
                )


ENGINES["instant"] = "benchmarks.evaluation:Instant"


def lay_collection(store: Store) -> int:
    """Writes a collection of CAMEO's size, its record and the model's file; the number of clips."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    entries = []
    for slug, (language, size, groups, emotions) in sorted(CORPORA.items()):
        own = [_row(slug, language, number, groups, emotions) for number in range(size)]
        rows += sorted(own, key=lambda row: str(row["file_id"]))
        entries.append(_entry(slug, language, size, groups, emotions))
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), files.TABLE)
    store.write_bytes(msgspec.json.encode(entries), files.CORPORA)
    store.write_bytes(SPEC.encode(), "models", "instant.yaml")
    write_record(store, Record(product="unified_jsonl", partition=WHOLE, inputs={}, output="made up"))
    return len(rows)


def _row(slug: str, language: str, number: int, groups: int, emotions: tuple[str, ...]) -> dict[str, Any]:
    name = f"{slug}/{number}"
    return {
        "file_id": hashlib.sha256(name.encode()).hexdigest() + ".flac",
        "emotion": emotions[number % len(emotions)],
        "dataset": slug,
        "language": language,
        "license": "none",
        "corpus": slug,
        "source_name": name,
        "source_path": name,
        "group_id": f"{slug}_{number % groups}",
        "seconds": 3.5,
        "pcm_md5": hashlib.md5(name.encode()).hexdigest(),
    }


def _entry(slug: str, language: str, size: int, groups: int, emotions: tuple[str, ...]) -> CorpusEntry:
    return CorpusEntry(
        slug=slug,
        name=slug,
        language=language,
        licence="none",
        citation="",
        homepage="",
        doi="",
        emotions=tuple(sorted(emotions)),
        published={},
        utterances={emotions[0]: size},
        refused={},
        speakers=groups,
        groups=groups,
        seconds=3.5 * size,
        sample=False,
    )


def ask(home: str) -> None:
    """Runs all evaluations of the model, and prints what that took of memory."""
    platform = Platform.of(Settings(home=home))
    keys = [key for key in evaluations(load_all(platform.store)) if key.startswith("instant@")]
    answers = asked = 0
    for key, outcome in run_together(Snapshot(platform), keys):
        if isinstance(outcome, Failed):
            raise outcome.error
        if outcome.record.details["missing"]:
            raise AssertionError(f"{key}: {outcome.record.details}")
        answers += outcome.record.details["answers"]
        asked += outcome.record.details["asked"]
    print(f"  {asked:,} of {answers:,} answers asked for, peak RSS {peak_bytes() / 1e6:.0f} MB, ", end="")


def timed(home: str) -> float:
    """Seconds that a fresh process takes from its start to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "benchmarks.evaluation", "--home", home], check=True)
    return time.perf_counter() - start


@click.command()
@click.option("--home", default="", hidden=True)
def main(home: str) -> None:
    """Makes the collection, has fresh processes evaluate it, and fails when that is too slow."""
    if home:
        ask(home)
        return
    with tempfile.TemporaryDirectory() as name:
        store = Store(name)
        clips = lay_collection(store)
        first = timed(name)
        share = first / (clips / CLIPS_PER_SECOND)
        print(f"{first:.1f} s: {100 * share:.2f} % of a pass at {CLIPS_PER_SECOND} clips/s")
        store.remove("records", "predictions")  # so that the answers themselves must be looked at
        again = timed(name)
        print(f"{again:.1f} s when nothing is left to ask")
    sys.exit(0 if share < MOST_SHARE and again < MOST_SECONDS_AGAIN else 1)


if __name__ == "__main__":
    main()
