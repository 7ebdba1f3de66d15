"""A small collection in a store, and a small board."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cameo_assets.audio.digests import header_md5
from cameo_assets.board.data import Board, Confusion, Corpus, Row, Score
from cameo_assets.collection.files import write_splits
from cameo_assets.collection.rows import CorpusEntry, jsonl, schema
from cameo_assets.collection.splits import split
from cameo_assets.collection.splits_page import page
from cameo_assets.corpora.identity import file_id
from cameo_assets.store import Store
from cameo_assets.vocabulary import LICENCES

RAVDESS = ("ravdess", "RAVDESS", "English", "CC BY-NC-SA 4.0")
SUBESCO = ("subesco", "SUBESCO", "Bengali", "CC BY 4.0")
PRIVATE = ("my-calls", "My | calls", "Klingon", "unknown")
ALL = (PRIVATE, RAVDESS, SUBESCO)


def flac(seed: int, samples: int = 800) -> bytes:
    """A short FLAC that is different for each seed."""
    import numpy as np
    import soundfile

    noise = np.random.default_rng(seed).integers(-3000, 3000, samples, dtype=np.int16)
    file = io.BytesIO()
    soundfile.write(file, noise, 16_000, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def flac_of(name: str) -> bytes:
    """The FLAC of an utterance, which its id alone decides."""
    return flac(int(name[:8], 16))


def rows_of(corpus: tuple[str, str, str, str], clips: int) -> list[dict[str, Any]]:
    slug, name, language, licence = corpus
    rows = [
        {
            "file_id": file_id(f"{slug}/{clip}"),
            "emotion": ("anger", "calm")[clip % 2],
            "transcription": None if clip == 0 else f"Sentence “{clip}”\nof {slug}",
            "speaker_id": f"{slug}_{clip % 3}",
            "gender": "female",
            "age": "37",
            "dataset": name,
            "language": language,
            "license": LICENCES[licence].spelling,
            "corpus": slug,
            "source_name": f"{slug}/{clip}",
            "source_path": f"wav/Somebody {clip}.wav",
            "span": [0.5 * clip, 0.5 * clip + 0.05] if clip % 2 else None,
            "group_id": f"{slug}_{clip % 3}",
            "orthography": f"Séntence {clip}" if clip % 2 else None,
            "seconds": 0.05,
            "pcm_md5": header_md5(flac_of(file_id(f"{slug}/{clip}"))),
            "source_rate": 48_000,
            "source_channels": 1,
            "clipped_samples": 0,
            "votes": {"anger": 3, "calm": 1},
            "flags": [],
        }
        for clip in range(clips)
    ]
    return sorted(rows, key=lambda row: row["file_id"])


def lay_collection(
    store: Store,
    corpora: Sequence[tuple[str, str, str, str]] = ALL,
    clips: int = 5,
    sample: bool = False,
    doubts: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Writes a collection as its own stages do; returns its rows."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    entries = []
    for corpus in sorted(corpora):
        own = rows_of(corpus, clips)
        rows += own
        for row in own:
            store.write_bytes(flac_of(row["file_id"]), "audio", corpus[0], row["file_id"])
        entry = entry_of(corpus, own, sample)
        entries.append(msgspec.structs.replace(entry, licence_doubt=(doubts or {}).get(corpus[0], "")))
    store.write_bytes(jsonl(rows), "collection", "cameo.jsonl")
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), "collection", "utterances.parquet")
    store.write_bytes(msgspec.json.encode(entries), "collection", "corpora.json")
    splits = split(rows)
    write_splits(store, splits.assignments)
    store.write_bytes(
        page(splits.balances, {slug: name for slug, name, *_ in corpora}), "collection/splits.md"
    )
    return rows


def entry_of(corpus: tuple[str, str, str, str], rows: list[dict[str, Any]], sample: bool) -> CorpusEntry:
    slug, name, language, licence = corpus
    return CorpusEntry(
        slug=slug,
        name=name,
        language=language,
        licence=licence,
        citation=f"Somebody: {name}. 2020.",
        homepage=f"https://example.org/{slug}",
        doi="10.5281/zenodo.1188976" if slug == "ravdess" else "",
        emotions=("anger", "calm"),
        published={"anger": 3, "calm": 3},
        utterances=dict(Counter(row["emotion"] for row in rows)),
        refused={},
        speakers=3,
        groups=3,
        seconds=0.05 * len(rows),
        sample=sample,
    )


def board(evaluations: Sequence[str] = ("chance@0", "listener@0.7"), sample: bool = False) -> Board:
    corpora = tuple(
        Corpus(
            slug=slug,
            name=name,
            language=language,
            licence=licence,
            homepage="",
            utterances=5,
            published=6,
            refused=0,
            speakers=3,
            emotions=("anger", "calm"),
            hours=0.1,
            sample=sample,
        )
        for slug, name, language, licence in (RAVDESS, SUBESCO)
    )
    return Board(
        collection_version="0123abcd",
        readers=("published", "strict"),
        corpora=corpora,
        emotions=("anger", "calm"),
        rows=tuple(_row(key, reader) for key in evaluations for reader in ("published", "strict")),
        draws=10_000,
        notes=("A note.",),
    )


def _row(evaluation: str, reader: str) -> Row:
    score = Score(value=0.5, low=0.4, high=0.6, n=5, groups=3, weighted_f1=0.45, accuracy=0.55)
    lone = Score(value=0.25, low=math.nan, high=math.nan, n=5, groups=1)
    emotion = Score(value=0.5, n=2, groups=3, precision=0.5, recall=math.nan)
    return Row(
        evaluation=evaluation,
        model=evaluation.split("@")[0],
        name="A, “name”",
        kind="model",
        engine="scripted",
        reader=reader,
        reader_version="1",
        coverage=1.0,
        overall=score,
        mean_over_corpora=0.5,
        mean_over_languages=0.375,
        rank_low=0 if evaluation.startswith("chance") else 1,
        rank_high=0 if evaluation.startswith("chance") else 2,
        corpora={"ravdess": score, "subesco": lone},
        languages={"English": score, "Bengali": lone},
        emotions={"calm": emotion, "anger": emotion},
        confusion=Confusion(labels=("anger", "calm"), counts=((1.0, 0.5, 1.5), (0.0, 2.0, 0.0))),
        revision="f" * 40,
        temperature=0.7,
        prompt="cameo",
        exposure={"ravdess": "yes"},
    )
