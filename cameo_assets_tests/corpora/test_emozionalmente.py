"""Emozionalmente: three tables that are joined, whose rows are all that is known of a recording."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.corpora.emozionalmente import SENTENCES, SPEC, describe, find, read_tables
from cameo_assets.corpora.identity import file_id
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Clip
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import (
    LAYOUTS,
    Files,
    lay,
    listing,
    only,
    real,
    refused,
    soundless,
    zipped,
)

ANNA, BRUNO, CARLA = ("a" * 64, "b" * 64, "c" * 64)
FIRST, SECOND = "1612877880295", "1616256756877"

SAMPLES = "file_name,sentence,sentence_language,actor,emotion_expressed"
USERS = "username,gender,age,mother_tongue"
EVALUATIONS = "file_name,evaluator,audio_quality,emotion_recognized"


def table(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def sample(
    name: str = FIRST, text: str = "Vado in biblioteca", actor: str = ANNA, emotion: str = "joy"
) -> str:
    return f"{name}.wav,{text},italian,{actor},{emotion}"


def vote(answer: str, name: str = FIRST, evaluator: str = CARLA, quality: str = "good") -> str:
    return f"{name}.wav,{evaluator},{quality},{answer}"


def people(*more: str) -> list[str]:
    return [f"{ANNA},female,34,italian", f"{BRUNO},male,16,italian", f"{CARLA},female,1,italian", *more]


def raters(number: int) -> list[str]:
    return [f"{place:064x}" for place in range(number)]


def copy(
    samples: list[str] | None = None,
    users: list[str] | None = None,
    evaluations: list[str] | None = None,
    audio: tuple[str, ...] = (FIRST,),
) -> Files:
    top = "emozionalmente"
    more = [f"{rater},female,30,italian" for rater in raters(5)]
    return {
        f"{top}/metadata/samples.csv": table(SAMPLES, *(samples if samples is not None else [sample()])),
        f"{top}/metadata/users.csv": table(USERS, *(users if users is not None else people(*more))),
        f"{top}/metadata/evaluations.csv": table(
            EVALUATIONS,
            *(evaluations if evaluations is not None else [vote("joy", evaluator=r) for r in raters(5)]),
        ),
        **soundless(f"{top}/audio/{name}.wav" for name in audio),
    }


# The real tables.


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    """The real tables with an empty file for every row."""
    folder = real("emozionalmente", "emozionalmente_dataset", "metadata")
    tables = {f"e/metadata/{path.name}": path.read_bytes() for path in folder.iterdir()}
    names = [line.split(b",")[0].decode() for line in tables["e/metadata/samples.csv"].splitlines()[1:]]
    files = {**tables, **soundless(f"e/audio/{name}" for name in names)}
    return listing(SPEC, tmp_path_factory.mktemp("all"), {"emozionalmente_dataset.zip": zipped(files)})


def test_all_of_it_is_described_by_its_own_tables(complete: Listing) -> None:
    assert len(complete.utterances) == SPEC.total == 6902
    assert complete.counts == dict.fromkeys(SPEC.emotions, 986)
    assert complete.refusals == ()


def test_people_are_as_published(complete: Listing) -> None:
    people = {(u.speaker_id, u.gender, u.age) for u in complete.utterances}
    assert len({speaker for speaker, _, _ in people}) == len(people) == SPEC.speakers == 431
    assert Counter(gender for _, gender, _ in people) == {"female": 299, "male": 131, "other": 1}
    assert Counter(u.gender for u in complete.utterances) == {"female": 4891, "male": 2008, "other": 3}
    ages = [int(age or "") for _, _, age in people]
    assert (min(ages), max(ages), sum(age < 18 for age in ages)) == (10, 76, 14)


def test_texts_are_kept_to_the_letter(complete: Listing) -> None:
    texts = Counter(u.transcription for u in complete.utterances)
    assert set(texts) == SENTENCES
    assert len(texts) == SPEC.sentences
    assert texts["E\u2019 andato a scuola dopo pranzo"] == 399
    assert texts["L\u2019ho incontrato oggi dopo 2 anni"] == 384
    assert texts["Tornerà a casa presto"] == 406


def test_every_clip_has_five_votes(complete: Listing) -> None:
    assert {sum((u.votes or {}).values()) for u in complete.utterances} == {5}
    given = Counter[str]()
    for utterance in complete.utterances:
        given.update(utterance.votes or {})
    assert given == {
        "anger": 4556,
        "disgust": 3498,
        "fear": 3563,
        "happiness": 4325,
        "neutral": 7052,
        "sadness": 5985,
        "surprise": 5531,
    }
    agreed = sum((u.votes or {}).get(u.emotion, 0) for u in complete.utterances)
    assert round(agreed / sum(given.values()), 2) == 0.66  # as the README says


def test_oddities_are_flagged(complete: Listing) -> None:
    flags = Counter(flag for u in complete.utterances for flag in u.flags)
    assert flags == {"called_bad_by_evaluators": 177, "evaluator_repeated": 34}


def test_rows_without_audio_are_reported() -> None:
    found = list_corpus(SPEC, Source(real("emozionalmente")))
    assert [u.source_name for u in found.utterances] == ["1616256756877"]
    assert found.reasons == {"missing_audio": 6901}


def test_every_published_evaluation_is_read() -> None:
    tables = read_tables(Source(real("emozionalmente")))
    assert sum(len(clip.evaluators) for clip in tables.heard.values()) == 34_510


# What a row becomes.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clip_does_not_depend_on_how_a_copy_is_packed(layout: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, LAYOUTS[layout](copy()))
    assert found.refusals == ()
    utterance = only(found)
    assert utterance.file_id == file_id(FIRST)
    assert utterance.speaker_id == utterance.group_id == f"emozionalmente_{ANNA}"
    assert (utterance.gender, utterance.age, utterance.emotion) == ("female", "34", "happiness")
    assert (utterance.votes, utterance.flags) == ({"happiness": 5}, ())


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("anger", "anger"),
        ("disgust", "disgust"),
        ("fear", "fear"),
        ("joy", "happiness"),
        ("neutrality", "neutral"),
        ("sadness", "sadness"),
        ("surprise", "surprise"),
    ],
)
def test_labels(label: str, emotion: str, tmp_path: Path) -> None:
    files = copy([sample(emotion=label)], evaluations=[vote(label, evaluator=r) for r in raters(5)])
    utterance = only(listing(SPEC, tmp_path, files))
    assert (utterance.emotion, utterance.votes) == (emotion, {emotion: 5})


@given(st.lists(st.sampled_from(sorted(SPEC.labels)), min_size=1, max_size=8))
def test_votes_are_the_answers_counted(answers: list[str]) -> None:
    rows = [vote(answer, evaluator=rater) for answer, rater in zip(answers, raters(8), strict=False)]
    clip = Clip(name=FIRST, path=f"{FIRST}.wav", version="")
    users = people(*(f"{rater},female,30,italian" for rater in raters(8)))
    about = describe(clip, read_tables(Held(copy(users=users, evaluations=rows))))
    assert about.votes == Counter(SPEC.labels[answer] for answer in answers)
    assert ("not_five_votes" in about.flags) == (len(answers) != 5)


class Held(Source):
    """A source of files in memory, for the tables alone."""

    def __init__(self, files: Files) -> None:
        super().__init__(Path())
        self.files = files

    def named(self, name: str) -> Member | None:
        path = next((path for path in self.files if path.endswith(f"/{name}")), None)
        return None if path is None else Member(path, 0, "")

    def read(self, path: str) -> bytes:
        return self.files[path]


def test_the_gender_other_and_a_child_are_kept(tmp_path: Path) -> None:
    other = "d" * 64
    files = copy(
        [sample(actor=other), sample(SECOND, actor=BRUNO)],
        people(f"{other},other,29,italian"),
        evaluations=[],
        audio=(FIRST, SECOND),
    )
    found = listing(SPEC, tmp_path, files)
    assert {(u.gender, u.age) for u in found.utterances} == {("other", "29"), ("male", "16")}


@pytest.mark.parametrize(
    ("evaluations", "flags"),
    [
        ([vote("joy", evaluator=r) for r in raters(5)], ()),
        ([vote("joy", evaluator=r) for r in raters(4)], ("not_five_votes",)),
        ([vote("joy", evaluator=r) for r in [*raters(4), raters(1)[0]]], ("evaluator_repeated",)),
        ([vote("joy", evaluator=r, quality="bad") for r in raters(5)], ("called_bad_by_evaluators",)),
    ],
)
def test_flags(evaluations: list[str], flags: tuple[str, ...], tmp_path: Path) -> None:
    assert only(listing(SPEC, tmp_path, copy(evaluations=evaluations))).flags == flags


def test_a_sentence_that_is_not_listed_is_flagged(tmp_path: Path) -> None:
    # With a straight apostrophe it is another sentence.
    found = listing(SPEC, tmp_path, copy([sample(text="E' una notte stellata")]))
    assert only(found).flags == ("unlisted_text",)


def test_a_copy_without_evaluations_has_no_votes(tmp_path: Path) -> None:
    files = {path: data for path, data in copy().items() if not path.endswith("evaluations.csv")}
    utterance = only(listing(SPEC, tmp_path, files))
    assert (utterance.votes, utterance.flags) == (None, ())


def test_published_splits_are_passed_over(tmp_path: Path) -> None:
    splits = {f"emozionalmente/metadata/split/{name}.csv": b"x,y\n" for name in ("train", "dev", "test")}
    assert listing(SPEC, tmp_path, {**copy(), **splits}).refusals == ()


# Joins that fail.


def test_rows_and_recordings_that_do_not_meet_are_reported(tmp_path: Path) -> None:
    files = copy([sample(), sample("1612877880296")], audio=(FIRST, SECOND, "notes"))
    found = listing(SPEC, tmp_path, files)
    assert refused(found) == {
        "audio/1612877880296.wav": "missing_audio",
        f"emozionalmente/audio/{SECOND}.wav": "no_metadata",
        "emozionalmente/audio/notes.wav": "file_name",
    }
    assert only(found).source_name == FIRST


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (sample(SECOND, emotion="boredom"), "unknown_emotion"),
        (sample(SECOND, actor="e" * 64), "unknown_speaker"),
        (sample(SECOND, actor="anna"), "unknown_speaker"),
    ],
)
def test_a_bad_row_costs_its_clip_and_no_other(row: str, rule: str, tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, copy([sample(), row], audio=(FIRST, SECOND)))
    assert refused(found) == {f"emozionalmente/audio/{SECOND}.wav": rule}
    assert "samples.csv line 3" in found.refusals[0].seen
    assert only(found).source_name == FIRST


@pytest.mark.parametrize(("gender", "age", "rule"), [("f", "30", "unknown_gender"), ("female", "20s", "age")])
def test_a_bad_person_costs_their_clips(gender: str, age: str, rule: str, tmp_path: Path) -> None:
    somebody = "d" * 64
    files = copy(
        [sample(), sample(SECOND, actor=somebody)],
        people(f"{somebody},{gender},{age},italian"),
        evaluations=[],
        audio=(FIRST, SECOND),
    )
    assert refused(listing(SPEC, tmp_path, files)) == {f"emozionalmente/audio/{SECOND}.wav": rule}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (vote("boredom"), "unknown_answer"),
        (vote("joy", SECOND), "unknown_clip"),
        (vote("joy", evaluator="e" * 64), "unknown_evaluator"),
    ],
)
def test_an_evaluation_that_is_no_vote_is_reported_and_not_counted(
    row: str, rule: str, tmp_path: Path
) -> None:
    evaluations = [*(vote("joy", evaluator=r) for r in raters(4)), row]
    found = listing(SPEC, tmp_path, copy(evaluations=evaluations))
    assert refused(found) == {"emozionalmente/metadata/evaluations.csv line 6": rule}
    assert (only(found).votes, only(found).flags) == ({"happiness": 4}, ("not_five_votes",))


def test_a_row_of_another_kind_of_name_is_reported(tmp_path: Path) -> None:
    found = listing(SPEC, tmp_path, copy([sample(), sample("readme")]))
    assert refused(found) == {"emozionalmente/metadata/samples.csv line 3": "file_name"}


@pytest.mark.parametrize(
    ("name", "row", "rule"),
    [
        ("samples.csv", f"{SECOND}.wav,Vado", "columns"),
        ("samples.csv", sample(emotion="anger"), "repeated_row"),
        ("users.csv", f"{'d' * 64},female", "columns"),
        ("users.csv", f"{ANNA},male,81,italian", "repeated_row"),
        ("evaluations.csv", f"{FIRST}.wav,{CARLA}", "columns"),
    ],
)
def test_a_row_that_is_cut_off_or_repeated_concerns_itself_alone(
    name: str, row: str, rule: str, tmp_path: Path
) -> None:
    files = copy()
    path = f"emozionalmente/metadata/{name}"
    files[path] += row.encode()  # without a line feed, as where a download broke off
    found = listing(SPEC, tmp_path, files)
    line = files[path].count(b"\n") + 1
    assert refused(found) == {f"{path} line {line}": rule}
    assert (only(found).emotion, only(found).gender, only(found).age) == ("happiness", "female", "34")
    assert only(found).votes == {"happiness": 5}


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("samples.csv", None, "missing_table"),
        ("users.csv", None, "missing_table"),
        ("samples.csv", b"", "columns"),
        ("samples.csv", b"file_name;sentence\n", "columns"),
        ("evaluations.csv", table("file_name,evaluator"), "columns"),
        ("evaluations.csv", b"version https://git-lfs.github.com/spec/v1\n", "pretender"),
        ("users.csv", b"username,gender,age,mother_tongue\n\xff\n", "encoding"),
    ],
)
def test_broken_tables(name: str, content: bytes | None, rule: str, tmp_path: Path) -> None:
    files = copy()
    path = f"emozionalmente/metadata/{name}"
    del files[path]
    with pytest.raises(BadInput) as error:
        listing(SPEC, tmp_path, files if content is None else {**files, path: content})
    assert error.value.rule == rule
    assert name in error.value.path


def test_a_table_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    files = {
        path: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") if path.endswith(".csv") else data
        for path, data in copy().items()
    }
    assert only(listing(SPEC, tmp_path, files)).age == "34"


def test_another_corpus_is_told_from_this_one(tmp_path: Path) -> None:
    folder = lay(tmp_path, soundless(["samples/EB0_anger_1.wav"]))
    with pytest.raises(BadInput) as error:
        list_corpus(SPEC, Source(folder))
    assert (error.value.path, error.value.rule) == ("samples.csv", "missing_table")


def test_every_row_is_found_once(tmp_path: Path) -> None:
    source = Source(lay(tmp_path, copy([sample(), sample(SECOND)])))
    found = list(find(source, read_tables(source)))
    assert Counter(type(each) for each in found) == {Clip: 1, BadInput: 1}
