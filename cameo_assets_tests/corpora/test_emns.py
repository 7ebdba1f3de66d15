"""EMNS: the published table joined with raw recordings, cleaned ones, both or some."""

import csv
import io
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest

from cameo_assets.corpora.emns import COLUMNS, SPEC
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.spec import Utterance
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import LAYOUTS, Files, lay, listing, refused, soundless

LABELS = {
    "Angry": (133, 126),
    "Disgust": (165, 162),
    "Excited": (155, 150),
    "Happy": (158, 157),
    "Neutral": (149, 149),
    "Sad": (150, 147),
    "Sarcastic": (142, 139),
    "Surprised": (153, 151),
}
"""How many rows each label has, and how many of them were cleaned, as published."""

ROW = {
    "id": "613",
    "utterance": "Its council is based in Horsham.",
    "description": "{transcription} said {user_id} in a {emotion} voice.",
    "emotion": "Angry",
    "date_created": "2022-07-27 10:58:42.007804",
    "status": "Complete",
    "gender": "Female",
    "age": "20s",
    "level": "8",
    "audio_recording": "wavs/recorded_audio_l534MBl.webm",
    "user_id": "3",
}


def row(letters: str = "", **changes: str) -> dict[str, str]:
    """A row as published; `letters` name its recording."""
    recording = {"audio_recording": f"wavs/recorded_audio_{letters}.webm"} if letters else {}
    return ROW | recording | changes


def table(rows: Iterable[dict[str, str]]) -> bytes:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, COLUMNS, delimiter="|", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


def published() -> tuple[bytes, list[str], list[str]]:
    """A table with the published counts, and the names of its raw and of its cleaned recordings."""
    numbers = count()
    rows, raw, cleaned = [], [], []
    for label, (all_of_it, complete) in LABELS.items():
        for number in range(all_of_it):
            letters = f"{next(numbers):07d}"
            status = "Complete" if number < complete else "Needs Updating"
            rows.append(row(letters, emotion=label, status=status))
            raw.append(f"recorded_audio_{letters}.webm")
            cleaned += raw[-1:] if number < complete else []
    # One recording, a cleaned one, has no letters.
    rows[0]["audio_recording"] = "wavs/recorded_audio.webm"
    raw[0] = cleaned[0] = "recorded_audio.webm"
    return table(rows), raw, cleaned


def small(*versions: str) -> Files:
    """Two rows with a recording in each of some folders."""
    names = ("aB3dE6g", "Qz9xY2w")
    recordings = soundless(f"{version}/recorded_audio_{name}.webm" for version in versions for name in names)
    return {"metadata.csv": table([row(names[0]), row(names[1], emotion="Sad")]), **recordings}


def only(folder: Path, change: dict[str, str]) -> Utterance:
    """The utterance of one row."""
    files = {"metadata.csv": table([ROW | change]), "raw_webm/recorded_audio_l534MBl.webm": b""}
    (utterance,) = listing(SPEC, folder, files).utterances
    return utterance


def test_the_raw_recordings_are_the_1205_of_cameo(tmp_path: Path) -> None:
    text, raw, _ = published()
    found = listing(SPEC, tmp_path, {"metadata.csv": text, **soundless(f"raw_webm/{name}" for name in raw)})
    assert found.counts == SPEC.counts
    assert len(found.utterances) == SPEC.total == 1205
    assert found.refusals == ()
    assert sum("needs_updating" in u.flags for u in found.utterances) == 24
    assert {u.speaker_id for u in found.utterances} == {"emns_3"}


def test_the_cleaned_recordings_are_1181_and_24_rows_are_reported(tmp_path: Path) -> None:
    text, raw, cleaned = published()
    files = {"metadata.csv": text, **soundless(f"cleaned_webm/{name}" for name in cleaned)}
    found = listing(SPEC, tmp_path, files)
    assert len(found.utterances) == 1181
    assert found.counts["anger"] == 126
    assert refused(found) == {f"raw_webm/{name}": "missing_audio" for name in set(raw) - set(cleaned)}
    assert {u.flags for u in found.utterances} == {("cleaned_recording",)}


def test_with_both_archives_each_row_has_its_raw_recording(tmp_path: Path) -> None:
    text, raw, cleaned = published()
    both = soundless([*(f"cleaned_webm/{name}" for name in cleaned), *(f"raw_webm/{name}" for name in raw)])
    found = listing(SPEC, tmp_path, {"metadata.csv": text, **both})
    assert len(found.utterances) == 1205
    assert found.refusals == ()
    assert {u.source_path.split("/")[0] for u in found.utterances} == {"raw_webm"}


def test_a_cleaned_recording_stands_for_a_raw_one_that_is_missing(tmp_path: Path) -> None:
    files = small("raw_webm", "cleaned_webm")
    del files["raw_webm/recorded_audio_Qz9xY2w.webm"]
    found = listing(SPEC, tmp_path, files)
    assert found.refusals == ()
    assert {u.source_path: u.flags for u in found.utterances} == {
        "raw_webm/recorded_audio_aB3dE6g.webm": (),
        "cleaned_webm/recorded_audio_Qz9xY2w.webm": ("cleaned_recording",),
    }


@pytest.mark.parametrize(
    ("folder", "flags"),
    [
        ("raw_webm", ()),
        ("raw_webm.tar.xz/raw_webm", ()),
        ("Raw", ()),
        ("wavs", ()),
        ("cleaned_webm.tar.xz/cleaned_webm", ("cleaned_recording",)),
        ("raw downloads/cleaned_webm", ("cleaned_recording",)),
        ("cleaned/raw_webm", ()),
    ],
)
def test_the_nearest_folder_tells_the_version(folder: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, small(folder))
    assert [u.flags for u in found.utterances] == [flags, flags]


def test_names_are_joined_with_their_capitals(tmp_path: Path) -> None:
    rows = [row("aB3dE6g"), row("ab3dE6g", emotion="Sad")]
    recordings = soundless(["raw_webm/recorded_audio_aB3dE6g.webm", "raw_webm/recorded_audio_ab3dE6g.webm"])
    found = listing(SPEC, tmp_path, {"metadata.csv": table(rows), **recordings})
    assert {u.source_name: u.emotion for u in found.utterances} == {
        "recorded_audio_aB3dE6g": "anger",
        "recorded_audio_ab3dE6g": "sadness",
    }


def test_the_extension_may_be_in_capitals(tmp_path: Path) -> None:
    files = {
        "metadata.csv": table([row("aB3dE6g")]),
        "raw_webm/recorded_audio_aB3dE6g.WEBM": b"",
        "cleaned_webm/recorded_audio_aB3dE6g.webm": b"",
    }
    (found,) = listing(SPEC, tmp_path, files).utterances
    assert found.source_path == "raw_webm/recorded_audio_aB3dE6g.WEBM"
    assert found.file_id == file_id("recorded_audio_aB3dE6g")


@pytest.mark.parametrize("name", ["recorded_audio", "recorded_audio_l534MBl"])
def test_ids_are_hashes_of_the_stems(name: str, tmp_path: Path) -> None:
    files = {
        "metadata.csv": table([row(audio_recording=f"wavs/{name}.webm")]),
        f"raw_webm/{name}.webm": b"",
    }
    (found,) = listing(SPEC, tmp_path, files).utterances
    assert found.file_id == file_id(name)


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("Angry", "anger"),
        ("Disgust", "disgust"),
        ("Excited", "excitement"),
        ("Happy", "happiness"),
        ("Neutral", "neutral"),
        ("Sad", "sadness"),
        ("Sarcastic", "sarcasm"),
        ("Surprise", "surprise"),
        ("Surprised", "surprise"),
    ],
)
def test_labels(label: str, emotion: str, tmp_path: Path) -> None:
    assert only(tmp_path, {"emotion": label}).emotion == emotion


@pytest.mark.parametrize("gender", ["Female", "female", "FEMALE"])
def test_the_case_of_the_gender_is_folded(gender: str, tmp_path: Path) -> None:
    found = only(tmp_path, {"gender": gender})
    assert (found.gender, found.age, found.speaker_id) == ("female", "20s", "emns_3")


@pytest.mark.parametrize(
    "text",
    [
        'Danny called the area "Potlach Meadows".',
        '"Aurantimonas coralicida" causes a white plague in corals.',
        "‘Well’ — that’s what she said…",
        "Rice, coffee and cacao; a tab\tand a separator of lines \u2028 too.",
    ],
)
def test_texts_are_kept_to_the_letter(text: str, tmp_path: Path) -> None:
    assert only(tmp_path, {"utterance": text, "description": "a | b"}).transcription == text


def test_a_row_that_needs_updating_says_so(tmp_path: Path) -> None:
    assert only(tmp_path / "a", {"status": "Needs Updating"}).flags == ("needs_updating",)
    assert only(tmp_path / "b", {}).flags == ()


def test_a_recording_without_a_row_is_reported(tmp_path: Path) -> None:
    path = "raw_webm/recorded_audio_AB3DE6G.webm"
    found = listing(SPEC, tmp_path, {**small("raw_webm"), path: b""})
    assert refused(found) == {path: "no_metadata"}


def test_one_version_lying_there_twice_is_taken_once(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, small("a/raw_webm", "b/raw_webm"))
    assert len(found.utterances) == 2
    assert set(refused(found).values()) == {"repeated_name"}


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (row("zzzzzzz", emotion="Calm"), "unknown_emotion"),
        (row("zzzzzzz", gender="f"), "unknown_gender"),
        (row(audio_recording="wavs/holiday.webm"), "file_name"),
        (row(audio_recording="wavs/recorded_audio_zzzzzzz.wav"), "file_name"),
        (row(audio_recording=""), "file_name"),
        (row("aB3dE6g"), "repeated_row"),
    ],
)
def test_a_bad_row_concerns_itself_alone(bad: dict[str, str], rule: str, tmp_path: Path) -> None:
    rows = [row("aB3dE6g"), row("Qz9xY2w"), bad]
    files = {
        **small("raw_webm"),
        "raw_webm/recorded_audio_zzzzzzz.webm": b"",
        "metadata.csv": table(rows),
    }
    found = listing(SPEC, tmp_path, files)
    assert len(found.utterances) == 2
    assert rule in refused(found).values()


def test_a_row_with_other_fields_is_reported_with_its_line(tmp_path: Path) -> None:
    files = small("raw_webm")
    files["metadata.csv"] += b"700|too|short\n"
    assert refused(listing(SPEC, tmp_path, files)) == {"metadata.csv line 4": "columns"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (None, "missing_table"),
        (table([]).replace(b"|", b","), "columns"),
        (b"", "columns"),
        (b"<!DOCTYPE html><html></html>", "pretender"),
        (table([]).replace(b"utterance", "répliqu".encode("latin-1")), "encoding"),
    ],
)
def test_without_its_table_the_copy_is_refused(data: bytes | None, rule: str, tmp_path: Path) -> None:
    files = small("raw_webm")
    del files["metadata.csv"]
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, files if data is None else {**files, "metadata.csv": data})
    assert caught.value.rule == rule


def test_a_table_without_recordings_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, small())
    assert caught.value.rule == "no_clips"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_do_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    plain = listing(SPEC, tmp_path / "plain", small("raw_webm", "cleaned_webm"))
    packed = listing(SPEC, tmp_path / "packed", LAYOUTS[layout](small("raw_webm", "cleaned_webm")))
    assert packed.refusals == plain.refusals == ()
    facts = [
        {(u.file_id, u.emotion, u.transcription, u.flags) for u in found.utterances}
        for found in (plain, packed)
    ]
    assert facts[0] == facts[1]


def test_recordings_in_other_formats_are_passed_over(tmp_path: Path) -> None:
    lay(tmp_path, {"wavs/recorded_audio_aB3dE6g.wav": b""})
    assert listing(SPEC, tmp_path, small("raw_webm")).refusals == ()
