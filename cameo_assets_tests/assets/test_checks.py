"""What the checks say of a record: what warns, what is an error, and what is no fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dagster as dg
import msgspec
import pytest

from cameo_assets.assets import raw as raw_assets
from cameo_assets.assets.rendering import check_result
from cameo_assets.collection.duplicates import Duplicate
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.lineage.shown import Check
from cameo_assets.products import normalized_audio, raw, splits, unified_jsonl_checks, utterances_checks
from cameo_assets_tests.collection.test_totals import entry

NEMO = msgspec.structs.replace(known()["nemo"], sentences=2)
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR
Checks = dict[str, dg.AssetCheckResult]


def details(**changes: Any) -> utterances_checks.Details:
    """What is recorded of a whole nEMO without a fault."""
    facts = {
        "utterances": 4481,
        "refused": 0,
        "reasons": {},
        "ignored": 0,
        "counts": dict(NEMO.counts),
        "speakers": 9,
        "sample": False,
        "as_cameo": False,
        "texts": 2,
        "without_text": 0,
        "rarest_texts": (("ą", 1), ("b", 4480)),
    }
    return utterances_checks.Details(**{**facts, **changes})


def by_name(checks: Iterable[Check]) -> Checks:
    return {check.name: check_result(check) for check in checks}


def of_utterances(spec: CorpusSpec = NEMO, **changes: Any) -> Checks:
    return by_name(utterances_checks.checks(spec, details(**changes)))


def failed(checks: Checks) -> dict[str, dg.AssetCheckSeverity]:
    return {name: check.severity for name, check in checks.items() if not check.passed}


def text(check: dg.AssetCheckResult, name: str) -> str:
    """A table of a check, or another value of its metadata."""
    assert check.metadata
    value = check.metadata[name]
    return str(value.value if isinstance(value, dg.MetadataValue) else value)


def test_every_declared_check_has_a_result() -> None:
    assert of_utterances().keys() == utterances_checks.CHECKS.keys()


def test_a_whole_corpus_passes_all() -> None:
    assert failed(of_utterances()) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"counts": {**NEMO.counts, "anger": 700}}, {"published_counts": WARN}),
        ({"counts": {**NEMO.counts, "anger": 750}}, {"published_counts": ERROR}),
        ({"counts": {**NEMO.counts, "calm": 1}}, {"published_counts": ERROR}),
        ({"speakers": 8}, {"speakers": WARN}),
        ({"speakers": 10}, {"speakers": ERROR}),
        ({"texts": 1}, {"sentences": WARN}),
        ({"texts": 3}, {"sentences": WARN}),
        ({"reasons": {"missing_audio": 5}}, {"audio_for_every_row": WARN}),
        ({"reasons": {"repeated_name": 5}}, {"nothing_refused": WARN}),
        ({"reasons": {"file_name": 5}}, {"nothing_refused": WARN, "label_grammar": WARN}),
        ({"reasons": {"unknown_emotion": 1}}, {"nothing_refused": WARN, "label_grammar": WARN}),
        ({"reasons": {"second_copy": 4481, "left_out": 7, "not_in_cameo": 1}}, {}),
        ({"reasons": {"other_version": 2, "outtake": 3, "song": 1012, "video": 1440}}, {}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_warns_and_what_is_an_error(
    changes: dict[str, Any], expected: dict[str, dg.AssetCheckSeverity]
) -> None:
    assert failed(of_utterances(**changes)) == expected


def test_a_partial_copy_is_called_so() -> None:
    check = of_utterances(counts={"anger": 700})["published_counts"]
    assert check.description == "partial copy: 700 of 4481 utterances"


def test_that_a_part_lacks_speakers_and_texts_is_said_once() -> None:
    part = {"counts": {"anger": 700}, "texts": 1}
    assert failed(of_utterances(**part, speakers=8)) == {"published_counts": WARN}
    assert failed(of_utterances(**part, speakers=10)) == {"published_counts": WARN, "speakers": ERROR}


def test_an_emotion_that_has_too_many_is_said_even_where_the_sum_fits() -> None:
    moved = {**NEMO.counts, "anger": NEMO.counts["anger"] + 1, "fear": NEMO.counts["fear"] - 1}
    check = of_utterances(counts=moved)["published_counts"]
    assert not check.passed
    assert check.description == "more of some emotions than published: 4481 utterances instead of 4481"


def test_a_copy_as_cameo_has_it_is_complete() -> None:
    enterface = known()["enterface"]
    whole = {"counts": dict(enterface.cameo), "speakers": 42, "texts": 30, "as_cameo": True}
    checks = of_utterances(enterface, **whole)
    assert failed(checks) == {"licence": WARN}
    assert checks["published_counts"].description == "complete: 1257 utterances"
    as_published = of_utterances(enterface, **{**whole, "as_cameo": False})
    assert failed(as_published) == {"licence": WARN, "published_counts": WARN}


def test_faults_and_what_is_passed_over_are_shown_by_rule() -> None:
    checks = of_utterances(reasons={"file_name": 19, "second_copy": 7, "missing_audio": 3})
    assert "| file_name | 19 |" in text(checks["nothing_refused"], "rules")
    assert "second_copy" not in text(checks["nothing_refused"], "rules")
    assert "| second_copy | 7 |" in text(checks["nothing_refused"], "passed over")
    assert float(text(checks["label_grammar"], "share refused")) == 19 / 4500


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"reasons": {"spelling": 1200, "left_out": 7}}, "nothing_refused", "refused: 1,200 spelling"),
        ({"reasons": {"file_name": 19, "spelling": 2}}, "label_grammar", "refused: 19 file_name"),
        ({"reasons": {"missing_audio": 6901}}, "audio_for_every_row", "6,901 rows have no recording here"),
        ({"speakers": 8}, "speakers", "8 of 9 speakers"),
        ({"texts": 3}, "sentences", "3 of 2 texts"),
        ({}, "nothing_refused", None),
    ],
)
def test_a_check_says_in_a_sentence_what_its_tables_show(
    changes: dict[str, Any], name: str, says: str | None
) -> None:
    assert of_utterances(**changes)[name].description == says


def test_an_empty_table_is_a_word() -> None:
    assert text(of_utterances()["nothing_refused"], "rules") == "none"


@pytest.mark.parametrize("language", ["Mandarin Chinese", "Español", "中文", "x" * 99])
def test_any_language_becomes_a_tag(language: str) -> None:
    """A language that Dagster refuses as a tag would take the whole graph down."""
    assert "language" in dg.AssetSpec("mine", tags={"language": raw_assets._tag(language)}).tags


def test_a_corpus_that_says_little_is_described_without_gaps() -> None:
    bare = msgspec.structs.replace(NEMO, homepage="", obtain="", defects=(), archives=(), added=True)
    assert raw_assets._about(bare).splitlines() == [
        "nEMO (Polish, CC BY-NC-SA 4.0) as published",
        "",
        NEMO.citation,
        "",
        "Put into `nemo` in the landing zone: the archive or the files, as published.",
    ]


def test_checksums_say_what_was_compared() -> None:
    def said(**checksums: str) -> str | None:
        return raw._checksums(checksums).description

    assert said() == said(a="not published") == "nothing here that a checksum is published for"
    assert said(a="equal", b="not published", c="equal") == "archives as published: 2"
    assert said(a="equal", b="8 bytes; expected 9") == "b: 8 bytes; expected 9"


def test_more_texts_than_published_show_the_rarest() -> None:
    name = "the rarest, among which the unknown ones are"
    assert "| ą | 1 |" in text(of_utterances(texts=3)["sentences"], name)
    assert "ą" not in text(of_utterances(texts=2)["sentences"], name)


def test_free_texts_are_not_counted_against_anything() -> None:
    assert failed(of_utterances(msgspec.structs.replace(NEMO, sentences=None), texts=999)) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"licence_doubt": "The authors say research only."}, "The authors say research only."),
        ({"licence": "unknown"}, "a person has to decide"),
    ],
)
def test_a_licence_that_a_person_has_to_decide_about_warns(changes: dict[str, str], says: str) -> None:
    checks = of_utterances(msgspec.structs.replace(NEMO, **changes))
    assert failed(checks) == {"licence": WARN}
    assert says in (checks["licence"].description or "")


def test_the_licence_is_shown_as_data() -> None:
    licence = of_utterances()["licence"]
    shown = [text(licence, name) for name in ("redistribution", "commercial use", "share alike")]
    assert shown == ["yes", "no", "yes"]
    assert "Christop" in text(licence, "attribution")


# Audio: recordings that are there twice.


def test_one_recording_of_two_speakers_is_told_from_two_takes() -> None:
    def twice(paths: str, emotions: str, speakers: str) -> Duplicate:
        found = (tuple(words.split()) for words in (paths, emotions, speakers))
        names = dict(zip(("paths", "emotions", "speakers"), found, strict=True))
        return Duplicate(pcm_md5="", corpora=("nemo",), **names)

    facts = normalized_audio.Details(
        clips=9,
        refused=0,
        reasons={},
        flags={},
        formats=(),
        stereo=0,
        seconds=9.0,
        duplicates=(twice("a b", "anger", "nemo_1 nemo_2"), twice("c d", "anger fear", "nemo_1")),
    )
    checks = by_name(normalized_audio._checks(facts))
    assert checks.keys() == normalized_audio.PRODUCT.checks.keys()
    assert failed(checks).keys() == {
        "no_duplicates",
        "no_contradictory_duplicates",
        "no_recording_of_two_speakers",
    }
    doubled = text(checks["no_recording_of_two_speakers"], "which")
    assert "| a = b | anger | nemo_1, nemo_2 |" in doubled and "c = d" not in doubled


# The collection.


def row(corpus: str, path: str, md5: str, emotion: str = "anger", speaker: str = "1") -> dict[str, Any]:
    names = dict.fromkeys(unified_jsonl_checks.REQUIRED, "x")
    known_of = {"corpus": corpus, "source_path": path, "pcm_md5": md5, "speaker_id": f"{corpus}_{speaker}"}
    return {**names, **known_of, "emotion": emotion}


def of_collection(*rows: dict[str, Any]) -> Checks:
    return by_name(unified_jsonl_checks.checks(list(rows), [entry(known()["nemo"])]))


def test_every_declared_check_of_the_collection_has_a_result() -> None:
    assert of_collection().keys() == unified_jsonl_checks.CHECKS.keys()


def test_what_corpora_share_is_named_by_path() -> None:
    checks = of_collection(
        row("nemo", "a", "m"), row("ravdess", "b", "m", emotion="fear"), row("cafe", "c", "other")
    )
    assert failed(checks).keys() == {
        "published_totals",
        "no_contradictory_duplicates",
        "no_recording_in_two_corpora",
        "no_speaker_in_two_corpora",
    }
    for name in ("no_contradictory_duplicates", "no_recording_in_two_corpora"):
        assert "| nemo/a = ravdess/b | anger, fear |" in text(checks[name], "recordings")
    assert "| nemo_1 = ravdess_1 | same recording |" in text(checks["no_speaker_in_two_corpora"], "speakers")


def test_totals_say_what_is_missing() -> None:
    check = of_collection()["published_totals"]
    assert (check.passed, check.severity) == (False, WARN)
    assert "| RAVDESS | 1440 |" in text(check, "corpora that are missing")
    assert "4,481 of 41,265 utterances of CAMEO" in (check.description or "")
    assert "calm" in text(check, "emotions that do not occur")


def test_a_row_without_an_emotion_is_an_error() -> None:
    assert failed(of_collection(row("nemo", "a", "m", emotion="")))["required_fields"] == ERROR


def test_folds_that_lack_an_emotion_are_counted_by_corpus() -> None:
    lacking = [("nemo", "fear", 0), ("nemo", "anger", 1), ("cafe", "fear", 0)]
    assert splits.in_words(lacking) == "folds that lack an emotion: 2 nemo, 1 cafe"
    assert splits.in_words([]) is None
