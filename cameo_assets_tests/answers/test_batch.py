"""Reading many answers: as one by one, each distinct answer once, in a table that never varies."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.answers.batch import answers_table, read_answers
from cameo_assets.answers.published import PUBLISHED
from cameo_assets.answers.reading import Reader, Reading
from cameo_assets.answers.registry import READERS
from cameo_assets.answers.strict import STRICT
from cameo_assets.errors import BadInput
from cameo_assets_tests.answers.options import BASIC, PAVOQUE

OPTIONS = {"cafe": BASIC, "pavoque": PAVOQUE}
COLUMNS = [
    "file_id",
    "corpus",
    "sample",
    "reader",
    "reader_version",
    "label",
    "matched_word",
    "similarity",
    "tied",
    "reason",
    "resolved",
]


def predictions(*rows: tuple[str, str, int, str | None, str]) -> pa.Table:
    schema = pa.schema(
        [
            ("file_id", pa.string()),
            ("corpus", pa.string()),
            ("sample", pa.int64()),
            ("text", pa.string()),
            ("error", pa.string()),
        ]
    )
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


ROWS = (
    ("b", "cafe", 0, "I am sad", ""),
    ("a", "pavoque", 1, "Poker", ""),
    ("a", "pavoque", 0, None, "timeout: 30 s"),
    ("c", "cafe", 0, "sadness or anger", ""),
    ("d", "pavoque", 0, "sadness, sadness", ""),
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sad", "happy", "", None, "fear or anger"]), st.sampled_from([BASIC, PAVOQUE])
        )
    )
)
def test_a_batch_is_read_as_one_by_one(asked: list[tuple[str | None, tuple[str, ...]]]) -> None:
    texts, options = [text for text, _ in asked], [offered for _, offered in asked]
    for reader in READERS:
        assert read_answers(texts, options, reader) == [reader.read(text, o) for text, o in asked]


def test_each_distinct_answer_is_read_once() -> None:
    read: list[tuple[str | None, tuple[str, ...]]] = []

    def remember(text: str | None, options: tuple[str, ...]) -> Reading:
        read.append((text, options))
        return PUBLISHED.read(text, options)

    reader = Reader(name="watched", version="1", read=remember)
    read_answers(["sad", "sad", None, None, "sad"], [BASIC, BASIC, BASIC, BASIC, PAVOQUE], reader)
    assert read == [("sad", BASIC), (None, BASIC), ("sad", PAVOQUE)]


def test_there_must_be_options_for_each_answer() -> None:
    with pytest.raises(ValueError, match="shorter"):
        read_answers(["sad", "happy"], [BASIC], PUBLISHED)


def test_the_table_has_a_row_for_each_reader_and_answer_sorted() -> None:
    table = answers_table(predictions(*ROWS), OPTIONS, READERS)
    assert table.column_names == COLUMNS
    rows = table.to_pylist()
    assert [(row["reader"], row["file_id"], row["sample"]) for row in rows] == [
        (reader, file_id, sample)
        for reader in ("published", "strict")
        for file_id, sample in (("a", 0), ("a", 1), ("b", 0), ("c", 0), ("d", 0))
    ]
    assert [row["label"] for row in rows if row["reader"] == "strict"] == [
        None,
        "poker",
        "sadness",
        None,
        "sadness",
    ]
    assert [row["label"] for row in rows if row["reader"] == "published"] == [
        "anger",
        "poker",
        "sadness",
        "anger",
        "sadness",
    ]


def test_a_row_carries_all_of_its_reading() -> None:
    table = answers_table(predictions(("c", "cafe", 2, "sadness or sadness, anger", "")), OPTIONS, [STRICT])
    expected: dict[str, Any] = {
        "file_id": "c",
        "corpus": "cafe",
        "sample": 2,
        "reader": "strict",
        "reader_version": "1",
        "label": "sadness",
        "matched_word": "sadness",
        "similarity": 1.0,
        "tied": [],
        "reason": "matched",
        "resolved": True,
    }
    assert table.to_pylist() == [expected]


def test_an_error_is_no_answer_whatever_its_text() -> None:
    table = answers_table(predictions(("c", "cafe", 0, "anger", "cut off")), OPTIONS, [STRICT])
    assert table["reason"].to_pylist() == ["no_answer"]
    assert table["label"].to_pylist() == [None]


def test_no_reader_puts_a_label_into_what_can_never_be_answered() -> None:
    never = predictions(("a.flac", "cafe", 0, None, "not applicable: one speaker only"))
    rows = answers_table(never, OPTIONS, READERS).to_pylist()
    assert [(row["label"], row["reason"], row["resolved"]) for row in rows] == [
        (None, "not_applicable", False)
    ] * len(READERS)


def test_the_order_of_predictions_does_not_matter() -> None:
    one = answers_table(predictions(*ROWS), OPTIONS, READERS)
    other = answers_table(predictions(*reversed(ROWS)), OPTIONS, tuple(reversed(READERS)))
    assert one.equals(other)


def test_no_predictions_give_an_empty_table_of_the_same_columns() -> None:
    table = answers_table(predictions(), OPTIONS, READERS)
    assert table.schema == answers_table(predictions(*ROWS), OPTIONS, READERS).schema
    assert table.num_rows == 0


def test_two_answers_to_one_question_are_refused() -> None:
    with pytest.raises(BadInput, match="a: answer_twice: seen two of sample 0"):
        answers_table(predictions(("a", "cafe", 0, "x", ""), ("a", "cafe", 0, "x", "")), OPTIONS, READERS)


def test_a_corpus_without_options_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown_corpus: seen 'emodb'"):
        answers_table(predictions(("a", "emodb", 0, "x", "")), OPTIONS, READERS)
