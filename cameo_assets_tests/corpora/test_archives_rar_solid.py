"""Solid RAR archives: one run of a program gives all members. Programs are stood in for by scripts."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rarfile

from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets_tests.corpora.making import lay
from cameo_assets_tests.corpora.test_archives_rar import archive, member

SOLID = 4
FILES = {f"{name}.wav": name.encode() * 300_000 for name in "abcdef"}  # longer than a pipe holds


class Programs:
    """A folder of programs that is all of `PATH`; each writes what it is told and notes that it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, name: str, output: bytes, then: str = "") -> None:
        (self.folder / f"{name}.output").write_bytes(output)
        path = self.folder / name
        own = f"{self.folder}/{name}"
        path.write_text(f"#!/bin/sh\necho $$ >> {own}.starts\n/bin/cat {own}.output\n{then}\n")
        path.chmod(0o755)

    def starts(self, name: str) -> list[int]:
        """The process of each start."""
        path = self.folder / f"{name}.starts"
        return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    found = Programs(tmp_path / "programs")
    monkeypatch.setenv("PATH", str(found.folder))
    monkeypatch.setattr(rarfile, "CURRENT_SETUP", None)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    members = (member(name.encode(), data, method=3) for name, data in FILES.items())
    yield Source(lay(tmp_path / "x", {"x.rar": archive(*members, flags=SOLID)}))
    gc.collect()


OUTPUT = b"".join(FILES.values())


def test_all_members_come_from_one_start(programs: Programs, source: Source) -> None:
    programs.add("unar", OUTPUT)
    members = source.members
    assert len(programs.starts("unar")) == 1  # to see whether it can
    assert {member.path: source.read(member.path) for member in members} == {
        f"x.rar/{name}": data for name, data in FILES.items()
    }
    assert len(programs.starts("unar")) == 2


def test_only_going_back_starts_again(programs: Programs, source: Source) -> None:
    programs.add("unrar", OUTPUT)
    starts = []
    for name in "bdeea":
        assert source.read(f"x.rar/{name}.wav") == FILES[f"{name}.wav"]
        starts.append(len(programs.starts("unrar")))
    assert starts == [1, 1, 1, 2, 3]


def test_positions_are_the_order_of_one_pass(programs: Programs, source: Source) -> None:
    programs.add("unrar", OUTPUT)
    positions = [member.position for member in source.members]
    assert positions == sorted(positions) and len(set(positions)) == len(FILES)


@pytest.mark.parametrize(
    ("output", "then"),
    [
        (b"", "echo no such method >&2; exit 2"),
        (OUTPUT[:700_000], ""),
        (OUTPUT[:650_000] + bytes(len(OUTPUT)), ""),
        (b"Usage: unrar" + OUTPUT, ""),
    ],
    ids=["nothing", "too little", "something else", "too much"],
)
def test_a_program_that_fails_is_followed_by_the_next(
    output: bytes, then: str, programs: Programs, source: Source
) -> None:
    programs.add("unrar", output, then)
    programs.add("7z", OUTPUT)
    assert [source.read(f"x.rar/{name}") for name in FILES] == list(FILES.values())
    # It is not asked again and again.
    assert (len(programs.starts("unrar")), len(programs.starts("7z"))) == (1, 1)


def test_damage_ends_at_the_first_member_that_nobody_reads(programs: Programs, source: Source) -> None:
    programs.add("unrar", OUTPUT[:700_000], "echo damaged >&2; exit 3")
    programs.add("bsdtar", OUTPUT[:600_000] + b"!" * len(OUTPUT))
    assert source.read("x.rar/a.wav") == FILES["a.wav"]
    with pytest.raises(
        BadInput, match=r"c\.wav: archive_member: seen unrar: damaged; bsdtar: a wrong checks"
    ):
        source.read("x.rar/c.wav")
    before = len(programs.starts("unrar"))
    with pytest.raises(BadInput, match=r"d\.wav: archive_member: seen it lies behind 'c\.wav': unrar: dama"):
        source.read("x.rar/d.wav")
    assert len(programs.starts("unrar")) == before
    assert source.read("x.rar/b.wav") == FILES["b.wav"]


def test_a_program_that_says_nothing_is_quoted_by_its_status(programs: Programs, source: Source) -> None:
    programs.add("unrar", b"", "exit 7")
    with pytest.raises(
        BadInput, match="seen unrar: output ends early, status 7; expected a member that reads"
    ):
        source.read("x.rar/a.wav")


def test_without_a_program_the_archive_says_so(programs: Programs, source: Source) -> None:
    assert source.members == [] and programs.starts("unrar") == []
    (error,) = source.refused
    assert error.rule == "needs_tool"
    assert "'a.wav'" in error.seen and "unpacked by hand" in error.expected


def test_a_program_that_vanishes_is_named(programs: Programs, source: Source) -> None:
    programs.add("unrar", OUTPUT)
    source.read("x.rar/b.wav")
    (programs.folder / "unrar").unlink()
    with pytest.raises(BadInput, match=r"x\.rar/a\.wav: archive_member: seen no program for it is there any"):
        source.read("x.rar/a.wav")


def test_programs_that_all_fail_are_named_when_the_archive_is_listed(
    programs: Programs, source: Source
) -> None:
    programs.add("7z", b"", "echo Unsupported Method >&2; exit 2")
    assert source.members == []
    (error,) = source.refused
    assert (error.path, error.rule, error.seen) == ("x.rar", "needs_tool", "7z: Unsupported Method")
    assert "unrar or unar installed" in error.expected
    assert len(programs.starts("7z")) == 1


def test_stored_members_need_no_program(programs: Programs, tmp_path: Path) -> None:
    source = Source(lay(tmp_path / "y", {"x.rar": archive(member(b"a.wav"), flags=SOLID)}))
    assert source.read("x.rar/a.wav") == b"data"


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("end", [lambda archive: archive.close(), lambda _: None], ids=["closed", "dropped"])
def test_no_program_outlives_its_archive(
    end: Callable[[object], None], programs: Programs, source: Source
) -> None:
    from cameo_assets.corpora.archives import opened

    programs.add("unrar", OUTPUT, "exec /bin/sleep 60")
    found = opened(source.folder / "x.rar", "x.rar")
    assert found is not None
    found.read("f.wav")
    (process,) = programs.starts("unrar")
    assert not gone(process)
    end(found)
    del found
    gc.collect()
    assert gone(process)
