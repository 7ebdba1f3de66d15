"""The same raw answers under different readings."""

import pyarrow as pa
import pytest

from cameo_assets.analysis.postprocessing_ablation import READINGS, ablate, plot
from cameo_assets.errors import BadInput

OPTIONS = {"cafe": ("anger", "fear", "happiness", "sadness")}
SAID = [
    ("anger", "Anger"),
    ("happiness", "happy"),
    ("sadness", "Her tone conveys sadness."),
    ("fear", "Her voice: no sadness here, her fear is clear."),
    ("anger", None),
]


def collection() -> pa.Table:
    return pa.table(
        {
            "file_id": [f"u{index}" for index in range(len(SAID))],
            "corpus": ["cafe"] * len(SAID),
            "language": ["French"] * len(SAID),
            "emotion": [truth for truth, _ in SAID],
            "group_id": [f"s{index}" for index in range(len(SAID))],
        }
    )


def predictions() -> pa.Table:
    return pa.table(
        {
            "file_id": [f"u{index}" for index in range(len(SAID))],
            "corpus": ["cafe"] * len(SAID),
            "sample": pa.array([0] * len(SAID), pa.int32()),
            "text": [text for _, text in SAID],
            "error": ["" if text else "timeout" for _, text in SAID],
        }
    )


def test_each_reading_of_each_evaluation_has_a_row() -> None:
    table = ablate({"b@0": predictions(), "a@0": predictions()}, collection(), OPTIONS)
    assert [(row["evaluation"], row["reading"]) for row in table.to_pylist()] == [
        (evaluation, reader.name) for evaluation in ("a@0", "b@0") for reader in READINGS
    ]


@pytest.mark.parametrize(
    ("reading", "unresolved", "changed", "f1"),
    [
        # F1 of anger, fear, happiness, sadness. The last utterance has no answer; only a guess can be right.
        ("exact", 4 / 5, 4 / 5, [2 / 3, 0, 0, 0]),
        ("whole_word", 3 / 5, 3 / 5, [2 / 3, 0, 0, 1]),
        ("strict", 1 / 5, 1 / 5, [2 / 3, 1, 1, 1]),
        ("published", 1 / 5, 0, [1, 1, 1, 1]),
        ("published_0.50", 1 / 5, 0, [1, 1, 1, 1]),
        ("published_0.60", 2 / 5, 1 / 5, [4 / 5, 1, 0, 1]),
        ("published_0.80", 2 / 5, 1 / 5, [4 / 5, 1, 0, 1]),
    ],
)
def test_the_same_answers_score_differently(
    reading: str, unresolved: float, changed: float, f1: list[float]
) -> None:
    table = ablate({"a@0": predictions()}, collection(), OPTIONS)
    (row,) = [row for row in table.to_pylist() if row["reading"] == reading]
    assert row["n"] == 5
    assert [row["unresolved"], row["changed"]] == pytest.approx([unresolved, changed])
    assert row["macro_f1"] == pytest.approx(sum(f1) / 4)


def test_an_evaluation_without_answers_has_no_row() -> None:
    assert ablate({"a@0": predictions().slice(0, 0)}, collection(), OPTIONS).num_rows == 0


def test_answers_to_other_utterances_are_refused() -> None:
    with pytest.raises(BadInput, match="unknown_utterance"):
        ablate({"a@0": predictions()}, collection().slice(1), OPTIONS)


def test_the_plot_is_a_picture_and_always_the_same() -> None:
    table = ablate({"a@0": predictions(), "b@0": predictions()}, collection(), OPTIONS)
    picture = plot(table)
    assert picture.startswith(b"\x89PNG")
    assert picture == plot(table)


def test_an_empty_table_can_be_plotted() -> None:
    assert plot(ablate({}, collection(), OPTIONS)).startswith(b"\x89PNG")
