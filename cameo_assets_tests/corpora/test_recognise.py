"""Which corpus a copy is, by its own description, its folder or its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.recognise import corpus_at, recognised
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Clip, CorpusSpec
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    SMALL,
    Files,
    lay,
    listing,
    nemo_row,
    nemo_table,
    real,
    small_nemo,
    small_ravdess,
    soundless,
    zipped,
)
from cameo_assets_tests.corpora.trees import CAMEO_TOTAL, TREES

HERE = sorted(TREES.keys() & known().keys())


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    """Every corpus in full, without sound; each is looked through once for all tests."""
    zone = tmp_path_factory.mktemp("zone")
    return {slug: Source(lay(zone / slug, few_files(TREES[slug]()))) for slug in HERE}


def few_files(files: Files) -> Files:
    """Thousands of files as one archive, which is quicker to write."""
    return {"all.zip": zipped(files)} if len(files) > 100 else files


def test_the_thirteen_corpora_are_all_of_cameo(copies: dict[str, Source]) -> None:
    found = {slug: list_corpus(known()[slug], copies[slug], cameo_compatible=True) for slug in HERE}
    assert {slug: each.counts for slug, each in found.items()} == {
        slug: dict(sorted(known()[slug].cameo.items())) for slug in HERE
    }
    assert sorted(TREES) == HERE
    assert sum(len(each.utterances) for each in found.values()) == CAMEO_TOTAL
    assert len({emotion for each in found.values() for emotion in each.counts}) == 17
    assert len({known()[slug].language for slug in HERE}) == 8
    ids = [u.file_id for each in found.values() for u in each.utterances]
    assert len(set(ids)) == len(ids)


# Every pair is tried on the samples; whole corpora take too long for that.
@pytest.mark.parametrize(("mine", "yours"), [*zip(HERE, [*HERE[1:], HERE[0]], strict=True)])
def test_a_corpus_pointed_at_another_says_whose_files_these_are(
    mine: str, yours: str, copies: dict[str, Source]
) -> None:
    with pytest.raises(BadInput) as error:
        list_corpus(known()[mine], copies[yours])
    name = known()[yours].name
    assert f"look like {name} (" in error.value.seen or f"looks like {name} (" in error.value.seen
    assert error.value.expected.endswith(f"; {name} belongs into the landing folder {yours!r}")


@pytest.mark.parametrize("slug", HERE)
def test_every_corpus_is_recognised_by_its_files(slug: str, copies: dict[str, Source]) -> None:
    match = recognised(copies[slug])
    assert match is not None
    assert match.slug == slug
    assert 0 < match.files <= match.of == len(copies[slug].members)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("slug", SMALL)
def test_recognition_does_not_depend_on_how_a_copy_is_packed(slug: str, layout: str, tmp_path: Path) -> None:
    assert corpus_at(Source(lay(tmp_path / "copy", LAYOUTS[layout](SMALL[slug]())))) is known()[slug]


def test_most_files_decide(tmp_path: Path) -> None:
    folder = lay(tmp_path / "mixed", {**small_nemo(), **small_ravdess(), "x.txt": b""})
    match = recognised(Source(folder))
    assert match is not None
    assert str(match) == "RAVDESS (6 of 11 files follow its names)"
    second = recognised(Source(folder), but="ravdess")
    assert second is not None
    assert str(second) == "nEMO (3 of 11 files follow its names)"


def test_tables_without_recordings_are_recognised_where_nothing_else_is(tmp_path: Path) -> None:
    table = {"data.tsv": nemo_table(nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2"))}
    match = recognised(Source(lay(tmp_path / "tables", table)))
    assert str(match) == "nEMO (2 rows of its tables, without a recording)"
    match = recognised(
        Source(lay(tmp_path / "more", {**table, **soundless(["AudioWAV/1001_DFA_ANG_XX.wav"])}))
    )
    assert match is not None
    assert match.slug == "crema_d"


@pytest.mark.parametrize("files", [[], ["a.wav", "notes.txt"]])
def test_files_of_nobody_are_not_recognised(files: list[str], tmp_path: Path) -> None:
    assert recognised(Source(lay(tmp_path / "x", soundless(files)))) is None


def test_only_clips_that_can_be_described_count(tmp_path: Path) -> None:
    stranger = soundless(["AudioWAV/1092_DFA_ANG_XX.wav"])  # there is no actor 1092
    assert recognised(Source(lay(tmp_path / "x", stranger))) is None


def test_a_fault_in_one_corpus_file_does_not_spoil_the_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(source: Source, _tables: None) -> list[Clip]:
        raise KeyError("a mistake")

    facts = {name: getattr(known()["ravdess"], name) for name in CorpusSpec.__struct_fields__}
    broken = CorpusSpec(**{**facts, "slug": "broken", "find": find})
    monkeypatch.setattr(
        "cameo_assets.corpora.recognise.known", lambda: {"broken": broken, "nemo": known()["nemo"]}
    )
    match = recognised(Source(lay(tmp_path / "x", small_nemo())))
    assert match is not None
    assert match.slug == "nemo"


def test_a_missing_table_is_told_beside_the_corpus_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        listing(known()["nemo"], tmp_path / "nemo", small_ravdess())
    assert (error.value.path, error.value.rule) == ("data.tsv", "missing_table")
    assert (
        error.value.seen == "no such file, among files that look like RAVDESS (6 of 6 files follow its names)"
    )


# Which corpus a person means.


@pytest.mark.parametrize(
    ("name", "slug"), [("nemo", "nemo"), ("nEMO", "nemo"), ("CREMA-D", "crema_d"), ("crema_d", "crema_d")]
)
def test_a_corpus_may_be_called_by_its_slug_or_its_name(name: str, slug: str, tmp_path: Path) -> None:
    assert corpus_at(Source(tmp_path), name) is known()[slug]


ABOUT = b"name: Mine\nlanguage: English\nlicence: MIT\n"


def test_a_folder_with_a_description_needs_no_name(tmp_path: Path) -> None:
    folder = Source(lay(tmp_path / "mine", {"corpus.yaml": ABOUT}))
    assert corpus_at(folder).slug == "mine"
    assert corpus_at(folder, "yours").slug == "yours"
    assert corpus_at(folder, "nemo") is known()["nemo"]


@pytest.mark.parametrize("name", ["nemo", "nEMO"])
def test_the_name_of_a_folder_decides_before_its_files(name: str, tmp_path: Path) -> None:
    assert corpus_at(Source(lay(tmp_path / name, small_ravdess()))) is known()["nemo"]


def test_a_file_of_its_own_decides_before_a_description(tmp_path: Path) -> None:
    """As in the landing zone, where the graph reads a known name by its own file."""
    assert corpus_at(Source(lay(tmp_path / "nemo", {"corpus.yaml": ABOUT}))) is known()["nemo"]


def test_half_of_the_names_are_enough(tmp_path: Path) -> None:
    few = dict(sorted(small_ravdess().items())[:3])
    half = Source(lay(tmp_path / "x", {**few, **soundless(["a.wav", "b.wav", "c.wav"])}))
    assert corpus_at(half) is known()["ravdess"]
    fewer = Source(lay(tmp_path / "y", {**few, **soundless(["a.wav", "b.wav", "c.wav", "d.wav"])}))
    with pytest.raises(BadInput, match=r"most like RAVDESS \(3 of 7 files .*, but 4 have names") as error:
        corpus_at(fewer)
    assert error.value.rule == "unrecognised"
    assert corpus_at(fewer, "ravdess") is known()["ravdess"]


def test_names_that_fit_another_corpus_by_chance_do_not_make_it_that_one() -> None:
    """Some names of EmoDB are names of Oréau, too."""
    with pytest.raises(BadInput, match=r"most like Oreau \(5 of \d+ files .*, but 36 have names"):
        corpus_at(Source(real("emodb")))


def test_an_archive_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no files; 1 refused, such as x\.zip: not_an_archive"):
        corpus_at(Source(lay(tmp_path / "x", {"x.zip": b"PK"})))


@pytest.mark.parametrize(
    ("folder", "name", "files", "rule", "words"),
    [
        ("x", "", {"a.wav": b""}, "unrecognised", "names of no known corpus, such as 'a.wav'"),
        ("x", "", {}, "unrecognised", "seen no files; expected"),
        ("x", "crema", {}, "unknown_corpus", "did you mean 'crema_d'?"),
        ("My Corpus", "", {"corpus.yaml": ABOUT}, "folder_name", "'My Corpus'"),
        ("x", "My Corpus", {"corpus.yaml": ABOUT}, "folder_name", "'My Corpus'"),
        ("x", "", {"corpus.yaml": b"name: Mine\n"}, "value", "x/corpus.yaml"),
    ],
)
def test_what_cannot_be_told_is_a_complaint(
    folder: str, name: str, files: dict[str, bytes], rule: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        corpus_at(Source(lay(tmp_path / folder, files)), name)
    assert error.value.rule == rule
    assert words in str(error.value)
