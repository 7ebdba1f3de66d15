"""PAVOQUE: lists of utterances in five long files, whole, in part and damaged."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.pavoque import SPEC, parse
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import LAYOUTS, Files, listing, real, refused

STYLES = {"angry": 601, "happy": 584, "neutral": 3126, "poker": 575, "sad": 556}
KNOWN = ("angry", "happy", "poker", "sad")
"""The styles whose lists are here; that of neutral is not in the repository's public history."""


def flac(seconds: float, rate: int = 44_100) -> bytes:
    """The header of a FLAC of this length, which is all that a listing reads."""
    format_and_length = rate << 44 | 15 << 36 | round(seconds * rate)
    return b"fLaC" + struct.pack(">I", 34) + bytes(10) + struct.pack(">Q", format_and_length) + bytes(16)


def item(number: int, style: str = "angry", **other: object) -> str:
    """An utterance of two seconds as the publisher writes it."""
    fields = {
        "prompt": f"spike{number:04d}",
        "text": f"Satz Nummer {number}.",
        "style": style,
        "start": number * 2.0,
        "end": number * 2.0 + 2.0,
        **other,
    }
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "- " + "\n  ".join(lines) + "\n"


PHONES = "  segments:\n  - {lab: H#, end: 0.5}\n  - {lab: 'a:', end: 1.9}\n"
LATE = "  segments:\n  - {lab: H#, end: 0.5}\n  - {lab: _, end: 2.01}\n"


def small() -> Files:
    """Two styles of two utterances."""
    files: Files = {}
    for style in ("angry", "neutral"):
        files[f"pavoque-{style}.yaml"] = (item(0, style) + PHONES + item(1, style) + PHONES).encode()
        files[f"pavoque-{style}.flac"] = flac(4.0)
    return files


def one_style(*items: str, seconds: float = 100.0) -> Files:
    return {"pavoque-angry.yaml": "".join(items).encode(), "pavoque-angry.flac": flac(seconds)}


def complete() -> Files:
    """All 5,442 utterances by the published numbers, with as many phones as the published lists have."""
    phones = "  segments:\n" + "".join(f"  - {{lab: 'a:', end: {n / 25}}}\n" for n in range(1, 38))
    files: Files = {}
    for style, number in STYLES.items():
        items = [item(n, style) + phones for n in range(number)]
        files[f"pavoque-{style}.yaml"] = "".join(items).encode()
        files[f"pavoque-{style}.flac"] = flac(number * 2.0)
    return files


# The whole corpus.


def test_all_of_pavoque_is_listed(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, complete())
    assert found.refusals == ()
    assert len(found.utterances) == SPEC.total == 5442
    assert found.counts == SPEC.counts
    assert {(u.speaker_id, u.gender, u.age) for u in found.utterances} == {("pavoque_1", "male", None)}
    assert len({u.group_id for u in found.utterances}) == 5442
    names = {f"pavoque-{style}-{n}" for style, number in STYLES.items() for n in range(number)}
    assert {u.source_name for u in found.utterances} == names


@pytest.mark.parametrize(
    ("name", "items"), [("angry", 601), ("happy", 584), ("outtakes", 1892), ("poker", 575), ("sad", 556)]
)
def test_every_published_list_parses_to_its_end(name: str, items: int) -> None:
    path = real("pavoque_metadata_only", f"pavoque-{name}.yaml")
    assert len(parse(path.name, path.read_text(encoding="utf-8"))) == items


@pytest.mark.parametrize("style", KNOWN)
def test_the_published_lists_are_taken_whole(style: str, tmp_path: Path) -> None:
    text = real("pavoque_metadata_only", f"pavoque-{style}.yaml").read_bytes()
    files = {f"pavoque-{style}.yaml": text, f"pavoque-{style}.flac": flac(3400.0)}
    found = listing(SPEC, tmp_path, files)
    assert found.refusals == ()
    assert len(found.utterances) == STYLES[style]
    plain = yaml.load(text, Loader=yaml.CSafeLoader)
    by_name = {u.source_name: u for u in found.utterances}
    for number, entry in enumerate(plain):
        utterance = by_name[f"pavoque-{style}-{number}"]
        assert utterance.transcription == entry["text"]
        assert utterance.span == (entry["start"], entry["end"])
        assert utterance.group_id == f"pavoque_{entry['prompt']}-{style}"
        late = entry["segments"][-1]["end"] > entry["end"] - entry["start"] + 0.001
        assert utterance.flags == (("late_segment",) if late else ())


def test_six_published_utterances_have_a_late_phone() -> None:
    tables = SPEC.read_tables(Source(real("pavoque_metadata_only")))
    assert tables.refused == []
    late = Counter(row.style for row in tables.rows.values() if row.late_segment)
    assert late == {"angry": 3, "happy": 1, "sad": 2}


def test_the_publishers_own_names_are_all_different() -> None:
    rows = SPEC.read_tables(Source(real("pavoque_metadata_only"))).rows.values()
    assert len({(row.prompt, row.style) for row in rows}) == len(rows) == 2316
    assert len({row.prompt for row in rows}) < len(rows)


def test_metadata_alone_are_rows_without_audio() -> None:
    source = Source(real("pavoque_metadata_only"))
    found = list(SPEC.find(source, SPEC.read_tables(source)))
    rules = Counter(each.rule for each in found if isinstance(each, BadInput))
    assert rules == {"missing_audio": sum(STYLES[style] for style in KNOWN)}
    assert len(found) == 2316


def test_a_style_without_its_flac_is_reported_row_by_row(tmp_path: Path) -> None:
    files = small()
    del files["pavoque-neutral.flac"]
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {
        "pavoque-neutral.yaml item 0": "missing_audio",
        "pavoque-neutral.yaml item 1": "missing_audio",
    }
    assert len(found.utterances) == 2
    assert found.refusals[0].seen == "no pavoque-neutral.flac"


def test_a_copy_of_lists_alone_says_how_many_rows_lack_audio(tmp_path: Path) -> None:
    files = {path: data for path, data in small().items() if path.endswith(".yaml")}
    with pytest.raises(BadInput, match="4 refused by missing_audio") as caught:
        listing(SPEC, tmp_path, files)
    assert caught.value.rule == "no_clips"


def test_a_flac_without_its_list_is_reported(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), "pavoque-sad.flac": flac(4.0)})
    assert refused(found) == {"pavoque-sad.flac": "no_metadata"}


# What an utterance is.


@pytest.mark.parametrize(
    ("style", "emotion"),
    [
        ("angry", "anger"),
        ("happy", "happiness"),
        ("neutral", "neutral"),
        ("poker", "poker"),
        ("sad", "sadness"),
    ],
)
def test_a_style_is_an_emotion(style: str, emotion: str, tmp_path: Path) -> None:
    files = {f"pavoque-{style}.yaml": item(0, style).encode(), f"pavoque-{style}.flac": flac(2.0)}
    (found,) = listing(SPEC, tmp_path, files).utterances
    assert found.emotion == emotion
    assert found.file_id == file_id(f"pavoque-{style}-0")
    assert (found.transcription, found.span) == ("Satz Nummer 0.", (0.0, 2.0))
    assert found.source_path == f"pavoque-{style}.flac"


def test_the_first_angry_utterance_has_the_published_id(tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, one_style(item(0))).utterances
    assert found.file_id == "fad49d44981830a1cac5dce19929be1313a1d9c50e3423503343da597ed1fb64.flac"


@pytest.mark.parametrize(
    "text", ["No", "1984", "2007-10-01", "'Ja: so, „nein“ – ´'", "null", "~", "1.5", "0x1F"]
)
def test_a_text_stays_a_text(text: str, tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, one_style(item(0, text=text))).utterances
    assert found.transcription == text.strip("'")


@pytest.mark.parametrize(
    "phones", ["", PHONES, "  segments: []\n", "  segments: null\n", "  segments: 1.9\n"]
)
def test_phones_may_be_absent(phones: str, tmp_path: Path) -> None:
    (found,) = listing(SPEC, tmp_path, one_style(item(0) + phones)).utterances
    assert found.flags == ()


@pytest.mark.parametrize(
    "phones",
    [LATE, "  segments:\n  - lab: x\n    end: 2.01\n", "  segments: [{lab: x, end: 2.01}]\n"],
    ids=["as published", "in blocks", "in one line"],
)
def test_a_late_phone_is_flagged_however_it_is_written(phones: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, one_style(item(0) + phones, item(1) + PHONES))
    assert {u.source_name: u.flags for u in found.utterances} == {
        "pavoque-angry-0": ("late_segment",),
        "pavoque-angry-1": (),
    }
    assert found.refusals == ()


labels = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=4)
rows = st.fixed_dictionaries(
    {
        "prompt": labels,
        "text": st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
        "segments": st.lists(
            st.fixed_dictionaries({"lab": labels, "end": st.floats(0, 20).map(lambda x: round(x, 6))}),
            max_size=4,
        ),
    }
)


@given(st.lists(rows, min_size=1, max_size=4))
def test_cutting_the_phones_out_changes_nothing_else(written: list[dict[str, object]]) -> None:
    text = yaml.dump(written, allow_unicode=True, sort_keys=False, default_flow_style=None)
    plain = yaml.load(text, Loader=yaml.BaseLoader)
    cut = parse("x", text)
    assert len(cut) == len(plain)
    for ours, theirs in zip(cut, plain, strict=True):
        assert {**ours, "segments": 0} == {**theirs, "segments": 0}
        if isinstance(ours["segments"], str):
            assert ours["segments"] == theirs["segments"][-1]["end"]
        else:
            assert ours["segments"] == theirs["segments"]


# Ways to lay it down.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_utterances_do_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    plain = listing(SPEC, tmp_path / "plain", small())
    packed = listing(SPEC, tmp_path / "packed", LAYOUTS[layout](small()))
    facts = [[(u.file_id, u.span, u.transcription, u.emotion) for u in f.utterances] for f in (plain, packed)]
    assert facts[0] == facts[1]
    assert packed.refusals == ()


def test_a_copy_made_on_windows_is_the_same(tmp_path: Path) -> None:
    upper = {
        path.replace(".flac", ".FLAC").replace(".yaml", ".YAML"): data.replace(b"\n", b"\r\n")
        if path.endswith(".yaml")
        else data
        for path, data in small().items()
    }
    found = listing(SPEC, tmp_path, upper)
    assert (len(found.utterances), found.refusals) == (4, ())


def test_lists_may_lie_apart_from_the_audio(tmp_path: Path) -> None:
    files = {f"{path.rpartition('.')[2]}/sub/{path}": data for path, data in small().items()}
    assert len(listing(SPEC, tmp_path, files).utterances) == 4


def test_outtakes_are_passed_over(tmp_path: Path) -> None:
    overlapping = item(0, "angry") + item(1, "sad", start=0.5)
    extra = {"pavoque-outtakes.flac": flac(4.0), "pavoque-outtakes.yaml": overlapping.encode()}
    found = listing(SPEC, tmp_path, {**small(), **extra})
    assert refused(found) == {"pavoque-outtakes.flac": "outtake"}
    assert len(found.utterances) == 4


def test_other_flacs_and_second_copies_are_refused(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), "a.flac": b"", "copy/pavoque-angry.flac": flac(4.0)})
    assert refused(found) == {"a.flac": "file_name", "copy/pavoque-angry.flac": "file_name"}


# Damage.


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"text": None}, "keys"),
        ({"end": None}, "keys"),
        ({"date": "2007-10-01"}, "keys"),
        ({"text": "''"}, "no_text"),
        ({"text": "[a]"}, "no_text"),
        ({"prompt": "''"}, "no_prompt"),
        ({"prompt": "[a]"}, "no_prompt"),
        ({"style": "sad"}, "style_disagrees"),
        ({"start": "soon"}, "span"),
        ({"start": "nan"}, "span"),
        ({"end": "inf"}, "span"),
        ({"end": "2.0"}, "span"),
        ({"end": "1.0"}, "span"),
        ({"start": "[2.0]"}, "span"),
        ({"start": "2.5"}, "not_contiguous"),
        ({"start": "1.5"}, "not_contiguous"),
    ],
)
def test_a_bad_row_is_refused_alone_and_keeps_its_number(
    other: dict[str, object], rule: str, tmp_path: Path
) -> None:
    found = listing(SPEC, tmp_path, one_style(item(0), item(1, **other), item(2)))
    assert refused(found) == {"pavoque-angry.yaml item 1": rule}
    assert {u.source_name for u in found.utterances} == {"pavoque-angry-0", "pavoque-angry-2"}


def test_a_list_starts_at_the_beginning(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, one_style(item(0, start=1.0), item(1)))
    assert refused(found) == {"pavoque-angry.yaml item 0": "not_contiguous"}


def test_a_row_that_is_no_map_is_refused(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, one_style(item(0), "- nothing\n"))
    assert refused(found) == {"pavoque-angry.yaml item 1": "keys"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "yaml"),
        (b"prompt: spike0001\n", "yaml"),
        (b"- {prompt: a", "yaml"),
        (b"- !!python/object/apply:os.system ['true']\n  x", "yaml"),
        (b"\xff\xfe\xff", "encoding"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "pretender"),
        (b"<!DOCTYPE html><html>", "pretender"),
        (b"- " * 50_000, "yaml"),
        (b"[" * 50_000, "yaml"),
    ],
    ids=["empty", "map", "cut", "code", "bytes", "pointer", "page", "nested", "nested in a line"],
)
def test_a_broken_list_does_not_keep_the_other_styles_away(text: bytes, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**small(), "pavoque-neutral.yaml": text})
    assert refused(found)["pavoque-neutral.yaml"] == rule
    assert found.counts == {"anger": 2}


def test_aliases_cannot_fill_the_memory(tmp_path: Path) -> None:
    bomb = "- &a [x, x]\n" + "".join(
        f"- &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    found = listing(SPEC, tmp_path, {**small(), "pavoque-neutral.yaml": bomb.encode()})
    assert found.counts == {"anger": 2}


def test_a_flac_that_is_too_short_loses_its_last_rows(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, one_style(item(0), item(1), item(2), seconds=4.0))
    assert refused(found) == {"pavoque-angry.yaml item 2": "span"}
    assert found.refusals[0].seen == "4.00 s of sound in pavoque-angry.flac"
    assert len(found.utterances) == 2


@pytest.mark.parametrize("audio", [b"", b"fLaC", b"<html>", bytes(4) + flac(1.0), flac(0.0)])
def test_a_flac_without_a_length_is_left_to_the_decoder(audio: bytes, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, {**one_style(item(0)), "pavoque-angry.flac": audio})
    assert len(found.utterances) == 1


def test_no_list_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        listing(SPEC, tmp_path, {"pavoque-angry.flac": flac(2.0)})
    assert (caught.value.path, caught.value.rule) == ("pavoque-angry.yaml", "missing_table")
