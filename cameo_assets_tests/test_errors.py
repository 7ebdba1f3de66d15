"""The one shape of every complaint."""

import pickle

import msgspec

from cameo_assets.errors import BadInput, Refusal

ERROR = BadInput("a/b.wav", "file_name", "'b'", "a name like x")


def test_a_complaint_reads_as_one_sentence() -> None:
    assert str(ERROR) == "a/b.wav: file_name: seen 'b'; expected a name like x"


def test_a_complaint_becomes_a_row() -> None:
    row = ERROR.refusal("nemo")
    expected = {"path": "a/b.wav", "rule": "file_name", "seen": "'b'", "expected": "a name like x"}
    assert msgspec.to_builtins(row) == {"corpus": "nemo", **expected}
    assert str(row) == f"nemo: {ERROR}"
    assert str(ERROR.refusal("")) == str(ERROR)


def test_a_complaint_crosses_process_borders() -> None:
    again = pickle.loads(pickle.dumps(ERROR))
    assert isinstance(again, BadInput)
    assert str(again) == str(ERROR)
    assert again.refusal("x") == ERROR.refusal("x")


def test_refusals_are_compared_by_content() -> None:
    assert ERROR.refusal("x") == Refusal(
        corpus="x", path="a/b.wav", rule="file_name", seen="'b'", expected="a name like x"
    )
