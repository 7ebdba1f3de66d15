from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cameo_assets.models import evaluate as module
from cameo_assets.models.engines.base import Answer, Item, Sampling
from cameo_assets.models.engines.scripted import ScriptedFailure
from cameo_assets.models.evaluate import BrokenPromise, EvaluationOutcome, evaluate, stored
from cameo_assets.models.heartbeat import Beat
from cameo_assets.models.predictions import FINAL
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import (
    COLD,
    OPTIONS,
    WARM,
    Listening,
    a_collection,
    a_spec,
    baseline,
    faulty,
    log_lines,
    spoken,
)

ROWS = a_collection(10)


def run(store: Store, spec: ModelSpec, rows: list[dict[str, Any]] = ROWS, **more: Any) -> EvaluationOutcome:
    return evaluate(store, spec, conditions(spec), rows, OPTIONS, **more)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_every_utterance_is_answered_at_every_draw(store: Store) -> None:
    outcome = run(store, a_spec(samples=2))
    assert (outcome.asked, outcome.reused, outcome.missing, outcome.errors) == (30, 0, 0, {})
    table = outcome.answers(WARM).to_pylist()
    assert [(row["file_id"], row["sample"]) for row in table] == [
        (row["file_id"], sample) for row in ROWS for sample in (0, 1)
    ]
    assert outcome.coverage(COLD) == outcome.coverage(WARM) == 1.0


def test_a_rerun_asks_nothing_and_loads_no_model(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(store, a_spec())
    monkeypatch.setattr(module, "build_engine", lambda *_: pytest.fail("the model was loaded"))
    second = run(store, a_spec())
    assert (second.asked, second.reused) == (0, first.asked)
    for condition in (COLD, WARM):
        assert second.answers(condition) == first.answers(condition)
        assert second.version(condition) == first.version(condition)


def test_the_store_can_be_asked_alone(store: Store) -> None:
    spec = a_spec()
    assert stored(store, spec, [COLD, WARM], ROWS, OPTIONS).missing == 30
    made = run(store, spec)
    found = stored(store, spec, [COLD, WARM], ROWS, OPTIONS)
    assert (found.asked, found.missing) == (0, 0)
    assert found.version(WARM) == made.version(WARM)


def test_a_partial_evaluation_says_what_is_missing(store: Store) -> None:
    run(store, a_spec(), ROWS[:4])
    found = stored(store, a_spec(), [COLD], ROWS, OPTIONS)
    assert (found.missing, found.coverage(COLD), found.answers(COLD).num_rows) == (6, 0.4, 4)


@pytest.mark.parametrize(
    ("spec", "rows", "asked"),
    [
        (a_spec(temperatures=(0.0, 0.7, 1.0)), ROWS, 20),
        (a_spec(samples=3), ROWS, 10),
        (a_spec(), [*ROWS, *a_collection(2, "beta")], 6),
        (a_spec(), [*ROWS[:9], {**ROWS[9], "pcm_md5": "other"}], 3),
        (a_spec(prompt=""), ROWS, 30),
        (a_spec(name="Renamed", licence="GPL"), ROWS, 0),
        (a_spec(), [{**row, "emotion": "calm"} for row in ROWS], 0),
        (a_spec(), ROWS[:5], 0),
        (a_spec(), ROWS[::-1], 0),
    ],
    ids=["temperature", "sample", "corpus", "audio", "prompt", "name", "labels", "fewer", "order"],
)
def test_exactly_what_is_new_is_asked(
    store: Store, spec: ModelSpec, rows: list[dict[str, Any]], asked: int
) -> None:
    run(store, a_spec())
    outcome = run(store, spec, rows)
    assert (outcome.asked, outcome.missing) == (asked, 0)


def test_answers_are_kept_when_a_model_is_asked_otherwise_and_serve_again(store: Store) -> None:
    first = run(store, a_spec())
    run(store, a_spec(seed=5))
    again = run(store, a_spec())
    assert (again.asked, again.version(WARM)) == (0, first.version(WARM))


def test_faults_of_single_requests_are_reported_and_asked_again(store: Store, log: Path) -> None:
    spec = a_spec(options={"errors": 0.4, "log": str(log)})
    first = run(store, spec)
    faults = first.errors["scripted"]
    assert 0 < faults < 30
    assert first.missing == faults
    assert sum(first.answers(t)["text"].null_count for t in (COLD, WARM)) == faults
    sound = run(store, a_spec(options={"log": str(log)}))
    assert (sound.asked, sound.missing, sound.errors) == (faults, 0, {})
    assert len(log_lines(log)) == 30 + faults
    assert {t: sound.version(t) for t in (COLD, WARM)} == {
        t: run(Store(f"{store.home}-fresh"), a_spec()).version(t) for t in (COLD, WARM)
    }


def test_a_fault_that_would_come_again_is_settled(store: Store) -> None:
    engine = Listening(lambda item, sampling: [faulty(item, sampling, f"{FINAL}: no")])
    first = run(store, a_spec(), engine=engine)
    assert (first.errors, first.coverage(COLD), first.missing) == ({FINAL: 30}, 0.0, 0)
    assert run(store, a_spec()).asked == 0


def test_an_engine_that_breaks_down_keeps_what_it_answered(store: Store, log: Path) -> None:
    broken = a_spec(options={"fail": {"after": 13}, "log": str(log)})
    with pytest.raises(ScriptedFailure, match="after 13 answers"):
        run(store, broken, shard_rows=5)
    rest = run(store, a_spec(options={"log": str(log)}))
    assert (rest.asked, rest.reused, rest.missing) == (17, 13, 0)
    assert len(set(log_lines(log))) == len(log_lines(log)) == 30


def test_an_engine_that_is_down_for_a_while_goes_on_where_it_was(store: Store, tmp_path: Path) -> None:
    switch = tmp_path / "down"
    spec = a_spec(options={"fail": {"while_exists": str(switch)}})
    switch.touch()
    with pytest.raises(ScriptedFailure):
        run(store, spec)
    switch.unlink()
    assert run(store, spec).missing == 0


def test_an_interrupt_keeps_what_was_answered(store: Store) -> None:
    def reply(item: Item, sampling: Sampling) -> Any:
        if item.file_id == ROWS[4]["file_id"]:
            raise KeyboardInterrupt
        yield spoken(item, sampling)

    with pytest.raises(KeyboardInterrupt):
        run(store, a_spec(), engine=Listening(reply))
    assert stored(store, a_spec(), [COLD, WARM], ROWS, OPTIONS).missing == 18


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda item, s: [spoken(item, s), spoken(item, s)], "answered already"),
        (lambda _item, s: [Answer(file_id="stranger", sampling=s, text="x")], "stranger"),
        (lambda _item, _s: [], "left 10 requests without answer"),
        (lambda item, s: [Answer(file_id=item.file_id, sampling=s, text=None)], "text None"),
        (lambda item, s: [Answer(file_id=item.file_id, sampling=s, text="x", error="y: z")], "y: z"),
        (lambda item, s: [Answer(file_id=item.file_id, sampling=s, text=None, error="y")], "'stop'"),
    ],
)
def test_an_engine_that_breaks_its_promise_is_stopped(store: Store, reply: Any, words: str) -> None:
    with pytest.raises(BrokenPromise, match=words):
        run(store, a_spec(temperatures=(0.0,)), engine=Listening(reply))


def test_what_an_engine_answered_before_it_broke_its_promise_is_kept(store: Store) -> None:
    engine = Listening(lambda item, s: [spoken(item, s)] if item.file_id < ROWS[7]["file_id"] else [])
    with pytest.raises(BrokenPromise, match="left 9 requests"):
        run(store, a_spec(), engine=engine)
    assert run(store, a_spec()).asked == 9


def test_all_temperatures_of_an_utterance_share_an_ask(store: Store) -> None:
    engine = Listening(lambda item, sampling: [spoken(item, sampling)])
    run(store, a_spec(), engine=engine)
    assert len(engine.asks) == 10
    assert {len(ask.samplings) for ask in engine.asks} == {3}
    assert "anger, neutral, sadness" in engine.asks[0].item.prompt


def test_progress_counts_what_is_in_the_store(store: Store) -> None:
    run(store, a_spec(), ROWS[:2])
    seen: list[tuple[int, int]] = []

    def note(done: int, total: int, text: str) -> None:
        found = stored(store, a_spec(), [COLD, WARM], ROWS, OPTIONS)
        assert done == total - found.missing
        assert f"{done} of {total}" in text
        seen.append((done, total))

    run(store, a_spec(), progress=note, shard_rows=10)
    assert seen == [(6, 30), (16, 30), (26, 30), (30, 30)]


def test_shards_are_written_by_time_too(store: Store) -> None:
    seen: list[int] = []
    run(store, a_spec(), progress=lambda done, _total, _text: seen.append(done), shard_seconds=0)
    assert seen == list(range(31))


def test_the_heart_beats_from_loading_to_the_end(store: Store) -> None:
    run(store, a_spec(), ROWS[:2])
    beats: list[Beat] = []
    run(store, a_spec(), heartbeat=beats.append, beat_seconds=0)
    phases = [beat.phase for beat in beats]
    assert phases == ["loading", *["asking"] * (1 + 24), "ended"]
    assert [beat.done for beat in beats] == [6, 6, *range(7, 31), 30]
    assert {beat.total for beat in beats} == {30}
    assert beats[-1].samples[-1].corpus == "alpha"


def test_the_heart_beats_no_faster_than_told(store: Store) -> None:
    beats: list[Beat] = []
    run(store, a_spec(), heartbeat=beats.append, beat_seconds=3600)
    assert [beat.phase for beat in beats] == ["loading", "asking", "ended"]


def test_a_run_that_breaks_down_has_a_last_beat(store: Store) -> None:
    beats: list[Beat] = []
    with pytest.raises(ScriptedFailure):
        run(store, a_spec(options={"fail": {"after": 4}}), heartbeat=beats.append)
    assert (beats[-1].phase, beats[-1].done) == ("ended", 4)


def test_a_complete_evaluation_has_no_heartbeat(store: Store) -> None:
    run(store, a_spec())
    run(store, a_spec(), heartbeat=lambda _beat: pytest.fail("it beats"))


def test_an_evaluation_that_is_complete_is_one_part(store: Store) -> None:
    run(store, a_spec(), shard_rows=3)
    assert len(store.names("predictions", "parrot", "unversioned")) == 1


def test_the_version_follows_what_was_said_and_nothing_else(store: Store, tmp_path: Path) -> None:
    def version(text: str, latency: float, rows: list[dict[str, Any]], name: str) -> str:
        engine = Listening(
            lambda item, s: [Answer(file_id=item.file_id, sampling=s, text=text, latency=latency)]
        )
        return run(Store(tmp_path / name), a_spec(), rows, engine=engine).version(COLD)

    assert version("calm", 0.1, ROWS, "a") == version("calm", 0.2, ROWS[::-1], "b")
    assert version("calm", 0.1, ROWS, "a") != version("anger", 0.1, ROWS, "c")


def test_an_empty_collection_is_complete(store: Store) -> None:
    outcome = run(store, a_spec(), [])
    assert (outcome.asked, outcome.missing, outcome.coverage(WARM)) == (0, 0, 1.0)
    assert outcome.answers(WARM).num_rows == 0


def test_a_changed_label_is_learnt_by_the_majority(store: Store) -> None:
    spec = baseline("majority")
    rows = a_collection(3) + a_collection(4, "beta")
    assert run(store, spec, rows).asked == 7
    rows[1]["emotion"] = "sadness"
    outcome = run(store, spec, rows)
    assert (outcome.asked, outcome.reused) == (3, 4)
    texts = dict(
        zip(
            outcome.answers(COLD)["corpus"].to_pylist(),
            outcome.answers(COLD)["text"].to_pylist(),
            strict=True,
        )
    )
    assert texts == {"alpha": "sadness", "beta": "anger"}


def test_an_engine_of_another_family_is_not_asked(store: Store) -> None:
    engine = Listening(lambda item, sampling: [spoken(item, sampling)])
    with pytest.raises(BrokenPromise, match="chance/1"):
        run(store, baseline("chance"), engine=engine)
    assert engine.asks == []


def test_a_store_behind_a_url_will_do(tmp_path: Path) -> None:
    remote = Store(f"memory://{tmp_path.name}")
    local = run(Store(tmp_path), a_spec(), shard_rows=4)
    assert run(remote, a_spec(), shard_rows=4).version(WARM) == local.version(WARM)
    assert run(remote, a_spec()).asked == 0
