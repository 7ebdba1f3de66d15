"""The results repo: every number with what it rests on, and every raw answer."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from cameo_assets.board.data import Board
from cameo_assets.errors import BadInput
from cameo_assets.hub import result_tables
from cameo_assets.hub.results import build_results
from cameo_assets.store import Store
from cameo_assets_tests.hub.examples import board


def answers(rows: int = 3) -> pa.Table:
    return pa.table(
        {
            "file_id": [f"{row}.flac" for row in range(rows)],
            "corpus": ["subesco" if row % 2 else "ravdess" for row in range(rows)],
            "sample": pa.array([0] * rows, pa.int64()),
            "text": ["Anger.", None, "I, “calm”\nam"][:rows],
            "error": ["", "timeout", ""][:rows],
            "latency": [0.1] * rows,
        }
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def tree(store: Store) -> Path:
    return Path(store.home) / "publish/datasets/cameo-results"


def front(store: Store) -> dict[str, Any]:
    return yaml.safe_load((tree(store) / "README.md").read_text("utf-8").split("---\n")[1])


def lines(store: Store, name: str = "leaderboard") -> list[dict[str, Any]]:
    return pq.read_table(tree(store) / f"{name}.parquet").to_pylist()


def test_the_tree_holds_tables_and_raw_answers(store: Store) -> None:
    plan = build_results(store, board(), {"chance@0": answers(), "listener@0.7": lambda: answers(2)})
    assert [file.path for file in plan.files] == [
        "README.md",
        "confusion.csv",
        "confusion.parquet",
        "leaderboard.csv",
        "leaderboard.json",
        "leaderboard.parquet",
        "per_emotion.csv",
        "per_emotion.parquet",
        "predictions/chance/t0.parquet",
        "predictions/listener/t0_7.parquet",
    ]


def test_there_is_one_line_for_each_evaluation_reader_and_scope(store: Store) -> None:
    build_results(store, board(), {})
    keys = [(line["evaluation"], line["reader"], line["scope"], line["scope_name"]) for line in lines(store)]
    scopes = [
        ("overall", ""),
        ("mean_over_corpora", ""),
        ("mean_over_languages", ""),
        ("corpus", "ravdess"),
        ("corpus", "subesco"),
        ("language", "Bengali"),
        ("language", "English"),
    ]
    assert keys == [
        (evaluation, reader, *scope)
        for evaluation in ("chance@0", "listener@0.7")
        for reader in ("published", "strict")
        for scope in scopes
    ]


def test_an_overall_line_carries_what_its_number_rests_on(store: Store) -> None:
    build_results(store, board(["listener@0.7"]), {})
    line = lines(store)[0]
    assert {key: line[key] for key in ("n", "groups", "macro_f1", "weighted_f1", "accuracy")} == {
        "n": 5,
        "groups": 3,
        "macro_f1": 0.5,
        "weighted_f1": 0.45,
        "accuracy": 0.55,
    }
    assert (line["ci_low"], line["ci_high"]) == (0.4, 0.6)
    assert line["ci_method"] == "95 % percentile bootstrap over groups within each corpus, 10000 draws"
    assert (line["rank_low"], line["rank_high"]) == (1, 2)
    assert (line["revision"], line["collection_version"], line["prompt"]) == ("f" * 40, "0123abcd", "cameo")


def test_what_was_not_computed_is_null(store: Store) -> None:
    build_results(store, board(["chance@0"]), {})
    found = {(line["scope"], line["scope_name"]): line for line in lines(store) if line["reader"] == "strict"}
    lone = found["corpus", "subesco"]
    assert (lone["ci_low"], lone["ci_high"], lone["ci_method"]) == (None, None, None), "NaN is no interval"
    assert found["overall", ""]["rank_low"] is None, "0 is no rank"
    assert found["language", "English"]["exposure"] is None
    assert found["mean_over_languages", ""]["macro_f1"] == 0.375


def test_lines_tell_how_answers_were_got(store: Store) -> None:
    (generated, *_), shown = board(["listener@0.7"]).rows, board(["listener@0.7"])
    likely = msgspec.structs.replace(generated, evaluation="listener@likelihood-0.7", method="likelihood")
    build_results(store, msgspec.structs.replace(shown, rows=(generated, likely)), {})
    found = {(line["evaluation"], line["temperature"], line["method"]) for line in lines(store)}
    assert found == {("listener@0.7", 0.7, "generation"), ("listener@likelihood-0.7", 0.7, "likelihood")}


def test_training_exposure_stands_beside_each_corpus(store: Store) -> None:
    build_results(store, board(["chance@0"]), {})
    exposure = {line["scope_name"]: line["exposure"] for line in lines(store) if line["scope"] == "corpus"}
    assert exposure == {"ravdess": "yes", "subesco": "unknown"}


def test_csv_and_json_say_what_the_parquet_says(store: Store) -> None:
    build_results(store, board(), {})
    expected = lines(store)
    assert msgspec.json.decode((tree(store) / "leaderboard.json").read_bytes()) == expected
    text = (tree(store) / "leaderboard.csv").read_text("utf-8")
    found = list(csv.DictReader(io.StringIO(text)))
    assert found == [
        {key: "" if value is None else str(value) for key, value in line.items()} for line in expected
    ]


def test_emotions_have_precision_and_recall(store: Store) -> None:
    build_results(store, board(["chance@0"]), {})
    found = lines(store, "per_emotion")
    assert [(line["reader"], line["emotion"]) for line in found] == [
        ("published", "anger"),
        ("published", "calm"),
        ("strict", "anger"),
        ("strict", "calm"),
    ]
    assert (found[0]["f1"], found[0]["precision"], found[0]["recall"]) == (0.5, 0.5, None)


def test_the_confusion_is_in_long_form_with_the_unresolved(store: Store) -> None:
    build_results(store, board(["chance@0"]), {})
    strict = [line for line in lines(store, "confusion") if line["reader"] == "strict"]
    assert [(line["true"], line["predicted"], line["count"]) for line in strict] == [
        ("anger", "anger", 1.0),
        ("anger", "calm", 0.5),
        ("anger", "unresolved", 1.5),
        ("calm", "anger", 0.0),
        ("calm", "calm", 2.0),
        ("calm", "unresolved", 0.0),
    ]


def test_raw_answers_are_published_word_for_word(store: Store) -> None:
    build_results(store, board(), {"listener@0.7": answers()})
    found = pq.read_table(tree(store) / "predictions/listener/t0_7.parquet")
    assert found.column_names == ["evaluation", "model", "file_id", "corpus", "sample", "text", "error"]
    assert found.to_pylist()[1] == {
        "evaluation": "listener@0.7",
        "model": "listener",
        "file_id": "2.flac",
        "corpus": "ravdess",
        "sample": 0,
        "text": "I, “calm”\nam",
        "error": "",
    }
    assert found["text"].to_pylist()[2] is None


def test_the_order_of_answers_and_rows_leaves_no_trace(tmp_path: Path) -> None:
    table, shown = answers(), board()
    turned = pa.concat_tables([table.slice(2), table.slice(0, 2)])
    other = msgspec.structs.replace(shown, rows=shown.rows[::-1])
    first = build_results(Store(tmp_path / "one"), shown, {"a@0": table, "b@0": table})
    second = build_results(Store(tmp_path / "two"), other, {"b@0": lambda: turned, "a@0": turned})
    assert first == second


def test_a_second_build_changes_nothing(store: Store) -> None:
    build_results(store, board(), {"chance@0": answers()})
    before = tree(store).stat().st_ino
    assert build_results(store, board(), {"chance@0": answers()}).changes.nothing
    assert tree(store).stat().st_ino == before


def test_the_card_has_a_configuration_for_each_table_and_a_split_for_each_condition(store: Store) -> None:
    keys = ["a@0", "b@0", "b@0.7", "b@likelihood-0.7"]
    build_results(store, board(), {key: answers() for key in keys})
    found = {config["config_name"]: config for config in front(store)["configs"]}
    assert list(found) == ["leaderboard", "per_emotion", "confusion", "predictions"]
    assert found["leaderboard"]["default"] is True
    assert found["predictions"]["data_files"] == [
        {"split": "likelihood_t0_7", "path": ["predictions/b/likelihood_t0_7.parquet"]},
        {"split": "t0", "path": ["predictions/a/t0.parquet", "predictions/b/t0.parquet"]},
        {"split": "t0_7", "path": ["predictions/b/t0_7.parquet"]},
    ]
    for config in found.values():
        for files in config["data_files"]:
            assert all((tree(store) / path).is_file() for path in files["path"])


def test_an_empty_board_is_published_as_empty_tables(store: Store) -> None:
    empty = Board(collection_version="0", readers=(), corpora=(), emotions=(), rows=(), draws=1)
    build_results(store, empty, {})
    table = pq.read_table(tree(store) / "leaderboard.parquet")
    assert table.num_rows == 0
    assert table.column_names == list(result_tables.LeaderboardLine.__struct_fields__)


def test_samples_are_announced(store: Store) -> None:
    build_results(store, board(sample=True), {})
    assert "Spoken samples, not the corpora" in (tree(store) / "README.md").read_text("utf-8")


@pytest.mark.parametrize("key", ["chance", "../x@0", "a@0/..", "A@0", "@0", "a@"])
def test_keys_that_are_none_are_refused(store: Store, key: str) -> None:
    with pytest.raises(BadInput, match="evaluation key: form"):
        build_results(store, board(), {key: answers()})


def test_a_missing_column_is_named(store: Store) -> None:
    with pytest.raises(BadInput, match="answers of chance@0: columns: seen no text"):
        build_results(store, board(), {"chance@0": answers().drop_columns("text")})
    assert pc.count(answers()["text"]).as_py() == 2
