"""What `utterances` counts beside emotions: texts."""

from __future__ import annotations

from cameo_assets.corpora.registry import known
from cameo_assets.products.utterances import texts
from cameo_assets_tests.collection.test_collection import utterance

NEMO = known()["nemo"]


def test_texts_are_counted_and_the_rarest_named() -> None:
    said = ["b", "b", "c", "a", None]
    rows = [utterance(NEMO, str(n), transcription=text) for n, text in enumerate(said)]
    assert texts(rows, rarest=2) == (3, 1, (("a", 1), ("c", 1)))


def test_a_corpus_without_texts_has_none() -> None:
    rows = [utterance(NEMO, "a", transcription=None)]
    assert texts(rows) == (0, 1, ())
