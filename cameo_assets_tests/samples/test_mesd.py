"""The miniature MESD: single words of 24 bit, and what the corpus file makes of their names."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
import soundfile

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.mesd import FOLDER, NEVER_PUBLISHED, ODD, REDUCED
from cameo_assets_tests.corpora.making import real
from cameo_assets_tests.samples.reading import chunks

SLUG = "mesd"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("landing"), [SLUG])[SLUG]


@pytest.fixture(scope="module")
def found(folder: Path) -> Listing:
    return list_corpus(known()[SLUG], Source(folder))


def recordings(folder: Path, place: str = FOLDER) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((folder / place).iterdir())}


def test_every_clip_has_a_file_and_names_have_no_accents(folder: Path) -> None:
    assert FOLDER == "cy34mh68j9-5/Mexican Emotional Speech Database (MESD)"
    assert sorted(recordings(folder)) == sorted(SAMPLES[SLUG].clips)
    assert all(stem.isascii() for stem in SAMPLES[SLUG].clips)


def test_the_publishers_oddities_are_there() -> None:
    clips = set(SAMPLES[SLUG].clips)
    assert set(ODD) < clips
    assert NEVER_PUBLISHED not in clips
    assert any(stem.endswith("_por_favor") for stem in clips)
    assert any(stem.endswith("_hoy") for stem in clips)


def test_every_voice_says_every_emotion_and_both_lists() -> None:
    crossed = {tuple(stem.split("_")[:3]) for stem in SAMPLES[SLUG].clips}
    assert len(crossed) == 6 * 3 * 2


def test_recordings_have_the_form_of_a_real_one(folder: Path) -> None:
    theirs = soundfile.info(io.BytesIO(real(SLUG, "Happiness_M_B_pelirrojo.wav").read_bytes()))
    for stem, data in recordings(folder).items():
        ours = soundfile.info(io.BytesIO(data))
        assert (ours.samplerate, ours.subtype, ours.channels) == (48_000, "PCM_24", 1), stem
        assert (ours.samplerate, ours.subtype, ours.channels) == (
            theirs.samplerate,
            theirs.subtype,
            theirs.channels,
        )
        assert [name for name, *_ in chunks(data)] == [b"fmt ", b"data"]


def test_names_of_the_other_version_have_one_more_field(folder: Path) -> None:
    reduced = recordings(folder, REDUCED)
    assert reduced
    assert {stem.replace("_reduced_", "_") for stem in reduced} < set(SAMPLES[SLUG].clips)


def test_the_corpus_file_reads_all_but_the_other_version(folder: Path, found: Listing) -> None:
    assert {u.source_name for u in found.utterances} == set(SAMPLES[SLUG].clips)
    assert {(refusal.path, refusal.rule) for refusal in found.refusals} == {
        (f"{REDUCED}/{stem}.wav", "other_version") for stem in recordings(folder, REDUCED)
    }
    assert set(found.counts) == set(known()[SLUG].emotions)
    assert {u.group_id: u.gender for u in found.utterances} == {
        "mesd_F": "female",
        "mesd_M": "male",
        "mesd_C": "child",
    }


def test_words_and_flags_come_out(found: Listing) -> None:
    words = {u.transcription: u.orthography for u in found.utterances}
    assert words["por favor"] is None
    assert (words["adios"], words["huracan"], words["chiminea"]) == ("adiós", "huracán", "chimenea")
    flags = Counter(flag for u in found.utterances for flag in u.flags)
    assert flags == {"odd_name_at_source": 2, "misspelt_at_source": 3}


def test_every_recording_is_taken(folder: Path, found: Listing) -> None:
    source = Source(folder)
    for utterance in found.utterances:
        heard = normalize(source.read(utterance.source_path), utterance.source_path).inspection
        assert 0.2 < heard.seconds < 2.54  # the publisher's shortest and longest
        assert heard.clipped_samples == 0
