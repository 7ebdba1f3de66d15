from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Ask
from cameo_assets.models.engines.classifier import AudioClassifier, emotion_probabilities
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate
from cameo_assets.models.plan import make_plan
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.registry import build_engine
from cameo_assets.models.spec import ModelSpec, load
from cameo_assets.store import Store
from cameo_assets_tests.models import tiny
from cameo_assets_tests.models.examples import COLD, EMOTIONS, OPTIONS, a_recording

LABELS = {
    "ang": "anger",
    "hap": "happiness",
    "neu": "neutral",
    "sad": "sadness",
    "mad": "anger",
    "noise": None,
}
FAMILIES: list[tuple[str, dict[str, Any], str]] = [
    ("wav2vec2", {}, "none"),
    ("wav2vec2", {"feat_extract_norm": "layer", "do_stable_layer_norm": True}, "masked"),
    ("hubert", {"feat_extract_norm": "layer"}, "masked"),
    ("wavlm", {}, "none"),
    ("whisper", {}, "window"),
    ("ast", {}, "window"),
]
SPEC = """
id: ears
name: Ears
kind: model
engine: classifier
licence: MIT
temperatures: [0]
repository: someone/ears
revision: 0123456789abcdef0123456789abcdef01234567
options:
  labels: {ang: anger, noise: null}
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def rows(store: Store) -> list[dict[str, Any]]:
    """Recordings of several lengths, two of them alike in length."""
    noise = np.random.default_rng(0)
    return [
        a_recording(
            store, "alpha", str(number), EMOTIONS[number % 3], "s", 0.1 * noise.standard_normal(length)
        )
        for number, length in enumerate((8_000, 12_345, 4_000, 16_000, 8_000, 9_000))
    ]


def a_classifier(
    folder: Path, family: str = "wav2vec2", shape: Mapping[str, Any] | None = None, **options: Any
) -> ModelSpec:
    tiny.classifier(folder, LABELS, family, **(shape or {}))
    return of(folder, **options)


def of(folder: Path, **options: Any) -> ModelSpec:
    return tiny.spec(
        folder,
        "classifier",
        temperatures=(0.0,),
        prompt="",
        options={"labels": LABELS, "device": "cpu"} | options,
    )


def run(store: Store, spec: ModelSpec, rows: Sequence[dict[str, Any]], **more: Any) -> EvaluationOutcome:
    return evaluate(store, spec, [COLD], rows, OPTIONS, **more)


def said(outcome: EvaluationOutcome) -> dict[str, str | None]:
    table = outcome.answers(COLD)
    return dict(zip(table["file_id"].to_pylist(), table["text"].to_pylist(), strict=True))


def details(outcome: EvaluationOutcome) -> dict[str, dict[str, Any]]:
    return {row["file_id"]: msgspec.json.decode(row["details"]) for row in outcome.answers(COLD).to_pylist()}


def asks(store: Store, spec: ModelSpec, rows: Sequence[dict[str, Any]]) -> list[Ask]:
    plan = make_plan(spec, [COLD], rows, OPTIONS)
    return list(plan.asks(store, plan.wanted))


def close(one: Answer, other: Answer) -> bool:
    numbers = [[*answer.details["probabilities"].values(), answer.details["mass"]] for answer in (one, other)]
    return one.text == other.text and np.allclose(*numbers, atol=1e-5)


@pytest.mark.parametrize(("family", "shape", "padding"), FAMILIES)
def test_many_at_once_are_answered_as_one_by_one(
    family: str, shape: dict[str, Any], padding: str, store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model", family, shape)
    engine: Any = build_engine(spec, store.home)
    assert engine.versions["padding"] == padding
    wanted = asks(store, spec, rows)
    together = {answer.file_id: answer for answer in engine.answer(wanted, {})}
    alone = {answer.file_id: answer for answer in engine.alone(wanted)}
    assert together.keys() == alone.keys() == {row["file_id"] for row in rows}
    assert all(close(together[name], alone[name]) for name in alone)


def test_alone_is_what_the_library_says(store: Store, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    import soundfile

    spec = a_classifier(tmp_path / "model")
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "model")
    model = AutoModelForAudioClassification.from_pretrained(tmp_path / "model").eval()
    engine = AudioClassifier(spec, msgspec.convert(spec.options, AudioClassifier.Options), store.home)
    for ask, answer in zip(asks(store, spec, rows), engine.alone(asks(store, spec, rows)), strict=True):
        wave, _ = soundfile.read(ask.item.path, dtype="float32")
        with torch.no_grad():
            scores = model(**extractor(wave, sampling_rate=16_000, return_tensors="pt")).logits[0]
        shares = dict(zip(LABELS, scores.softmax(dim=-1).tolist(), strict=True))
        whole = {"anger": shares["ang"] + shares["mad"], "neutral": shares["neu"], "sadness": shares["sad"]}
        assert answer.details["mass"] == pytest.approx(sum(whole.values()), abs=1e-5)
        assert answer.details["probabilities"] == pytest.approx(
            {name: share / sum(whole.values()) for name, share in whole.items()}, abs=1e-5
        )
        assert answer.text == max(whole, key=whole.__getitem__)


@pytest.mark.parametrize("batch_seconds", [0.1, 1.3, 1000.0])
def test_answers_depend_neither_on_batches_nor_on_order(
    batch_seconds: float, store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    shape = {"feat_extract_norm": "layer"}
    first = run(store, a_classifier(tmp_path / "model", shape=shape), rows)
    other = Store(f"{store.home}-other")
    for row in rows:
        other.write_bytes(
            store.read_bytes("audio", "alpha", row["file_id"]), "audio", "alpha", row["file_id"]
        )
    again = run(other, of(tmp_path / "model", batch_seconds=batch_seconds), rows[::-1])
    assert said(again) == said(first)
    for name, found in details(first).items():
        assert details(again)[name]["probabilities"] == pytest.approx(found["probabilities"], abs=1e-5)


def test_how_many_are_asked_at_once_and_why_weights_are_trusted_asks_nothing_anew(
    store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    run(store, a_classifier(tmp_path / "model"), rows)
    assert run(store, of(tmp_path / "model", batch_seconds=1.0), rows).asked == 0
    assert run(store, of(tmp_path / "model", unsafe_weights="made by ourselves"), rows).asked == 0
    relabelled = LABELS | {"noise": "neutral"}
    assert run(store, of(tmp_path / "model", labels=relabelled), rows).asked == len(rows)


def test_a_corpus_without_any_of_its_emotions_is_not_answered_and_not_asked_again(
    store: Store, tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model", labels=dict.fromkeys(LABELS, "happiness"))
    rows = [a_recording(store, "alpha", "1", "anger", "s", np.full(8_000, 0.1))]
    outcome = run(store, spec, rows)
    assert outcome.errors == {FINAL: 1}
    assert outcome.answers(COLD)["error"].to_pylist() == [f"{FINAL}: it knows none of the emotions of alpha"]
    assert run(store, spec, rows).asked == 0


def test_an_emotion_that_the_model_lacks_is_never_said(store: Store, tmp_path: Path) -> None:
    spec = a_classifier(tmp_path / "model")
    noise = np.random.default_rng(1)
    rows = [
        a_recording(store, "beta", str(number), "calm", "s", 0.1 * noise.standard_normal(6_000))
        for number in range(4)
    ]
    outcome = run(store, spec, rows)
    assert set(said(outcome).values()) == {"anger"}
    assert all(found["probabilities"] == {"anger": 1.0} for found in details(outcome).values())
    assert all(0 < found["mass"] < 1 for found in details(outcome).values())


def test_a_recording_that_cannot_be_used_is_a_fault_of_its_own(
    store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    Path(store.path("audio", "alpha", rows[0]["file_id"])).unlink()
    Path(store.path("audio", "alpha", rows[1]["file_id"])).write_bytes(b"fLaC, and no more")
    outcome = run(store, a_classifier(tmp_path / "model"), rows)
    assert (outcome.errors, outcome.missing) == ({"audio": 2}, 2)
    assert {name for name, text in said(outcome).items() if text is None} == {
        row["file_id"] for row in rows[:2]
    }


@pytest.mark.parametrize(("family", "length"), [("whisper", 30 * 16_000 + 1), ("ast", 164_000)])
def test_a_recording_is_not_cut_in_silence(family: str, length: int, store: Store, tmp_path: Path) -> None:
    rows = [a_recording(store, "alpha", "1", "anger", "s", np.full(length, 0.1))]
    outcome = run(store, a_classifier(tmp_path / "model", family), rows)
    (error,) = outcome.answers(COLD)["error"].to_pylist()
    assert error.startswith("not applicable: ")
    assert f"{length / 16_000:g} seconds of audio" in error
    assert outcome.missing == 0  # it will not get shorter: a miss, and not asked about again
    assert run(store, a_classifier(tmp_path / "model", family), rows).asked == 0


class Crowded:
    """A classifier that runs out of memory with more recordings than fit."""

    def __init__(self, plain: Any, fit: int) -> None:
        self.plain, self.fit = plain, fit
        self.tried: list[int] = []
        self.listener = plain.listener

    def together(self, waves: Sequence[Any]) -> list[list[float]]:
        self.tried.append(len(waves))
        if len(waves) > self.fit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        found: list[list[float]] = self.plain.together(waves)
        return found


def test_out_of_memory_halves_the_batch_and_those_to_come(
    store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model", batch_seconds=3.0)
    plain = run(store, spec, rows)
    engine: Any = build_engine(spec, store.home)
    engine._model = crowded = Crowded(engine._model, fit=1)
    fresh = list(engine.answer(asks(store, spec, rows), {}))
    assert {answer.file_id: answer.text for answer in fresh} == said(plain)
    assert crowded.tried[:3] == [3, 1, 2]
    assert engine._budget < 3.0


def test_a_recording_that_never_fits_is_a_fault_of_its_own(
    store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model")
    engine: Any = build_engine(spec, store.home)
    engine._model = Crowded(engine._model, fit=0)
    errors = [answer.error for answer in engine.answer(asks(store, spec, rows), {})]
    assert errors == ["engine: out of memory with this recording alone"] * len(rows)


def test_scores_that_are_no_numbers_are_faults(
    store: Store, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = tiny.classifier(tmp_path / "model", LABELS)
    model = AutoModelForAudioClassification.from_pretrained(folder)
    with torch.no_grad():
        model.classifier.bias[0] = math.nan
    model.save_pretrained(folder)
    spec = of(folder)
    errors = [answer.error for answer in build_engine(spec, store.home).answer(asks(store, spec, rows), {})]
    assert errors == ["engine: scores that are not numbers"] * len(rows)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"ang": "anger"}, ["missing_label", "nothing for hap, neu", "the model's own classes: ang, hap"]),
        (LABELS | {"joy": "happiness"}, ["unknown_label", "joy", "the model's own classes: ang, hap"]),
    ],
)
def test_classes_of_model_and_spec_must_be_the_same(
    labels: dict[str, str], words: list[str], store: Store, tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model", labels=labels)
    with pytest.raises(BadInput) as complaint:
        build_engine(spec, store.home)
    for word in ["tiny: ", str(tmp_path / "model"), "options.labels", *words]:
        assert word in str(complaint.value)


@pytest.mark.parametrize("problem", ["regression", "multi_label_classification"])
def test_scores_that_do_not_exclude_each_other_are_refused(
    problem: str, store: Store, tmp_path: Path
) -> None:
    spec = a_classifier(tmp_path / "model", shape={"problem_type": problem})
    with pytest.raises(BadInput, match=f"seen {problem} of ang, hap"):
        build_engine(spec, store.home)


def test_a_spec_of_a_classifier_needs_no_prompt() -> None:
    assert load(SPEC.encode(), "ears.yaml").prompt == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "ang: anger",
            "ang: angry",
            ["options", "'ang' to be null or an emotion, not 'angry'", "mean anger?"],
        ),
        ("labels:", "label:", ["options", "label", "did you mean labels?"]),
        ("licence: MIT", "licence: MIT\nprompt: cameo-1", ["prompt", "none, as classifier is asked nothing"]),
        ("[0]", "[0, 0.7]", ["temperatures", "[0]"]),
        ("revision: 0123456789abcdef0123456789abcdef01234567", "", ["revision", "cameo models pin ears"]),
    ],
)
def test_a_bad_spec_is_refused_with_what_is_allowed(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        load(SPEC.replace(old, new).encode(), "ears.yaml")
    for word in ["ears.yaml", *words]:
        assert word in str(complaint.value)


SCORES = st.lists(
    st.tuples(st.floats(-20, 20), st.sampled_from([None, "anger", "calm", "fear"])), min_size=1, max_size=8
).filter(lambda rows: any(emotion in ("anger", "calm") for _, emotion in rows))


@given(SCORES)
def test_probabilities_are_shares_of_softmax(rows: list[tuple[float, str | None]]) -> None:
    shares = np.exp([score for score, _ in rows]) / np.exp([score for score, _ in rows]).sum()
    sums = {
        name: sum(share for share, (_, emotion) in zip(shares, rows, strict=True) if emotion == name)
        for name in {"anger", "calm"} & {emotion for _, emotion in rows}
    }
    probabilities, mass = emotion_probabilities(*zip(*rows, strict=True), ["anger", "calm", "sadness"])
    assert mass == pytest.approx(sum(sums.values()), abs=1e-6)
    assert probabilities == pytest.approx(
        {name: x / sum(sums.values()) for name, x in sums.items()}, abs=1e-6
    )


@given(SCORES, st.floats(-1e4, 1e4))
def test_a_shift_of_all_scores_changes_nothing(rows: list[tuple[float, str | None]], shift: float) -> None:
    scores, emotions = zip(*rows, strict=True)
    one = emotion_probabilities(scores, emotions, ["anger", "calm"])
    other = emotion_probabilities([score + shift for score in scores], emotions, ["anger", "calm"])
    assert other[0] == pytest.approx(one[0], abs=1e-6)
    assert other[1] == pytest.approx(one[1], abs=1e-6)


def test_a_share_too_small_for_a_number_is_still_divided() -> None:
    probabilities, mass = emotion_probabilities(
        [0.0, -2000.0, -2000.0], [None, "anger", "calm"], ["anger", "calm"]
    )
    assert (probabilities, mass) == ({"anger": 0.5, "calm": 0.5}, 0.0)


def test_a_closed_engine_gives_its_model_back(store: Store, tmp_path: Path) -> None:
    engine: Any = build_engine(a_classifier(tmp_path / "model"), store.home)
    model = weakref.ref(engine._model.listener.model)
    engine.close()
    engine.close()
    assert model() is None
