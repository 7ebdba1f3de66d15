"""kill -9 in the middle of a stage: the next run completes it, nothing twice, no half file."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cameo_assets.lineage.snapshot import Platform
from cameo_assets.settings import Settings
from cameo_assets_tests import small
from cameo_assets_tests.products.made import make

CLIPS = 2 * 30 * 3


def platform(home: Path) -> Platform:
    return Platform.of(Settings(home=str(home), workers=1))


def made(home: Path, *stages: tuple[str, str]) -> Path:
    """Runs stages in this process."""
    for name, partition in stages:
        make(name, platform(home), partition)
    return home


def kill_during(home: Path, name: str, partition: str, when: Callable[[], bool]) -> None:
    """Runs a stage in another process and kills that as soon as `when` holds."""
    code = (
        "from cameo_assets_tests.products.test_killed import made; from pathlib import Path; "
        f"made(Path({str(home)!r}), ({name!r}, {partition!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    end = time.monotonic() + 60
    while not when():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)
    process.kill()
    process.wait()


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing was disturbed."""
    home = tmp_path_factory.mktemp("finished")
    small.drop_in(home / "landing" / "alpha", takes=30)
    return made(home, ("raw", "alpha"), ("utterances", "alpha"), ("normalized_audio", "alpha"))


def test_normalized_audio_goes_on_where_it_was_killed(finished: Path, tmp_path: Path) -> None:
    small.drop_in(tmp_path / "landing" / "alpha", takes=30)
    made(tmp_path, ("raw", "alpha"), ("utterances", "alpha"))
    audio = tmp_path / "audio" / "alpha"
    kill_during(
        tmp_path, "normalized_audio", "alpha", lambda: audio.is_dir() and len(list(audio.iterdir())) >= 60
    )
    assert len(list(audio.iterdir())) < CLIPS
    assert not (tmp_path / "inspection" / "alpha.parquet").exists()
    assert {path.name: path.read_bytes() for path in audio.iterdir()}.items() <= tree(
        finished / "audio" / "alpha"
    ).items()  # what is there is whole
    made(tmp_path, ("normalized_audio", "alpha"))
    assert tree(tmp_path / "audio") == tree(finished / "audio")
    records = "records/normalized_audio/alpha.json"
    found, expected = (Path(home, records).read_text() for home in (tmp_path, finished))
    assert '"output"' in found and found.split('"output"')[1] == expected.split('"output"')[1]
    platform(tmp_path).store.sweep()
    assert not list((tmp_path / ".aside").iterdir())


def test_predictions_go_on_where_they_were_killed(finished: Path, tmp_path: Path) -> None:
    home, undisturbed, log = tmp_path / "home", tmp_path / "undisturbed", tmp_path / "log"
    for place, options in ((home, {"delay_seconds": 0.01, "log": str(log)}), (undisturbed, {})):
        subprocess.run(["cp", "-r", str(finished), str(place)], check=True)
        small.model(place / "models", "slow", **options)
        made(place, ("unified_jsonl", "all"))
    for answers in (40, 110):
        kill_during(home, "predictions", "slow@0", lambda most=answers: len(small.requests(log)) >= most)
    made(home, ("predictions", "slow@0"), ("answers", "slow@0"), ("metrics", "slow@0"))
    table = platform(home).store.read_table("answers", "slow@0.parquet").to_pylist()
    published = [row["file_id"] for row in table if row["reader"] == "published"]
    assert len(published) == len(set(published)) == CLIPS
    made(undisturbed, ("predictions", "slow@0"))
    platform(home).store.sweep()
    assert tree(home / "predictions") == tree(undisturbed / "predictions")
    assert not list((home / ".aside").iterdir())
    before = len(small.requests(log))
    made(home, ("predictions", "slow@0"))
    assert len(small.requests(log)) == before
