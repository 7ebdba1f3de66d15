from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.models import predictions
from cameo_assets.models.predictions import FINAL, Row, append, compact, load
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import a_sampling, a_spec, an_ask, spoken

FOLDER = ("predictions", "parrot", "unversioned")


def a_row(key: str, text: str | None = "anger", error: str = "", **changes: Any) -> Row:
    row = Row(
        request_key=key,
        file_id=f"{key}.flac",
        corpus="alpha",
        pcm_md5="0",
        method="generation",
        temperature=0.0,
        sample=0,
        seed=0,
        text=text,
        finish_reason="error" if error else "stop",
        error=error,
        latency=0.0,
        details="{}",
        prompt_id="cameo-1",
        engine_family="scripted/1",
        engine_versions="{}",
    )
    return msgspec.structs.replace(row, **changes)


def a_fault(key: str, error: str = "server: busy") -> Row:
    return a_row(key, None, error)


def said(store: Store) -> list[tuple[str, str | None]]:
    table = load(store, a_spec(), ["request_key", "text"])
    return [(row["request_key"], row["text"]) for row in table.to_pylist()]


def test_what_is_appended_is_loaded_part_by_part(store: Store) -> None:
    append(store, a_spec(), [a_row("c"), a_row("b")])
    append(store, a_spec(), [a_row("a", "calm")])
    assert said(store) == [("b", "anger"), ("c", "anger"), ("a", "calm")]
    assert load(store, a_spec()).to_pylist()[0] == msgspec.to_builtins(a_row("b"))


def test_the_same_answers_give_the_same_part_in_whatever_parts_they_came(store: Store, tmp_path: Any) -> None:
    whole = Store(tmp_path / "whole")
    append(whole, a_spec(), [a_row("b"), a_row("a"), a_row("c")])
    assert not compact(whole, a_spec())
    for key in "cab":
        append(store, a_spec(), [a_row(key)])
    assert compact(store, a_spec())
    assert store.names(*FOLDER) == whole.names(*FOLDER)
    assert store.read_bytes(*FOLDER, *store.names(*FOLDER)) == whole.read_bytes(
        *FOLDER, *whole.names(*FOLDER)
    )


def test_a_model_without_answers_has_an_empty_table(store: Store) -> None:
    assert load(store, a_spec()).schema == predictions.schema()
    assert load(store, a_spec()).num_rows == 0


def test_nothing_is_written_for_nothing(store: Store) -> None:
    append(store, a_spec(), [])
    assert store.names(*FOLDER) == []


def test_each_revision_has_its_own_answers(store: Store) -> None:
    append(store, a_spec(revision="r1"), [a_row("a")])
    assert said(store) == []
    assert store.names("predictions", "parrot") == ["r1"]


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([a_row("a", "first"), a_row("a", "second")], ("first", "")),
        ([a_fault("a"), a_row("a", "at last")], ("at last", "")),
        ([a_row("a", "first"), a_fault("a")], ("first", "")),
        ([a_fault("a", "server: busy"), a_fault("a", "server: gone")], (None, "server: gone")),
        ([a_fault("a", f"{FINAL}: one"), a_fault("a", "server: gone")], (None, f"{FINAL}: one")),
    ],
)
def test_of_several_rows_with_a_key_one_is_taken(
    store: Store, rows: list[Row], taken: tuple[str | None, str]
) -> None:
    for row in rows:
        append(store, a_spec(), [row])
    for _ in range(2):
        table = load(store, a_spec()).to_pylist()
        assert [(row["text"], row["error"]) for row in table] == [taken]
        assert predictions.settled_keys(store, a_spec()) == (
            {"a"} if predictions.settled(taken[1]) else set()
        )
        compact(store, a_spec())


def test_two_writers_at_the_same_time_never_write_over_each_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "_next_number", lambda _store, _spec: 1)
    append(store, a_spec(), [a_row("a")])
    append(store, a_spec(), [a_row("b")])
    assert {key for key, _ in said(store)} == {"a", "b"}


def test_compaction_leaves_one_sorted_part_with_the_same_rows(store: Store) -> None:
    for key in "cab":
        append(store, a_spec(), [a_row(key)])
    assert compact(store, a_spec())
    assert len(store.names(*FOLDER)) == 1
    assert [key for key, _ in said(store)] == ["a", "b", "c"]


def test_compaction_of_one_part_does_nothing(store: Store) -> None:
    append(store, a_spec(), [a_row("a")])
    before = store.names(*FOLDER)
    assert not compact(store, a_spec())
    assert store.names(*FOLDER) == before


def test_the_order_of_arrival_leaves_no_trace_after_compaction(store: Store, tmp_path: Any) -> None:
    other = Store(tmp_path / "other")
    for one, two in zip("abc", "cba", strict=True):
        append(store, a_spec(), [a_row(one)])
        append(other, a_spec(), [a_row(two)])
    compact(store, a_spec())
    compact(other, a_spec())
    assert store.names(*FOLDER) == other.names(*FOLDER)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_compaction_killed_before_it_has_removed_the_old_parts_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    for key in "cab":
        append(store, a_spec(), [a_fault(key), a_row(key, key.upper())])
    before = sorted(said(store))
    removed: list[str] = []

    def dying(self: Store, *parts: str) -> None:
        if len(removed) == kept:
            raise Killed
        removed.append(parts[-1])
        self.path(*parts).unlink()

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Store, "remove", dying)
        compact(store, a_spec())
    assert len(store.names(*FOLDER)) == 3 - kept + 1
    assert sorted(said(store)) == before
    assert compact(store, a_spec())
    assert said(store) == before


def test_what_another_run_appends_during_a_compaction_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in "ab":
        append(store, a_spec(), [a_row(key)])
    write = predictions._write

    def meanwhile(*arguments: Any, **named: Any) -> str:
        written = write(*arguments, **named)
        if named["number"] == 1:
            append(store, a_spec(), [a_row("late"), a_row("a", "another")])
        return written

    monkeypatch.setattr(predictions, "_write", meanwhile)
    compact(store, a_spec())
    assert said(store) == [("a", "anger"), ("b", "anger"), ("late", "anger")]


def test_a_reader_that_is_overtaken_by_a_compaction_looks_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in "ab":
        append(store, a_spec(), [a_row(key)])
    parts, calls = predictions._parts, []

    def overtaken(*arguments: Any) -> list[str]:
        names = parts(*arguments)
        calls.append(names)
        if len(calls) == 1:
            compact(store, a_spec())
        return names

    monkeypatch.setattr(predictions, "_parts", overtaken)
    assert {key for key, _ in said(store)} == {"a", "b"}


@pytest.mark.parametrize("damage", [lambda data: data[:-10], lambda _: b"", lambda _: b"noise" * 9])
def test_a_damaged_part_is_named_with_what_to_do(store: Store, damage: Any) -> None:
    append(store, a_spec(), [a_row("a")])
    append(store, a_spec(), [a_row("b")])
    name = store.names(*FOLDER)[1]
    path = store.path(*FOLDER, name)
    path.write_bytes(damage(path.read_bytes()))
    for use in (load, compact):
        with pytest.raises(BadInput) as complaint:
            use(store, a_spec())
        assert name in str(complaint.value)
        assert "move it away" in str(complaint.value)


def test_a_part_that_is_some_other_table_is_named(store: Store) -> None:
    import pyarrow as pa

    append(store, a_spec(), [a_row("a")])
    store.write_table(pa.table({"other": [1]}), *FOLDER, "part-000002-00000000.parquet")
    with pytest.raises(BadInput, match="part-000002-00000000"):
        load(store, a_spec())


def test_other_files_in_the_folder_are_left_alone(store: Store) -> None:
    append(store, a_spec(), [a_row("a")])
    append(store, a_spec(), [a_row("b")])
    store.write_bytes(b"moved away", *FOLDER, "part-000002-0.parquet.damaged")
    compact(store, a_spec())
    assert [key for key, _ in said(store)] == ["a", "b"]
    assert store.exists(*FOLDER, "part-000002-0.parquet.damaged")


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_stored(text: str) -> None:
    from cameo_assets.models.predictions import row

    ask = an_ask("u")
    answer = spoken(ask.item, a_sampling(), text)
    made = row(answer, ask.item, request_key="k", prompt_id="", family="f", versions={})
    assert made.text is not None
    made.text.encode()


def test_half_a_character_becomes_a_replacement_character() -> None:
    from cameo_assets.models.predictions import storable

    assert storable("sad \ud83d") == "sad �"
    assert storable("sad \ud83d\ude22 é") == "sad 😢 é"


def test_parts_of_a_time_before_likelihood_are_read_as_generated(store: Store) -> None:
    append(store, a_spec(), [a_row("a", method="likelihood")])
    name = store.names(*FOLDER)[0]
    old = store.read_table(*FOLDER, name).drop_columns(["method"])
    store.write_table(old, *FOLDER, name)
    assert load(store, a_spec()).to_pylist() == [msgspec.to_builtins(a_row("a"))]
