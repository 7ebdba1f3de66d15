"""The platform left to itself: real daemon, real sensors, nobody clicks."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cameo_assets_tests import small
from cameo_assets_tests.live.platform import Running, platform
from cameo_assets_tests.models.served import server

pytestmark = pytest.mark.live
PATIENCE = 240
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


def drop(landing: Path, name: str) -> None:
    """Drops a corpus as a person does: copied file by file into its final place."""
    shutil.copytree(small.drop_in(landing.parent / "made" / name), landing / name)


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


def test_a_new_model_is_evaluated_alone_whatever_else_fails(running: Running) -> None:
    """One model is sound, one fails at first, and one has a broken file."""
    models = running.home / "models"
    obstacle = running.folder / "obstacle"
    obstacle.touch()
    known = small.requests(running.folder / "parrot.log")
    small.model(models, "shy", fail={"while_exists": str(obstacle)})
    (models / "typo.yaml").write_text("id: typo\nnmae: Typo\n")
    small.model(models, "myna", log=str(running.folder / "myna.log"))  # last: the others are seen by then

    running.wait(PATIENCE, "row of the sound model", lambda: shows(running, "myna@0", corpora=2))
    assert len(small.requests(running.folder / "myna.log")) == 24
    assert small.requests(running.folder / "parrot.log") == known
    assert "shy@0 is not on the board: not evaluated yet." in board(running)["notes"]
    assert "models/typo.yaml" in running.log()

    obstacle.unlink()
    running.wait(PATIENCE, "row of the retried model", lambda: shows(running, "shy@0", corpora=2))


def test_a_served_model_reaches_the_board_and_each_request_is_sent_once(
    running: Running, tmp_path: Path
) -> None:
    spec = {"id": "served", "name": "Served", "kind": "model", "engine": "openai", "licence": "CC0-1.0"}
    spec |= {"repository": "someone/tiny", "revision": "2026-10-01", "prompt": "cameo-1"}
    spec |= {"temperatures": [0, 0.7], "samples": 2}
    with server.running(tmp_path) as served:
        spec["options"] = {"base_url": served.url, "model": "tiny", "concurrency": 4}
        (running.home / "models" / "served.yaml").write_text(yaml.safe_dump(spec))
        running.wait(PATIENCE, "its rows", lambda: shows(running, "served@0", "served@0.7", corpora=2))
        asked = Counter(served.names("request"))
    greedy = {name for name in asked if name.endswith("/0")}
    assert (len(greedy), len(asked) - len(greedy)) == (24, 24 * 2)
    # All 24 clips are in the probe set of the parity gate, which asks at once and one by one.
    assert all(times == (2 if name in greedy else 1) for name, times in asked.items())
    assert not served.log("invalid")


def test_a_power_cut_leaves_neither_slot_nor_partition_taken(running: Running) -> None:
    log = running.folder / "slow.log"
    small.model(running.home / "models", "slow", delay_seconds=1.0, log=str(log))
    running.wait(PATIENCE, "first answers of the slow model", lambda: len(small.requests(log)) >= 3)
    running.kill()
    with platform(running.folder) as again:
        again.wait(PATIENCE, "row after the restart", lambda: shows(again, "slow@0", corpora=2))
        statuses = Counter(run["status"] for run in again.runs() if "predictions" in run["assets"])
    assert statuses["STARTED"] == 0
    assert len({file_id for file_id, *_ in small.requests(log)}) == 24
