"""How long the intervals of a whole leaderboard take: `python -m benchmarks.bootstrap`.

Data of CAMEO's size, made up: 13 corpora with 41,265 utterances and 17 labels, 16 evaluations, 10,000 draws.
Two corpora (as MESD and RESD) are resampled by utterance. Compared with the usual way: gather the rows of the
drawn groups, ask scikit-learn for the macro F1; that is timed on a few draws and extrapolated.
"""

from __future__ import annotations

import resource
import sys
import time

import click
import numpy as np
from numpy.typing import NDArray

from cameo_assets.metrics.bootstrap import SEED, bootstrap, resample_counts
from cameo_assets.metrics.counts import Counts, count
from cameo_assets.metrics.rows import Rows, encode
from cameo_assets.vocabulary import EMOTIONS

Predicted = NDArray[np.intp]

SIX = ("anger", "fear", "happiness", "neutral", "sadness", "surprise")
SEVEN = tuple(sorted((*SIX, "disgust")))
NOT_JL = ("calm", "disgust", "enthusiasm", "fear", "poker", "sarcasm", "surprise")
JL = tuple(sorted(set(EMOTIONS) - set(NOT_JL)))
CORPORA: dict[str, tuple[str, int, int, tuple[str, ...]]] = {
    "cafe": ("French", 936, 12, SEVEN),
    "crema_d": ("English", 7442, 91, tuple(e for e in SEVEN if e != "surprise")),
    "emns": ("English", 1205, 1, (*(e for e in SEVEN if e != "fear"), "excitement", "sarcasm")),
    "emozionalmente": ("Italian", 6902, 431, SEVEN),
    "enterface": ("English", 1257, 43, tuple(e for e in SEVEN if e != "neutral")),
    "jl_corpus": ("English", 2400, 4, JL),
    "mesd": ("Spanish", 862, 862, tuple(e for e in SEVEN if e != "surprise")),
    "nemo": ("Polish", 4481, 9, SIX),
    "oreau": ("French", 502, 32, SEVEN),
    "pavoque": ("German", 5442, 1, ("anger", "happiness", "neutral", "poker", "sadness")),
    "ravdess": ("English", 1440, 24, (*SEVEN, "calm")),
    "resd": ("Russian", 1396, 1396, (*(e for e in SEVEN if e != "surprise"), "enthusiasm")),
    "subesco": ("Bengali", 7000, 20, SEVEN),
}
"""Language, utterances, groups and labels; the sizes of CAMEO, the labels of the utterances made up."""


def collection(noise: np.random.Generator) -> Rows:
    """The made-up collection."""
    import pyarrow as pa

    rows = [
        {
            "file_id": f"{corpus}-{index}",
            "corpus": corpus,
            "language": language,
            "emotion": labels[noise.integers(len(labels))],
            "group_id": f"{corpus}_{index % groups}",
        }
        for corpus, (language, size, groups, labels) in CORPORA.items()
        for index in range(size)
    ]
    return encode(pa.Table.from_pylist(rows), {slug: tuple(sorted(c[3])) for slug, c in CORPORA.items()})


def predictions(rows: Rows, noise: np.random.Generator) -> Predicted:
    """One sample of one evaluation: right in three of ten, else any label of the corpus or none."""
    guess = noise.integers(-1, len(rows.grid.labels), len(rows.truth))
    return np.where(noise.random(len(rows.truth)) < 0.3, rows.truth, guess)[None]


def usual_way(rows: Rows, predicted: Predicted, draws: int) -> float:
    """Seconds for one draw of one evaluation, overall score alone, by gathering rows and scikit-learn."""
    from sklearn.metrics import f1_score

    grid = rows.grid
    members = [np.flatnonzero(rows.group == group) for group in range(len(grid.groups))]
    start = time.perf_counter()
    for draw in range(draws):
        picked = []
        for index, corpus in enumerate(grid.corpora):
            groups = np.flatnonzero(grid.group_corpus == index)
            times = next(resample_counts(corpus, len(groups), draws=1, seed=SEED + draw))[0]
            picked += [members[group] for group in np.repeat(groups, times)]
        taken = np.concatenate(picked)
        f1_score(
            rows.truth[taken],
            predicted[0, taken],
            labels=range(len(grid.labels)),
            average="macro",
            zero_division=0,
        )
    return (time.perf_counter() - start) / draws


@click.command()
@click.option("--evaluations", default=16, show_default=True)
@click.option("--draws", default=10_000, show_default=True)
@click.option("--usual-draws", default=20, show_default=True, help="Draws of the usual way; 0 leaves it out.")
def main(evaluations: int, draws: int, usual_draws: int) -> None:
    """Times the bootstrap and prints what it measured."""
    noise = np.random.default_rng(1)
    rows = collection(noise)
    predicted = [predictions(rows, noise) for _ in range(evaluations)]
    start = time.perf_counter()
    counted: list[Counts] = [count(rows, sample) for sample in predicted]
    counting = time.perf_counter() - start
    start = time.perf_counter()
    result = bootstrap(counted, draws=draws)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    grid = rows.grid
    print(f"{len(rows.truth):,} utterances, {len(grid.groups):,} groups, {len(grid.labels)} labels")
    print(f"{evaluations} evaluations counted in {counting:.2f} s")
    print(f"{draws:,} draws, {len(result.intervals)} scopes: {seconds:.2f} s, peak RSS {peak / 1e6:.0f} MB")
    if usual_draws:
        whole = usual_way(rows, predicted[0], usual_draws) * draws * evaluations
        print(
            f"gather + scikit-learn, overall score alone, extrapolated from {usual_draws} draws of one "
            f"evaluation: {whole:.0f} s, {whole / seconds:.0f} times as long"
        )


if __name__ == "__main__":
    main()
