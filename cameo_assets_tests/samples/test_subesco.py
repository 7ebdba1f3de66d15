from __future__ import annotations

import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.subesco import ARCHIVE, AT_48K, EMOTIONS, MISNAMED, MIXED, SENTENCES, STEREO
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import chunks, samples_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("subesco"), ["subesco"])["subesco"]


@pytest.fixture(scope="module")
def recordings(folder: Path) -> dict[str, bytes]:
    """Bytes of every recording by stem."""
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        return {Path(name).stem: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def found(folder: Path) -> Listing:
    return list_corpus(known()["subesco"], Source(folder))


def test_one_archive_holds_one_folder_of_files(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["SAMPLE.txt", ARCHIVE]
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        assert archive.namelist() == [f"SUBESCO/{stem}.wav" for stem in SAMPLES["subesco"].clips]
        assert {(info.compress_type, info.date_time) for info in archive.infolist()} == {
            (zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))
        }


def test_every_emotion_is_said_by_every_speaker() -> None:
    fields = [stem.removesuffix("]").split("_") for stem in SAMPLES["subesco"].clips]
    speakers = {f"{gender}_{number}" for gender, number, *_ in fields}
    assert len(speakers) == 7
    assert {(f"{f[0]}_{f[1]}", f[5]) for f in fields} == {(s, e) for s in speakers for e in EMOTIONS}


def test_one_recording_is_misnamed(recordings: dict[str, bytes]) -> None:
    assert [stem for stem in recordings if not stem[-1].isdigit()] == [MISNAMED]


def test_rates_differ_between_speakers_and_within_some(recordings: dict[str, bytes]) -> None:
    rates = defaultdict(set)
    for stem, data in recordings.items():
        rates[stem.partition("_S_")[0]].add(samples_of(data)[1])
    for speaker, seen in rates.items():
        expected = {48_000} if speaker in AT_48K else {44_100, 48_000} if speaker in MIXED else {44_100}
        assert seen == expected, speaker


def test_stereo_has_hardly_anything_on_the_right(recordings: dict[str, bytes]) -> None:
    stereo = {stem: samples_of(data)[0].astype(float) for stem, data in recordings.items()}
    stereo = {stem: samples for stem, samples in stereo.items() if samples.shape[1] == 2}
    assert {stem.partition("_S_")[0] for stem in stereo} == {STEREO}
    for samples in stereo.values():
        left, right = np.abs(samples).max(axis=0)
        assert 0 < right < left / 100


def test_stereo_has_the_form_of_the_real_recording(recordings: dict[str, bytes]) -> None:
    theirs = real("subesco", "F_01_OISHI_S_10_ANGRY_1.wav").read_bytes()
    samples, rate = samples_of(theirs)
    left, right = np.abs(samples.astype(float)).max(axis=0)
    assert (rate, right < left / 100) == (44_100, True)
    ours = next(data for stem, data in recordings.items() if stem.startswith(STEREO))
    assert [chunk[:2] for chunk in chunks(ours)] == [chunk[:2] for chunk in chunks(theirs)]


# The corpus file reads the sample.


def test_every_recording_is_listed(found: Listing) -> None:
    assert {utterance.source_name for utterance in found.utterances} == set(SAMPLES["subesco"].clips)
    assert found.refusals == ()
    assert found.sample


def test_only_the_misnamed_one_is_flagged(found: Listing) -> None:
    flagged = {utterance.source_name: utterance.flags for utterance in found.utterances if utterance.flags}
    assert flagged == {MISNAMED: ("odd_name_at_source",)}


def test_labels_and_texts_are_those_that_were_spoken(found: Listing) -> None:
    for utterance in found.utterances:
        _, _, _, _, sentence, emotion, _ = utterance.source_name.split("_")
        assert utterance.emotion == EMOTIONS[emotion]
        assert utterance.transcription == SENTENCES[sentence]


def test_every_recording_is_taken_and_none_is_another(folder: Path, found: Listing) -> None:
    source = Source(folder)
    contents = {
        normalize(source.read(u.source_path), u.source_path).inspection.pcm_md5 for u in found.utterances
    }
    assert len(contents) == len(found.utterances)
