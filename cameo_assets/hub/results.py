"""All scores and all raw answers as a dataset repo, so that anyone can read and score them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.arrow import Int32, schema_of, to_table
from cameo_assets.board.data import Board
from cameo_assets.errors import BadInput
from cameo_assets.hub import card, result_tables
from cameo_assets.hub.plan import Plan
from cameo_assets.hub.tree import Tree, publish
from cameo_assets.models.spec import parse_key
from cameo_assets.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

NAME: Final = "cameo-results"


class PublishedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a raw answer. No text of a corpus is in it."""

    file_id: str
    corpus: str
    sample: Int32
    text: str | None
    error: str


_Lines = Callable[[Board], Sequence[result_tables.Evaluation]]
_TABLES: Final[Mapping[str, tuple[_Lines, type[result_tables.Evaluation]]]] = {
    "leaderboard": (result_tables.leaderboard, result_tables.LeaderboardLine),
    "per_emotion": (result_tables.per_emotion, result_tables.EmotionLine),
    "confusion": (result_tables.confusion, result_tables.ConfusionLine),
}

_TEXT: Final = """\
Every number carries the evaluation (model, method and temperature), the reader that turned answers into
labels with its version, and the version of the collection.

- `leaderboard`: one row for each evaluation, reader and scope (`overall`, `mean_over_corpora`,
  `mean_over_languages`, each `corpus`, each `language`), with interval and ranks. Macro F1 is the mean over
  the emotions that the scope offers; an answer that names no emotion counts as wrong.
- `per_emotion`: F1, precision and recall of each emotion against the rest, pooled over all corpora.
- `confusion`: true by predicted emotion in long form; `unresolved` are answers that name no emotion. With
  several samples, counts are means over them."""

_ANSWERS_TEXT: Final = """\
- `predictions`: what the models answered, word for word, with one split for each method and temperature, such
  as `t0_7` (generated) and `likelihood_t0_7` (the most probable option). Rows with an `error` have no
  answer. Labels and speakers are in the dataset of the collection, by `file_id`."""

Answers = Mapping[str, "pa.Table | Callable[[], pa.Table]"]
"""Raw answers by evaluation key: a table, or what loads it when its turn comes."""


def build_results(store: Store, board: Board, answers: Answers) -> Plan:
    """Builds `publish/datasets/cameo-results`, and the plan beside it.

    The same board and answers give the same bytes, whatever the order of their rows.

    Args:
        store: A store in a local folder.
        board: All scores.
        answers: By evaluation key; tables with the columns of `PublishedAnswer`, others are left out. One
            table at a time is in memory.

    Returns:
        The plan, with the changes that this build made.

    Raises:
        BadInput: The store is not local, or an evaluation has a key that is none, or lacks a column.
    """
    places = {key: _place(key) for key in sorted(answers)}

    def fill(tree: Tree) -> None:
        for name, (lines_of, struct) in _TABLES.items():
            lines = lines_of(board)
            tree.write(f"{name}.csv", result_tables.as_csv(lines, struct))
            _write_parquet(tree, f"{name}.parquet", to_table(lines, struct))
            if name == "leaderboard":
                tree.write(f"{name}.json", result_tables.as_json(lines))
        for key, (model, split) in places.items():
            found = answers[key]
            table = found() if callable(found) else found
            _write_parquet(tree, f"predictions/{model}/{split}.parquet", _published(table, key, model))
        tree.write("README.md", _readme(board, list(places.values())))

    return publish(store, "datasets", NAME, fill)


def _place(key: str) -> tuple[str, str]:
    """Folder and split of an evaluation: its model, and its condition as a name.

    >>> _place("chance@0"), _place("a-1@0.7"), _place("a-1@likelihood-0.7")
    (('chance', 't0'), ('a-1', 't0_7'), ('a-1', 'likelihood_t0_7'))
    """
    model, condition = parse_key(key)
    temperature = re.sub(r"[^a-z0-9]", "_", key.rpartition("@")[2].removeprefix(f"{condition.method}-"))
    return model, ("" if condition.method == "generation" else f"{condition.method}_") + f"t{temperature}"


def _published(table: pa.Table, key: str, model: str) -> pa.Table:
    """The columns that are published, sorted, with the evaluation in front."""
    import pyarrow as pa

    schema = schema_of(PublishedAnswer)
    missing = sorted(set(schema.names) - set(table.column_names))
    if missing:
        raise BadInput(f"answers of {key}", "columns", f"no {missing[0]}", f"{schema.names}")
    own = table.select(schema.names).cast(schema)
    own = own.sort_by([(name, "ascending") for name in ("corpus", "file_id", "sample")])
    for name, value in (("model", model), ("evaluation", key)):
        own = own.add_column(0, name, pa.repeat(pa.scalar(value), own.num_rows))
    return own


def _write_parquet(tree: Tree, path: str, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    # In one piece, so that how the rows came together leaves no trace in the bytes.
    with tree.open(path) as file:
        pq.write_table(table.combine_chunks(), file, compression="zstd")


def _readme(board: Board, places: Sequence[tuple[str, str]]) -> bytes:
    samples = [corpus.name for corpus in board.corpora if corpus.sample]
    splits: dict[str, list[str]] = {}
    for model, split in places:
        splits.setdefault(split, []).append(f"predictions/{model}/{split}.parquet")
    front = {
        "pretty_name": "CAMEO results",
        "tags": ["leaderboard", "speech-emotion-recognition"],
        "configs": _configs(splits),
    }
    evaluations = sorted({row.evaluation for row in board.rows})
    return card.card(
        front,
        "# CAMEO results",
        card.banner(samples),
        f"Speech emotion recognition of {len(evaluations)} evaluations on {len(board.corpora)} corpora of "
        f"CAMEO, version {card.plain(board.collection_version)} of the collection.",
        _TEXT + ("\n" + _ANSWERS_TEXT if splits else ""),
        "\n".join(f"- {card.plain(note)}" for note in board.notes),
    )


def _configs(splits: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"config_name": name, "data_files": [{"split": "train", "path": [f"{name}.parquet"]}]}
        for name in _TABLES
    ]
    found[0]["default"] = True
    if splits:
        files = [{"split": split, "path": list(paths)} for split, paths in sorted(splits.items())]
        found.append({"config_name": "predictions", "data_files": files})
    return found
