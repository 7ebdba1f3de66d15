"""How numbers are written."""

from __future__ import annotations

import doctest
import math

import pytest

from cameo_assets.board import columns
from cameo_assets_tests.board.examples import example_board


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(columns)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "100"), (0.9999, ">99.9"), (0.9994, "99.9"), (0.0, "0"), (0.0004, "<0.1"), (0.001, "0.1")],
)
def test_almost_all_is_never_written_as_all(value: float, written: str) -> None:
    assert columns.share(value) == written


@pytest.mark.parametrize("show", [columns.score, columns.share, *(column.show for column in columns.PLAIN)])
def test_no_number_is_a_dash(show: columns.Callable[[float | None], str]) -> None:
    assert show(None) == "–"


@pytest.mark.parametrize("show", [columns.score, columns.share, columns.spread])
def test_not_a_number_is_a_dash(show: columns.Callable[[float | None], str]) -> None:
    assert show(math.nan) == "–"


@pytest.mark.parametrize(
    ("low", "high", "written"), [(1, 1, "1"), (1, 3, "1–3"), (10, 12, "10–12"), (0, 0, "–")]
)
def test_ranks(low: int, high: int, written: str) -> None:
    import msgspec

    row = msgspec.structs.replace(example_board().rows[0], rank_low=low, rank_high=high)
    assert columns.rank(row) == written


def test_keys_are_unique() -> None:
    keys = [column.key for column in columns.PLAIN]
    assert len(set(keys)) == len(keys)
