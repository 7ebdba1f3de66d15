from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.pavoque import SPEC
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.pavoque import CUT, LATE
from cameo_assets.store import Store
from cameo_assets_tests.corpora.making import real

STYLES = ("angry", "happy", "neutral", "poker", "sad")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("pavoque"), ["pavoque"])["pavoque"]


@pytest.fixture(scope="module")
def listing(folder: Path) -> Listing:
    return list_corpus(SPEC, Source(folder))


def entries(folder: Path, style: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((folder / f"pavoque-{style}.yaml").read_bytes())
    return found


def test_files_are_the_ones_of_the_release(folder: Path) -> None:
    names = {f"pavoque-{style}.{form}" for style in (*STYLES, "outtakes") for form in ("flac", "yaml")}
    assert {path.name for path in folder.iterdir()} == names | {"SAMPLE.txt"}
    for path in folder.glob("*.flac"):
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (44_100, 1, "PCM_16")


@pytest.mark.parametrize("style", STYLES)
def test_utterances_are_contiguous_and_fill_their_flac(style: str, folder: Path) -> None:
    rows = entries(folder, style)
    assert [row["start"] for row in rows] == [0.0, *(row["end"] for row in rows[:-1])]
    assert {tuple(row)[:5] for row in rows} == {("prompt", "text", "style", "start", "end")}
    last = rows[-2]["end"] if CUT.startswith(f"pavoque-{style}") else rows[-1]["end"]
    assert soundfile.info(folder / f"pavoque-{style}.flac").duration == pytest.approx(last, abs=1e-4)


@pytest.mark.parametrize("style", ["angry", "happy", "poker", "sad"])
def test_prompts_and_texts_are_written_as_in_the_real_lists(style: str, folder: Path) -> None:
    published = real("pavoque_metadata_only", f"pavoque-{style}.yaml").read_text("utf-8")
    lines = (folder / f"pavoque-{style}.yaml").read_text("utf-8").splitlines(keepends=True)
    heads = [prompt + text for prompt, text in itertools.pairwise(lines) if prompt.startswith("- ")]
    assert len(heads) == 11
    assert all(head in published for head in heads)


def test_five_texts_are_said_in_every_style(folder: Path) -> None:
    said = Counter(row["text"] for style in STYLES for row in entries(folder, style))
    assert list(said.values()).count(5) == 5


def test_some_utterances_have_no_phones_and_two_have_late_ones(folder: Path) -> None:
    without, late = [], []
    for style in STYLES:
        for number, row in enumerate(entries(folder, style)):
            if "segments" not in row:
                without.append(style)
            elif row["segments"][-1]["end"] > row["end"] - row["start"]:
                late.append(f"pavoque-{style}-{number}")
    assert set(without) == {"neutral"}
    assert tuple(late) == LATE


def test_the_end_of_the_sad_list_lies_off_the_grid(folder: Path) -> None:
    off = {
        style: [row["end"] for row in entries(folder, style) if round(row["end"] * 100) % 2]
        for style in STYLES
    }
    assert len(off.pop("sad")) == 3
    assert not any(off.values())


def test_outtakes_overlap(folder: Path) -> None:
    rows = entries(folder, "outtakes")
    assert all(later["start"] < row["end"] for row, later in itertools.pairwise(rows))
    assert {row["style"] for row in rows} == {"angry", "neutral"}


def test_the_corpus_file_reads_all_but_the_stated_refusals(listing: Listing) -> None:
    assert {u.source_name for u in listing.utterances} == set(SAMPLES["pavoque"].clips) - {CUT}
    assert set(listing.counts) == {"anger", "happiness", "neutral", "poker", "sadness"}
    assert {(refusal.path, refusal.rule) for refusal in listing.refusals} == {
        ("pavoque-outtakes.flac", "outtake"),
        ("pavoque-poker.yaml item 10", "span"),
    }
    assert {u.source_name for u in listing.utterances if u.flags} == set(LATE)
    assert listing.sample


def test_every_utterance_is_normalised_to_its_span(folder: Path, listing: Listing, tmp_path: Path) -> None:
    rows = {row.file_id: row for row in normalize_corpus(Store(tmp_path), Source(folder), listing.utterances)}
    assert {(row.status, row.source_rate, row.source_format) for row in rows.values()} == {
        ("ok", 44_100, "FLAC/PCM_16")
    }
    for utterance in listing.utterances:
        start, end = utterance.span or (0.0, 0.0)
        assert rows[utterance.file_id].seconds == pytest.approx(end - start, abs=1e-4)


def test_styles_sound_different(folder: Path) -> None:
    loudness = {
        style: float(np.abs(soundfile.read(folder / f"pavoque-{style}.flac")[0]).mean()) for style in STYLES
    }
    assert loudness["sad"] < loudness["neutral"] < loudness["angry"]
