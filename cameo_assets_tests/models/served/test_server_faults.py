"""The engine `openai` asks a real server process with faults injected: nothing lost, nothing twice."""

from __future__ import annotations

import itertools
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.models import parity
from cameo_assets.models.engines.base import Answer
from cameo_assets.models.evaluate import evaluate, stored
from cameo_assets.models.heartbeat import Beat
from cameo_assets.models.served import background
from cameo_assets.models.served.faults import ServerLost
from cameo_assets.models.shards import Shards
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import OPTIONS, a_spec
from cameo_assets_tests.models.served.app import PASSING
from cameo_assets_tests.models.served.asking import (
    answers,
    engine_of,
    evaluated,
    recordings,
    served,
    texts,
    the_asks,
)
from cameo_assets_tests.models.served.server import Server


def once_each(server: Server) -> bool:
    """Whether no request was answered whole more than once."""
    names = server.names("answer")
    return len(names) == len(set(names))


@pytest.mark.parametrize("fault", [*PASSING, "429:0", "503:Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_fault_that_passes_leaves_no_trace(store: Store, server: Server, fault: str) -> None:
    rows = recordings(store)
    server.behave({2: fault, 3: fault, 9: fault})
    outcome = evaluated(store, served(server), rows)
    assert (outcome.missing, outcome.errors) == (0, {})
    assert len(server.log("request")) == 18 + 3
    assert len(server.log("answer")) == 18 and once_each(server)


@pytest.mark.parametrize("fault", ["silent", "drip"])
def test_a_server_that_does_not_finish_is_asked_again(store: Store, server: Server, fault: str) -> None:
    server.behave({1: fault, 4: fault})
    outcome = evaluated(store, served(server, timeout_seconds=0.5), recordings(store, 3))
    assert (outcome.missing, len(server.log("request"))) == (0, 9 + 2)
    assert once_each(server)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.dictionaries(st.integers(0, 30), st.sampled_from(PASSING)), most=st.integers(1, 6))
def test_with_faults_that_pass_the_stored_answers_are_those_of_a_sound_run(
    server: Server, faults: dict[int, str], most: int
) -> None:
    # Enough patience for any such schedule: it is the answers that are compared.
    with tempfile.TemporaryDirectory() as folder:
        sound, shaken = Store(f"{folder}/sound"), Store(f"{folder}/shaken")
        spec = served(server, concurrency=most, attempts=40, give_up_after=40, longest_pause_seconds=0.01)
        server.behave()
        expected = texts(evaluated(sound, spec, recordings(sound)))
        server.behave(faults)
        outcome = evaluated(shaken, spec, recordings(shaken))
        assert texts(outcome) == expected
        assert once_each(server)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("400", r"engine: status 400: as planned, 400$"),
        ("413", r"engine: status 413"),
        ("422", r"engine: status 422"),
        ("huge", r"engine: the reply is longer than 1,048,576 bytes$"),
        ("null", r"engine: the reply has no content"),
        ("nothing", r"engine: the reply has no first choice"),
    ],
)
def test_a_fault_that_stays_is_an_error_of_one_answer(
    store: Store, server: Server, fault: str, message: str
) -> None:
    server.behave({4: fault})
    found = answers(store, served(server), recordings(store))
    faulty = [answer for answer in found if answer.error]
    assert len(found) == 18 and len(faulty) == 1
    assert faulty[0].finish_reason == "error" and faulty[0].text is None
    assert re.match(message, faulty[0].error)
    assert len(server.log("request")) == 18, "it was not sent again"


def test_a_request_that_never_works_is_given_up_and_the_others_go_on(store: Store, server: Server) -> None:
    rows = recordings(store)
    server.behave(poison={rows[1]["pcm_md5"][:8]: "500"})
    first = evaluated(store, served(server, attempts=3), rows)
    assert (first.errors, first.missing) == ({"engine": 3}, 3)
    assert len(server.log("request")) == 15 + 3 * 3
    server.behave()
    second = evaluated(store, served(server), rows)
    assert (second.asked, second.missing) == (3, 0)
    assert {name.partition("/")[0] for name in server.names("request")} == {rows[1]["pcm_md5"][:8]}


def test_a_server_that_lets_few_in_answers_all_in_time(store: Store, server: Server) -> None:
    server.behave(rate=20)
    spec = served(server, concurrency=16, attempts=2, longest_pause_seconds=1.0)
    outcome = evaluated(store, spec, recordings(store))
    assert (outcome.missing, outcome.errors) == (0, {})
    assert len(server.log("turned away")) > 0
    assert len(server.log("answer")) == 18 and once_each(server)


def test_a_request_that_is_always_turned_away_is_given_up_and_the_others_go_on(
    store: Store, server: Server
) -> None:
    rows = recordings(store)
    server.behave(poison={rows[1]["pcm_md5"][:8]: "429"})
    outcome = evaluated(store, served(server, attempts=1), rows)
    assert (outcome.errors, outcome.missing) == ({"engine": 3}, 3)
    assert len(server.log("request")) == 15 + 3 * 10


@pytest.mark.parametrize(
    ("odd", "text", "reason"),
    [
        ("refusal", "I will not.", "refusal"),
        ("content_filter", "", "refusal"),
        ("empty", "", "stop"),
        ("thought", "", "length"),
    ],
)
def test_what_is_no_label_is_an_answer_all_the_same(
    store: Store, server: Server, odd: str, text: str, reason: str
) -> None:
    server.behave(always=odd)
    outcome = evaluated(store, served(server), recordings(store, 3))
    assert (outcome.missing, outcome.errors) == (0, {})
    assert {(row[3], row[4]) for row in texts(outcome)} == {(text, reason)}
    assert evaluated(store, served(server), recordings(store, 3)).asked == 0


@pytest.mark.parametrize(("odd", "reason"), [("length", "length"), ("parts", "stop")])
def test_the_text_of_a_cut_or_divided_answer_is_kept(
    store: Store, server: Server, odd: str, reason: str
) -> None:
    rows, spec = recordings(store, 3), served(server)
    plain = [row[:4] for row in texts(evaluated(store, spec, rows))]
    other = Store(f"{store.home}-odd")
    server.behave(always=odd)
    outcome = evaluated(other, spec, recordings(other, 3))
    assert texts(outcome) == [(*row, reason) for row in plain]


@pytest.mark.parametrize("fault", ["401", "402", "403", "404", "405", "308", "501"])
def test_what_a_person_must_settle_stops_the_run_and_keeps_the_answers(
    store: Store, server: Server, fault: str
) -> None:
    rows, spec = recordings(store), served(server, concurrency=2)
    server.behave(dict.fromkeys(range(7, 60), fault))
    with pytest.raises(BadInput, match=rf"served: http.*status {fault}") as stopped:
        evaluated(store, spec, rows)
    if fault in ("404", "405", "308", "501"):
        assert "it lists tiny, other" in str(stopped.value)
    assert len(server.log("answer")) >= 7 - 2
    kept = 18 - stored(store, spec, conditions(spec), rows, OPTIONS).missing
    assert kept in (len(server.log("answer")), len(server.log("answer")) - 1), "at most one was under way"
    server.behave()
    assert evaluated(store, spec, rows).asked == 18 - kept


def test_a_model_that_changes_its_name_stops_the_run_and_keeps_what_came_before(
    store: Store, server: Server
) -> None:
    rows, spec = recordings(store), served(server, concurrency=1)
    server.behave(dict.fromkeys(range(5, 60), "rename"))
    with pytest.raises(BadInput, match=r"model_changed: seen a reply of 'tiny-2'; expected 'tiny'"):
        evaluated(store, spec, rows)
    assert stored(store, spec, conditions(spec), rows, OPTIONS).missing == 18 - 5
    server.behave()
    assert evaluated(store, spec, rows).asked == 18 - 5


def test_a_model_that_changes_its_name_after_the_gate_is_noticed(store: Store, server: Server) -> None:
    rows, spec = recordings(store), served(server)
    server.behave(dict.fromkeys(range(12, 60), "rename"))
    with pytest.raises(BadInput, match=r"model_changed: seen a reply of 'tiny-2'; expected 'tiny'"):
        evaluate(store, spec, conditions(spec), rows, OPTIONS)
    assert parity.obstacle(store, spec, "generation") == ""
    assert stored(store, spec, conditions(spec), rows, OPTIONS).missing == 18 - 6


@pytest.mark.parametrize("death", [1, 4, 8, 11])
def test_a_server_that_dies_within_the_gate_is_asked_for_the_rest(
    store: Store, server: Server, death: int
) -> None:
    rows, spec = recordings(store), served(server, give_up_after=2)
    server.behave({death: "death"})
    with pytest.raises(ServerLost):
        evaluate(store, spec, conditions(spec), rows, OPTIONS)
    received = len(server.log("answer"))
    assert stored(store, spec, conditions(spec), rows, OPTIONS).missing == 18
    server.restart()
    server.behave()
    outcome = evaluate(store, spec, conditions(spec), rows, OPTIONS)
    assert (outcome.missing, outcome.errors) == (0, {})
    assert received + len(server.log("answer")) == 18 + 6


def test_a_server_that_dies_and_comes_back_is_waited_for(store: Store, server: Server) -> None:
    server.behave({6: "death"})
    spec = served(server, give_up_after=200, attempts=20)
    revival = threading.Thread(target=lambda: (server.process.wait(), server.restart()))
    revival.start()
    outcome = evaluated(store, spec, recordings(store))
    revival.join()
    assert (outcome.missing, outcome.errors) == (0, {})
    assert once_each(server) and len(server.log("answer")) == 18


def test_while_a_server_is_down_the_heartbeat_says_so(
    store: Store, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SECONDS_BETWEEN_CALLS", 0.05)
    server.behave({6: "death"})
    waiting = threading.Event()

    def heard(beat: Beat) -> None:
        if "waits for the server: no connection" in str(beat):
            waiting.set()

    def revive() -> None:
        assert waiting.wait(30)
        server.restart()

    revival = threading.Thread(target=revive)
    revival.start()
    spec = served(server, give_up_after=1000, attempts=20)
    outcome = evaluated(store, spec, recordings(store), heartbeat=heard, beat_seconds=0.0)
    revival.join()
    assert (outcome.missing, outcome.errors) == (0, {})


def test_answers_of_a_server_are_written_soon_as_they_may_be_paid_for(
    store: Store, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[str, list[float]] = {"served": [], "parrot": []}

    class Watched(Shards):
        def __init__(self, store: Store, spec: ModelSpec, *, seconds: float, **rest: Any) -> None:
            written[spec.id].append(seconds)
            super().__init__(store, spec, seconds=seconds, **rest)

    monkeypatch.setattr(sys.modules[evaluate.__module__], "Shards", Watched)
    evaluated(store, served(server), recordings(store, 1))
    evaluate(store, a_spec(), conditions(a_spec()), recordings(store, 1), OPTIONS)
    assert written == {"served": [5.0], "parrot": [30.0]}


def test_a_server_that_dies_for_good_stops_the_run_and_keeps_the_answers(
    store: Store, server: Server
) -> None:
    rows, spec = recordings(store), served(server, give_up_after=3, concurrency=2)
    server.behave({6: "death"})
    with pytest.raises(ServerLost, match=r"no answer after 3 faults in a row.*no connection"):
        evaluated(store, spec, rows)
    kept = 18 - stored(store, spec, conditions(spec), rows, OPTIONS).missing
    assert kept == len(server.log("answer")) > 0
    server.restart()
    server.behave()
    outcome = evaluated(store, spec, rows)
    assert (outcome.asked, outcome.missing) == (18 - kept, 0)


def test_a_server_that_only_has_faults_is_given_up(store: Store, server: Server) -> None:
    server.behave(always="500")
    with pytest.raises(ServerLost, match="after 4 faults in a row"):
        answers(store, served(server, give_up_after=4), recordings(store, 12))


def test_no_server_at_the_address(store: Store, server: Server) -> None:
    server.kill()
    with pytest.raises(ServerLost, match=r"served: http.*no connection.*is the server up at that address\?"):
        answers(store, served(server, attempts=2), recordings(store, 1))
    assert [thread.name for thread in threading.enumerate()].count("cameo-served") == 0


def test_a_server_that_answers_no_listing_is_given_up(store: Store, server: Server) -> None:
    server.behave(listing="silent")
    with pytest.raises(ServerLost, match=r"no whole reply within 0\.2 s"):
        answers(store, served(server, attempts=2, timeout_seconds=0.2), recordings(store, 1))


def test_an_interrupt_hands_over_what_was_received_before_it_goes_on(store: Store, server: Server) -> None:
    server.behave(dict.fromkeys(range(5, 60), "silent"))
    stream = engine_of(store, served(server)).answer(the_asks(store, served(server), recordings(store)), {})
    found: list[Answer] = []
    interrupter = threading.Thread(target=interrupt_when, args=(lambda: len(server.log("request")) == 9,))
    with pytest.raises(KeyboardInterrupt):
        for answer in stream:
            found.append(answer)
            if len(found) == 1:
                interrupter.start()
    interrupter.join()
    assert len(found) == len(server.log("answer")) == 5
    assert [thread.name for thread in threading.enumerate()].count("cameo-served") == 0


def interrupt_when(ready: Callable[[], bool]) -> None:
    for _ in itertools.takewhile(lambda _: not ready(), range(1000)):
        time.sleep(0.01)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
