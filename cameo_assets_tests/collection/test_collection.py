"""The collection: CAMEO's nine fields for others, one row for each good utterance, and what changed."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.audio.inspect import Inspection
from cameo_assets.collection import files
from cameo_assets.collection.duplicates import duplicates
from cameo_assets.collection.rows import OURS, Cameo, jsonl, schema
from cameo_assets.collection.unify import Part, change, unify
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import CAMEO_FIELDS, CorpusSpec, Utterance
from cameo_assets.errors import BadInput
from cameo_assets.store import Store

NEMO, RAVDESS = known()["nemo"], known()["ravdess"]
Row = dict[str, Any]


def utterance(spec: CorpusSpec, name: str, **changes: Any) -> Utterance:
    facts: dict[str, Any] = {
        "file_id": file_id(name),
        "emotion": "anger",
        "transcription": "Zażółć „gęślą” jaźń.",
        "speaker_id": f"{spec.slug}_1",
        "gender": "female",
        "age": "27",
        "dataset": spec.name,
        "language": spec.language,
        "license": spec.licence,
        "corpus": spec.slug,
        "source_name": name,
        "source_path": f"{name}.wav",
        "source_version": "1:1",
        "group_id": f"{spec.slug}_1",
    }
    return Utterance(**{**facts, **changes})


def heard(name: str, **changes: Any) -> Inspection:
    facts: dict[str, Any] = {
        "file_id": file_id(name),
        "status": "ok",
        "seconds": 1.5,
        "pcm_md5": f"md5 of {name}",
        "source_rate": 48_000,
        "source_channels": 1,
    }
    return Inspection(**{**facts, **changes})


def part(
    spec: CorpusSpec, names: Sequence[str], inspections: Sequence[Inspection] | None = None, **changes: Any
) -> Part:
    heards = [heard(name) for name in names] if inspections is None else inspections
    facts: dict[str, Any] = {"refused": {}, "sample": False}
    utterances = [utterance(spec, name) for name in names]
    return Part(**{"spec": spec, "utterances": utterances, "inspections": heards, **facts, **changes})


def both() -> list[Row]:
    return unify([part(RAVDESS, "abc"), part(NEMO, "xyz")]).rows


# Rows.


def test_rows_are_sorted_by_corpus_and_id_whatever_the_order_of_the_parts() -> None:
    one = unify([part(RAVDESS, "abc"), part(NEMO, "xyz")])
    other = unify([part(NEMO, "zyx"), part(RAVDESS, "cab")])
    assert one == other
    keys = [(row["corpus"], row["file_id"]) for row in one.rows]
    assert keys == sorted(keys)
    assert len(keys) == 6


def test_a_row_joins_what_both_stages_know() -> None:
    spoken = utterance(NEMO, "a", flags=("known_duplicate", "b_flag"))
    found = heard("a", flags=("silent", "b_flag"), clipped_samples=3)
    (row,) = unify([part(NEMO, "a", [found], utterances=[spoken])]).rows
    assert list(row) == [*CAMEO_FIELDS, *OURS]
    assert (row["source_path"], row["group_id"]) == ("a.wav", "nemo_1")
    assert (row["seconds"], row["pcm_md5"], row["clipped_samples"]) == (1.5, "md5 of a", 3)
    assert row["flags"] == ["b_flag", "known_duplicate", "silent"]


def test_votes_of_raters_are_kept(tmp_path: Path) -> None:
    rated = utterance(NEMO, "a", votes={"anger": 3, "fear": 2})
    rows = unify([part(NEMO, "ab", utterances=[rated, utterance(NEMO, "b")])]).rows
    store = Store(tmp_path)
    store.write_table(pa.Table.from_pylist(rows, schema=schema()), files.TABLE)
    found = {row["source_name"]: row["votes"] for row in files.read_rows(store).to_pylist()}
    assert found == {"a": [("anger", 3), ("fear", 2)], "b": None}


def test_an_entry_knows_whom_to_name_and_what_is_doubtful() -> None:
    doubtful = msgspec.structs.replace(NEMO, attribution="Name us so.", licence_doubt="Who knows?")
    ours, theirs = unify([part(doubtful, "a"), part(RAVDESS, "b")]).corpora
    assert (ours.attribution, ours.licence_doubt) == ("Name us so.", "Who knows?")
    assert (theirs.attribution, theirs.licence_doubt) == (RAVDESS.attribution or RAVDESS.citation, "")


def test_only_good_audio_is_in_the_collection() -> None:
    inspections = [heard("a"), heard("b", status="refused", rule="silent")]
    found = unify([part(NEMO, "abc", inspections, refused={"song": 2, "silent": 1})])
    assert [row["source_name"] for row in found.rows] == ["a"]
    (entry,) = found.corpora
    assert entry.refused == {"silent": 2, "song": 2}


def test_an_entry_sums_its_corpus_up() -> None:
    spoken = [
        utterance(RAVDESS, "a"),
        utterance(RAVDESS, "b", emotion="calm", speaker_id="ravdess_2", group_id="ravdess_2"),
        utterance(RAVDESS, "c", emotion="calm", speaker_id=None, group_id="c"),
    ]
    (entry,) = unify([part(RAVDESS, "abc", utterances=spoken, sample=True)]).corpora
    assert (entry.slug, entry.name, entry.language) == ("ravdess", "RAVDESS", "English")
    assert entry.utterances == {"anger": 1, "calm": 2}
    assert (entry.total, entry.speakers, entry.groups, entry.seconds) == (3, 2, 3, 4.5)
    assert entry.emotions == RAVDESS.emotions
    assert (sum(entry.published.values()), entry.sample) == (1440, True)


def test_two_corpora_may_not_claim_one_id() -> None:
    with pytest.raises(BadInput) as error:
        unify([part(RAVDESS, "a"), part(NEMO, "a")])
    assert error.value.rule == "repeated_id"
    assert error.value.seen == f"{file_id('a')} in nemo too"


def test_rows_fit_the_table() -> None:
    table = pa.Table.from_pylist(both(), schema=schema())
    assert table.to_pylist() == both()


# JSON Lines.


def test_a_line_has_exactly_the_nine_fields_in_order() -> None:
    rows = both()
    for line, row in zip(jsonl(rows).decode().splitlines(), rows, strict=True):
        assert list(json.loads(line).items()) == [(name, row[name]) for name in CAMEO_FIELDS]


def test_text_stays_readable_and_nothing_is_null() -> None:
    row = {**both()[0], "speaker_id": None, "age": None}
    line = jsonl([row])
    assert "Zażółć „gęślą” jaźń.".encode() in line
    assert b'"speaker_id":null' in line
    assert b'"age":null' in line
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert jsonl([]) == b""


_text = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.lists(st.tuples(st.none() | _text, _text, st.none() | st.sampled_from(["007", "27", "NA"]))))
def test_every_reader_reads_the_same_lines(facts: list[tuple[str | None, str, str | None]]) -> None:
    base = dict.fromkeys(CAMEO_FIELDS, "x")
    rows = [{**base, "transcription": t, "speaker_id": s, "age": a} for t, s, a in facts]
    data = jsonl(rows)
    assert data.count(b"\n") == len(rows)
    assert [json.loads(line) for line in data.split(b"\n")[:-1]] == rows
    typed = msgspec.json.Decoder(Cameo).decode_lines(data)
    assert [msgspec.structs.asdict(row) for row in typed] == rows
    if rows:
        frame = pd.read_json(io.BytesIO(data), lines=True, dtype=False)
        assert frame.columns.tolist() == list(CAMEO_FIELDS)
        assert frame.astype(object).where(frame.notna(), None).to_dict("records") == rows


# Changes.


def test_nothing_changed() -> None:
    assert change(both(), both()).nothing


def test_changes_are_counted_by_corpus_and_kind() -> None:
    before = both()
    after = [
        *before[:1],
        {**before[1], "emotion": "calm"},
        {**before[2], "pcm_md5": "other"},
        {**before[3], "pcm_md5": "other", "age": None},
        *before[5:],
        {**before[5], "file_id": "new"},
    ]
    found = change(before, after)
    assert found.added == {"ravdess": 1}
    assert found.removed == {"ravdess": 1}
    assert found.relabelled == {"nemo": 1, "ravdess": 1}
    assert found.rerecorded == {"nemo": 1, "ravdess": 1}
    assert not found.nothing


def test_the_first_collection_is_all_new() -> None:
    assert change([], both()).added == {"nemo": 3, "ravdess": 3}
    assert change(both(), []).removed == {"nemo": 3, "ravdess": 3}


# Duplicates.


def recording(
    md5: str, path: str, emotion: str = "anger", corpus: str = "nemo", speaker: str | None = None
) -> Row:
    return {"pcm_md5": md5, "source_path": path, "emotion": emotion, "corpus": corpus, "speaker_id": speaker}


def test_identical_recordings_are_one_entry() -> None:
    found = duplicates([recording("1", "b"), recording("2", "c"), recording("1", "a"), recording("1", "d")])
    assert [(entry.paths, entry.contradictory) for entry in found] == [
        (("nemo/a", "nemo/b", "nemo/d"), False)
    ]


def test_one_recording_under_two_labels_is_contradictory() -> None:
    (entry,) = duplicates([recording("1", "b", "fear"), recording("1", "a", "anger")])
    assert (entry.contradictory, entry.emotions) == (True, ("anger", "fear"))


def test_one_recording_in_two_corpora_is_found() -> None:
    (entry,) = duplicates([recording("1", "a"), recording("1", "a", corpus="ravdess")])
    assert entry.corpora == ("nemo", "ravdess")
    assert entry.paths == ("nemo/a", "ravdess/a")


def test_known_speakers_are_named() -> None:
    rows = [
        recording("1", path, speaker=speaker) for path, speaker in [("a", "s2"), ("b", None), ("c", "s1")]
    ]
    assert duplicates(rows)[0].speakers == ("s1", "s2")


def test_sets_are_sorted_by_path() -> None:
    rows = [recording(md5, path) for md5, path in [("2", "b"), ("1", "a"), ("2", "c"), ("1", "d")]]
    assert [entry.paths[0] for entry in duplicates(rows)] == ["nemo/a", "nemo/b"]
    assert duplicates(rows[:2]) == []


# In the store.


@pytest.mark.parametrize("home", ["", "memory://collection"])
def test_other_stages_read_what_was_written(home: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(home or tmp_path_factory.mktemp("home"))
    collection = unify([part(RAVDESS, "abc"), part(NEMO, "xyz")])
    store.write_table(pa.Table.from_pylist(collection.rows, schema=schema()), files.TABLE)
    store.write_bytes(msgspec.json.encode(collection.corpora), files.CORPORA)
    assert files.read_rows(store).to_pylist() == collection.rows
    assert tuple(files.read_corpora(store)) == collection.corpora
    assert files.options(store) == {"nemo": NEMO.emotions, "ravdess": RAVDESS.emotions}
