"""What the board says of the corpora: partial copies, samples, refused clips, few speakers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cameo_assets.board.build import build
from cameo_assets.board.data import Board
from cameo_assets.collection.rows import CorpusEntry

WHOLE = CorpusEntry(
    slug="enterface",
    name="eNTERFACE",
    language="English",
    licence="MIT",
    citation="",
    homepage="",
    doi="",
    emotions=("anger", "fear"),
    published={"anger": 60, "fear": 40},
    utterances={"anger": 60, "fear": 40},
    refused={},
    speakers=20,
    groups=20,
    seconds=60.0,
    sample=False,
)


def corpus(**changes: Any) -> CorpusEntry:
    return msgspec.structs.replace(WHOLE, **changes)


def board(*corpora: CorpusEntry) -> Board:
    """A board without evaluations."""
    return build(
        collection_version="1",
        corpora=corpora,
        specs={},
        families={},
        rows=[],
        scopes=[],
        confusions={},
        excluded=[],
        draws=0,
        readers=[],
        software="",
    )


@pytest.mark.parametrize(
    ("utterances", "refused", "shown", "partial"),
    [
        (100, {}, 0, False),
        (97, {"truncated": 2, "file_name": 1}, 3, False),
        (97, {"missing_audio": 3}, 0, True),
        (50, {"second_copy": 50}, 0, True),
        (100, {"song": 40, "video": 2}, 0, False),
        (70, {"not_in_cameo": 30}, 0, False),
    ],
    ids=["whole", "faults", "rows alone", "half, twice", "songs", "as CAMEO has it"],
)
def test_only_what_nothing_accounts_for_makes_a_copy_partial(
    utterances: int, refused: dict[str, int], shown: int, partial: bool
) -> None:
    made = board(corpus(utterances={"anger": utterances}, refused=refused))
    (found,) = made.corpora
    assert (found.refused, found.partial) == (shown, partial)
    said = f"eNTERFACE is a partial copy: {utterances} of 100 utterances."
    assert made.notes == ((said,) if partial else ())


def test_samples_are_called_samples_once() -> None:
    sample = corpus(sample=True, utterances={"anger": 3}, name="A")
    assert board(sample, sample).notes[0].startswith("All corpora are spoken samples")
    assert board(sample, corpus()).notes[0].startswith("A: spoken samples")
    assert not any("partial" in note for note in board(sample, corpus()).notes)


def test_corpora_of_few_speakers_stand_in_one_note() -> None:
    notes = board(corpus(groups=4, name="A"), corpus(), corpus(groups=1, name="B")).notes
    assert notes == ("Fewer than 10 speakers or clusters: A (4) and B (1); intervals over these say little.",)
