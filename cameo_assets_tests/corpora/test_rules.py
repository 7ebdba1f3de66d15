"""Refusals told apart: faults, names and labels among them, rows without recording, what is passed over."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cameo_assets.corpora
from cameo_assets.corpora.rules import GRAMMAR, MISSING, PASSED_OVER, told_apart

FOLDER = Path(cameo_assets.corpora.__file__).parent
RULES = st.sampled_from(sorted({*GRAMMAR, *PASSED_OVER, MISSING, "truncated", "pretender"}))


@given(st.dictionaries(RULES, st.integers(1, 9)))
def test_every_refusal_is_in_exactly_one_group(reasons: dict[str, int]) -> None:
    found = told_apart(reasons)
    missing = {MISSING: found.missing} if found.missing else {}
    assert Counter(found.faults) + Counter(found.passed_over) + Counter(missing) == Counter(reasons)
    assert found.grammar.items() <= found.faults.items()
    assert set(found.grammar) == set(reasons) & GRAMMAR


def test_the_groups_have_nothing_in_common() -> None:
    assert not GRAMMAR & PASSED_OVER
    assert MISSING not in GRAMMAR | PASSED_OVER


@pytest.mark.parametrize("rule", sorted(GRAMMAR))
def test_rules_of_names_and_labels_are_those_that_the_corpora_use(rule: str) -> None:
    written = {
        node.value
        for path in FOLDER.glob("*.py")
        if path.name != "rules.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert rule in written
