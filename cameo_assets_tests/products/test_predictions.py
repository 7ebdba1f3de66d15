"""Many evaluations in one go: their order, what waits, what a failed gate leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cameo_assets.errors import BadInput
from cameo_assets.failures import read_failure
from cameo_assets.lineage.run import Outcome
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.lineage.standing import standing
from cameo_assets.models.heartbeat import Beat
from cameo_assets.models.parity import Gate, ParityFailed
from cameo_assets.models.spec import ModelSpec
from cameo_assets.products.asking import Failed
from cameo_assets.provenance import read_record
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.models import gated
from cameo_assets_tests.products.made import is_current, make, run_together, wanted


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    gated.register(monkeypatch)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A collection of twelve clips; the baselines are switched off."""
    small.drop_in(tmp_path / "landing" / "alpha")
    small.switched_off(tmp_path / "models", "acoustic-probe", "chance", "majority")
    platform = Platform.of(Settings(home=str(tmp_path), workers=1))
    for name, partition in (
        ("raw", "alpha"),
        ("utterances", "alpha"),
        ("normalized_audio", "alpha"),
        ("unified_jsonl", "all"),
    ):
        make(name, platform, partition)
    return platform


def a_model(
    platform: Platform, name: str, *, gib: float = 0, engine: str = "scripted", **changes: Any
) -> Path:
    path = small.model(Path(platform.store.home) / "models", name, **changes.pop("options", {}))
    spec = {**yaml.safe_load(path.read_text()), "engine": engine, **changes}
    spec["needs"] = {"gpu_memory_gib": gib}
    path.write_text(yaml.safe_dump(spec))
    return path


def details(platform: Platform, key: str) -> dict[str, Any]:
    record = read_record(platform.store, "predictions", key)
    assert record is not None
    return record.details


def kept_gate(platform: Platform, key: str) -> Gate:
    return msgspec.convert(details(platform, key)["parity"], Gate)


def test_the_cheapest_come_first_and_each_takes_its_turn_where_anything_is_asked(platform: Platform) -> None:
    waited: list[str] = []

    @contextmanager
    def waiting(model: str) -> Iterator[None]:
        waited.append(f"in {model}")
        yield
        waited.append(f"out {model}")

    def turn(spec: ModelSpec) -> AbstractContextManager[object]:
        return waiting(spec.id)

    a_model(platform, "a-huge", gib=80)
    a_model(platform, "b-large", gib=16)
    a_model(platform, "c-served", parameters=10)
    a_model(platform, "d-small")
    keys = ["a-huge@0", "b-large@0", "c-served@0", "d-small@0"]
    found = dict(run_together(platform, keys, turn))
    assert [*found] == ["d-small@0", "c-served@0", "b-large@0", "a-huge@0"]
    assert waited == [f"{way} {key.removesuffix('@0')}" for key in found for way in ("in", "out")]
    del waited[:]
    again = dict(run_together(platform, keys, turn))
    assert waited == []
    assert not any(outcome.changed for outcome in again.values() if isinstance(outcome, Outcome))


def test_what_became_of_the_requests_is_recorded(platform: Platform) -> None:
    a_model(platform, "parrot", options={"errors": 0.3})
    dict(run_together(platform, ["parrot@0"]))
    found = details(platform, "parrot@0")
    counts = {kind: each["count"] for kind, each in found["kinds"].items()}
    assert sum(counts.values()) == found["answers"] == 12
    assert counts["engine"] == found["errors"]["scripted"] > 0
    assert found["kinds"]["engine"]["example"].startswith("scripted: ")
    assert found["parity"] is None


def test_an_evaluation_beats_while_it_runs(platform: Platform) -> None:
    beats: list[Beat] = []
    a_model(platform, "parrot")
    dict(run_together(msgspec.structs.replace(platform, heartbeat=beats.append), ["parrot@0"]))
    assert [(beat.phase, beat.done, beat.total) for beat in beats] == [
        ("loading", 0, 12),
        ("asking", 0, 12),
        ("ended", 12, 12),
    ]


def test_a_passed_gate_is_recorded(platform: Platform) -> None:
    a_model(platform, "gated", engine="gated")
    dict(run_together(platform, ["gated@0"]))
    found = kept_gate(platform, "gated@0")
    assert (found.passed, found.compared, found.agreed) == (True, 12, 12)
    assert (found.settings, found.disagreements) == ({"batch": "8"}, ())


def test_a_failed_gate_stops_its_model_alone_and_is_final(platform: Platform) -> None:
    a_model(platform, "gated", engine="gated", options={"wrong": 1.0})
    a_model(platform, "parrot")
    found = dict(run_together(platform, ["gated@0", "parrot@0"]))
    failed = found["gated@0"]
    assert isinstance(failed, Failed) and isinstance(failed.error, ParityFailed)
    assert failed.gate is not None
    assert (failed.gate.passed, len(failed.gate.disagreements)) == (False, 12)
    assert isinstance(found["parrot@0"], Outcome)
    noted = read_failure(platform.store, "predictions", "gated@0", wanted("predictions", platform, "gated@0"))
    assert noted is not None and noted.final
    a_model(platform, "gated", engine="gated", options={"wrong": 1.0, "batch": 1})
    mended = dict(run_together(platform, ["gated@0"]))["gated@0"]
    assert isinstance(mended, Outcome) and mended.details.parity.passed


def test_a_failed_gate_of_one_method_does_not_stop_the_other(platform: Platform, tmp_path: Path) -> None:
    log = tmp_path / "log"
    options = {"wrong": 1.0, "wrong_by": ["likelihood"], "log": str(log)}
    a_model(platform, "gated", engine="gated", methods=["generation", "likelihood"], options=options)
    found = dict(run_together(platform, ["gated@0", "gated@likelihood-0"]))
    barred = found["gated@likelihood-0"]
    assert isinstance(barred, Failed) and isinstance(barred.error, ParityFailed)
    assert isinstance(found["gated@0"], Outcome)
    assert kept_gate(platform, "gated@0").passed
    assert gated.noted(log).count("together") == gated.noted(log).count("alone") == 24, "nothing twice"


def test_a_model_that_fails_takes_nothing_back_of_what_was_done(platform: Platform) -> None:
    a_model(platform, "parrot", temperatures=[0, 0.7])
    dict(run_together(platform, ["parrot@0"]))
    a_model(platform, "parrot", temperatures=[0, 0.7], options={"fail": {"after": 3}})
    found = dict(run_together(platform, ["parrot@0", "parrot@0.7"]))
    done = found["parrot@0"]
    assert isinstance(done, Outcome) and not done.changed
    assert isinstance(found["parrot@0.7"], Failed)


def test_a_gate_that_somebody_removed_is_passed_again(platform: Platform) -> None:
    a_model(platform, "gated", engine="gated")
    dict(run_together(platform, ["gated@0"]))
    platform.store.remove("parity")
    again = dict(run_together(platform, ["gated@0"]))["gated@0"]
    assert isinstance(again, Outcome)
    assert (again.passing["asked in this run"], again.details.parity.agreed) == (0, 12)


def test_a_gate_keeps_evaluations_off_the_board(platform: Platform) -> None:
    def waiting() -> dict[str, str]:
        return standing(Snapshot(platform)).waiting

    a_model(platform, "gated", engine="gated")
    assert waiting() == {"gated@0": "not evaluated yet; its way of asking has not passed the parity gate yet"}
    for name in ("predictions", "answers", "metrics"):
        make(name, platform, "gated@0")
    assert waiting() == {}
    a_model(platform, "parrot")
    for name in ("predictions", "answers", "metrics"):
        make(name, platform, "parrot@0")
    make("leaderboard", platform)
    assert is_current("leaderboard", platform)
    a_model(platform, "gated", engine="gated", options={"wrong": 1.0, "batch": 4})
    assert not is_current("leaderboard", platform), "so the reconcile schedule makes it anew"
    assert waiting() == {"gated@0": "its way of asking has not passed the parity gate yet"}
    dict(run_together(platform, ["gated@0"]))
    assert waiting() == {"gated@0": "its way of asking fails the parity gate: 12 of 12 answers differ"}


@pytest.mark.parametrize(
    ("error", "final"),
    [(BadInput("gated", "no_folder", "nothing", "a model"), True), (RuntimeError("the Hub is down"), False)],
)
def test_a_model_that_cannot_be_loaded_keeps_no_other_from_ending(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, error: Exception, final: bool
) -> None:
    def load(*_: Any) -> None:
        raise error

    a_model(platform, "gated", engine="gated")
    a_model(platform, "parrot")
    monkeypatch.setattr(gated.Gated, "__init__", load)
    found = dict(run_together(platform, ["gated@0", "parrot@0"]))
    assert found["gated@0"] == Failed(error)
    assert isinstance(found["parrot@0"], Outcome)
    noted = read_failure(platform.store, "predictions", "gated@0", wanted("predictions", platform, "gated@0"))
    assert noted is not None and noted.final == final
