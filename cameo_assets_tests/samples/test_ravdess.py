from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np

from cameo_assets.samples import SAMPLES
from cameo_assets.samples.ravdess import ARCHIVE, COPIES, QUIET, STEREO
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import chunks, recordings, samples_of

MEMBER = re.compile(r"Actor_(\d\d)/03-01-0[1-8]-0[12]-0[12]-0[12]-\1\.wav")


def test_one_archive_holds_everything(landing: Path) -> None:
    assert sorted(path.name for path in (landing / "ravdess").iterdir()) == [ARCHIVE, "SAMPLE.txt"]
    with zipfile.ZipFile(landing / "ravdess" / ARCHIVE) as archive:
        assert archive.testzip() is None
        assert all(MEMBER.fullmatch(name) for name in archive.namelist())
        assert {Path(name).stem for name in archive.namelist()} == set(SAMPLES["ravdess"].clips)


def test_members_bear_no_date_of_the_day(landing: Path) -> None:
    with zipfile.ZipFile(landing / "ravdess" / ARCHIVE) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_neutral_has_no_strong_intensity() -> None:
    assert not [stem for stem in SAMPLES["ravdess"].clips if stem.split("-")[2:4] == ["01", "02"]]


def test_three_files_are_stereo_with_identical_channels(landing: Path) -> None:
    found = {stem: samples_of(data)[0] for stem, data in recordings(landing, "ravdess").items()}
    stereo = {stem: samples for stem, samples in found.items() if samples.shape[1] == 2}
    assert set(stereo) == STEREO
    assert all(np.array_equal(samples[:, 0], samples[:, 1]) for samples in stereo.values())


def test_one_recording_of_actor_07_has_two_names(landing: Path) -> None:
    found = recordings(landing, "ravdess")
    assert {copy[-2:] for copy in COPIES} == {"07"}
    assert all(found[copy] == found[original] for copy, original in COPIES.items())


def test_actor_09_is_recorded_very_quietly(landing: Path) -> None:
    levels: dict[str, list[float]] = {}
    for stem, data in recordings(landing, "ravdess").items():
        samples = samples_of(data)[0].astype(float)
        levels.setdefault(stem[-2:], []).append(20 * np.log10(np.sqrt(np.mean(samples**2)) / 2**15))
    medians = {actor: np.median(found) for actor, found in levels.items()}
    assert QUIET == "09"
    assert -55 < medians.pop(QUIET) < min(medians.values()) - 20


def test_data_begin_where_the_publishers_do(landing: Path) -> None:
    ours = chunks(recordings(landing, "ravdess")["03-01-06-01-01-02-01"])
    assert ours[2][:2] == (b"data", 4096)
    theirs = chunks(real("ravdess", "Actor_01", "03-01-06-01-01-02-01.wav").read_bytes())
    assert [chunk[:2] for chunk in ours[:3]] == [chunk[:2] for chunk in theirs[:3]]
    assert ours[3][0] == theirs[3][0] == b"LIST"
