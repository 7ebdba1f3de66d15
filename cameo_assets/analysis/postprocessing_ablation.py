"""How much of a score is the model, and how much the reading of its answers?

The same raw answers, read in different ways: nothing but a label, a label as a word, the published rule, the
published rule with other thresholds, and without its guesses. Evaluations by likelihood are left out: their
answers are options, of which every reading makes the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.answers.exact import EXACT
from cameo_assets.answers.published import PUBLISHED, at_threshold
from cameo_assets.answers.reading import Reader
from cameo_assets.answers.strict import STRICT
from cameo_assets.answers.whole_word import WHOLE_WORD
from cameo_assets.arrow import to_table
from cameo_assets.collection import files
from cameo_assets.lineage.declaration import Made, Product, Read, Setting, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Picture, Shown
from cameo_assets.lineage.shown import table as shown_table
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.standing import scored, standing
from cameo_assets.models.evaluate import stored
from cameo_assets.models.spec import parse_key
from cameo_assets.places import Place
from cameo_assets.provenance import version_of_tables

if TYPE_CHECKING:
    import pyarrow as pa

THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8)
READINGS: Final[tuple[Reader, ...]] = (
    EXACT,
    WHOLE_WORD,
    STRICT,
    PUBLISHED,
    *(at_threshold(threshold) for threshold in THRESHOLDS),
)
"""From the narrowest to the widest, then the other thresholds."""


class Ablated(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation under one reading.

    Attributes:
        evaluation: Its key.
        reading: Name of the reader.
        macro_f1: Pooled.
        unresolved: Share of answers that name no emotion.
        changed: Share of answers whose label is not that of the published rule.
        n: Answers.
    """

    evaluation: str
    reading: str
    macro_f1: float
    unresolved: float
    changed: float
    n: int


def ablate(
    predictions: Mapping[str, pa.Table],
    collection: pa.Table,
    options_by_corpus: Mapping[str, tuple[str, ...]],
) -> pa.Table:
    """Scores each evaluation under each reading.

    Args:
        predictions: For each evaluation its raw answers (see `answers.batch.answers_table`).
        collection: Columns `file_id`, `corpus`, `language`, `emotion`, `group_id`.
        options_by_corpus: The declared emotions of each corpus.

    Returns:
        The columns of `Ablated`; evaluations sorted, readings in the order of `READINGS`.

    Raises:
        BadInput: An answer belongs to no utterance or comes twice.
    """
    rows = [
        row
        for evaluation, table in sorted(predictions.items())
        for row in _one_evaluation(evaluation, table, collection, options_by_corpus)
    ]
    return to_table(rows, Ablated)


def _one_evaluation(
    evaluation: str,
    predictions: pa.Table,
    collection: pa.Table,
    options_by_corpus: Mapping[str, tuple[str, ...]],
) -> list[Ablated]:
    from cameo_assets.answers.batch import answers_table
    from cameo_assets.metrics.evaluation import score_evaluation

    if not predictions.num_rows:
        return []
    answers = answers_table(predictions, options_by_corpus, READINGS)
    scores = {
        row["reader"]: row
        for row in score_evaluation(answers, collection, options_by_corpus).scores.to_pylist()
        if row["scope"] == "overall"
    }
    labels = {reader.name: _labels(answers, reader) for reader in READINGS}
    published = labels[PUBLISHED.name]
    return [
        Ablated(
            evaluation=evaluation,
            reading=reader.name,
            macro_f1=scores[reader.name]["score"],
            unresolved=scores[reader.name]["unresolved"],
            changed=_share_different(labels[reader.name], published),
            n=predictions.num_rows,
        )
        for reader in READINGS
    ]


def _labels(answers: pa.Table, reader: Reader) -> list[str | None]:
    """Labels of one reader; all readers have the same answers in the same order."""
    import pyarrow.compute as pc

    labels: list[str | None] = answers.filter(pc.equal(answers["reader"], reader.name))["label"].to_pylist()
    return labels


def _share_different(one: list[str | None], other: list[str | None]) -> float:
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)


def plot(table: pa.Table) -> bytes:
    """Draws what `ablate` made: a line of points for each evaluation, a colour for each reading.

    Returns:
        A PNG.
    """
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = table.to_pylist()
    evaluations = sorted({row["evaluation"] for row in rows}, reverse=True)
    figure = Figure(figsize=(8, 1.6 + 0.35 * max(len(evaluations), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for marker, reader in zip("s^Dovv<>", READINGS, strict=True):
        own = [row for row in rows if row["reading"] == reader.name]
        axes.plot(
            [row["macro_f1"] for row in own],
            [evaluations.index(row["evaluation"]) for row in own],
            marker,
            label=reader.name,
            alpha=0.75,
        )
    axes.set_yticks(range(len(evaluations)), evaluations)
    axes.set_xlabel("macro F1, all corpora pooled")
    axes.set_xlim(left=0)
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120, metadata={"Software": None})
    return image.getvalue()


TABLE: Final = Place("analysis/postprocessing_ablation.parquet")
PLOT: Final = Place("analysis/postprocessing_ablation.png")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared.

    Attributes:
        evaluations: How many evaluations.
        readings: In how many ways.
        left_out: Evaluations by likelihood.
    """

    evaluations: int
    readings: int
    left_out: int


def generated(snapshot: Snapshot) -> list[str]:
    """The evaluations on the leaderboard whose answers are read from what a model said freely."""
    return [key for key in scored(snapshot) if parse_key(key)[1].method == "generation"]


def make(job: Job) -> Made:
    """Reads all raw answers in every way and writes table and plot."""
    store = job.store
    rows, options = files.read_rows(store), files.options(store)
    raw = {}
    for key in job.keys("predictions"):
        spec, condition = job.evaluation_of(key)
        raw[key] = stored(store, spec, [condition], rows, options).answers(condition)
    table = ablate(raw, rows, options)
    store.write_table(table, TABLE.of())
    store.write_bytes(plot(table), PLOT.of())
    left_out = len(standing(job.snapshot).scored) - len(raw)
    return Made(
        version_of_tables(table), Details(evaluations=len(raw), readings=len(READINGS), left_out=left_out)
    )


def show(job: Job, details: Details) -> Shown:
    """The plot and the scores behind it."""
    columns = ["evaluation", "reading", "macro_f1", "unresolved", "changed"]
    rows = job.store.read_table(TABLE.of(), columns=columns).to_pylist()
    return Shown(
        {
            "plot": Picture(job.store.read_bytes(PLOT.of())),
            "scores": shown_table(columns, [[row[name] for name in columns] for row in rows]),
            "left out, by likelihood": details.left_out,
        }
    )


ANALYSIS: Final = Product(
    name="analysis/postprocessing_ablation",
    about=(
        "How much of a score is the reading of the answers? No model is asked for this. Evaluations by "
        "likelihood are left out, as nothing is read from free text there."
    ),
    group="analysis",
    kinds=("python", "parquet"),
    reads=(Read("unified_jsonl"), Read("predictions", generated), Read("leaderboard"), Setting.MODEL_FILES),
    places=(TABLE, PLOT),
    code_version="2",
    make=make,
    details=Details,
    show=show,
    by_itself=WhenSettled(following="leaderboard"),
    also=lambda _snapshot, _partition: {
        "readings": ", ".join(f"{reading.name} {reading.version}" for reading in READINGS)
    },
)
