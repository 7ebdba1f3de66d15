"""The miniature Emozionalmente: its zip, its tables, its traps, and what the corpus file makes of them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.emozionalmente import ARCHIVE, BAD, MISSING, OTHER_RATE, TOP, TWICE
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import samples_of

SLUG = "emozionalmente"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("landing"), [SLUG])[SLUG]


@pytest.fixture(scope="module")
def members(folder: Path) -> dict[str, bytes]:
    """Content of the zip by path."""
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def found(folder: Path) -> Listing:
    return list_corpus(known()[SLUG], Source(folder))


def table(members: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(members[f"{TOP}/metadata/{name}"].decode())))


def test_files_lie_where_the_publisher_has_them(members: dict[str, bytes]) -> None:
    places = Counter(re.sub(r"\d{13}", "N", path) for path in members)
    assert places == {
        f"{TOP}/README.txt": 1,
        f"{TOP}/audio/N.wav": len(SAMPLES[SLUG].clips) - 1,
        **{f"{TOP}/metadata/{name}.csv": 1 for name in ("samples", "users", "evaluations")},
        **{f"{TOP}/metadata/split/{name}.csv": 1 for name in ("train", "dev", "test")},
    }


@pytest.mark.parametrize("name", ["samples.csv", "users.csv", "evaluations.csv"])
def test_tables_have_the_publishers_form(name: str, members: dict[str, bytes]) -> None:
    text = members[f"{TOP}/metadata/{name}"].decode()
    published = real(SLUG, "emozionalmente_dataset", "metadata", name).read_text(encoding="utf-8")
    assert text.split("\n")[0] == published.split("\n")[0]
    assert text.endswith("\n")
    assert "\r" not in text
    assert not text.startswith("\ufeff")


def test_sentences_are_those_of_the_real_corpus(members: dict[str, bytes]) -> None:
    path = real(SLUG, "emozionalmente_dataset", "metadata", "samples.csv")
    published = {row["sentence"] for row in csv.DictReader(path.open(encoding="utf-8"))}
    said = {row["sentence"] for row in table(members, "samples.csv")}
    assert said <= published
    assert {"E\u2019 una notte stellata", "L\u2019ho incontrato oggi dopo 2 anni"} <= said


def test_tables_join(members: dict[str, bytes]) -> None:
    samples, users = table(members, "samples.csv"), table(members, "users.csv")
    names = {row["username"] for row in users}
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)
    assert {row["actor"] for row in samples} <= names
    evaluations = table(members, "evaluations.csv")
    assert {row["evaluator"] for row in evaluations} <= names
    assert Counter(row["file_name"] for row in evaluations) == dict.fromkeys(
        [row["file_name"] for row in samples], 5
    )
    files = [row["file_name"] for row in samples]
    assert files != sorted(files)
    split = [row for name in ("train", "dev", "test") for row in table(members, f"split/{name}.csv")]
    assert sorted(row["file_name"] for row in split) == sorted(files)


def test_people_are_as_odd_as_the_real_ones(members: dict[str, bytes]) -> None:
    users = table(members, "users.csv")
    assert Counter(row["gender"] for row in users)["other"] == 1
    actors = {row["actor"] for row in table(members, "samples.csv")}
    assert [row["age"] for row in users if row["username"] not in actors].count("1") == 1
    assert min(int(row["age"]) for row in users if row["username"] in actors) < 18


def test_recordings_are_16_bit_and_two_have_another_rate(members: dict[str, bytes]) -> None:
    rates = {}
    for path, data in members.items():
        if path.endswith(".wav"):
            samples, rate = samples_of(data)
            assert samples.shape[1] == 1
            rates[Path(path).stem] = rate
    assert Counter(rates.values()) == {16_000: len(rates) - 2, 44_100: 2}
    assert {stem for stem, rate in rates.items() if rate == 44_100} == set(OTHER_RATE)


def test_the_corpus_file_reads_all_but_the_missing_one(found: Listing) -> None:
    assert {u.source_name for u in found.utterances} == set(SAMPLES[SLUG].clips) - {MISSING}
    assert [(refusal.path, refusal.rule) for refusal in found.refusals] == [
        (f"audio/{MISSING}.wav", "missing_audio")
    ]
    assert set(found.counts) == set(known()[SLUG].emotions)
    assert min(found.counts.values()) >= 7
    assert len({u.speaker_id for u in found.utterances}) == 8
    assert {u.gender for u in found.utterances} == {"female", "male", "other"}
    assert found.sample


def test_votes_and_flags_come_out(found: Listing) -> None:
    assert {sum((u.votes or {}).values()) for u in found.utterances} == {5}
    assert {u.source_name: u.flags for u in found.utterances if u.flags} == {
        TWICE: ("evaluator_repeated",),
        BAD: ("called_bad_by_evaluators",),
    }


def test_every_recording_is_taken(folder: Path, found: Listing) -> None:
    source = Source(folder)
    for utterance in found.utterances:
        heard = normalize(source.read(utterance.source_path), utterance.source_path).inspection
        assert 0.7 < heard.seconds < 4
        assert heard.clipped_samples == 0
