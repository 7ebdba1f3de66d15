"""The platform left to itself: real daemon, real sensors, nobody clicks."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cameo_assets_tests import small
from cameo_assets_tests.live.platform import Running, platform

pytestmark = pytest.mark.live
PATIENCE = 180
"""A backfill waits up to half a minute for its daemon; a busy machine needs a few of those."""


def board(running: Running) -> dict[str, Any]:
    """The data of the board; empty before there is one."""
    path = running.home / "board" / "board.json"
    return json.loads(path.read_text()) if path.exists() else {}


def rows(running: Running) -> dict[str, dict[str, Any]]:
    """The rows of the board as read by the published reader, by evaluation."""
    return {row["evaluation"]: row for row in board(running).get("rows", ()) if row["reader"] == "published"}


def shows(running: Running, *evaluations: str, corpora: int) -> bool:
    found = rows(running)
    return set(evaluations) <= found.keys() and all(
        len(found[evaluation]["corpora"]) == corpora for evaluation in evaluations
    )


def drop(landing: Path, name: str, **shape: int) -> None:
    """Drops a corpus as a person does: file by file, in no hurry, into its final place."""
    made = small.drop_in(landing.parent / "made" / name, **shape)
    shutil.copytree(made, landing / name)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform with one corpus, two baselines and one scripted model."""
    folder = tmp_path_factory.mktemp("automation")
    models = folder / "data" / "models"
    small.switched_off(models, "acoustic-probe")
    small.model(models, "parrot", temperatures=(0, 0.7), log=str(folder / "parrot.log"))
    (folder / "data" / "landing").mkdir(parents=True)
    drop(folder / "data" / "landing", "alpha")
    with platform(folder) as found:
        yield found


def test_a_corpus_in_the_landing_zone_is_evaluated_untouched(running: Running) -> None:
    running.wait(
        PATIENCE,
        "first board",
        lambda: shows(running, "chance@0", "majority@0", "parrot@0", "parrot@0.7", corpora=1),
    )
    asked = small.requests(running.folder / "parrot.log")
    assert len(asked) == 12 * (1 + 2)  # clips x (greedy once, two draws at 0.7)
    assert len(set(asked)) == len(asked)


def test_a_new_corpus_leads_to_new_rows_and_only_its_utterances_are_asked(running: Running) -> None:
    log = running.folder / "parrot.log"
    before = small.requests(log)
    drop(running.landing, "beta")
    running.wait(PATIENCE, "board with both corpora", lambda: shows(running, "parrot@0.7", corpora=2))
    asked = small.requests(log)[len(before) :]
    assert not {file_id for file_id, *_ in asked} & {file_id for file_id, *_ in before}
    assert len(asked) == 12 * (1 + 2)
    assert set(Counter(asked).values()) == {1}


def test_a_new_model_leads_to_exactly_its_own_evaluations(running: Running) -> None:
    known = small.requests(running.folder / "parrot.log")
    small.model(running.home / "models", "myna", log=str(running.folder / "myna.log"))
    running.wait(PATIENCE, "row of the new model", lambda: shows(running, "myna@0", corpora=2))
    assert len(small.requests(running.folder / "myna.log")) == 24
    assert small.requests(running.folder / "parrot.log") == known


def test_an_evaluation_that_fails_blocks_no_other_and_is_retried(running: Running) -> None:
    obstacle = running.folder / "obstacle"
    obstacle.touch()
    small.model(running.home / "models", "broken", fail={"while_exists": str(obstacle)})
    small.model(running.home / "models", "sound")

    def failed() -> bool:
        return any("FAILURE" in run["status"] and "predictions" in run["assets"] for run in running.runs())

    running.wait(PATIENCE, "failed run", failed)
    obstacle.unlink()
    running.wait(PATIENCE, "row of the other model", lambda: shows(running, "sound@0", corpora=2))
    running.wait(PATIENCE, "row of the retried model", lambda: shows(running, "broken@0", corpora=2))


def test_a_broken_model_file_is_named_in_the_log_and_hides_no_other(running: Running) -> None:
    (running.home / "models" / "typo.yaml").write_text("id: typo\nnmae: Typo\n")
    small.model(running.home / "models", "wren")
    running.wait(PATIENCE, "row beside the broken file", lambda: shows(running, "wren@0", corpora=2))
    assert "typo.yaml" in running.log()


def test_a_power_cut_leaves_neither_slot_nor_partition_taken(tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    log = folder / "slow.log"
    models = folder / "data" / "models"
    small.switched_off(models, "acoustic-probe")
    small.model(models, "slow", delay_seconds=1.0, log=str(log))
    (folder / "data" / "landing").mkdir(parents=True)
    drop(folder / "data" / "landing", "alpha", speakers=2, takes=4)
    with platform(folder) as running:
        running.wait(PATIENCE, "first answers", lambda: len(small.requests(log)) >= 3)
        running.kill()
    assert not (folder / "data" / "board" / "board.json").exists()
    with platform(folder) as running:
        running.wait(PATIENCE, "row after the restart", lambda: shows(running, "slow@0", corpora=1))
        statuses = Counter(run["status"] for run in running.runs())
        assert statuses["FAILURE"] >= 1  # the run of before the cut was ended
        assert not statuses["STARTED"] or statuses["STARTED"] == 1
