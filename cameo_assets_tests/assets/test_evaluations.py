"""What a person sees of evaluations: observations while they run, checks and tables when they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from cameo_assets.assets.observing import Observer, shown
from cameo_assets.automation.pools import GPU_POOL, gpu_slot
from cameo_assets.definitions import build
from cameo_assets.lineage.snapshot import Platform
from cameo_assets.models.heartbeat import Beat, Phase, Sample
from cameo_assets.resources import Cameo
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.models import gated
from cameo_assets_tests.products.made import make


class Context:
    """What an observer uses of Dagster's context."""

    def __init__(self, *keys: str) -> None:
        self.partition_keys = list(keys)
        self.log = self
        self.lines: list[str] = []
        self.observed: list[dg.AssetObservation] = []

    def info(self, line: str) -> None:
        self.lines.append(line)

    def log_event(self, event: dg.AssetObservation) -> None:
        self.observed.append(event)


def a_beat(done: int, phase: Phase = "asking", model: str = "parrot") -> Beat:
    samples = (Sample("alpha", "a.flac", 0.7, "an|ger"),)
    return Beat(
        model=model, done=done, total=100, asked=done, rate=2.0, faults=1, samples=samples, phase=phase
    )


def test_beats_are_logged_every_ten_seconds_and_observed_every_minute() -> None:
    now = 0.0
    context: Any = Context("parrot@0", "parrot@0.7", "other@0")
    observer = Observer(context, clock=lambda: now)
    observer(a_beat(0, "loading"))
    for second in range(90):
        now = float(second)
        observer(a_beat(second))
    observer(a_beat(90, "ended"))
    done = [int(line.split()[1]) for line in context.lines]
    assert done == [0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert [(each.partition, each.metadata["done"].value) for each in context.observed] == [
        ("parrot@0", 60),
        ("parrot@0.7", 60),
        ("parrot@0", 90),
        ("parrot@0.7", 90),
    ]


def test_each_model_of_a_run_is_logged_at_once() -> None:
    context: Any = Context("parrot@0", "other@0")
    observer = Observer(context, clock=lambda: 0.0)
    observer(a_beat(3, "ended"))
    observer(a_beat(0, "loading", "other"))
    assert [line.partition(":")[0] for line in context.lines] == ["parrot", "other"]


def test_an_observation_shows_how_far_how_fast_and_what_is_said() -> None:
    found = shown(a_beat(20))
    assert found.pop("latest answers").md_str.splitlines()[-1] == "| alpha | 0.700 | an\\|ger |"
    assert found == {
        "phase": "asking",
        "done": 20,
        "total": 100,
        "answers per second": 2.0,
        "seconds left": 40.0,
        "error rate": 0.05,
    }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with a collection of twelve clips, and models `gated` (which passes or not) and `parrot`."""
    gated.register(monkeypatch)
    small.drop_in(tmp_path / "landing" / "alpha")
    platform = Platform.of(Settings(home=str(tmp_path), workers=1))
    for name, partition in (
        ("raw", "alpha"),
        ("utterances", "alpha"),
        ("normalized_audio", "alpha"),
        ("unified_jsonl", "all"),
    ):
        make(name, platform, partition)
    small.model(tmp_path / "models", "parrot")
    return tmp_path


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def a_gated(home: Path, **options: Any) -> None:
    path = small.model(home / "models", "gated", **options)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "engine": "gated"}))


def materialize(home: Path, instance: dg.DagsterInstance, keys: Sequence[str]) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions("evaluations", list(keys))
    job = build(Cameo(home=str(home), workers=1)).resolve_implicit_global_asset_job_def()
    ends = ("start", "end") if len(keys) > 1 else ()
    return job.execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("predictions")],
        partition_key=None if ends else keys[0],
        tags={
            f"dagster/asset_partition_range_{end}": key
            for end, key in zip(ends, (keys[0], keys[-1]), strict=False)
        },
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def logged(instance: dg.DagsterInstance, found: dg.ExecuteInProcessResult, kind: dg.DagsterEventType) -> Any:
    """What the event log has of one kind of event, also of a run that failed; it is what the UI shows."""
    return [record.dagster_event for record in instance.all_logs(found.run_id, of_type=kind)]


def parity(
    instance: dg.DagsterInstance, found: dg.ExecuteInProcessResult
) -> dict[str | None, dg.AssetCheckEvaluation]:
    """The evaluations of the check, by partition."""
    events = logged(instance, found, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    checks = [event.asset_check_evaluation_data for event in events]
    return {each.partition: each for each in checks if each.check_name == "parity"}


@pytest.mark.parametrize("keys", [["gated@0"], ["gated@0", "parrot@0"]], ids=["one", "together"])
def test_the_gate_is_a_check_when_it_is_passed(
    home: Path, instance: dg.DagsterInstance, keys: list[str]
) -> None:
    a_gated(home)
    found = materialize(home, instance, keys)
    assert found.success
    checks = parity(instance, found)
    assert checks.keys() == set(keys)
    assert checks["gated@0"].passed
    assert checks["gated@0"].description == "12 of 12 answers agree."
    if "parrot@0" in checks:
        assert checks["parrot@0"].passed
        assert "needs no gate" in (checks["parrot@0"].description or "")


@pytest.mark.parametrize("keys", [["gated@0"], ["gated@0", "parrot@0"]], ids=["one", "together"])
def test_the_gate_is_a_check_with_the_disagreements_when_it_is_failed(
    home: Path, instance: dg.DagsterInstance, keys: list[str]
) -> None:
    a_gated(home, wrong=1.0)
    found = materialize(home, instance, keys)
    assert not found.success
    check = parity(instance, found)["gated@0"]
    assert not check.passed
    table = str(check.metadata["disagreements"].value)
    assert table.count("| alpha | anger or so | anger |") == 12
    failure = next(event for event in found.all_events if event.is_step_failure).step_failure_data
    assert failure.user_failure_data is not None
    assert "gated@0: gated: generation: parity: seen 12 of 12" in (
        failure.user_failure_data.description or ""
    )
    ended = logged(instance, found, dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert {event.partition for event in ended} == set(keys) - {"gated@0"}


def test_what_stops_a_model_is_said_once_for_all_its_evaluations(
    home: Path, instance: dg.DagsterInstance
) -> None:
    a_gated(home, temperatures=(0, 0.7), wrong=1.0)
    found = materialize(home, instance, ["gated@0", "gated@0.7"])
    failure = next(event for event in found.all_events if event.is_step_failure).step_failure_data
    assert failure.user_failure_data is not None
    said = failure.user_failure_data.description or ""
    assert said.startswith("gated@0, gated@0.7: gated: generation: parity: seen 12 of 12")
    assert said.count("12 of 12") == 1


def test_the_end_of_a_model_is_observed_on_its_partitions(home: Path, instance: dg.DagsterInstance) -> None:
    found = materialize(home, instance, ["chance@0", "parrot@0"])
    events = logged(instance, found, dg.DagsterEventType.ASSET_OBSERVATION)
    observed = [event.asset_observation_data.asset_observation for event in events]
    seen = {each.partition: each for each in observed}
    assert seen.keys() == {"chance@0", "parrot@0"}
    assert seen["parrot@0"].metadata["done"].value == 12
    assert str(seen["parrot@0"].metadata["latest answers"].value).count("| alpha | 0.000 |") == 3


def test_what_became_of_the_requests_is_shown(home: Path, instance: dg.DagsterInstance) -> None:
    styles = dict.fromkeys(("label", "sentence", "capitals", "adjective", "two", "nonsense", "empty"), 0.0)
    small.model(home / "models", "parrot", styles={**styles, "refusal": 1.0})
    found = materialize(home, instance, ["parrot@0"])
    (ended,) = found.asset_materializations_for_node("predictions")
    lines = str(ended.metadata["what became of the requests"].value).splitlines()
    assert len(lines) == 3
    assert lines[-1].startswith("| refusal | 12 | ") and "can't judge" in lines[-1]


def test_baselines_end_while_a_model_waits_for_its_slot(home: Path, tmp_path: Path) -> None:
    hungry = small.model(home / "models", "hungry")
    hungry.write_text(f"{hungry.read_text()}needs: {{gpu_memory_gib: 16}}\n")
    (tmp_path / "dagster.yaml").write_text(
        f"storage: {{sqlite: {{base_dir: {tmp_path}/dagster}}}}\n"
        "telemetry: {enabled: false}\n"
        "concurrency: {pools: {default_limit: 1}}\n"
    )

    @dg.job
    def other() -> None: ...

    with (
        dg.DagsterInstance.from_config(str(tmp_path)) as instance,
        ThreadPoolExecutor(1) as thread,
    ):
        with gpu_slot(instance, instance.create_run_for_job(other), "other", print):
            running = thread.submit(materialize, home, instance, ["chance@0", "hungry@0"])
            wait_for(lambda: made(instance) == {"chance@0"})
            wait_for(lambda: "gpu:hungry" in pending(instance))
            assert not running.done()
        assert running.result(timeout=60).success
        assert made(instance) == {"chance@0", "hungry@0"}
        assert pending(instance) == set()


def made(instance: dg.DagsterInstance) -> set[str]:
    return instance.get_materialized_partitions(dg.AssetKey("predictions"))


def pending(instance: dg.DagsterInstance) -> set[str]:
    """Steps that hold a slot of the pool or wait for one."""
    info = instance.event_log_storage.get_concurrency_info(GPU_POOL)
    return {step.step_key for step in info.pending_steps}


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
