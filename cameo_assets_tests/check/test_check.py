"""`cameo check`: what a person reads and what a program gets."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from cameo_assets.cli import main
from cameo_assets_tests import small
from cameo_assets_tests.corpora.making import (
    lay,
    nemo_row,
    nemo_table,
    ravdess_names,
    real,
    small_crema_d,
    small_nemo,
    small_ravdess,
    soundless,
    zipped,
)


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)], catch_exceptions=False)


def as_json(*arguments: object) -> dict[str, Any]:
    return json.loads(check("--json", *arguments).stdout)


def noise(seed: int) -> bytes:
    """A second of sound."""
    sink = io.BytesIO()
    samples = np.random.default_rng(seed).normal(0, 0.1, 16_000)
    soundfile.write(sink, samples, 16_000, format="WAV", subtype="PCM_16")
    return sink.getvalue()


# The page.


def test_an_archive_of_unknown_checksum_is_not_called_unpublished(tmp_path: Path) -> None:
    film = zipped({"subject 1/anger/sentence 1/s1_an_1.avi": b""})
    text = " ".join(check(lay(tmp_path / "enterface", {"project2_database.zip": film})).stdout.split())
    assert "project2_database.zip here; its publisher gives no size or checksum" in text


def test_the_page_says_what_is_there_and_what_should_be(tmp_path: Path) -> None:
    done = check("nemo", lay(tmp_path / "copy", small_nemo()))
    assert done.exit_code == 0
    words = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert words[0] == "nEMO (nemo)"
    assert "licence CC BY-NC-SA 4.0 https://creativecommons.org/licenses/by-nc-sa/4.0/" in words
    assert "A partial copy: 3 recordings of 4,481 that were published" in words
    assert "emotion here published in CAMEO" in words
    assert "anger 1 749 749" in words
    assert "fear 0 736 736" in words
    assert "all 3 4,481 4,481" in words
    assert "speakers 2 of 9" in words


def test_the_page_explains_every_broken_rule_with_an_example(tmp_path: Path) -> None:
    rows = [nemo_row("EB0_anger_1"), nemo_row("EB0_anger_2"), nemo_row("EB0_anger_3")]
    files = {**soundless(["samples/EB0_anger_1.wav", "x.wav"]), "data.tsv": nemo_table(*rows)}
    text = " ".join(check("nemo", lay(tmp_path, files)).stdout.split())
    assert (
        "Rows without a recording in this copy: 2 missing_audio 2 such as samples/EB0_anger_2.wav "
        "seen no such file expected a file, as data.tsv line 3 says" in text
    )
    assert "Refused: 1 file_name 1 such as x.wav seen 'x.wav' expected <speaker>_<emotion>" in text


def test_a_page_into_a_pipe_is_plain_and_narrow(tmp_path: Path) -> None:
    long = {f"{'very long folder/' * 20}[bold]/{n}.wav": b"" for n in range(2)}
    folder = lay(tmp_path, {**small_ravdess(), **long})
    done = subprocess.run(
        [sys.executable, "-m", "cameo_assets.cli", "check", str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert "[bold]" in done.stdout.replace("\n", "")


def test_control_characters_of_a_file_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    done = check("ravdess", lay(tmp_path, {**small_ravdess(), "a\x1b[2J\nb.wav": b""}))
    assert "\x1b" not in done.stdout
    assert "a\\x1b[2J\\nb.wav" in done.stdout


def test_a_path_in_no_encoding_is_shown_and_is_data(tmp_path: Path) -> None:
    for files in (small_nemo(), {}):
        folder = lay(tmp_path / f"{len(files)} \udcff\x1b", files)
        assert f"{len(files)} \\udcff\\x1b" in check(folder).stdout.replace("\n", "")
        assert as_json(folder)["path"] == str(folder)


def test_a_doubtful_licence_is_on_the_page(tmp_path: Path) -> None:
    film = {"subject 1/anger/sentence 1/s1_an_1.avi": b""}
    assert "to be decided" in check("enterface", lay(tmp_path, film)).stdout


def test_an_archive_that_is_not_the_published_one_is_shown(tmp_path: Path) -> None:
    folder = lay(tmp_path, {"Audio_Speech_Actors_01-24.zip": zipped(small_ravdess())})
    text = " ".join(check(folder).stdout.split())
    assert "Audio_Speech_Actors_01-24.zip size " in text
    assert "expected 208468073" in text


def test_archives_of_a_sample_are_not_compared(tmp_path: Path) -> None:
    files = {"Audio_Speech_Actors_01-24.zip": zipped(small_ravdess()), "SAMPLE.txt": b""}
    text = check(lay(tmp_path, files)).stdout
    assert "A spoken sample with 6 recordings" in text
    assert "not compared" in text
    assert "208468073" not in text


def test_seven_thousand_files_are_listed_in_seconds(tmp_path: Path) -> None:
    names = [f"{copy}/{name}" for copy, name in itertools.product("abcde", ravdess_names())]
    found = as_json(lay(tmp_path, {"all.zip": zipped(soundless(names))}))
    assert found["report"]["recordings"] == 1440
    assert (
        found["report"]["passed_over"][0]["number"]
        + sum(each["number"] for each in found["report"]["refused"])
        == 4 * 1440
    )


# What is looked at.


def test_a_single_archive_is_enough(tmp_path: Path) -> None:
    path = lay(tmp_path, {"Speech.zip": zipped(small_ravdess()), "other.wav": b""}) / "Speech.zip"
    for arguments in ([path], ["ravdess", path]):
        found = as_json(*arguments)
        assert found["path"] == str(path)
        assert found["report"]["recordings"] == 6
        assert found["report"]["refused"] == []


def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small.drop_in(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    assert as_json(".")["about"]["slug"] == "mine"


def test_a_drop_in_corpus_needs_no_name(tmp_path: Path) -> None:
    folder = small.drop_in(tmp_path / "mine", speakers=2, takes=3)
    done = check(folder)
    assert done.exit_code == 0
    assert done.stdout.startswith("Mine (mine)\n")
    assert "18 recordings; nothing is published to compare their number with" in done.stdout
    assert as_json("another", folder)["about"]["slug"] == "another"


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lay(tmp_path / "copy", small_nemo())
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CAMEO_HOME", raising=False)
    check(folder)
    assert sorted(tmp_path.rglob("*")) == before


def test_dagster_is_not_loaded(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom cameo_assets.check.looking import look\n"
        "assert look(__import__('pathlib').Path(sys.argv[1])).usable\nassert 'dagster' not in sys.modules"
    )
    folder = lay(tmp_path, small_nemo())
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# Where nothing can be used.


def test_a_copy_of_another_corpus_is_called_by_its_name(tmp_path: Path) -> None:
    done = check("nemo", lay(tmp_path, small_crema_d()))
    assert done.exit_code == 1
    text = " ".join(done.stdout.split())
    assert "Nothing here can be used where data.tsv rule missing_table" in text
    assert "look like CREMA-D (3 of 5 files follow its names)" in text


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [(["ravdess"], "no_clips"), ([], "unrecognised"), (["nobody"], "unknown_corpus")],
)
def test_the_error_is_data_too(arguments: list[str], rule: str, tmp_path: Path) -> None:
    done = check("--json", *arguments, lay(tmp_path / "x", {"notes.txt": b""}))
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["error"]["rule"] == rule
    assert (found["report"] is None) == (rule != "no_clips")


def test_tables_without_recordings_give_the_whole_page() -> None:
    folder = real("pavoque_metadata_only")
    done = check("pavoque", folder)
    assert done.exit_code == 1
    text = " ".join(done.stdout.split())
    assert "No recordings; 2,316 rows of the tables are without one" in text
    assert "anger 0 601 601" in text
    assert "pavoque-angry.yaml equal" in text
    assert "Rows without a recording in this copy: 2,316 missing_audio 2,316" in text
    kinds = {"angry": 601, "happy": 584, "poker": 575, "sad": 556}
    assert "of these " + ", ".join(f"{n} no pavoque-{style}.flac" for style, n in kinds.items()) in text
    assert "Nothing here can be used" in text
    assert as_json("pavoque", folder)["report"]["state"] == "empty"


def test_a_page_about_another_corpus_has_no_table_of_zeros(tmp_path: Path) -> None:
    text = " ".join(check("subesco", lay(tmp_path, small_ravdess())).stdout.split())
    assert "No recordings Refused: 6 file_name 6" in text
    assert "published" not in text


@pytest.mark.parametrize("arguments", [["nemo", "ravdess", "."], ["does not exist"], []])
def test_arguments_that_make_no_sense_are_told(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["check", *arguments]).exit_code == 2


# Sound.


def test_audio_is_decoded_when_asked_for(tmp_path: Path) -> None:
    one, two, three, *_ = sorted(small_ravdess())
    files = {one: noise(1), two: noise(1), three: noise(2), **soundless(sorted(small_ravdess())[3:])}
    folder = lay(tmp_path / "copy", files)
    sound = as_json("ravdess", folder, "--audio")["sound"]
    assert (sound["recordings"], sound["taken"], sound["seconds"]) == (6, 3, 3.0)
    assert sound["duplicates"] == [[one, two]]
    assert [each["number"] for each in sound["refused"]] == [3]
    text = " ".join(check("ravdess", folder, "--audio").stdout.split())
    assert "Decoded: 3 of 6 recordings, 0.1 min" in text
    assert f"The same sound under several names: 1 {one} = {two}" in text
    assert "Refused when decoded: 3" in text
    assert as_json("ravdess", folder)["sound"] is None


def test_a_copy_without_any_sound_cannot_be_used(tmp_path: Path) -> None:
    folder = lay(tmp_path, small_ravdess())
    assert check(folder).exit_code == 0
    assert check(folder, "--audio").exit_code == 1
