"""The RAR writer, judged by readers that are not ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
import rarfile

from cameo_assets.samples.rar import rar

FILES = {
    "OréauFR_01/": b"",
    "OréauFR_01/sessions/f/a/10a02Ja.wav": bytes(range(256)) * 100,
    "Ore\u0301au/two words.txt": b"decomposed",
    "empty.wav": b"",
}


def test_a_reader_finds_names_content_and_checksums(tmp_path: Path) -> None:
    path = tmp_path / "x.rar"
    path.write_bytes(rar(FILES))
    with rarfile.RarFile(path, errors="strict") as archive:
        assert archive.namelist() == list(FILES)
        assert {info.filename: info.is_dir() for info in archive.infolist()} == {
            name: name.endswith("/") for name in FILES
        }
        files = {name: data for name, data in FILES.items() if not name.endswith("/")}
        assert {name: archive.read(name) for name in files} == files
        assert [info.CRC for info in archive.infolist()] == [zlib.crc32(data) for data in FILES.values()]
        assert {info.date_time for info in archive.infolist()} == {(2010, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("tool", [["bsdtar", "-tf"], ["7z", "t"]], ids=lambda tool: tool[0])
def test_other_tools_take_it(tool: list[str], tmp_path: Path) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not installed")
    path = tmp_path / "x.rar"
    path.write_bytes(rar(FILES))
    subprocess.run([*tool, path], check=True, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})


def test_the_bytes_never_change() -> None:
    expected = "1de51e8ffc987cc9b5cbeb0d836cc264a95dd7438c46d1d053202f9c2c55f306"
    assert hashlib.sha256(rar(FILES)).hexdigest() == expected
