from __future__ import annotations

import msgspec
import pyarrow as pa
import pytest

from cameo_assets.models.outcome import Answered
from cameo_assets.models.spec import Condition


def answered(*rows: tuple[str, str | None, str]) -> Answered:
    """Answers by request key, text and error."""
    columns = zip(*rows, strict=True)
    table = pa.table(dict(zip(("request_key", "text", "error"), map(list, columns), strict=True)))
    return Answered(condition=Condition(0.0), wanted=len(rows), asked=0, table=table)


A, B = ("a", "calm", ""), ("b", None, "engine: out of memory")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((B, A), True),
        ((A, ("b", None, "engine: another time")), True),
        ((("a", "fear", ""), B), False),
        ((A, ("b", "", "")), False),
        ((A, ("b", None, "not applicable: 31 seconds of audio")), False),  # read as a miss, no longer missing
        ((A,), False),
    ],
)
def test_the_version_changes_with_what_is_read_of_the_answers(
    other: tuple[tuple[str, str | None, str], ...], same: bool
) -> None:
    assert (answered(*other).version == answered(A, B).version) is same


def test_a_fault_that_will_stay_is_not_missing() -> None:
    found = answered(A, B, ("c", None, "not applicable: one speaker only"))
    assert (found.missing, found.coverage) == (1, 1 / 3)
    assert found.errors == {"engine": 1, "not applicable": 1}


def test_what_servers_counted_is_summed_and_what_none_counted_is_left_out() -> None:
    details = ['{"tokens_in":90,"tokens_out":2,"cost":0.1,"model":"m"}', '{"tokens_in":80}', "{}"]
    found = Answered(condition=Condition(0.0), wanted=3, asked=3, table=pa.table({"details": details}))
    assert found.spent == {"tokens in": 170, "tokens out": 2, "cost": 0.1}
    assert msgspec.structs.replace(found, table=pa.table({"details": ['{"tokens":[1,2]}']})).spent == {}
