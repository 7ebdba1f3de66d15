"""A model is tried on a few utterances; what it says there counts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cameo_assets.errors import BadInput
from cameo_assets.models import trial
from cameo_assets.models.engines.base import Answer, EngineDefaults
from cameo_assets.models.engines.scripted import ScriptedFailure
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.models.trial import Estimate, Timing, Trial, try_out
from cameo_assets.store import Store
from cameo_assets_tests.models import gated
from cameo_assets_tests.models.examples import OPTIONS, a_collection, a_spec, baseline, log_lines, tones

ROWS = pa.Table.from_pylist(a_collection(30) + a_collection(12, "beta"))
EACH = 3
"""Answers of the spec below about one utterance: one greedy, two warm."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def tried(store: Store, spec: ModelSpec, clips: int = 20) -> Trial:
    return try_out(store, spec, ROWS, OPTIONS, clips=clips)


def test_it_asks_about_so_many_utterances_of_all_corpora(store: Store, log: Path) -> None:
    found = tried(store, a_spec(options={"log": str(log)}))
    assert len(found.clips) == 20
    assert {file_id for file_id, _, _ in log_lines(log)} == set(found.clips)
    assert len(log_lines(log)) == 20 * EACH
    assert {file_id.partition("-")[0] for file_id in found.clips} == {"alpha", "beta"}
    assert {key: table.num_rows for key, table in found.answers.items()} == {"parrot@0": 20, "parrot@0.7": 40}


def test_a_model_that_is_not_enabled_is_tried(store: Store) -> None:
    assert tried(store, a_spec(enabled=False)).timing is not None


def test_what_was_answered_is_not_asked_again(store: Store, log: Path) -> None:
    spec = a_spec(options={"log": str(log)})
    tried(store, spec)
    evaluate(store, spec, conditions(spec), ROWS, OPTIONS)
    assert len(set(log_lines(log))) == len(log_lines(log)) == 42 * EACH
    again = tried(store, spec)
    assert len(log_lines(log)) == 42 * EACH
    assert (again.timing, again.left.answers, again.full.seconds) == (None, 0, None)


def test_nothing_is_loaded_for_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(store, a_spec())
    monkeypatch.setattr(trial, "build_engine", None)
    assert tried(store, a_spec()).timing is None


def test_the_estimate_is_of_all_answers_and_of_those_left(store: Store) -> None:
    found = tried(store, a_spec(options={"delay_seconds": 0.001}))
    assert (found.utterances, found.full.answers, found.left.answers) == (42, 42 * EACH, 22 * EACH)
    timing = found.timing
    assert timing is not None
    assert (timing.clips, timing.answers) == (20, 60)
    assert timing.answering >= 60 * 0.001
    assert found.full.seconds == pytest.approx(timing.loading + timing.answering * 42 / 20)
    assert timing.memory > 2**20


def test_a_trial_that_asks_for_some_conditions_only_counts_the_answers_that_it_asked_for(
    store: Store,
) -> None:
    tried(store, a_spec(temperatures=(0.0,)))
    timing = tried(store, a_spec()).timing
    assert timing is not None
    assert (timing.clips, timing.answers) == (20, 40)


class Billed(EngineDefaults):
    """A model whose server tells what it costs."""

    family = "scripted/1"

    def answer(self, asks, _references):
        for ask in asks:
            for sampling in ask.samplings:
                details = {"tokens_in": 100, "tokens_out": 2, "cost": 0.25, "model": "x"}
                yield Answer(file_id=ask.item.file_id, sampling=sampling, text="calm", details=details)


def test_tokens_and_cost_are_carried_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "build_engine", lambda _spec, _home: Billed())
    found = tried(store, a_spec(), clips=10)
    assert found.paid == {"tokens_in": 3000, "tokens_out": 60, "cost": 7.5}
    assert found.full.paid == pytest.approx({"tokens_in": 12_600, "tokens_out": 252, "cost": 31.5})
    assert found.left.paid == pytest.approx({"tokens_in": 9_600, "tokens_out": 192, "cost": 24})


def test_what_is_not_told_is_not_made_up() -> None:
    assert Estimate.of(10, None, {}, 0) == Estimate(answers=10, seconds=None, paid={})
    timing = Timing(loading=5, answering=2, clips=2, answers=4, memory=1, accelerator_memory=None)
    assert Estimate.of(10, timing, {}, 4).seconds == 5 + 10 * 2 / 4


def test_an_engine_that_learns_from_whole_corpora_is_tried_on_the_smallest(store: Store) -> None:
    found = tried(store, baseline("majority"), clips=5)
    assert found.whole_corpus == "beta"
    assert (len(found.clips), found.left.answers) == (12, 30)


def test_an_engine_that_breaks_down_keeps_what_it_answered(store: Store) -> None:
    with pytest.raises(ScriptedFailure):
        tried(store, a_spec(options={"fail": {"after": 7}}))
    timing = tried(store, a_spec()).timing
    assert timing is not None
    assert timing.answers == 60 - 7


def test_what_a_parity_gate_takes_is_not_the_speed_of_a_full_pass(
    store: Store, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    gated.register(monkeypatch)
    timing = tried(store, a_spec(engine="gated", options={"log": str(log)})).timing
    assert timing is not None
    assert (timing.clips, timing.answers) == (20, 40)  # the greedy answers came from the gate
    assert gated.noted(log) == ["load", *["together"] * 20, *["alone"] * 20, *["together"] * 40, "close"]


def test_an_engine_that_breaks_down_is_closed(
    store: Store, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    gated.register(monkeypatch)
    with pytest.raises(BadInput, match="parity"):
        tried(store, a_spec(engine="gated", options={"log": str(log), "wrong": 1.0}))
    assert gated.noted(log)[-1] == "close"


def test_a_language_model_is_tried_in_this_process(store: Store, tmp_path: Path) -> None:
    import torch

    from cameo_assets_tests.models import tiny

    torch.set_num_threads(1)
    spec = tiny.spec(tiny.qwen2_audio(tmp_path / "qwen"), methods=("generation", "likelihood"))
    rows = tones(store, "alpha", speakers=2, each=1)
    found = try_out(store, spec, pa.Table.from_pylist(rows), OPTIONS, clips=3)
    assert {key: table.num_rows for key, table in found.answers.items()} == {
        "tiny@0": 3,
        "tiny@likelihood-0": 3,
        "tiny@0.7": 6,
        "tiny@likelihood-0.7": 3,
    }
    said = sum(len(table.filter(pc.equal(table["method"], "generation"))) for table in found.answers.values())
    assert said <= found.paid["tokens_out"] <= said * spec.max_new_tokens
    assert found.timing is not None
    assert found.timing.clips == 3
    assert (found.timing.accelerator_memory is None) == (not torch.cuda.is_available())
    assert found.versions["torch"] == torch.__version__


def test_a_model_without_a_pinned_revision_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Billed, "pinned", True)
    monkeypatch.setattr(trial, "engine_class", lambda _name: Billed)
    with pytest.raises(BadInput, match="cameo models pin parrot --off"):
        tried(store, a_spec())


def test_an_empty_collection_is_told(store: Store) -> None:
    with pytest.raises(BadInput, match="no utterance"):
        try_out(store, a_spec(), ROWS.slice(0, 0), OPTIONS)
