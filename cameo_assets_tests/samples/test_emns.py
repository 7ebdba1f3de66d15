"""The small EMNS: its table, its recordings, and what the corpus file makes of it."""

from __future__ import annotations

import csv
import io
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from cameo_assets.audio.normalize import normalize
from cameo_assets.corpora.emns import SPEC
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.samples import lay
from cameo_assets.samples.emns import (
    CLEANED,
    DECLARED_SECONDS,
    INFLATED,
    LIVE,
    NEEDS_UPDATING,
    PLAIN,
    RAW,
    SAMPLE,
    TABLE,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("espeakng_loader", reason="the samples need espeakng-loader")
    return lay(tmp_path_factory.mktemp("samples"), [SAMPLE.slug])[SAMPLE.slug]


@pytest.fixture(scope="module")
def listed(folder: Path) -> Listing:
    return list_corpus(SPEC, Source(folder))


def recordings(folder: Path, version: str) -> dict[str, bytes]:
    """Every recording of an archive by its stem, in the archive's order."""
    with tarfile.open(folder / f"{version}.tar.xz") as archive:
        files = [member for member in archive if member.isfile()]
        assert {str(Path(member.name).parent) for member in files} == {version}
        return {Path(member.name).stem: archive.extractfile(member).read() for member in files}  # type: ignore[union-attr]


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / TABLE).read_bytes().decode()), delimiter="|"))


def test_the_table_has_the_publishers_shape(folder: Path) -> None:
    text = (folder / TABLE).read_bytes().decode()
    assert text.splitlines()[0] == (
        "id|utterance|description|emotion|date_created|status|gender|age|level|audio_recording|user_id"
    )
    assert "\r" not in text
    assert '"Danny called the area ""Potlach Meadows""."' in text
    assert {"’", "—"} <= set(text)
    assert all(row["audio_recording"].startswith("wavs/recorded_audio") for row in rows(folder))


def test_every_row_has_a_raw_recording_and_some_have_no_cleaned_one(folder: Path) -> None:
    raw, cleaned = (recordings(folder, version) for version in (RAW, CLEANED))
    stems = [Path(row["audio_recording"]).stem for row in rows(folder)]
    assert list(raw) == stems == list(SAMPLE.clips)
    assert stems != sorted(stems)
    assert raw.keys() - cleaned.keys() == NEEDS_UPDATING
    assert {
        Path(row["audio_recording"]).stem for row in rows(folder) if row["status"] != "Complete"
    } == NEEDS_UPDATING
    assert PLAIN in raw


@pytest.mark.parametrize("version", [RAW, CLEANED])
def test_the_audio_policy_takes_every_recording_and_flags_the_browsers(folder: Path, version: str) -> None:
    found = {
        stem: normalize(data, f"{stem}.webm").inspection for stem, data in recordings(folder, version).items()
    }
    live = LIVE if version == RAW else frozenset()
    assert {stem: inspection.flags for stem, inspection in found.items() if inspection.flags} == {
        **dict.fromkeys(INFLATED & found.keys(), ("duration_header",)),
        **dict.fromkeys(live, ("header_unfinalised",)),
    }
    formats = {(each.source_format, each.source_rate, each.source_channels) for each in found.values()}
    assert formats == {("MATROSKA/opus", 48_000, 1)}
    assert all(0.5 < inspection.seconds < 6 < DECLARED_SECONDS for inspection in found.values())
    assert min(inspection.rms for inspection in found.values()) > 0.01
    assert max(inspection.clipped_samples / inspection.samples for inspection in found.values()) < 0.001
    assert len({inspection.pcm_md5 for inspection in found.values()}) == len(found)


def test_the_corpus_file_takes_every_raw_recording(listed: Listing) -> None:
    assert listed.sample
    assert listed.refusals == ()
    assert {u.source_name for u in listed.utterances} == set(SAMPLE.clips)
    assert {u.source_path.split("/")[0] for u in listed.utterances} == {f"{RAW}.tar.xz"}
    assert listed.counts == dict.fromkeys(sorted(SPEC.counts), 6)
    assert Counter(u.flags for u in listed.utterances) == {(): 45, ("needs_updating",): 3}
    assert {(u.speaker_id, u.gender, u.age) for u in listed.utterances} == {("emns_3", "female", "20s")}


def test_sentences_arrive_to_the_letter(listed: Listing) -> None:
    texts = {u.source_name: u.transcription for u in listed.utterances}
    assert texts["recorded_audio_Q0CCiET"] == 'Danny called the area "Potlach Meadows".'
    assert texts["recorded_audio_LZooRX5"] == '"Aurantimonas coralicida" causes a white plague in corals.'
    assert texts["recorded_audio_t7bDMzY"] == "The party’s president is Mirnes Ajanovic."


def test_without_the_raw_archive_three_rows_are_without_recording(folder: Path, tmp_path: Path) -> None:
    for name in (TABLE, f"{CLEANED}.tar.xz"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    found = list_corpus(SPEC, Source(tmp_path))
    assert {refusal.path: refusal.rule for refusal in found.refusals} == {
        f"raw_webm/{stem}.webm": "missing_audio" for stem in NEEDS_UPDATING
    }
    assert len(found.utterances) == 45
