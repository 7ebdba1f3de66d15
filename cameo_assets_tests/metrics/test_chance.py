"""What guessing gives on CAMEO."""

import numpy as np
import pytest

from cameo_assets.metrics.chance import uniform_macro_f1
from cameo_assets.metrics.counts import count
from cameo_assets.metrics.rows import encode
from cameo_assets.metrics.scores import macro_f1
from cameo_assets_tests.metrics.made import OPTIONS, collection, random_case

SIX = ("anger", "fear", "happiness", "neutral", "sadness", "surprise")
PUBLISHED = {
    "cafe": (144, 144, 144, 72, 144, 144, {"disgust": 144}),
    "crema_d": (1271, 1271, 1271, 1087, 1271, 0, {"disgust": 1271}),
    "emns": (133, 0, 158, 149, 150, 153, {"disgust": 154, "excitement": 154, "sarcasm": 154}),
    "emozionalmente": (986, 986, 986, 986, 986, 986, {"disgust": 986}),
    "enterface": (210, 210, 207, 0, 210, 210, {"disgust": 210}),
    "jl_corpus": (
        *(240, 0, 240, 240, 240, 0),
        dict.fromkeys(
            ["anxiety", "apology", "assertiveness", "concern", "encouragement", "excitement"],
            240,
        ),
    ),
    "mesd": (143, 144, 144, 143, 144, 0, {"disgust": 144}),
    "nemo": (749, 736, 749, 809, 769, 669, {}),
    "oreau": (73, 71, 72, 71, 72, 72, {"disgust": 71}),
    "pavoque": (601, 0, 584, 3126, 556, 0, {"poker": 575}),
    "ravdess": (192, 192, 192, 96, 192, 192, {"disgust": 192, "calm": 192}),
    "resd": (219, 223, 218, 191, 162, 0, {"disgust": 192, "enthusiasm": 191}),
    "subesco": (1000, 1000, 1000, 1000, 1000, 1000, {"disgust": 1000}),
}
"""Utterances of the six common emotions and of the others; of EMNS and RESD these are known as a sum."""


def cameo() -> dict[str, dict[str, int]]:
    return {
        corpus: {label: n for label, n in zip(SIX, row[:6], strict=True) if n} | row[6]
        for corpus, row in PUBLISHED.items()
    }


def test_chance_on_cameo() -> None:
    counts = cameo()
    options = {corpus: tuple(sorted(emotions)) for corpus, emotions in counts.items()}
    assert sum(sum(emotions.values()) for emotions in counts.values()) == 41_265
    assert uniform_macro_f1(counts, options) == pytest.approx(0.132, abs=0.003)
    assert uniform_macro_f1({"nemo": counts["nemo"]}, options) == pytest.approx(0.17, abs=0.005)


def test_chance_is_what_guessing_scores() -> None:
    utterances, _ = random_case(6, utterances=20_000)
    rows = encode(collection(utterances), OPTIONS)
    noise = np.random.default_rng(1)
    guesses = np.array(
        [[rows.grid.labels.index(noise.choice(OPTIONS[corpus])) for corpus, _, _ in utterances]]
    )
    counts = count(rows, guesses)
    scored = float(
        macro_f1(counts.tp.sum(axis=1), counts.predicted.sum(axis=1), counts.grid.actual.sum(axis=0))[0]
    )
    by_corpus = {
        corpus: {label: utterances_of(utterances, corpus, label) for label in options}
        for corpus, options in OPTIONS.items()
    }
    assert uniform_macro_f1(by_corpus, OPTIONS) == pytest.approx(scored, abs=0.01)


def utterances_of(utterances: list[tuple[str, str, str]], corpus: str, label: str) -> int:
    return sum(u[0] == corpus and u[2] == label for u in utterances)
