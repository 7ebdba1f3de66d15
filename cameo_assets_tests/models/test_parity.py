from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cameo_assets.errors import BadInput
from cameo_assets.models import parity
from cameo_assets.models.evaluate import EvaluationOutcome, evaluate, stored
from cameo_assets.models.heartbeat import Beat
from cameo_assets.models.parity import LEAST, PROBES, Disagreement, Gate, ParityFailed
from cameo_assets.models.spec import ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models import gated
from cameo_assets_tests.models.examples import COLD, OPTIONS, WARM, a_collection, a_spec
from cameo_assets_tests.models.gated import Died, noted

ROWS = [*a_collection(60), *a_collection(30, "beta")]
FEW = ROWS[:10]
IDS = [row["file_id"] for row in FEW]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    gated.register(monkeypatch)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def a_gated(log: Path, *, samples: int = 1, **changes: Any) -> ModelSpec:
    known = ("batch", "wrong", "faults", "audio", "release", "dies_after")
    options = {name: changes.pop(name) for name in known if name in changes}
    return a_spec(engine="gated", options={**options, "log": str(log)}, samples=samples, **changes)


def run(store: Store, spec: ModelSpec, rows: list[dict[str, Any]] = FEW, **more: Any) -> EvaluationOutcome:
    return evaluate(store, spec, more.pop("conditions", conditions(spec)), rows, OPTIONS, **more)


def gate(store: Store, spec: ModelSpec) -> Gate:
    found = parity.read(store, spec, "generation")
    assert found is not None
    return found


def test_an_engine_that_agrees_passes_and_its_probes_are_not_asked_again(store: Store, log: Path) -> None:
    outcome = run(store, a_gated(log))
    found = gate(store, a_gated(log))
    assert (found.passed, found.compared, found.agreed, found.disagreements) == (True, 10, 10, ())
    assert found.settings == {"batch": "8"}
    assert (outcome.asked, outcome.missing) == (20, 0)
    lines = log.read_text().splitlines()
    assert Counter(line.split()[0] for line in lines) == {"load": 1, "together": 20, "alone": 10, "close": 1}
    assert max(Counter(lines).values()) == 1


def test_the_gate_says_how_far_it_is(store: Store, log: Path) -> None:
    beats: list[Beat] = []
    run(store, a_gated(log), heartbeat=beats.append, beat_seconds=0)
    words = [beat.word for beat in beats if beat.phase == "parity gate" and beat.word]
    assert words == [
        f"parity gate: {number} of 10 {way}" for way in ("at once", "one by one") for number in range(1, 11)
    ]


def test_the_gate_comes_before_anything_else(store: Store, log: Path) -> None:
    run(store, a_gated(log))
    temperatures = [line.split()[2] for line in log.read_text().splitlines() if " " in line]
    assert temperatures == ["0"] * 20 + ["0.7"] * 10


def test_an_engine_without_a_gate_needs_none(store: Store) -> None:
    run(store, a_spec())
    assert parity.read(store, a_spec(), "generation") is None
    assert parity.obstacle(store, a_spec(), "generation") == ""


def test_the_probe_set_is_40_utterances_of_all_corpora_and_always_the_same(store: Store, log: Path) -> None:
    asked: list[set[str]] = []
    for rows in (ROWS, ROWS[::-1]):
        log.unlink(missing_ok=True)
        run(Store(f"{store.home}-{len(asked)}"), a_gated(log), rows)
        asked.append({line.split()[1] for line in log.read_text().splitlines() if line.startswith("alone")})
    assert asked[0] == asked[1]
    assert len(asked[0]) == PROBES
    assert {file_id.partition("-")[0] for file_id in asked[0]} == {"alpha", "beta"}


def test_an_engine_that_disagrees_is_stopped_before_the_full_pass(store: Store, log: Path) -> None:
    spec = a_gated(log, wrong=0.5)
    with pytest.raises(ParityFailed) as failed:
        run(store, spec)
    found = gate(store, spec)
    assert not found.passed
    assert 0 < found.agreed < 10
    assert found.disagreements[0] == Disagreement(
        file_id=found.disagreements[0].file_id, corpus="alpha", together="anger or so", alone="anger"
    )
    assert noted(log).count("together") == 10
    assert noted(log)[-1] == "close"
    assert f"{10 - found.agreed} of 10 answers differ" in str(failed.value)
    assert "'anger or so' together, 'anger' alone" in str(failed.value)
    assert "at least 95% alike" in str(failed.value) and "`batch`" in str(failed.value)
    assert stored(store, spec, [COLD], FEW, OPTIONS).missing == 10, "a wrong way's answers were kept"


def test_the_complaint_travels_between_processes() -> None:
    error = ParityFailed("parrot", "parity", "1 differs", "all alike")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ParityFailed
    assert str(again) == str(error)


def test_nothing_is_asked_twice_after_the_gate(store: Store, log: Path) -> None:
    run(store, a_gated(log))
    log.unlink()
    run(store, a_gated(log))
    assert noted(log) == []


def test_a_passed_gate_stands_for_corpora_that_come_later(store: Store, log: Path) -> None:
    run(store, a_gated(log))
    log.unlink()
    run(store, a_gated(log), ROWS)
    assert "alone" not in noted(log)


@pytest.mark.parametrize(
    ("changes", "compares"),
    [
        ({"batch": 4}, True),
        ({"release": "2", "temperatures": (0.0, 0.7, 1.0)}, True),
        ({"release": "2"}, False),
        ({"max_new_tokens": 64}, True),
        ({"prompt": ""}, True),
        ({"seed": 7}, False),
        ({"temperatures": (0.0, 0.7, 1.0)}, False),
        ({"name": "Other"}, False),
    ],
    ids=["batch", "version, loaded", "version", "tokens", "prompt", "seed", "temperature", "name"],
)
def test_a_gate_is_passed_again_where_its_result_may_differ(
    store: Store, log: Path, changes: dict[str, Any], compares: bool
) -> None:
    run(store, a_gated(log))
    log.unlink()
    run(store, a_gated(log, **changes))
    assert ("alone" in noted(log)) == compares


def test_a_model_is_loaded_for_the_gate_alone(store: Store, log: Path) -> None:
    run(store, a_gated(log))
    log.unlink()
    outcome = run(store, a_gated(log, batch=2))
    assert (outcome.asked, outcome.missing) == (0, 0)
    assert Counter(noted(log)) == {"load": 1, "together": 10, "alone": 10, "close": 1}
    assert gate(store, a_gated(log, batch=2)).passed


def test_a_gate_that_was_failed_is_tried_whenever_somebody_asks(store: Store, log: Path) -> None:
    for _ in range(2):
        log.unlink(missing_ok=True)
        with pytest.raises(ParityFailed):
            run(store, a_gated(log, wrong=1.0))
        assert "alone" in noted(log)
    assert run(store, a_gated(log, wrong=1.0, batch=1)).missing == 0


def test_a_fault_of_the_engine_is_tried_again_once(store: Store, log: Path) -> None:
    run(store, a_gated(log, faults={IDS[3]: 1}))
    assert gate(store, a_gated(log)).agreed == 10


def test_a_fault_that_comes_again_is_no_agreement(store: Store, log: Path) -> None:
    with pytest.raises(ParityFailed, match="engine: down"):
        run(store, a_gated(log, faults={IDS[3]: 4}))
    (found,) = gate(store, a_gated(log)).disagreements
    assert (found.file_id, found.together, found.alone) == (IDS[3], "engine: down", "engine: down")


def test_a_recording_that_neither_way_can_use_is_agreement(store: Store, log: Path) -> None:
    outcome = run(store, a_gated(log, audio=[IDS[2]]))
    assert gate(store, a_gated(log)).agreed == 10
    assert outcome.errors == {"audio": 2}


@pytest.mark.parametrize("deaths", [[0], [1], [9], [10], [13], [19], [20], [4, 3, 9]])
def test_an_engine_that_stops_within_its_gate_goes_on_from_there(
    store: Store, log: Path, deaths: list[int]
) -> None:
    for after in deaths:
        with pytest.raises(Died):
            run(store, a_gated(log, dies_after=after))
        if sum(deaths) < 20:
            assert stored(store, a_gated(log), [COLD], FEW, OPTIONS).missing == 10, (
                "before the gate is passed"
            )
    outcome = run(store, a_gated(log))
    assert (gate(store, a_gated(log)).agreed, outcome.missing) == (10, 0)
    asked = [line for line in log.read_text().splitlines() if " " in line]
    assert Counter(line.split()[0] for line in asked) == {"together": 20, "alone": 10}
    assert max(Counter(asked).values()) == 1
    assert len(store.names("parity", "parrot")) == 1, "what was kept until the end is gone"


def test_whoever_is_stopped_between_the_answers_and_the_gate_asks_nothing_twice(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise Died("the disk is full")

    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(parity, "write", stopped)
        run(store, a_gated(log))
    assert stored(store, a_gated(log), [COLD], FEW, OPTIONS).missing == 0
    run(store, a_gated(log))
    lines = [line for line in log.read_text().splitlines() if " " in line]
    assert (len(lines), max(Counter(lines).values())) == (30, 1)


def content(store: Store) -> dict[str, bytes]:
    root = Path(store.home)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("deaths", [[0], [1], [10], [13], [20], [25], [4, 3, 9]])
def test_a_stopped_engine_leaves_the_store_of_one_that_was_not(
    store: Store, log: Path, deaths: list[int]
) -> None:
    for after in deaths:
        with pytest.raises(Died):
            run(store, a_gated(log, dies_after=after))
    run(store, a_gated(log))
    fresh = Store(f"{store.home}-fresh")
    run(fresh, a_gated(log))
    assert content(store) == content(fresh)


@pytest.mark.parametrize("last", range(10))
def test_whoever_is_killed_around_the_gate_leaves_the_store_of_one_that_was_not(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """Killed before any change of the store: from there on nothing is written, also not in the end."""
    changes = 0

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **more: Any) -> Any:
            nonlocal changes
            changes += 1
            if changes > last:
                raise Died("killed")
            return change(*args, **more)

        return changed

    with monkeypatch.context() as patched:
        patched.setattr(Store, "write_bytes", counted(Store.write_bytes))
        patched.setattr(Store, "remove", counted(Store.remove))
        with pytest.raises(Died):
            run(store, a_gated(log))
    run(store, a_gated(log))
    fresh = Store(f"{store.home}-fresh")
    run(fresh, a_gated(log))
    assert content(store) == content(fresh)


def test_what_a_failed_gate_was_told_is_dropped(store: Store, log: Path) -> None:
    with pytest.raises(Died):
        run(store, a_gated(log, wrong=1.0, dies_after=13))
    with pytest.raises(ParityFailed):
        run(store, a_gated(log, wrong=1.0))
    assert noted(log).count("together") == noted(log).count("alone") == 10
    with pytest.raises(ParityFailed):
        run(store, a_gated(log, wrong=1.0))
    assert noted(log).count("together") == noted(log).count("alone") == 20


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"release": "2"}, FEW),
        ({"batch": 4}, FEW),
        ({"seed": 7}, FEW),
        ({"prompt": ""}, FEW),
        ({}, [{**row, "pcm_md5": "other"} for row in FEW]),
    ],
    ids=["version", "batch", "seed", "prompt", "audio"],
)
def test_what_was_said_otherwise_does_not_count_in_a_gate(
    store: Store, log: Path, changes: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    with pytest.raises(Died):
        run(store, a_gated(log, dies_after=13))
    log.unlink()
    run(store, a_gated(log, **changes), rows)
    assert noted(log).count("alone") == 10


def test_faults_are_asked_again_by_a_gate_that_goes_on(store: Store, log: Path) -> None:
    with pytest.raises(Died):
        run(store, a_gated(log, faults={IDS[3]: 9}, dies_after=13))
    run(store, a_gated(log))
    lines = [line for line in log.read_text().splitlines() if line.split()[-1] == "0"]
    again = {line.split()[1] for line, count in Counter(lines).items() if count > 1}
    assert again == {IDS[3]}


def test_a_damaged_file_of_what_was_said_is_named(store: Store, log: Path) -> None:
    with pytest.raises(Died):
        run(store, a_gated(log, dies_after=13))
    (name,) = store.names("parity", "parrot")
    store.write_bytes(b"[{]", "parity", "parrot", name)
    with pytest.raises(BadInput, match=rf"parity/parrot/{name}: damaged_comparison: .*remove the file"):
        run(store, a_gated(log))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"model": 1}'])
def test_a_damaged_gate_is_named(store: Store, log: Path, content: bytes) -> None:
    run(store, a_gated(log))
    (name,) = store.names("parity", "parrot")
    store.write_bytes(content, "parity", "parrot", name)
    with pytest.raises(BadInput, match=rf"parity/parrot/{name}: damaged_gate: .*remove the file"):
        parity.obstacle(store, a_gated(log), "generation")


def test_each_method_has_a_gate_of_its_own(store: Store, log: Path) -> None:
    spec = a_gated(log, methods=("generation", "likelihood"))
    run(store, spec, conditions=[COLD])
    assert parity.obstacle(store, spec, "generation") == ""
    assert "not passed the parity gate yet" in parity.obstacle(store, spec, "likelihood")
    run(store, spec)
    assert noted(log).count("alone") == 20
    assert parity.obstacle(store, spec, "likelihood") == ""


def test_the_gate_is_greedy_where_the_model_is_asked_warmly_alone(store: Store, log: Path) -> None:
    spec = a_gated(log, temperatures=(0.7,))
    outcome = run(store, spec, conditions=[WARM])
    assert (outcome.asked, outcome.missing) == (10, 0)
    assert noted(log).count("together") == 20


def test_a_few_utterances_are_compared_by_themselves(store: Store, log: Path) -> None:
    run(store, a_gated(log), only=IDS[:4])
    assert noted(log).count("alone") == 4
    assert parity.read(store, a_gated(log), "generation") is None
    with pytest.raises(ParityFailed, match="3 of 3 answers differ"):
        run(store, a_gated(log, wrong=1.0, batch=4), only=IDS[4:7])


def test_what_a_few_were_compared_by_is_not_asked_again_by_the_gate(store: Store, log: Path) -> None:
    run(store, a_gated(log), only=IDS[:4])
    run(store, a_gated(log))
    assert gate(store, a_gated(log)).compared == 10
    lines = [line for line in log.read_text().splitlines() if line.startswith(("alone", "together"))]
    assert max(Counter(lines).values()) == 1


def test_what_stands_in_the_way_is_said(store: Store, log: Path) -> None:
    spec = a_gated(log, wrong=1.0)
    assert (
        parity.obstacle(store, spec, "generation") == "its way of asking has not passed the parity gate yet"
    )
    with pytest.raises(ParityFailed):
        run(store, spec)
    assert parity.obstacle(store, spec, "generation") == (
        "its way of asking fails the parity gate: 10 of 10 answers differ"
    )


@pytest.mark.parametrize(("compared", "differ", "passes"), [(40, 2, True), (40, 3, False), (10, 1, False)])
def test_nineteen_of_twenty_must_agree(compared: int, differ: int, passes: bool) -> None:
    assert LEAST == 0.95
    one = Disagreement(file_id="a", corpus="alpha", together="x", alone="y")
    found = Gate(
        model="m",
        method="generation",
        settings={},
        versions={},
        compared=compared,
        disagreements=(one,) * differ,
    )
    assert found.passed == passes
    assert msgspec.json.decode(msgspec.json.encode(found), type=Gate) == found
