"""What a plan says of a publication."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.hub.plan import Changes, Plan, PlannedFile, compare, read_plan, write_plan
from cameo_assets.store import Store

contents = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("01"))


def files(content: dict[str, str]) -> list[PlannedFile]:
    return [PlannedFile(path=path, size=1, sha256=sha) for path, sha in content.items()]


@given(contents, contents)
def test_every_path_is_in_exactly_one_group(before: dict[str, str], after: dict[str, str]) -> None:
    found = compare(files(before), files(after))
    groups = (found.added, found.changed, found.same, found.deleted)
    assert sorted(sum(groups, ())) == sorted(before.keys() | after.keys())
    assert all(list(group) == sorted(group) for group in groups)


@given(contents, contents)
def test_groups_follow_from_presence_and_content(before: dict[str, str], after: dict[str, str]) -> None:
    found = compare(files(before), files(after))
    assert set(found.added) == {path for path in after if path not in before}
    assert set(found.deleted) == {path for path in before if path not in after}
    assert set(found.changed) == {path for path in after if before.get(path, after[path]) != after[path]}
    assert found.nothing == (before == after)


def plan(*paths: str, changes: Changes) -> Plan:
    return Plan(kind="datasets", name="x", files=tuple(files(dict.fromkeys(paths, "0"))), changes=changes)


def test_a_plan_is_read_as_it_was_written_and_names_no_target(tmp_path: Path) -> None:
    store = Store(tmp_path)
    written = plan("a", "b", changes=compare((), files({"a": "0", "b": "0"})))
    assert write_plan(store, written)
    assert read_plan(store, "datasets", "x") == written
    assert b'"target": null' in store.read_bytes("publish/datasets/x.plan.json")
    assert written.size == 2


def test_the_kept_plan_tells_of_the_last_change(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = plan("a", changes=compare((), files({"a": "0"})))
    write_plan(store, first)
    assert not write_plan(store, plan("a", changes=compare(files({"a": "0"}), files({"a": "0"}))))
    assert read_plan(store, "datasets", "x") == first


def test_where_there_is_no_plan_none_is_read(tmp_path: Path) -> None:
    assert read_plan(Store(tmp_path), "spaces", "x") is None


def test_a_file_that_is_no_plan_is_refused_by_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_bytes(b"{}", "publish/datasets/x.plan.json")
    with pytest.raises(BadInput, match=r"publish/datasets/x\.plan\.json: plan"):
        read_plan(store, "datasets", "x")
