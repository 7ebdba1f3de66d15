"""The small eNTERFACE: its irregularities, its films, and what the corpus file makes of it."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path

import av
import pytest

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.enterface import SPEC
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.samples import lay
from cameo_assets.samples.enterface import ARCHIVE, FILMS, SAMPLE, TOP


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("samples"), [SAMPLE.slug])[SAMPLE.slug]


@pytest.fixture(scope="module")
def films(folder: Path) -> dict[str, bytes]:
    """Every film by its path below the top folder."""
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        names = [name for name in archive.namelist() if name.endswith(".avi")]
        return {name.removeprefix(f"{TOP}/"): archive.read(name) for name in names}


@pytest.fixture(scope="module")
def listed(folder: Path) -> Listing:
    return list_corpus(SPEC, Source(folder))


def test_every_irregularity_is_there() -> None:
    names = set(FILMS)
    assert {
        "subject 2/anger/sentence 1/s2_an_2",
        "subject 2/anger/sentence 2/s2_an_1",
        "subject 3/fear/sentence 1/s3_fe_1",
        "subject 3/fear/sentence 5/s_3_fe_5",
        "subject 16/surprise/sentence 3/s16_su_3avi",
        "subject 6/surprise/s6_su",
    } <= names
    stems = {
        subject: {name.rsplit("/", 1)[1] for name in names if name.startswith(f"subject {subject}/")}
        for subject in (11, 12)
    }
    assert stems[11] == stems[12]
    assert {name for name in names if name.startswith("subject 23/happiness")} == {
        "subject 23/happiness/sentence 4/s23_ha_4",
        "subject 23/happiness/sentence 5/s23_ha_5",
    }


def test_windows_left_thumbnails_behind(folder: Path, listed: Listing) -> None:
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        assert sum(name.endswith("/Thumbs.db") for name in archive.namelist()) == listed.ignored == 8


def test_a_film_has_pictures_and_stereo_sound_of_16_bit_at_48_khz(films: dict[str, bytes]) -> None:
    for path, data in films.items():
        with av.open(io.BytesIO(data)) as film:
            (pictures,), (sound,) = film.streams.video, film.streams.audio
            found = (film.format.name, sound.codec_context.name, sound.rate, sound.channels)
            assert found == ("avi", "pcm_s16le", 48_000, 2), path
            assert (pictures.frames - 1) * 1920 < sound.frames <= pictures.frames * 1920, path


def test_every_film_is_taken_by_the_audio_policy(films: dict[str, bytes]) -> None:
    found = {path: normalize(data, path).inspection for path, data in films.items()}
    assert {inspection.flags for inspection in found.values()} == {()}
    assert {inspection.source_format for inspection in found.values()} == {"AVI/pcm_s16le"}
    assert len({inspection.pcm_md5 for inspection in found.values()}) == len(films)
    assert all(0.5 < inspection.seconds < 9 for inspection in found.values())
    assert min(inspection.rms for inspection in found.values()) > 0.01
    assert max(inspection.clipped_samples / inspection.samples for inspection in found.values()) < 0.001


def test_the_corpus_file_takes_all_but_the_unsegmented_films(listed: Listing) -> None:
    assert listed.sample
    assert len(listed.utterances) == len(FILMS) - 6
    assert listed.reasons == {"unsegmented": 6}
    assert listed.counts.keys() == SPEC.counts.keys()
    by_emotion = Counter((u.emotion, u.speaker_id) for u in listed.utterances)
    assert min(Counter(emotion for emotion, _ in by_emotion).values()) == 7


def test_emotions_and_sentences_are_those_that_were_said(listed: Listing) -> None:
    for u in listed.utterances:
        path = u.source_path.split(f"{TOP}/")[1].removesuffix(".avi")
        subject, emotion, _ = FILMS[path]
        assert (u.speaker_id, u.emotion) == (f"enterface_{subject}", emotion)
    texts = {u.source_path.split(f"{TOP}/")[1]: u.transcription for u in listed.utterances}
    assert texts["subject 2/anger/sentence 1/s2_an_2.avi"] == "What??? No, no, no, listen! I need this money!"
    assert (
        texts["subject 16/surprise/sentence 3/s16_su_3avi.avi"] == "Wahoo, I would never have believed this!"
    )


def test_flags_are_on_subject_11_and_the_swapped_pair(listed: Listing) -> None:
    flagged = [u.source_name for u in listed.utterances if u.flags == ("folder_disagrees",)]
    assert sorted(name for name in flagged if "/" not in name) == ["s2_an_1", "s2_an_2"]
    assert sum(name.startswith("subject 11/s12_") for name in flagged) == 6


def test_what_cameo_lacks_can_be_left_out(folder: Path) -> None:
    found = list_corpus(SPEC, Source(folder), cameo_compatible=True)
    assert found.reasons == {"not_in_cameo": 6, "unsegmented": 6}
    assert len(found.utterances) == len(FILMS) - 12
