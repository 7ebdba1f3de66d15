from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.taxonomy import KINDS, kind, taxonomy

Said = tuple[str | None, str, str]


def a_table(*rows: Said) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in ("file_id", "text", "finish_reason", "error")])
    named = [dict(zip(schema.names, (f"{place}.flac", *row), strict=True)) for place, row in enumerate(rows)]
    return pa.Table.from_pylist(named, schema=schema)


@pytest.mark.parametrize(
    ("text", "finish_reason", "error", "expected"),
    [
        ("Anger.", "stop", "", "answered"),
        ("The speaker is sorry, I think: sadness", "stop", "", "answered"),
        ("I cannot be sure, but anger", "stop", "", "answered"),
        ("I'm sorry, but I can't judge how a person feels from a recording.", "stop", "", "refusal"),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m sorry", "stop", "", "refusal"),
        ("I am unable to listen to audio.", "stop", "", "refusal"),
        ("I cannot reliably determine the emotion.", "stop", "", "refusal"),
        ("As an AI language model, I have no ears.", "stop", "", "refusal"),
        ("As a language model, I", "length", "", "refusal"),
        ("no", "refusal", "", "refusal"),
        ("", "refusal", "", "refusal"),
        ("", "stop", "", "empty"),
        (" \n", "length", "", "empty"),
        ("The speaker sounds as if", "length", "", "truncated"),
        (None, "error", "audio: 44100 Hz", "bad audio"),
        (None, "error", "not applicable: one speaker", "not applicable"),
        (None, "error", "engine: out of memory", "engine"),
        (None, "error", "scripted: fails as its spec asks", "engine"),
    ],
)
def test_every_answer_has_a_kind(text: str | None, finish_reason: str, error: str, expected: str) -> None:
    assert kind(text, finish_reason, error) == expected


def test_kinds_are_counted_with_an_example_each() -> None:
    found = taxonomy(
        a_table(
            (None, "error", "engine: out of\nmemory"),
            ("anger", "stop", ""),
            ("calm", "stop", ""),
            ("anger", "stop", ""),
            ("x" * 500, "length", ""),
        )
    )
    assert [*found] == ["answered", "truncated", "engine"]
    assert (found["answered"].count, found["answered"].file_id, found["answered"].example) == (
        3,
        "1.flac",
        "anger",
    )
    assert found["engine"].example == "engine: out of memory"
    assert found["truncated"].example == "x" * 160 + "…"


def test_no_answers_have_no_kinds() -> None:
    assert taxonomy(a_table()) == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "", "anger", "As an AI"]),
            st.sampled_from(["stop", "length", "refusal", "error"]),
            st.sampled_from(["", "audio: x", "engine: x", "not applicable: x", "odd"]),
        )
    )
)
def test_counting_a_table_is_counting_its_answers(rows: list[Said]) -> None:
    found = taxonomy(a_table(*rows))
    assert {name: each.count for name, each in found.items()} == Counter(kind(*row) for row in rows)
    assert [*found] == [name for name in KINDS if name in found]
