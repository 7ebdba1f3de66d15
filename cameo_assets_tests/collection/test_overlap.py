"""Speakers of two corpora who are likely one person."""

from __future__ import annotations

from typing import Any

import pytest

from cameo_assets.collection.overlap import LEAST_ID, Overlap, overlaps

HASH = "c0ffee" * 10


def row(corpus: str, path: str, speaker: str | None, md5: str = "") -> dict[str, Any]:
    return {
        "corpus": corpus,
        "source_path": path,
        "speaker_id": speaker and f"{corpus}_{speaker}",
        "pcm_md5": md5 or f"{corpus} {path}",
    }


def test_a_shared_recording_names_both_speakers_and_paths() -> None:
    rows = [row("cafe", "a", "1", "m"), row("nemo", "b", "7", "m"), row("nemo", "c", "7")]
    assert overlaps(rows) == [
        Overlap(speakers=("cafe_1", "nemo_7"), why="same recording", paths=("cafe/a", "nemo/b"))
    ]


def test_all_recordings_that_a_pair_shares_are_one_entry() -> None:
    rows = [row(corpus, path, "1", path) for corpus in ("cafe", "nemo") for path in "ab"]
    (found,) = overlaps(rows)
    assert found.paths == ("cafe/a", "cafe/b", "nemo/a", "nemo/b")


def test_a_long_id_in_two_corpora_is_named_with_a_recording_of_each() -> None:
    rows = [row("emozionalmente", path, HASH) for path in "cab"] + [row("other", "x", HASH)]
    (found,) = overlaps(rows)
    assert (found.why, found.speakers) == ("same id", (f"emozionalmente_{HASH}", f"other_{HASH}"))
    assert found.paths == ("emozionalmente/a", "other/x")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row("cafe", "a", "01"), row("nemo", "b", "01")], "short ids are alike by chance"),
        ([row("cafe", "a", "1" * (LEAST_ID - 1)), row("nemo", "b", "1" * (LEAST_ID - 1))], "just too short"),
        ([row("cafe", "a", "1", "m"), row("cafe", "b", "2", "m")], "one corpus: another check"),
        ([row("cafe", "a", None, "m"), row("nemo", "b", "1", "m")], "nobody is known"),
        ([row("nemo", path, HASH) for path in "ab"], "one speaker"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_overlap(rows: list[dict[str, Any]], why: str) -> None:
    assert overlaps(rows) == [], why


def test_three_corpora_give_three_pairs_whatever_the_order() -> None:
    rows = [row(corpus, "a", HASH) for corpus in ("x", "y", "z")]
    pairs = [found.speakers for found in overlaps(rows)]
    assert pairs == [(f"{a}_{HASH}", f"{b}_{HASH}") for a, b in ("xy", "xz", "yz")]
    assert overlaps(rows[::-1]) == overlaps(rows)
