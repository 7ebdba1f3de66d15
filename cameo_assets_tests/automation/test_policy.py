"""What the sensors and conditions ask for, event by event: exactly the downstream of what happened.

The tests are the life of one platform, in order; each leaves it with nothing to do.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from cameo_assets import failures
from cameo_assets.automation.sensors import landing_zone, model_registry
from cameo_assets.board.data import Board
from cameo_assets.provenance import WHOLE
from cameo_assets_tests import small
from cameo_assets_tests.automation.simulator import Daemon, Requests
from cameo_assets_tests.products.made import out_of_date, stale

Asked = Callable[[], list[tuple[str, float, int]]]
END = ["leaderboard", "analysis/postprocessing_ablation", "board_page", "hub/results", "hub/board"]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """A platform with one corpus and two evaluations of one scripted model."""
    folder = tmp_path_factory.mktemp("policy")
    home = folder / "data"
    small.switched_off(home / "models", "acoustic-probe", "chance", "majority")
    aged(small.drop_in(home / "landing" / "alpha"))
    small.model(home / "models", "parrot", temperatures=(0, 0.7), log=str(folder / "parrot.log"))
    return Daemon(folder)


@pytest.fixture
def settled(daemon: Daemon) -> Daemon:
    """The platform with nothing to do, also for a test that is run alone."""
    daemon.settle()
    return daemon


@pytest.fixture
def asked(daemon: Daemon) -> Asked:
    """What the first model was asked since the test began."""
    log = daemon.home.parent / "parrot.log"
    before = len(small.requests(log))
    return lambda: small.requests(log)[before:]


def runs(requests: Requests) -> Counter[str]:
    """How often each asset was run."""
    return Counter(asset for asset, _ in requests)


def board(daemon: Daemon) -> Board:
    return msgspec.json.decode((daemon.home / "board" / "board.json").read_bytes(), type=Board)


def shown(daemon: Daemon) -> set[str]:
    """The evaluations on the board."""
    return {row.evaluation for row in board(daemon).rows}


def aged(folder: Path, when: int = 1_700_000_000) -> None:
    """Makes files look as if they had been there for a while; young ones are not trusted yet."""
    for path in folder.rglob("*"):
        os.utime(path, (when, when))


def test_a_fresh_platform_makes_everything_once(daemon: Daemon) -> None:
    done = daemon.settle()
    assert runs(done) == {
        **dict.fromkeys(["raw/drop_in", "utterances", "normalized_audio"], 1),
        **dict.fromkeys(["unified_jsonl", "splits", "hub/dataset", "predictions"], 1),
        **dict.fromkeys(["answers", "metrics"], 2),
        **dict.fromkeys(END, 1),
    }
    assert ("predictions", ("parrot@0", "parrot@0.7")) in done  # the temperatures of a model in one run
    assert not daemon.failed
    assert shown(daemon) == {"parrot@0", "parrot@0.7"}


def test_nothing_happens_when_nothing_changed(daemon: Daemon) -> None:
    assert daemon.settle() == []
    assert out_of_date(daemon.cameo.platform()) == []


def test_what_is_observed_while_models_are_asked_asks_for_nothing(settled: Daemon) -> None:
    for key in ("parrot@0", "parrot@0.7"):
        settled.instance.report_runless_asset_event(dg.AssetObservation("predictions", partition=key))
    assert settled.settle() == []


def test_an_update_between_a_request_and_the_next_tick_is_not_lost(settled: Daemon) -> None:
    def update(key: str) -> None:
        settled.instance.report_runless_asset_event(dg.AssetMaterialization("metrics", partition=key))

    update("parrot@0")
    assert runs(settled.tick())["leaderboard"] == 1
    update("parrot@0.7")
    assert runs(settled.settle())["leaderboard"] == 1


def test_a_lost_cursor_asks_for_nothing_again(daemon: Daemon) -> None:
    cursor = None
    for _ in range(2):
        with dg.build_sensor_context(
            instance=daemon.instance, resources={"cameo": daemon.cameo}, cursor=cursor
        ) as context:
            found = landing_zone(context)
        assert isinstance(found, dg.SensorResult)
        assert not found.run_requests
        cursor = found.cursor


def test_lost_dagster_state_is_made_anew_from_what_the_store_has(daemon: Daemon, asked: Asked) -> None:
    other = Daemon(daemon.home.parent)  # the same home, and a Dagster that knows nothing
    board_before = (daemon.home / "board" / "board.json").stat().st_mtime_ns
    done = other.settle()
    assert {"raw/drop_in", "utterances", "normalized_audio", "predictions", "leaderboard"} <= runs(
        done
    ).keys()
    assert not other.failed
    assert asked() == []
    assert (daemon.home / "board" / "board.json").stat().st_mtime_ns == board_before


def test_a_copy_that_is_still_under_way_is_not_touched(daemon: Daemon) -> None:
    small.drop_in(daemon.home / "landing" / "beta")  # files of this very moment
    assert daemon.look() == [] == daemon.look()
    aged(daemon.home / "landing" / "beta")
    assert daemon.look() == []  # it looks different now, so once more
    assert daemon.look() == [("raw/drop_in", ("beta",))]


def test_a_new_corpus_runs_its_own_partition_and_what_looks_at_all(daemon: Daemon, asked: Asked) -> None:
    done = daemon.settle()
    assert {partitions for asset, partitions in done if asset in ("utterances", "normalized_audio")} == {
        ("beta",)
    }
    assert runs(done)["unified_jsonl"] == runs(done)["predictions"] == runs(done)["leaderboard"] == 1
    assert len(asked()) == len(set(asked())) == 36
    new = {path.name for path in (daemon.home / "audio" / "beta").iterdir()}
    assert {file_id for file_id, *_ in asked()} == new
    assert all(len(row.corpora) == 2 for row in board(daemon).rows)


def test_a_new_model_runs_its_own_evaluations_and_the_board(settled: Daemon, asked: Asked) -> None:
    small.model(settled.home / "models", "wren")
    done = settled.settle()
    assert runs(done) == {"predictions": 1, "answers": 1, "metrics": 1, **dict.fromkeys(END, 1)}
    assert asked() == []


def test_a_changed_model_file_asks_again_and_a_changed_name_does_not(daemon: Daemon, asked: Asked) -> None:
    path = daemon.home / "models" / "parrot.yaml"
    path.write_text(path.read_text().replace("name: Parrot", "name: Polly"))
    assert "predictions" not in runs(daemon.settle())
    path.write_text(path.read_text().replace("seed: 0", "seed: 1"))
    assert runs(daemon.settle())["predictions"] == 1
    assert len(asked()) == 72


def test_a_touched_corpus_is_looked_at_and_nothing_else_is_made_anew(daemon: Daemon, asked: Asked) -> None:
    written = {path: path.stat().st_mtime_ns for path in (daemon.home / "audio").rglob("*.flac")}
    aged(daemon.home / "landing" / "alpha", when=1_600_000_000)
    assert ("raw/drop_in", ("alpha",)) in daemon.settle()
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert asked() == []


def test_a_failing_evaluation_blocks_no_other_and_is_tried_again_after_a_pause(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacle = tmp_path / "obstacle"
    obstacle.touch()
    monkeypatch.setattr(failures, "FIRST_PAUSE", failures.LONGEST_PAUSE)
    small.model(daemon.home / "models", "broken", fail={"while_exists": str(obstacle)})
    daemon.settle()
    assert "broken@0" not in shown(daemon)
    assert daemon.failed == [("predictions", ("broken@0",))]  # its pause is not over
    # The board says so from its next version on, which the reconcile schedule asks for.
    assert ("leaderboard", WHOLE) in stale(daemon.cameo.platform())
    obstacle.unlink()
    monkeypatch.setattr(failures, "FIRST_PAUSE", 0.0)
    assert ("predictions", ("broken@0",)) in daemon.settle()
    assert "broken@0" in shown(daemon)


def test_a_model_that_is_taken_out_leaves_the_board_and_keeps_its_answers(daemon: Daemon) -> None:
    (daemon.home / "models" / "wren.yaml").unlink()
    (daemon.home / "models" / "broken.yaml").unlink()
    small.model(daemon.home / "models", "lark")
    daemon.settle()
    assert set(daemon.instance.get_dynamic_partitions("evaluations")) == shown(daemon)
    assert shown(daemon) == {"parrot@0", "parrot@0.7", "lark@0"}
    assert (daemon.home / "predictions" / "wren").is_dir()


def test_a_broken_model_file_is_named_in_the_list_of_ticks(daemon: Daemon) -> None:
    typo = daemon.home / "models" / "typo.yaml"
    typo.write_text("id: typo\nnmae: Typo\n")
    with dg.build_sensor_context(instance=daemon.instance, resources={"cameo": daemon.cameo}) as context:
        found = model_registry(context)
    typo.unlink()
    assert isinstance(found, dg.SensorResult) and isinstance(found.skip_reason, dg.SkipReason)
    said = found.skip_reason.skip_message or ""
    assert "models/typo.yaml" in said and "nmae" in said and "did you mean" in said.lower(), said


def test_a_corpus_that_cannot_be_read_stops_no_other(daemon: Daemon) -> None:
    bad = small.drop_in(daemon.home / "landing" / "bad")
    (bad / "corpus.yaml").write_text("name: Bad\nlicense: CC0 1.0\n")
    aged(bad)
    del daemon.failed[:]
    daemon.settle()
    assert daemon.failed == [("raw/drop_in", ("bad",))]
    assert [corpus.slug for corpus in board(daemon).corpora] == ["alpha", "beta"]


def test_a_withdrawn_corpus_loses_its_partition_and_keeps_its_data(daemon: Daemon) -> None:
    (daemon.home / "withdrawn.txt").write_text("beta  # its authors asked for it\n")
    daemon.settle()
    assert "beta" not in daemon.instance.get_dynamic_partitions("corpora")
    assert (daemon.home / "audio" / "beta").is_dir()
    assert ("unified_jsonl", WHOLE) in stale(daemon.cameo.platform())
