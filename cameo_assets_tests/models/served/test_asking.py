"""The engine `openai` asks a real server process, which behaves well."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

from cameo_assets.errors import BadInput
from cameo_assets.models import parity
from cameo_assets.models.evaluate import evaluate
from cameo_assets.models.spec import conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import COLD, OPTIONS, WARM
from cameo_assets_tests.models.served.app import answer
from cameo_assets_tests.models.served.asking import (
    answers,
    engine_of,
    evaluated,
    recordings,
    served,
    the_asks,
)
from cameo_assets_tests.models.served.server import Server


def test_every_wanted_answer_is_stored_once_as_the_server_said_it(store: Store, server: Server) -> None:
    rows = recordings(store)
    outcome = evaluated(store, served(server), rows)
    assert (outcome.asked, outcome.missing, outcome.errors) == (18, 0, {})
    assert server.log("invalid") == []
    assert sorted(server.names("request")) == sorted(server.names("answer"))
    assert len(set(server.names("answer"))) == 18
    question = "these: " + ", ".join(OPTIONS["alpha"]) + "."
    said = sorted(answer(name, question) for name in server.names("answer"))
    assert said == sorted(
        outcome.answers(COLD)["text"].to_pylist() + outcome.answers(WARM)["text"].to_pylist()
    )


def test_a_complete_evaluation_asks_nothing(store: Store, server: Server) -> None:
    rows = recordings(store)
    evaluated(store, served(server), rows)
    server.behave()
    assert evaluated(store, served(server), rows).asked == 0
    assert server.log("request") == []


def test_the_gate_asks_the_probes_one_by_one_as_well(store: Store, server: Server) -> None:
    rows, spec = recordings(store), served(server)
    outcome = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    gate = parity.read(store, spec, "generation")
    assert gate is not None and gate.passed and gate.compared == 6
    assert (outcome.missing, outcome.errors) == (0, {})
    cold = [name for name in server.names("answer") if name.endswith("/0")]
    assert {name: cold.count(name) for name in cold} == dict.fromkeys(cold, 2)
    assert len(server.names("answer")) == 18 + 6


def test_a_server_that_is_asked_one_by_one_needs_no_gate(store: Store, server: Server) -> None:
    rows, spec = recordings(store), served(server, concurrency=1)
    outcome = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    assert parity.obstacle(store, spec, "generation") == ""
    assert outcome.missing == 0
    assert len(server.names("request")) == 18


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_requests_are_under_way_than_the_spec_says(store: Store, server: Server, most: int) -> None:
    server.behave(delay=0.02)
    answers(store, served(server, concurrency=most), recordings(store))
    assert max(line["active"] for line in server.log("request")) == most


def test_alone_one_request_is_under_way_at_a_time(store: Store, server: Server) -> None:
    server.behave(delay=0.01)
    spec, rows = served(server, concurrency=8), recordings(store)
    alone = list(engine_of(store, spec).alone(the_asks(store, spec, rows)))
    assert {line["active"] for line in server.log("request")} == {1}
    together = answers(store, spec, rows)
    assert {(a.file_id, a.sampling, a.text) for a in alone} == {
        (a.file_id, a.sampling, a.text) for a in together
    }


def test_all_draws_of_a_recording_are_asked_one_after_another(store: Store, server: Server) -> None:
    answers(store, served(server, concurrency=1), recordings(store))
    clips = [name.partition("/")[0] for name in server.names("request")]
    assert [len(list(group)) for _, group in itertools.groupby(clips)] == [3] * 6


def test_seeds_depend_on_utterance_and_draw_but_not_on_temperature(store: Store, server: Server) -> None:
    answers(store, served(server), recordings(store, 3))
    by_clip: dict[str, set[tuple[str, str]]] = {}
    for name in server.names("request"):
        clip, seed, temperature = name.split("/")
        by_clip.setdefault(clip, set()).add((seed, temperature))
    for draws in by_clip.values():
        assert len({seed for seed, _ in draws}) == 2
        assert {seed for seed, temperature in draws if temperature == "0"} < {
            seed for seed, temperature in draws if temperature == "0.7"
        }


def test_an_answer_tells_what_the_server_tells(store: Store, server: Server) -> None:
    spec = served(server, logprobs=True, price_input=2.0, price_output=10.0)
    engine = engine_of(store, spec)
    (first, *_) = engine.answer(the_asks(store, spec, recordings(store, 1)), {})
    assert first.details == {
        "tokens_in": 100,
        "tokens_out": 4,
        "model": "tiny",
        "cost": pytest.approx(240e-6),
        "attempts": 1,
        "logprob": -0.75,
    }
    assert first.latency > 0
    assert engine.versions["server"] == "uvicorn fp_1"


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, [["user", ["input_audio", "text"]]]),
        ({"audio_first": False}, [["user", ["text", "input_audio"]]]),
        ({"system": "Be brief."}, [["system", "Be brief."], ["user", ["input_audio", "text"]]]),
        ({"audio_format": "flac"}, [["user", ["input_audio", "text"]]]),
    ],
    ids=["default", "text-first", "system", "flac"],
)
def test_a_message_is_put_together_as_the_spec_says(
    store: Store, server: Server, options: dict[str, Any], messages: list[Any]
) -> None:
    answers(store, served(server, **options), recordings(store, 1))
    assert server.log("invalid") == []
    assert [line["body"]["messages"] for line in server.log("request")] == [messages] * 3


def test_a_bad_recording_is_a_fault_of_its_utterance_and_is_not_sent(store: Store, server: Server) -> None:
    rows = recordings(store)
    Path(str(store.path("audio", "alpha", rows[2]["file_id"]))).write_bytes(b"fLaC and no more")
    outcome = evaluated(store, served(server), rows)
    assert (outcome.errors, outcome.missing) == ({"audio": 3}, 3)
    assert len(server.log("request")) == 15


def test_a_consumer_that_stops_leaves_nothing_running(store: Store, server: Server) -> None:
    before = set(threading.enumerate())
    spec = served(server, concurrency=2)
    stream = engine_of(store, spec).answer(the_asks(store, spec, recordings(store, 12)), {})
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) == before
    seen = len(server.log("request"))
    assert seen <= 1 + 2 * 2, "who asks for one answer does not pay for all"


def test_the_key_comes_from_the_environment(
    store: Store, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behave(key="a-secret")
    spec = served(server, api_key_env="TEST_SERVER_KEY")
    monkeypatch.setenv("TEST_SERVER_KEY", "a-secret\n")
    assert len(answers(store, spec, recordings(store, 1))) == 3
    monkeypatch.setenv("TEST_SERVER_KEY", "another-secret")
    with pytest.raises(BadInput, match=r"401.*TEST_SERVER_KEY") as refused:
        answers(store, spec, recordings(store, 1))
    assert "another-secret" not in str(refused.value)
    monkeypatch.delenv("TEST_SERVER_KEY")
    with pytest.raises(BadInput, match="no environment variable TEST_SERVER_KEY"):
        answers(store, spec, recordings(store, 1))


@pytest.mark.parametrize("listing", [None, [], ["other", "tiny"], ["models/tiny"]])
def test_a_server_may_list_its_models_or_not(store: Store, server: Server, listing: Any) -> None:
    server.behave(listing=listing)
    assert len(answers(store, served(server), recordings(store, 1))) == 3


def test_a_model_that_is_not_listed_is_not_asked(store: Store, server: Server) -> None:
    with pytest.raises(BadInput, match=r"unknown_model: seen 'tinny'.*did you mean tiny\?"):
        answers(store, served(server, model="tinny"), recordings(store, 1))
    assert server.log("request") == server.log("invalid") == []


def test_a_model_that_the_server_does_not_know_stops_the_run(store: Store, server: Server) -> None:
    server.behave(listing=None)
    with pytest.raises(BadInput, match=r"404.*The model `a/tiny` does not exist"):
        answers(store, served(server, model=""), recordings(store))
