"""Decoding a copy without keeping anything: the same verdicts as a normalisation."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cameo_assets.audio import batch
from cameo_assets.audio.batch import normalize_corpus
from cameo_assets.audio.hearing import hear
from cameo_assets.corpora.spec import Utterance
from cameo_assets.store import Store
from cameo_assets_tests.audio.corpus import Folder, tree, write_clips

COUNT = 20


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CHUNK", 4)
    monkeypatch.setattr(batch, "_INLINE", 8)


@pytest.fixture
def utterances(tmp_path: Path) -> list[Utterance]:
    """Clips of which one is cut short, one is empty, and two are the same."""
    made = write_clips(tmp_path / "landing", COUNT)
    whole = (tmp_path / "landing" / made[0].source_path).read_bytes()
    for utterance, data in ((made[1], whole), (made[2], whole[:-100]), (made[3], b"")):
        (tmp_path / "landing" / utterance.source_path).write_bytes(data)
    return made


def test_the_verdicts_are_those_of_a_normalisation(tmp_path: Path, utterances: list[Utterance]) -> None:
    source = Folder(tmp_path / "landing")
    heard = hear(source, utterances)
    normal = normalize_corpus(Store(tmp_path / "home"), source, utterances)
    taken = [each for each in normal if each.status == "ok"]
    assert (heard.recordings, heard.taken) == (COUNT, COUNT - 2) == (len(normal), len(taken))
    assert heard.seconds == pytest.approx(sum(each.seconds for each in taken))
    assert {each.rule: each.number for each in heard.refused} == {
        rule: sum(each.rule == rule for each in normal)
        for rule in {each.rule for each in normal if each.status == "refused"}
    }
    assert {each.example.path for each in heard.refused} == {u.source_path for u in utterances[2:4]}
    assert heard.duplicates == (tuple(sorted(u.source_path for u in utterances[:2])),)


def test_many_processes_say_what_one_says(
    tmp_path: Path, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Folder(tmp_path / "landing")
    before = tree(tmp_path)
    together = hear(source, utterances)
    monkeypatch.setattr(batch, "_INLINE", COUNT)
    assert hear(source, utterances) == together
    assert tree(tmp_path) == before


def test_the_order_of_the_utterances_does_not_matter(tmp_path: Path, utterances: list[Utterance]) -> None:
    source = Folder(tmp_path / "landing")
    assert hear(source, utterances[::-1]) == hear(source, utterances)


def test_a_part_of_a_file_is_named_with_its_times(tmp_path: Path) -> None:
    (clip,) = write_clips(tmp_path, 1)
    too_short = msgspec.structs.replace(clip, span=(0.0, 0.01))
    (refused,) = hear(Folder(tmp_path), [too_short]).refused
    assert (refused.rule, refused.example.path) == ("too_short", f"{clip.source_path} 0.00 to 0.01 s")


def test_progress_reaches_the_end(tmp_path: Path, utterances: list[Utterance]) -> None:
    told: list[tuple[int, int, str]] = []
    hear(Folder(tmp_path / "landing"), utterances, progress=lambda *each: told.append(each))
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert told[-1][:2] == (COUNT, COUNT)
