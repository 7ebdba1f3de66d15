"""The loop that every corpus shares: nothing is lost, nothing is taken twice, the order is fixed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.registry import known, spec_for
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CAMEO_FIELDS, Clip, CorpusSpec, Description
from cameo_assets.corpora.walking import is_junk
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import SMALL, lay, listing, nemo_row, nemo_table, refused, zipped


def toy(describe: Callable[[Clip, None], Description], **changes: Any) -> CorpusSpec:
    """A corpus that takes every file as it comes."""

    def find(source: Source, _tables: None) -> Iterator[Clip]:
        for member in source.members:
            yield Clip(name=member.stem, path=member.path, version=member.version)

    facts: dict[str, Any] = {
        "slug": "toy",
        "name": "Toy",
        "language": "Polish",
        "licence": "MIT",
        "citation": "",
        "homepage": "",
        "labels": {"anger": "anger"},
        "find": find,
        "describe": describe,
    }
    return CorpusSpec(**{**facts, **changes})


def angry(_clip: Clip, _tables: None) -> Description:
    return Description(emotion="anger")


def test_utterances_are_sorted_by_id_and_refusals_by_path(tmp_path: Path) -> None:
    def describe(clip: Clip, _tables: None) -> Description:
        if clip.name.startswith("bad"):
            raise BadInput(clip.path, "bad", clip.name, "good")
        return Description(emotion="anger")

    found = listing(toy(describe), tmp_path, dict.fromkeys(["b", "a", "c", "bad2", "x/bad1"], b""))
    ids = [u.file_id for u in found.utterances]
    assert ids == sorted(ids)
    assert len(ids) == 3
    assert list(refused(found)) == ["bad2", "x/bad1"]
    assert found.reasons == {"bad": 2}
    assert {refusal.corpus for refusal in found.refusals} == {"toy"}


def test_of_two_files_of_one_name_the_first_is_taken(tmp_path: Path) -> None:
    found = listing(toy(angry), tmp_path, {"b/x.wav": b"", "a/x.wav": b""})
    assert [u.source_path for u in found.utterances] == ["a/x.wav"]
    assert [(r.path, r.rule, r.expected) for r in found.refusals] == [
        ("b/x.wav", "repeated_name", "one file, already at a/x.wav")
    ]


@pytest.mark.parametrize(
    ("about", "rule"),
    [
        (Description(emotion="rage"), "unknown_emotion"),
        (Description(emotion="anger", gender="f"), "unknown_gender"),
    ],
)
def test_nothing_outside_the_vocabulary_passes(about: Description, rule: str, tmp_path: Path) -> None:
    def describe(clip: Clip, _tables: None) -> Description:
        return about if clip.name == "odd" else Description(emotion="anger")

    assert refused(listing(toy(describe), tmp_path, {"odd": b"", "even": b""})) == {"odd": rule}


@pytest.mark.parametrize(
    ("about", "group"),
    [
        (Description(emotion="anger", speaker="7"), "toy_7"),
        (Description(emotion="anger", speaker="7", group="d1"), "toy_d1"),
        (Description(emotion="anger", group="d1"), "toy_d1"),
    ],
)
def test_the_group_is_the_best_known_cluster(about: Description, group: str, tmp_path: Path) -> None:
    (utterance,) = listing(toy(lambda _clip, _tables: about), tmp_path, {"a": b""}).utterances
    assert utterance.group_id == group


def test_without_speaker_and_group_every_utterance_is_its_own_group(tmp_path: Path) -> None:
    found = listing(toy(angry), tmp_path, {"a": b"", "b": b""})
    assert len({u.group_id for u in found.utterances}) == 2


def test_archives_that_were_not_taken_are_refusals(tmp_path: Path) -> None:
    found = listing(toy(angry), tmp_path, {"a.wav": b"", "evil.zip": b"<html>"})
    assert refused(found) == {"evil.zip": "not_an_archive"}


def test_where_nothing_is_usable_the_most_frequent_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(known()["ravdess"], tmp_path / "ravdess", {"b.wav": b"", "a.wav": b"", "x.zip": b""})
    assert (error.value.path, error.value.rule) == ("ravdess", "no_clips")
    assert "3 refused, 2 by file_name, such as a.wav: file_name: seen 'a.wav'" in error.value.seen


def test_recordings_that_are_refused_are_told_before_rows_that_lack_one(tmp_path: Path) -> None:
    files = {"samples/one.wav": b"", "data.tsv": nemo_table(nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2"))}
    with pytest.raises(BadInput) as error:
        listing(known()["nemo"], tmp_path, files)
    assert "3 refused, 1 by file_name, such as samples/one.wav" in error.value.seen


def test_a_sample_says_so(tmp_path: Path) -> None:
    assert listing(toy(angry), tmp_path / "s", {"a": b"", "SAMPLE.txt": b""}).sample
    assert not listing(toy(angry), tmp_path / "c", {"a": b""}).sample


def test_the_first_nine_fields_are_those_of_cameo() -> None:
    assert CAMEO_FIELDS == (
        "file_id",
        "emotion",
        "transcription",
        "speaker_id",
        "gender",
        "age",
        "dataset",
        "language",
        "license",
    )


# Any tree of files.

_names = st.text("aE1_-. zé", min_size=1, max_size=8).filter(lambda name: name.strip(". ") == name)
_part = st.one_of(
    _names, st.sampled_from(["03-01-05-01-01-01-01", "1001_DFA_ANG_XX", "EB0_anger_1", "Actor_01"])
)
_paths = st.tuples(
    st.lists(_part, max_size=2), _part, st.sampled_from([".wav", ".WAV", ".mp3", ".tsv", ".zip", ""])
)
_trial = count()


@settings(max_examples=60, deadline=None)
@given(st.lists(_paths, max_size=6), st.booleans(), st.sampled_from(sorted(SMALL)))
def test_every_recording_is_an_utterance_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory,
    paths: list[tuple[list[str], str, str]],
    packed: bool,
    slug: str,
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"tree{next(_trial)}"
    files = {"/".join([*parts, name + suffix]): b"" for parts, name, suffix in paths}
    files = {
        path: data
        for path, data in files.items()
        if not any(other != path and (other + "/").startswith(path + "/") for other in files)
        and not any(is_junk(part) for part in path.split("/"))
    }
    lay(folder, {"x.zip": zipped(files)} if packed else files)
    lay(folder, SMALL[slug]() if slug == "nemo" else {})
    source = Source(folder)
    try:
        found = list_corpus(known()[slug], source)
    except BadInput as error:
        assert error.rule == "no_clips"
    else:
        taken = {u.source_path for u in found.utterances}
        named = {r.path for r in found.refusals}
        recordings = {member.path for member in source.members if member.suffix == ".wav"}
        assert taken | named >= recordings
        assert not taken & named
    finally:
        shutil.rmtree(folder)


# Which corpora there are.


def test_the_known_corpora_are_those_with_a_file() -> None:
    assert {"crema_d", "nemo", "ravdess"} <= set(known())
    assert all(slug == spec.slug for slug, spec in known().items())
    assert list(known()) == sorted(known())


@pytest.mark.parametrize("slug", known())
def test_what_a_known_corpus_declares_agrees_with_itself(slug: str) -> None:
    spec = known()[slug]
    assert set(spec.counts) == set(spec.emotions)
    assert spec.homepage.startswith("https://")
    assert spec.citation
    assert spec.obtain


@pytest.mark.parametrize(
    ("slug", "rule"), [("Mine", "folder_name"), ("a|b", "folder_name"), ("mine", "missing_description")]
)
def test_what_is_neither_known_nor_described_is_a_complaint(slug: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        spec_for(slug, tmp_path)
    assert error.value.rule == rule


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slug": "A B"}, "slug 'A B'"),
        ({"language": "Klingon"}, "language 'Klingon'"),
        ({"licence": "GPL"}, "licence 'GPL'"),
        ({"labels": {"x": "rage"}}, "'rage'"),
    ],
)
def test_a_spec_is_checked_when_it_is_made(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        toy(angry, **change)
