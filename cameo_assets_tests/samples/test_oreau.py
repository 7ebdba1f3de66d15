from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
import rarfile
import soundfile

from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.oreau import SENTENCES, SPEC
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.oreau import ARCHIVE, IN_BOTH, ODD, OTHER
from cameo_assets.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("oreau"), ["oreau"])["oreau"]


@pytest.fixture(scope="module")
def listing(folder: Path) -> Listing:
    return list_corpus(SPEC, Source(folder))


def members(path: Path) -> dict[str, bytes]:
    with rarfile.RarFile(path) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def test_two_archives_hold_everything(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {ARCHIVE, OTHER, "SAMPLE.txt"}
    ours = {Path(name).stem for name in members(folder / ARCHIVE) if name.endswith(".wav")}
    assert ours == set(SAMPLES["oreau"].clips)


def test_accents_are_of_two_code_points_inside_and_of_one_outside(folder: Path) -> None:
    assert unicodedata.is_normalized("NFC", ARCHIVE)
    for name in members(folder / ARCHIVE):
        assert not unicodedata.is_normalized("NFC", name)
        assert unicodedata.normalize("NFC", name).startswith("OréauFR_01/")


def test_recordings_are_stereo_of_44100_hz(folder: Path) -> None:
    for name, data in members(folder / ARCHIVE).items():
        if name.endswith(".wav"):
            info = soundfile.info(io.BytesIO(data))
            assert (info.samplerate, info.channels, info.subtype) == (44_100, 2, "PCM_16")


def test_version_02_holds_the_same_names_cut_shorter(folder: Path) -> None:
    first = {Path(name).stem: data for name, data in members(folder / ARCHIVE).items()}
    second = {Path(n).stem: d for n, d in members(folder / OTHER).items() if n.endswith(".wav")}
    assert set(second) == set(IN_BOTH)
    assert all(44 < len(data) < len(first[stem]) for stem, data in second.items())


def test_the_list_of_sentences_has_no_codes_and_trailing_blanks(folder: Path) -> None:
    name = next(name for name in members(folder / ARCHIVE) if name.endswith("contents.txt"))
    lines = members(folder / ARCHIVE)[name].decode().splitlines()
    assert len(lines) == len(set(lines))
    assert 0 < sum(line.endswith(" ") for line in lines) < len(lines)
    known = {text for texts in SENTENCES.values() for text in texts}
    assert {line.strip() for line in lines} <= known


def test_the_corpus_file_reads_version_01_alone(listing: Listing) -> None:
    assert {u.source_name for u in listing.utterances} == set(SAMPLES["oreau"].clips)
    assert {Path(refusal.path).stem for refusal in listing.refusals} == set(IN_BOTH)
    assert {refusal.rule for refusal in listing.refusals} == {"other_version"}
    assert set(listing.counts) == set(SPEC.emotions)
    assert {u.speaker_id: u.gender for u in listing.utterances} == {
        "oreau_07": "male",
        "oreau_10": "female",
        "oreau_16": "male",
        "oreau_21": "female",
        "oreau_27": "male",
        "oreau_42": "female",
    }


def test_odd_codes_have_no_text(listing: Listing) -> None:
    assert {u.source_name for u in listing.utterances if u.transcription is None} == set(ODD)
    assert {u.source_name for u in listing.utterances if u.flags == ("unknown_sentence",)} == set(ODD)


def test_every_recording_is_normalised(folder: Path, listing: Listing, tmp_path: Path) -> None:
    rows = normalize_corpus(Store(tmp_path), Source(folder), listing.utterances)
    assert {(row.status, row.source_channels) for row in rows} == {("ok", 2)}
    assert min(row.seconds for row in rows) > 0.3
