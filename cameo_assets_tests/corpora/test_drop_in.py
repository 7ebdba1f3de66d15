"""A corpus that describes itself: what is taken, what is refused, and what its maker is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cameo_assets.corpora.drop_in import load
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import lay, real, refused, soundless, zipped

ABOUT = b"name: Mine\nlanguage: Klingon\nlicence: CC BY 4.0\n"


def rows(*entries: dict[str, Any] | str) -> bytes:
    """JSON Lines."""
    text = [entry if isinstance(entry, str) else json.dumps(entry) for entry in entries]
    return "\n".join([*text, ""]).encode()


def row(path: str = "a.wav", emotion: str = "anger", **more: Any) -> dict[str, Any]:
    return {"path": path, "emotion": emotion, **more}


def read(
    folder: Path, *, about: bytes = ABOUT, audio: tuple[str, ...] = ("a.wav",), **tables: bytes
) -> Listing:
    """Lays a corpus `mine` down and lists it; `jsonl` and `csv` are its metadata."""
    files = {f"metadata.{kind}": data for kind, data in tables.items()}
    mine = lay(folder / "mine", {"corpus.yaml": about, **soundless(audio), **files})
    return list_corpus(load(mine), Source(mine))


def complaint(folder: Path, **options: Any) -> BadInput:
    with pytest.raises(BadInput) as error:
        read(folder, **options)
    return error.value


# Good corpora.


FULL = row("wav/a.wav", "anger", transcription="Żółw.", speaker="1", gender="female", age="30", group="g")


@pytest.mark.parametrize(
    "tables",
    [
        {"jsonl": rows(FULL)},
        {"jsonl": b"\xef\xbb\xbf\n" + rows(FULL).replace(b"\n", b"\r\n") + b"  \n"},
        {"csv": (",".join(FULL) + "\n" + ",".join(FULL.values()) + "\n").encode()},
        {"csv": b"\xef\xbb\xbf" + (",".join(FULL) + "\r\n\r\n" + ",".join(FULL.values())).encode()},
    ],
    ids=["jsonl", "jsonl of Windows", "csv", "csv of Excel"],
)
def test_a_row_becomes_an_utterance(tables: dict[str, bytes], tmp_path: Path) -> None:
    found = read(tmp_path, audio=("wav/a.wav",), **tables)
    (utterance,) = found.utterances
    assert found.refusals == ()
    assert utterance.file_id == file_id("mine/wav/a")
    assert utterance.source_path == "wav/a.wav"
    assert (utterance.emotion, utterance.transcription) == ("anger", "Żółw.")
    assert (utterance.speaker_id, utterance.gender, utterance.age) == ("mine_1", "female", "30")
    assert utterance.group_id == "mine_g"
    assert (utterance.dataset, utterance.language, utterance.license) == ("Mine", "Klingon", "CC BY 4.0")


def test_only_path_and_emotion_are_needed(tmp_path: Path) -> None:
    (utterance,) = read(tmp_path, jsonl=rows(row(speaker=None))).utterances
    facts = (utterance.transcription, utterance.speaker_id, utterance.gender, utterance.age)
    assert facts == (None, None, None, None)
    assert utterance.group_id == utterance.file_id.removesuffix(".flac")


def test_empty_cells_of_a_csv_are_nothing(tmp_path: Path) -> None:
    (utterance,) = read(tmp_path, csv=b"path,emotion,speaker,age\na.wav,anger,,\n").utterances
    assert (utterance.speaker_id, utterance.age) == (None, None)


def test_a_sentence_in_a_csv_may_span_lines(tmp_path: Path) -> None:
    (utterance,) = read(
        tmp_path, csv=b'path,emotion,transcription\na.wav,anger,"One, ""two""\nthree"\n'
    ).utterances
    assert utterance.transcription == 'One, "two"\nthree'


def test_audio_may_lie_in_a_zip(tmp_path: Path) -> None:
    mine = {"audio.zip": zipped({"a.wav": b""}), "corpus.yaml": ABOUT}
    folder = lay(tmp_path / "mine", {**mine, "metadata.jsonl": rows(row("audio.zip/a.wav"))})
    assert len(list_corpus(load(folder), Source(folder)).utterances) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(34, "34"), (34.0, "34"), (34.5, "34.5"), ("20-29", "20-29"), ("007", "007")]
)
def test_numbers_are_kept_as_text(value: object, text: str, tmp_path: Path) -> None:
    (utterance,) = read(tmp_path, jsonl=rows(row(age=value, speaker=value))).utterances
    assert (utterance.age, utterance.speaker_id) == (text, f"mine_{text}")


def test_labels_are_mapped_and_null_leaves_one_out(tmp_path: Path) -> None:
    about = ABOUT + b"labels: {W: anger, L: null}\ncounts: {anger: 1}\nspeakers: 1\n"
    table = rows(row("a.wav", "W"), row("b.wav", "L"), row("c.wav", "anger"))
    found = read(tmp_path, about=about, audio=("a.wav", "b.wav", "c.wav"), jsonl=table)
    assert [u.source_path for u in found.utterances] == ["a.wav"]
    assert refused(found) == {"b.wav": "left_out", "c.wav": "unknown_emotion"}
    assert [refusal.seen for refusal in found.refusals] == [
        "'L' in metadata.jsonl line 2",
        "'anger' in metadata.jsonl line 3",
    ]
    spec = load(tmp_path / "mine")
    assert (spec.emotions, spec.total, spec.speakers, spec.added) == (("anger",), 1, 1, True)


def test_emodb_is_read_from_a_description_that_its_file_names_give(tmp_path: Path) -> None:
    wavs = sorted(path.name for path in real("emodb", "wav").glob("*.wav"))
    men = {"03", "10", "11", "12", "15"}
    about = (
        b"name: EmoDB\nlanguage: German\nlicence: unknown\nlabels:\n"
        b"  W: anger\n  L: null\n  E: disgust\n  A: fear\n  F: happiness\n  T: sadness\n  'N': neutral\n"
    )
    table = [row(f"wav/{n}", n[5], speaker=n[:2], gender="male" if n[:2] in men else "female") for n in wavs]
    found = read(tmp_path, about=about, audio=tuple(f"wav/{n}" for n in wavs), jsonl=rows(*table))
    bored = {f"wav/{n}": "left_out" for n in wavs if n[5] == "L"}
    assert bored
    assert refused(found) == bored
    assert len(found.utterances) == len(wavs) - len(bored)
    assert {u.speaker_id for u in found.utterances} == {f"mine_{n[:2]}" for n in wavs}
    assert found.counts.keys() == {"anger", "disgust", "fear", "happiness", "neutral", "sadness"}
    assert {u.gender for u in found.utterances if u.speaker_id == "mine_08"} == {"female"}


# Rows and files that are refused, beside a good one.


@pytest.mark.parametrize(
    ("bad", "path", "rule"),
    [
        (row("b.wav", "rage"), "b.wav", "unknown_emotion"),
        (row("b.wav", gender="f"), "b.wav", "unknown_gender"),
        (row("missing.wav"), "missing.wav", "missing_audio"),
        (row("B.WAV"), "B.WAV", "missing_audio"),
        (row("a.wav"), "metadata.jsonl line 2", "repeated_row"),
        (row("../a.wav"), "metadata.jsonl line 2", "path"),
        (row("/a.wav"), "metadata.jsonl line 2", "path"),
        (row("./b.wav"), "metadata.jsonl line 2", "path"),
        (row("wav\\b.wav"), "metadata.jsonl line 2", "path"),
        (row(""), "metadata.jsonl line 2", "path"),
        (row("b.wav", speakr="1"), "metadata.jsonl line 2", "unknown_key"),
        (row("b.wav", age=True), "metadata.jsonl line 2", "value"),
        (row("b.wav", age=[30]), "metadata.jsonl line 2", "value"),
        (row("b.wav", emotion=None), "metadata.jsonl line 2", "value"),  # type: ignore[arg-type]
        ({"path": "b.wav"}, "metadata.jsonl line 2", "value"),
        ('{"path": "b.wav"', "metadata.jsonl line 2", "json"),
        ('["b.wav", "anger"]', "metadata.jsonl line 2", "json"),
        ('{"path": "b.wav", "emotion": NaN}', "metadata.jsonl line 2", "json"),
    ],
)
def test_a_bad_row_concerns_itself_alone(
    bad: dict[str, Any] | str, path: str, rule: str, tmp_path: Path
) -> None:
    found = read(tmp_path, audio=("a.wav", "b.wav"), jsonl=rows(row("a.wav"), bad))
    assert [u.source_path for u in found.utterances] == ["a.wav"]
    seen = refused(found)
    assert seen.pop(path) == rule
    assert seen == ({} if path == "b.wav" else {"b.wav": "no_metadata"})


def test_a_misspelled_key_is_guessed(tmp_path: Path) -> None:
    found = read(tmp_path, audio=("a.wav", "b.wav"), jsonl=rows(row(), row("b.wav", speakr="1")))
    assert [r.expected for r in found.refusals if r.rule == "unknown_key"] == [
        "one of path, emotion, transcription, speaker, gender, age, group; did you mean 'speaker'?"
    ]


@pytest.mark.parametrize(("written", "there"), [("A.wav", "a.WAV"), ("\u00e9.wav", "e\u0301.wav")])
def test_a_name_in_another_case_or_form_is_pointed_out(written: str, there: str, tmp_path: Path) -> None:
    found = read(tmp_path, audio=("x.wav", there), jsonl=rows(row("x.wav"), row(written)))
    assert [r.seen for r in found.refusals if r.rule == "missing_audio"] == [f"no such file, but {there!a}"]


def test_every_kind_of_audio_needs_a_row(tmp_path: Path) -> None:
    audio = ("a.wav", "b.flac", "c.MP3", "d.ogg", "e.webm", "notes.txt", "cover.png")
    found = read(tmp_path, audio=audio, jsonl=rows(row()))
    assert refused(found) == dict.fromkeys(("b.flac", "c.MP3", "d.ogg", "e.webm"), "no_metadata")


def test_a_short_or_long_row_of_a_csv_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, csv=b"path,emotion,age\na.wav,anger,3\nb.wav,anger\nc.wav,fear,1,2\n")
    assert refused(found) == {"metadata.csv line 3": "columns", "metadata.csv line 4": "columns"}


# Metadata that cannot be used at all.


@pytest.mark.parametrize(
    ("tables", "rule", "seen"),
    [
        ({}, "metadata", "no metadata file"),
        ({"jsonl": b"", "csv": b""}, "metadata", "metadata.jsonl and metadata.csv"),
        ({"csv": b""}, "columns", "[]"),
        ({"csv": b"path;emotion\n"}, "columns", "['path;emotion']"),
        ({"csv": b"path,emotion,path\n"}, "columns", "['path', 'emotion', 'path']"),
        ({"csv": b"path,emotion,speakr\n"}, "unknown_key", "'speakr'"),
        ({"csv": b"path,emotion\n\xff,anger\n"}, "encoding", "'utf-8' codec can't decode byte 0xff"),
        ({"jsonl": b"version https://git-lfs.github.com/spec/v1\n"}, "pretender", "a Git LFS pointer"),
        ({"jsonl": b""}, "no_clips", "1 refused by no_metadata, such as a.wav: no_metadata"),
        ({"jsonl": rows(row(emotion="rage"))}, "no_clips", "1 refused by unknown_emotion"),
    ],
)
def test_unusable_metadata_is_a_complaint(
    tables: dict[str, bytes], rule: str, seen: str, tmp_path: Path
) -> None:
    error = complaint(tmp_path, **tables)
    assert error.rule == rule
    assert seen in error.seen


# Descriptions that cannot be used.


@pytest.mark.parametrize(
    ("about", "rule", "words"),
    [
        (b"", "yaml", "NoneType; expected a mapping"),
        (b"- name: Mine", "yaml", "list; expected a mapping"),
        (b"a: b: c", "yaml", "mapping values are not allowed here"),
        (b"\xff\xfe\x00", "yaml", "unacceptable character"),
        (b"[" * 5000, "yaml", "recursion"),
        (ABOUT + b"doi: 2020-02-30", "yaml", "day is out of range"),
        (ABOUT + b"labels:\n  W: anger\n  W: fear", "repeated_key", "'W'"),
        (ABOUT + b"name: Again", "repeated_key", "'name'"),
        (ABOUT + b"lisence: MIT", "unknown_key", "did you mean 'licence'?"),
        (ABOUT + b"on: 1", "unknown_key", "True"),
        (ABOUT.replace(b"CC BY 4.0", b"CC-BY"), "licence", "'CC-BY'; expected one of CC BY-NC-SA 4.0"),
        (ABOUT.replace(b"name: Mine\n", b""), "value", "`name`"),
        (ABOUT.replace(b"Mine", b"''"), "value", "$.name"),
        (ABOUT.replace(b"Klingon", b"no"), "value", "got `bool` - at `$.language`; expected text"),
        (ABOUT + b"labels: {no: neutral}", "value", "in quotes"),
        (ABOUT + b"labels: {1: anger}", "value", "in quotes"),
        (ABOUT + b"labels: {W: off}", "value", "in quotes"),
        (ABOUT + b"labels: [anger]", "value", "$.labels"),
        (ABOUT + b"labels: {W: rage}", "unknown_emotion", "'rage'"),
        (ABOUT + b"labels: {W: ''}", "unknown_emotion", "''"),
        (ABOUT + b"counts: {rage: 1}", "unknown_emotion", "'rage'"),
        (ABOUT + b"counts: {anger: -1}", "value", ">= 0"),
        (ABOUT + b"speakers: .nan", "value", "got `float` - at `$.speakers`"),
        (ABOUT + b"doi: 2020-02-28", "value", "got `date` - at `$.doi`; expected text"),
    ],
)
def test_an_unusable_description_is_a_complaint(about: bytes, rule: str, words: str, tmp_path: Path) -> None:
    error = complaint(tmp_path, about=about, jsonl=rows(row()))
    assert (error.path, error.rule) == ("mine/corpus.yaml", rule)
    assert words in str(error)


def test_a_described_corpus_that_gets_a_file_of_its_own_is_read_again(tmp_path: Path) -> None:
    mine = lay(tmp_path / "mine", {"corpus.yaml": ABOUT})
    by_default = {field.name: field.default for field in msgspec.structs.fields(CorpusSpec)}
    assert load(mine).code_version != by_default["code_version"]


def test_a_folder_without_description_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"mine/corpus\.yaml: missing_description"):
        load(lay(tmp_path / "mine", {"a.wav": b""}))
