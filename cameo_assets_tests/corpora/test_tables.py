"""Text tables, and what stands in their place after a failed download."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.corpora.pretenders import pretender
from cameo_assets.corpora.tables import cells, lines, rows
from cameo_assets.errors import BadInput


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    text = end.join(["a,b", "", "c,d", ""])
    assert list(rows("t", text)) == [(1, ["a", "b"]), (3, ["c", "d"])]
    assert [(number, line.strip()) for number, line in lines(text)] == [(1, "a,b"), (3, "c,d")]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_sentence_may_hold_what_str_splitlines_splits_at(character: str) -> None:
    text = f"a{character}b,c\n"
    assert list(rows("t", text)) == [(1, [f"a{character}b", "c"])]
    assert list(lines(text)) == [(1, text)]


_field = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(_field, min_size=2, max_size=3), max_size=4))
def test_rows_reads_what_csv_writes(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    assert [row for _, row in rows("t", text.getvalue())] == table


def test_a_field_without_end_is_a_complaint() -> None:
    with pytest.raises(BadInput, match=r"^t line 1: csv: "):
        list(rows("t", '"' + "x" * 200_000))


def test_cells_are_those_of_the_columns_wanted_in_any_order() -> None:
    refused: list[BadInput] = []
    found = list(cells("t", "a;b;c\n1;2;3\n4;5\n", ["c", "a"], refused, more=True, delimiter=";"))
    assert found == [("t line 2", ["3", "1"])]
    assert [str(each) for each in refused] == ["t line 3: columns: seen 2 fields; expected 3 fields"]


@pytest.mark.parametrize(
    ("header", "more", "seen"),
    [
        ("b,a", False, "['b', 'a']"),
        ("a,b,c", False, "['a', 'b', 'c']"),
        ("a", True, "['a']"),
        ("", True, "an empty table"),
    ],
)
def test_other_columns_than_expected_are_a_complaint(header: str, more: bool, seen: str) -> None:
    with pytest.raises(BadInput) as error:
        list(cells("t", f"{header}\n", ("a", "b"), [], more=more))
    assert (error.value.path, error.value.rule, error.value.seen) == ("t", "columns", seen)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", "an HTML page"),
        (b"<html>", "an HTML page"),
        (b'{"error": 404}', "a JSON message"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"PK\x03\x04", ""),
        (b'{"path": "a.wav"}', ""),
        (b"", ""),
    ],
)
def test_stand_ins_are_named(data: bytes, kind: str) -> None:
    assert pretender(data) == kind
