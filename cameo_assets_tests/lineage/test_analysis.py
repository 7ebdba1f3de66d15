"""An analysis is one file: it is in the graph, in the status, in the demo and on disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import cameo_assets
from cameo_assets.lineage.snapshot import Platform
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make_all, stale

QUESTION = '''
"""How many answers does each evaluation have?"""

from __future__ import annotations

from cameo_assets.lineage.declaration import Made, Product, Read, WhenSettled
from cameo_assets.lineage.job import Job
from cameo_assets.lineage.shown import Shown, check, table
from cameo_assets.lineage.standing import scored
from cameo_assets.places import ANSWERS, Place
from cameo_assets.lineage.declaration import NoDetails
from cameo_assets.provenance import version_of_tables

TABLE = Place("analysis/new_question.parquet")


def make(job: Job) -> Made:
    import pyarrow as pa

    keys = job.keys("answers")
    rows = [job.store.read_table(ANSWERS.of(key)).num_rows for key in keys]
    found = pa.table({"evaluation": keys, "answers": rows})
    job.store.write_table(found, TABLE.of())
    return Made(version_of_tables(found), NoDetails())


def show(job: Job, _details: NoDetails) -> Shown:
    rows = job.store.read_table(TABLE.of()).to_pylist()
    shown = table(["evaluation", "answers"], [row.values() for row in rows])
    return Shown({"answers": shown}, (check("any", bool(rows)),))


ANALYSIS = Product(
    name="analysis/new_question",
    about="How many answers each evaluation has.",
    group="analysis",
    kinds=("python", "parquet"),
    reads=(Read("answers", scored), Read("leaderboard")),
    places=(TABLE,),
    code_version="1",
    make=make,
    show=show,
    checks={"any": "There are answers."},
    by_itself=WhenSettled(following="leaderboard"),
)
'''
LOOK = """
import json, sys
import dagster as dg
import cameo_assets
from cameo_assets.automation.demo import _steps
from cameo_assets.definitions import build
from cameo_assets.resources import Cameo
key = dg.AssetKey(["analysis", "new_question"])
node = build().resolve_asset_graph().get(key)
with dg.DagsterInstance.ephemeral() as instance:
    steps = [step.to_user_string() for step, _ in _steps(Cameo(home=sys.argv[1]).snapshot(), instance)]
print(json.dumps({
    "file": cameo_assets.__file__,
    "after": sorted(parent.to_user_string() for parent in node.parent_keys),
    "checks": [check.name for check in node.check_keys],
    "condition": node.automation_condition.get_label(),
    "steps": steps,
}))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with one file more."""
    shutil.copytree(Path(cameo_assets.__file__).parent, tmp_path / "copy" / "cameo_assets")
    (tmp_path / "copy" / "cameo_assets" / "analysis" / "new_question.py").write_text(QUESTION)
    return tmp_path / "copy"


def run(package: Path, home: str, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(package), "CAMEO_HOME": home}
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=package, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_file_is_all_that_an_analysis_needs(package: Path, copy: Callable[[], Platform]) -> None:
    home = copy().store.home
    cameo = ("-m", "cameo_assets.cli")
    found = json.loads(run(package, home, "-c", LOOK, home))
    assert found["file"].startswith(str(package))
    assert found["after"] == ["answers", "leaderboard"]
    assert (found["checks"], found["condition"]) == (["any"], "when_settled")
    assert found["steps"].index("analysis/new_question") > found["steps"].index("leaderboard")
    said = run(package, home, *cameo, "status").splitlines()
    assert [line.split()[:2] for line in said] == [["analysis/new_question", "all"], ["1", "out"]]
    assert "made: there is no record of it" in run(package, home, *cameo, "make", "analysis/new_question")
    assert run(package, home, *cameo, "status") == "everything is current\n"
    assert "unchanged" in run(package, home, *cameo, "make", "analysis/new_question")
    assert "made: asked for anew" in run(package, home, *cameo, "make", "analysis/new_question", "--anew")
    table = pq.read_table(Path(home) / "analysis" / "new_question.parquet")
    assert table["evaluation"].to_pylist() == ["chance@0", "majority@0", "parrot@0", "parrot@0.7"]


def test_published_answers_follow_the_words_also_where_the_scores_stay(
    copy: Callable[[], Platform],
) -> None:
    platform = copy()
    home = Path(platform.store.home)
    published = home / "publish/datasets/cameo-results/predictions/parrot/t0.parquet"

    def say(style: str) -> list[str]:
        styles = dict.fromkeys(
            ("label", "capitals", "sentence", "adjective", "two", "nonsense", "refusal", "empty"), 0.0
        )
        small.model(home / "models", "parrot", temperatures=(0, 0.7), styles={**styles, style: 1.0})
        make_all(platform)
        return sorted(pq.read_table(published)["text"].to_pylist())

    styles = ("label", "capitals")
    plain, loud = (say(style) for style in styles)
    board = (home / "board" / "board.json").read_bytes()
    assert plain != loud and sorted(text.strip("*!").lower() for text in loud) == plain
    say("label")
    assert (home / "board" / "board.json").read_bytes() == board, "the scores are the same all along"
    assert stale(platform) == []
