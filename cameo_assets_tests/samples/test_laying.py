from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cameo_assets.errors import BadInput
from cameo_assets.samples import SAMPLE_NOTE, SAMPLES, Sample, lay, laying
from cameo_assets.samples.laying import is_unchanged, lay_samples

REPOSITORY = Path(__file__).parents[2]


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def tiny(slug: str = "tiny", content: bytes = b"abc") -> Sample:
    """A sample without speech, for the rules of laying."""

    def write(folder: Path, done: Callable[[str], None]) -> None:
        (folder / "deep").mkdir()
        for name in ("one", "two"):
            (folder / "deep" / name).write_bytes(content)
            done(name)

    return Sample(slug=slug, name="Tiny", clips=("one", "two"), write=write)


def test_another_process_in_another_order_lays_the_same_bytes(landing: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cameo_assets.samples import lay\n"
        f"lay(Path({str(tmp_path / 'landing')!r}), {sorted(SAMPLES, reverse=True)!r})"
    )
    assert sorted(SAMPLES, reverse=True) != list(SAMPLES)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
    assert tree(tmp_path / "landing") == tree(landing)


def test_importing_the_samples_imports_no_heavy_library() -> None:
    code = (
        "import sys, cameo_assets.samples; sys.exit(bool({'numpy', 'soxr', 'soundfile'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


def test_every_sample_says_that_it_is_one(landing: Path) -> None:
    for slug in SAMPLES:
        note = (landing / slug / SAMPLE_NOTE).read_text()
        assert "synthetic" in note
        assert "scores on them mean nothing" in note


def test_only_what_is_asked_for_is_laid(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    assert lay(tmp_path, ["crema_d", "crema_d"]) == {"crema_d": tmp_path / "crema_d"}
    assert [path.name for path in tmp_path.iterdir()] == ["crema_d"]


def test_an_unknown_sample_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"unknown_sample: seen 'emodb'; expected one of \['cafe', 'crema_d'"):
        lay(tmp_path / "landing", ["ravdess", "emodb"])
    assert not (tmp_path / "landing").exists()


def test_progress_counts_every_clip_of_all_samples(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    lay_samples(tmp_path, [tiny("a"), tiny("b")], lambda *call: seen.append(call))
    assert seen == [(1, 4, "a: one"), (2, 4, "a: two"), (3, 4, "b: one"), (4, 4, "b: two")]


def test_an_unchanged_sample_is_left_alone_and_said_so(tmp_path: Path) -> None:
    lay_samples(tmp_path, [tiny()])
    before, seen = stamps(tmp_path), []
    lay_samples(tmp_path, [tiny()], lambda *call: seen.append(call))
    assert stamps(tmp_path) == before
    assert seen == [(2, 2, "tiny: unchanged")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "deep" / "one").unlink(),
        lambda folder: (folder / "deep" / "one").write_bytes(b"changed"),
        lambda folder: (folder / SAMPLE_NOTE).write_bytes(b""),
    ],
    ids=["file gone", "file changed", "note emptied"],
)
def test_a_damaged_sample_is_not_unchanged(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    lay_samples(tmp_path, [tiny()])
    damage(tmp_path / "tiny")
    assert not is_unchanged(tmp_path / "tiny")


def test_a_damaged_sample_is_made_anew(tmp_path: Path) -> None:
    lay_samples(tmp_path, [tiny()])
    expected = tree(tmp_path)
    (tmp_path / "tiny" / "deep" / "one").write_bytes(b"changed")
    lay_samples(tmp_path, [tiny()])
    assert tree(tmp_path) == expected


def test_a_sample_of_an_older_recipe_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_samples(tmp_path, [tiny()])
    monkeypatch.setattr(laying, "RECIPE", "next")
    lay_samples(tmp_path, [tiny(content=b"new")])
    assert (tmp_path / "tiny" / "deep" / "one").read_bytes() == b"new"
    assert is_unchanged(tmp_path / "tiny")


@pytest.mark.parametrize("prepare", [lambda _: None, lambda folder: lay_samples(folder, [tiny()])])
def test_a_folder_with_files_of_others_is_never_touched(
    tmp_path: Path, prepare: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path)
    (tmp_path / "tiny").mkdir(exist_ok=True)
    (tmp_path / "tiny" / "real.wav").write_bytes(b"somebody's only copy")
    before = stamps(tmp_path)
    monkeypatch.setattr(laying, "RECIPE", "next")
    with pytest.raises(BadInput, match=r"not_a_sample: seen 1 files.*'real\.wav'"):
        lay_samples(tmp_path, [tiny("other"), tiny()])
    assert stamps(tmp_path) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    lay_samples(tmp_path, [tiny()])
    assert is_unchanged(tmp_path / "tiny")


def test_a_failure_leaves_nothing_half_made(tmp_path: Path) -> None:
    def fail(folder: Path, done: Callable[[str], None]) -> None:
        (folder / "one").write_bytes(b"")
        raise BadInput("speech", "no_sound", "nothing", "sound")

    with pytest.raises(BadInput, match="no_sound"):
        lay_samples(tmp_path, [Sample(slug="tiny", name="Tiny", clips=("one",), write=fail)])
    assert list(tmp_path.iterdir()) == []


def test_nobody_sees_half_a_sample(tmp_path: Path) -> None:
    def look(done: int, total: int, text: str) -> None:
        assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []

    lay_samples(tmp_path, [tiny()], look)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
