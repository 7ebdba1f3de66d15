"""The miniature JL-Corpus: recordings with texts beside them, and what the corpus file makes of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.samples import SAMPLES, lay
from cameo_assets.samples.jl_corpus import FOLDER, NO_RECORDING, NO_TEXT, OTHER_TEXT, TOP
from cameo_assets_tests.samples.reading import samples_of

SLUG = "jl_corpus"
PRIMARY = {"angry", "sad", "neutral", "happy", "excited"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("landing"), [SLUG])[SLUG]


@pytest.fixture(scope="module")
def found(folder: Path) -> Listing:
    return list_corpus(known()[SLUG], Source(folder))


def files(folder: Path, suffix: str) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((folder / FOLDER).glob(f"*{suffix}"))}


def test_files_lie_where_the_publisher_has_them(folder: Path) -> None:
    assert FOLDER == "Raw JL corpus (unchecked and unannotated)/JL(wav+txt)"
    assert (folder / TOP / "Format_Intro.txt").is_file()
    clips = set(SAMPLES[SLUG].clips)
    assert len(clips) == len(SAMPLES[SLUG].clips)
    assert set(files(folder, ".wav")) == clips - {NO_RECORDING}
    assert set(files(folder, ".txt")) == clips - {NO_TEXT}


def test_everybody_speaks_in_every_emotion() -> None:
    crossed = {tuple(stem.split("_")[:2]) for stem in SAMPLES[SLUG].clips}
    assert len(crossed) == 4 * 10


def test_only_texts_of_secondary_emotions_end_in_a_line_feed(folder: Path) -> None:
    ends = {
        (stem.split("_")[1] in PRIMARY, text[-1:] == b"\n") for stem, text in files(folder, ".txt").items()
    }
    assert ends == {(True, False), (False, True)}


def test_recordings_are_mono_of_44100_hz(folder: Path) -> None:
    for stem, data in files(folder, ".wav").items():
        samples, rate = samples_of(data)
        assert (samples.shape[1], rate) == (1, 44_100), stem


def test_no_two_recordings_are_alike(folder: Path) -> None:
    recordings = files(folder, ".wav").values()
    assert len(set(recordings)) == len(recordings)


def test_the_corpus_file_reads_all_but_the_missing_one(found: Listing) -> None:
    assert {u.source_name for u in found.utterances} == set(SAMPLES[SLUG].clips) - {NO_RECORDING}
    assert [(refusal.path, refusal.rule) for refusal in found.refusals] == [
        (f"{FOLDER}/{NO_RECORDING}.wav", "missing_audio")
    ]
    assert set(found.counts) == set(known()[SLUG].emotions)
    assert min(found.counts.values()) >= 5
    speakers = Counter(dict({(u.speaker_id, u.gender) for u in found.utterances}).values())
    assert speakers == {"female": 2, "male": 2}


def test_texts_and_flags_come_out(found: Listing) -> None:
    stem, text = OTHER_TEXT
    assert {u.source_name: (u.flags, u.transcription) for u in found.utterances if u.flags} == {
        stem: (("text_differs",), text),
        NO_TEXT: (("no_text",), None),
    }
    assert not [u for u in found.utterances if u.transcription and u.transcription.strip() != u.transcription]


def test_every_recording_is_taken(folder: Path, found: Listing) -> None:
    source = Source(folder)
    for utterance in found.utterances:
        heard = normalize(source.read(utterance.source_path), utterance.source_path).inspection
        assert 0.7 < heard.seconds < 4
        assert heard.source_rate == 44_100
