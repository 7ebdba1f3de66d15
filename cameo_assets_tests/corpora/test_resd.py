"""RESD: the published numbers, both forms of every copy, and every odd name."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.resd import SPEC
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import LAYOUTS, Files, facts, listing, refused, soundless

COUNTS = {
    "anger": 219,
    "disgust": 185,
    "enthusiasm": 198,
    "fear": 223,
    "happiness": 218,
    "neutral": 191,
    "sadness": 162,
}
EARLY, LATE = "03_disgust_neutral n_050", "12_sadness_disgust_s_020"
ANNOTATED = ("name", "path", "speech", "text", "emotion")
EMOTION = {emotion[0]: emotion for emotion in COUNTS}


def folder_of(name: str) -> str:
    """The folder of a dialogue as published."""
    dialogue, pair = name[:2], "_".join(name.replace(" ", "_").split("_")[1:3])
    if dialogue == "11":
        return "11_disgust_anger"
    return f"{dialogue}_{pair}" if dialogue <= "11" else f"{pair}_{dialogue}"


def row(stem: str, **other: Any) -> dict[str, Any]:
    """A row of the annotated table."""
    speech = {"bytes": b"RIFF", "path": f"{stem}.wav"}
    path = f"{folder_of(stem)}/{stem}.wav"
    values = {"name": stem, "path": path, "speech": speech, "text": "Да.", "emotion": EMOTION[stem[-5]]}
    return {**values, **other}


def parquet(rows: Sequence[dict[str, Any]], columns: Sequence[str] = ANNOTATED) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{c: r[c] for c in columns} for r in rows]), sink)
    return sink.getvalue()


def grid() -> list[str]:
    """1,396 names by the published counts: 301 of dialogues 01 to 11, with a blank, and 1,095 later ones."""
    emotions = [emotion for emotion, count in COUNTS.items() for _ in range(count)]
    names: list[str] = []
    turns: Counter[str] = Counter()
    for n, emotion in enumerate(emotions):
        early = n * 301 // 1396 != (n + 1) * 301 // 1396  # 301 times, evenly spread
        angry = emotion in ("anger", "disgust")  # the two sides of dialogue 11
        dialogue = (n % 11 if angry else n % 10) + 1 if early else n % 39 + 12
        pair = "anger_disgust" if angry else f"{emotion}_{'fear' if emotion == 'neutral' else 'neutral'}"
        side = f"{dialogue:02d}_{pair}{' ' if early else '_'}{emotion[0]}"
        turns[side] += 1
        names.append(f"{side}_{turns[side]:02d}0")
    return names


def folders(*names: str) -> Files:
    return soundless(f"train/{folder_of(name)}/{name}.wav" for name in names)


def csv(*names: str, columns: str = "name,path,emotion,text") -> bytes:
    values = [row(name) for name in names]
    lines = [",".join(str(v[c]) for c in columns.split(",")) for v in values]
    return "".join(f"{line}\n" for line in [columns, *lines]).encode()


# The whole corpus.


def test_all_of_resd_is_listed_from_its_two_tables(tmp_path: Path) -> None:
    names = grid()
    assert len(set(names)) == 1396
    assert sum(" " in name for name in names) == 301
    files = {
        "data/train-00000-of-00001-1f5fe73d1293189c.parquet": parquet([row(n) for n in names[:1116]]),
        "data/test-00000-of-00001-a2b788d59856c4ae.parquet": parquet([row(n) for n in names[1116:]]),
    }
    found = listing(SPEC, tmp_path, files)
    assert found.refusals == ()
    assert found.counts == dict(SPEC.counts) == COUNTS
    assert len(found.utterances) == SPEC.total == 1396
    assert {u.source_name for u in found.utterances} == set(names)
    assert len({u.group_id for u in found.utterances}) == 50
    assert {(u.speaker_id, u.gender, u.age) for u in found.utterances} == {(None, None, None)}
    assert {u.license for u in found.utterances} == {"MIT"}


def test_all_of_resd_is_listed_from_its_folders(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, folders(*grid()))
    assert found.counts == COUNTS
    assert found.refusals == ()
    assert {u.transcription for u in found.utterances} == {None}


# What a recording is.


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        (EARLY, "neutral"),
        (LATE, "sadness"),
        ("08_sadness_anger a_140", "anger"),
        ("17_neutral_disgust_d_092", "disgust"),
        ("45_happiness_sadness_h_100", "happiness"),
        ("31_fear_enthusiasm_f_060", "fear"),
        ("40_enthusiasm_fear_e_150", "enthusiasm"),
    ],
)
@pytest.mark.parametrize("form", ["parquet", "folders"])
def test_the_letter_says_the_emotion_and_the_name_the_id(
    name: str, emotion: str, form: str, tmp_path: Path
) -> None:
    files = {"a.parquet": parquet([row(name)])} if form == "parquet" else folders(name)
    (found,) = listing(SPEC, tmp_path, files).utterances
    assert (found.emotion, found.file_id) == (emotion, file_id(name))
    assert (found.source_name, found.group_id) == (name, f"resd_{name[:2]}")
    assert found.dataset == "RESD"


def test_columns_are_read_by_name_in_any_order(tmp_path: Path) -> None:
    table = parquet([row(EARLY, text="Я не знаю.")], ("text", "emotion", "speech", "path", "name"))
    (found,) = listing(SPEC, tmp_path, {"a.parquet": table}).utterances
    assert found.transcription == "Я не знаю."


def test_plain_resd_has_no_texts(tmp_path: Path) -> None:
    table = parquet([row(EARLY)], ("name", "path", "emotion", "speech"))
    (found,) = listing(SPEC, tmp_path, {"a.parquet": table}).utterances
    assert found.transcription is None


@pytest.mark.parametrize("text", ["", None])
def test_an_empty_text_is_none(text: str | None, tmp_path: Path) -> None:
    table = parquet([row(EARLY, text=text), row(LATE)])
    found = listing(SPEC, tmp_path, {"a.parquet": table})
    assert {u.source_name: u.transcription for u in found.utterances} == {EARLY: None, LATE: "Да."}


def test_csv_files_beside_folders_give_texts(tmp_path: Path) -> None:
    files = {**folders(EARLY, LATE), "train.csv": csv(EARLY), "test.csv": csv(LATE, columns="path,emotion")}
    found = listing(SPEC, tmp_path, files)
    assert found.refusals == ()
    assert {u.source_name: u.transcription for u in found.utterances} == {EARLY: "Да.", LATE: None}


def test_paths_of_a_csv_may_be_those_of_windows(tmp_path: Path) -> None:
    listed = csv(EARLY, columns="path,emotion,text").replace(b"/", b"\\")
    found = listing(SPEC, tmp_path, {**folders(EARLY), "train.csv": listed})
    assert found.refusals == ()
    assert [u.transcription for u in found.utterances] == ["Да."]


# Ways to lay it down.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_folders_are_packed(layout: str, tmp_path: Path) -> None:
    files = {**folders(EARLY, LATE), "train.csv": csv(EARLY, LATE)}
    plain, packed = (listing(SPEC, tmp_path / n, f) for n, f in (("a", files), ("b", LAYOUTS[layout](files))))
    assert facts(plain) == facts(packed)
    assert packed.refusals == ()


def test_parquets_may_lie_in_any_folder(tmp_path: Path) -> None:
    found = listing(
        SPEC, tmp_path, {"x/data/a.parquet": parquet([row(EARLY)]), "b.parquet": parquet([row(LATE)])}
    )
    assert len(found.utterances) == 2


def test_the_same_recording_in_both_parts_is_refused_once(tmp_path: Path) -> None:
    files = {"test.parquet": parquet([row(EARLY)]), "train.parquet": parquet([row(EARLY), row(LATE)])}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {"train.parquet/000000.wav": "repeated_name"}
    assert len(found.utterances) == 2


# Odd names and wrong ones.


@pytest.mark.parametrize("letter", ["a", "d"])
def test_the_folder_of_dialogue_11_has_the_other_order(letter: str, tmp_path: Path) -> None:
    name = f"11_anger_disgust {letter}_200"
    assert folder_of(name) == "11_disgust_anger"
    assert listing(SPEC, tmp_path / "a", folders(name)).refusals == ()
    assert listing(SPEC, tmp_path / "b", {"a.parquet": parquet([row(name)])}).refusals == ()


@pytest.mark.parametrize(
    "name",
    [
        "03_disgust_neutral_n_050",  # an underscore for the blank would change the id
        "12_sadness_disgust s_020",
        "03_disgust_neutral a_050",  # neither side is angry
        "03_disgust_neutral x_050",
        "03_disgust_boredom d_050",
        "00_disgust_neutral n_050",
        "51_disgust_neutral_n_050",
        "03_disgust_neutral n_50",
        "03_disgust_neutral  n_050",
        "03_disgust_neutral n_050 (1)",
    ],
)
@pytest.mark.parametrize("form", ["parquet", "folders"])
def test_a_wrong_name_is_refused_alone(name: str, form: str, tmp_path: Path) -> None:
    path = f"train/x/{name}.wav"
    files: Files = {path: b"", **folders(LATE)}
    if form == "parquet":
        path = "a.parquet/000000.wav"
        files = {"a.parquet": parquet([row(LATE, name=name), row(LATE)])}
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {path: "file_name"}
    assert [u.source_name for u in found.utterances] == [LATE]


@pytest.mark.parametrize(
    "folder", ["04_disgust_neutral", "03_disgust_anger", "disgust_neutral_12", "disgust_neutral"]
)
def test_a_recording_in_the_folder_of_another_dialogue_is_refused(folder: str, tmp_path: Path) -> None:
    path = f"train/{folder}/{EARLY}.wav"
    assert refused(listing(SPEC, tmp_path, {**folders(LATE), path: b""})) == {path: "folder_disagrees"}


def test_a_label_that_is_not_the_letters_is_refused(tmp_path: Path) -> None:
    table = parquet([row(EARLY, emotion="disgust"), row(LATE)])
    found = listing(SPEC, tmp_path, {"a.parquet": table})
    assert refused(found) == {"a.parquet/000000.wav": "name_disagrees"}
    listed = csv(EARLY).replace(b",neutral,", b",disgust,")
    found = listing(SPEC, tmp_path / "csv", {**folders(EARLY, LATE), "train.csv": listed})
    assert set(refused(found).values()) == {"name_disagrees"}


# Tables that cannot be used.


def test_rows_without_recording_are_reported(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**folders(EARLY), "train.csv": csv(EARLY, LATE)})
    assert refused(found) == {"train.csv line 3": "missing_audio"}


def test_bad_rows_of_a_csv_are_refused_alone(tmp_path: Path) -> None:
    listed = csv(EARLY, EARLY) + b"x,y\n" + csv(LATE).splitlines()[1]
    found = listing(SPEC, tmp_path, {**folders(EARLY, LATE), "train.csv": listed})
    assert refused(found) == {"train.csv line 3": "repeated_row", "train.csv line 4": "columns"}
    assert {u.transcription for u in found.utterances} == {"Да."}


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"train.csv": b"a,b\n1,2\n"}, "columns"),
        ({"train.csv": b""}, "columns"),
        ({"train.csv": b"<!DOCTYPE html><html>"}, "pretender"),
        (
            {"b.parquet": parquet([{"path": "a", "speech": {"bytes": b"", "path": ""}}], ("path", "speech"))},
            "columns",
        ),
        (
            {"b.parquet": parquet([{"name": "a", "speech": [0.1, 0.2]}], ("name", "speech"))},
            "audio_as_numbers",
        ),
        ({"b.parquet": b"PAR1 cut short"}, None),
    ],
    ids=["columns", "empty", "page", "other table", "numbers", "cut"],
)
def test_a_broken_table_does_not_keep_the_recordings_away(
    files: Files, rule: str | None, tmp_path: Path
) -> None:
    found = listing(SPEC, tmp_path, {**folders(EARLY, LATE), **files})
    assert len(found.utterances) == 2
    assert list(refused(found)) == list(files)
    assert rule is None or list(refused(found).values()) == [rule]


def test_files_of_another_corpus_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, soundless(["Actor_01/03-01-03-01-01-01-01.wav", "wav/03a01Fa.wav"]))
    assert caught.value.rule == "no_clips"
