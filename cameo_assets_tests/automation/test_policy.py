"""What the sensors and conditions ask for, event by event: exactly the downstream of what happened."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from cameo_assets import failures
from cameo_assets.automation.sensors import landing_zone
from cameo_assets.board.data import Board
from cameo_assets_tests import small
from cameo_assets_tests.automation.simulator import Daemon, Requests

END = ["leaderboard", "analysis/postprocessing_ablation", "board_page", "hub/results", "hub/board"]


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """A platform with one corpus and two evaluations of one scripted model, nothing made yet."""
    home = tmp_path / "data"
    small.switched_off(home / "models", "acoustic-probe", "chance", "majority")
    aged(small.drop_in(home / "landing" / "alpha"))
    small.model(home / "models", "parrot", temperatures=(0, 0.7), log=str(tmp_path / "parrot.log"))
    return Daemon(home)


def runs(requests: Requests) -> Counter[str]:
    """How often each asset was run."""
    return Counter(asset for asset, _ in requests)


def board(daemon: Daemon) -> Board:
    return msgspec.json.decode((daemon.home / "board" / "board.json").read_bytes(), type=Board)


def aged(folder: Path) -> None:
    """Makes files look as if they had been there for a while; young ones are not trusted yet."""
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def test_a_fresh_platform_makes_everything_once(daemon: Daemon) -> None:
    done = daemon.settle()
    assert runs(done) == {
        **dict.fromkeys(["raw/drop_in", "utterances", "normalized_audio", "unified_jsonl"], 1),
        **dict.fromkeys(["hub/dataset", "predictions"], 1),
        **dict.fromkeys(["answers", "metrics"], 2),
        **dict.fromkeys(END, 1),
    }
    assert not daemon.failed
    assert {row.evaluation for row in board(daemon).rows} == {"parrot@0", "parrot@0.7"}


def test_the_temperatures_of_a_model_are_asked_in_one_run(daemon: Daemon) -> None:
    assert ("predictions", ("parrot@0", "parrot@0.7")) in daemon.settle()


def test_nothing_happens_when_nothing_changed(daemon: Daemon) -> None:
    daemon.settle()
    assert daemon.settle() == []


def test_a_new_corpus_runs_its_own_partition_and_what_looks_at_all(daemon: Daemon, tmp_path: Path) -> None:
    daemon.settle()
    before = small.requests(tmp_path / "parrot.log")
    aged(small.drop_in(daemon.home / "landing" / "beta"))
    done = daemon.settle()
    assert {partitions for asset, partitions in done if asset in ("utterances", "normalized_audio")} == {
        ("beta",)
    }
    assert runs(done)["unified_jsonl"] == runs(done)["predictions"] == runs(done)["leaderboard"] == 1
    asked = small.requests(tmp_path / "parrot.log")[len(before) :]
    assert len(asked) == len(set(asked)) == 36
    assert not set(asked) & set(before)
    assert all(len(row.corpora) == 2 for row in board(daemon).rows)


def test_a_new_model_runs_its_own_evaluations_and_the_board(daemon: Daemon, tmp_path: Path) -> None:
    daemon.settle()
    before = small.requests(tmp_path / "parrot.log")
    small.model(daemon.home / "models", "wren")
    done = daemon.settle()
    assert runs(done) == {"predictions": 1, "answers": 1, "metrics": 1, **dict.fromkeys(END, 1)}
    assert small.requests(tmp_path / "parrot.log") == before


def test_a_changed_model_file_asks_again_and_a_changed_name_does_not(daemon: Daemon, tmp_path: Path) -> None:
    daemon.settle()
    log = str(tmp_path / "parrot.log")
    path = small.model(daemon.home / "models", "parrot", temperatures=(0, 0.7), log=log)
    path.write_text(path.read_text().replace("name: Parrot", "name: Polly"))
    assert "predictions" not in runs(daemon.settle())
    small.model(daemon.home / "models", "parrot", temperatures=(0, 0.7), log=log, styles={"label": 1.0})
    before = small.requests(tmp_path / "parrot.log")
    assert runs(daemon.settle())["predictions"] == 1
    assert len(small.requests(tmp_path / "parrot.log")) == 2 * len(before)


def test_a_model_that_is_taken_out_leaves_the_partitions_and_keeps_its_answers(daemon: Daemon) -> None:
    daemon.settle()
    (daemon.home / "models" / "parrot.yaml").unlink()
    small.model(daemon.home / "models", "wren")
    daemon.settle()
    assert daemon.instance.get_dynamic_partitions("evaluations") == ["wren@0"]
    assert (daemon.home / "predictions" / "parrot").is_dir()
    assert {row.evaluation for row in board(daemon).rows} == {"wren@0"}


def test_a_failing_evaluation_blocks_no_other_and_is_tried_again_after_a_pause(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacle = tmp_path / "obstacle"
    obstacle.touch()
    small.model(daemon.home / "models", "broken", fail={"while_exists": str(obstacle)})
    daemon.settle()
    assert {row.evaluation for row in board(daemon).rows} == {"parrot@0", "parrot@0.7"}
    assert "broken@0 is not on the board: not evaluated yet." in board(daemon).notes
    assert [asset for asset, _ in daemon.failed] == ["predictions"]  # its pause is not over
    obstacle.unlink()
    monkeypatch.setattr(failures, "FIRST_PAUSE", 0.0)
    assert ("predictions", ("broken@0",)) in daemon.settle()
    assert "broken@0" in {row.evaluation for row in board(daemon).rows}


def test_a_corpus_that_cannot_be_read_stops_no_other(daemon: Daemon) -> None:
    bad = small.drop_in(daemon.home / "landing" / "bad")
    (bad / "corpus.yaml").write_text("name: Bad\nlicense: CC0 1.0\n")
    aged(bad)
    daemon.settle()
    assert daemon.failed == [("raw/drop_in", ("bad",))]
    assert [corpus.slug for corpus in board(daemon).corpora] == ["alpha"]


def test_a_touched_corpus_is_looked_at_and_nothing_else_is_made_anew(daemon: Daemon, tmp_path: Path) -> None:
    daemon.settle()
    written = {path: path.stat().st_mtime_ns for path in (daemon.home / "audio").rglob("*.flac")}
    before = small.requests(tmp_path / "parrot.log")
    aged(daemon.home / "landing" / "alpha")
    daemon.settle()
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert small.requests(tmp_path / "parrot.log") == before


def test_a_copy_that_is_still_under_way_is_not_touched(daemon: Daemon) -> None:
    daemon.settle()
    small.drop_in(daemon.home / "landing" / "beta")  # files of this very moment
    assert daemon.look() == [] == daemon.look()
    aged(daemon.home / "landing" / "beta")
    assert daemon.look() == []  # it looks different now, so once more
    assert daemon.look() == [("raw/drop_in", ("beta",))]


def test_a_withdrawn_corpus_loses_its_partition_and_keeps_its_data(daemon: Daemon) -> None:
    aged(small.drop_in(daemon.home / "landing" / "beta"))
    daemon.settle()
    (daemon.home / "withdrawn.txt").write_text("beta  # its authors asked for it\n")
    daemon.settle()
    assert daemon.instance.get_dynamic_partitions("corpora") == ["alpha"]
    assert (daemon.home / "audio" / "beta").is_dir()


def test_a_lost_cursor_asks_for_nothing_again(daemon: Daemon) -> None:
    daemon.settle()
    with dg.build_sensor_context(instance=daemon.instance, resources={"cameo": daemon.cameo}) as context:
        first = landing_zone(context)
    with dg.build_sensor_context(
        instance=daemon.instance, resources={"cameo": daemon.cameo}, cursor=first.cursor
    ) as context:
        assert not landing_zone(context).run_requests
