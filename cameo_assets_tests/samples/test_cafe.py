from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.cafe import (
    AIFF_ONLY,
    ARCHIVE_48K,
    ARCHIVE_192K,
    EMOTIONS,
    IN_BOTH_FORMS,
    SENTENCES,
)

UTF8_MARK = 0x800


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("cafe"), ["cafe"])["cafe"]


@pytest.fixture(scope="module")
def found(folder: Path) -> Listing:
    return list_corpus(known()["cafe"], Source(folder))


def members(folder: Path, archive: str) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(folder / archive) as opened:
        for info in opened.infolist():
            yield info, opened.read(info)


def recordings(folder: Path) -> dict[str, bytes]:
    """Bytes of every recording by file name."""
    both = [entry for archive in (ARCHIVE_48K, ARCHIVE_192K) for entry in members(folder, archive)]
    return {info.filename.rpartition("/")[2]: data for info, data in both if "/" in info.filename}


def test_every_clip_is_in_one_of_the_two_archives(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [ARCHIVE_192K, ARCHIVE_48K, "SAMPLE.txt"]
    assert set(recordings(folder)) == set(SAMPLES["cafe"].clips)


@pytest.mark.parametrize("archive", [ARCHIVE_48K, ARCHIVE_192K])
def test_folder_names_are_in_code_page_437_without_a_mark(folder: Path, archive: str) -> None:
    raw = (folder / archive).read_bytes()
    assert b"Col\x8are/" in raw
    assert "Colère".encode() not in raw
    assert not any(info.flag_bits & UTF8_MARK for info, _ in members(folder, archive))


@pytest.mark.parametrize("archive", [ARCHIVE_48K, ARCHIVE_192K])
def test_each_archive_has_the_publishers_texts_at_its_root(folder: Path, archive: str) -> None:
    texts = {info.filename: data for info, data in members(folder, archive) if "/" not in info.filename}
    assert set(texts) == {"Readme.txt", "License.txt", "Version-ChangeLog.txt"}
    assert b"1.1" in texts["Version-ChangeLog.txt"]
    with pytest.raises(UnicodeDecodeError):
        texts["Readme.txt"].decode()


def test_members_are_stored_without_a_date_of_the_day(folder: Path) -> None:
    found = [info for archive in (ARCHIVE_48K, ARCHIVE_192K) for info, _ in members(folder, archive)]
    assert {(info.compress_type, info.date_time) for info in found} == {
        (zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))
    }


def test_wav_and_aiff_have_the_publishers_formats(folder: Path) -> None:
    formats = {
        (name.rpartition(".")[2], info.format, info.samplerate, info.subtype, info.channels)
        for name, data in recordings(folder).items()
        for info in [soundfile.info(io.BytesIO(data))]
    }
    assert formats == {("wav", "WAV", 48_000, "PCM_16", 1), ("aiff", "AIFF", 192_000, "PCM_24", 1)}


def test_neutral_has_four_fields_as_wav_and_three_as_aiff() -> None:
    neutral = [name for name in SAMPLES["cafe"].clips if "-N-" in name]
    assert {(name.rpartition(".")[2], name.count("-")) for name in neutral} == {("wav", 3), ("aiff", 2)}


def test_every_emotion_is_said_by_every_actor_who_has_wav() -> None:
    pairs = {tuple(name.split("-")[:2]) for name in SAMPLES["cafe"].clips if name.endswith(".wav")}
    actors = {actor for actor, _ in pairs}
    assert len(actors) == 6
    assert pairs == {(actor, emotion) for actor in actors for emotion in EMOTIONS}


def test_both_forms_of_a_recording_are_one_recording(folder: Path) -> None:
    found = recordings(folder)
    for name in IN_BOTH_FORMS:
        fine, _ = soundfile.read(io.BytesIO(found[name]))
        coarse, _ = soundfile.read(io.BytesIO(found[_as_wav(name)]))
        assert abs(len(fine) - 4 * len(coarse)) <= 4
        assert np.corrcoef(fine[::4][: len(coarse)], coarse)[0, 1] > 0.999


def _as_wav(name: str) -> str:
    return name.replace("-N-", "-N-1-").replace(".aiff", ".wav")


# The corpus file reads the sample.


def test_every_recording_is_listed_once(found: Listing) -> None:
    taken = {utterance.source_path.rpartition("/")[2] for utterance in found.utterances}
    assert taken == set(SAMPLES["cafe"].clips) - set(IN_BOTH_FORMS)
    assert set(AIFF_ONLY) <= taken
    assert found.sample


def test_the_second_form_is_one_refusal(found: Listing) -> None:
    (refusal,) = found.refusals
    assert refusal.rule == "other_version"
    assert refusal.path == f"{ARCHIVE_192K}/Joie/Fort/{IN_BOTH_FORMS[0]}"
    assert refusal.seen.endswith("the first of 2")


def test_labels_and_texts_are_those_that_were_spoken(found: Listing) -> None:
    for utterance in found.utterances:
        _, emotion, *_, sentence = utterance.source_path.rpartition("/")[2].rpartition(".")[0].split("-")
        assert utterance.emotion == EMOTIONS[emotion][1]
        assert utterance.transcription == SENTENCES[sentence]


def test_folders_and_versions_raise_no_flag(found: Listing) -> None:
    assert {utterance.flags for utterance in found.utterances} == {()}


def test_every_recording_is_taken_and_none_is_another(folder: Path, found: Listing) -> None:
    source = Source(folder)
    contents = {
        normalize(source.read(u.source_path), u.source_path).inspection.pcm_md5 for u in found.utterances
    }
    assert len(contents) == len(found.utterances)
