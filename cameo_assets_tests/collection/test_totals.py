"""The collection against CAMEO: exactly what is missing, what is too much, and what doesn't count."""

from __future__ import annotations

import msgspec

from cameo_assets.collection.rows import CorpusEntry
from cameo_assets.collection.totals import CORPORA, UTTERANCES, Gap, Totals, totals
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.spec import CorpusSpec
from cameo_assets.vocabulary import EMOTIONS, LANGUAGES

RAVDESS, NEMO = known()["ravdess"], known()["nemo"]
TWO = {"nemo": NEMO, "ravdess": RAVDESS}


def entry(spec: CorpusSpec, **changes: object) -> CorpusEntry:
    """A corpus as CAMEO has it."""
    found = CorpusEntry(
        slug=spec.slug,
        name=spec.name,
        language=spec.language,
        licence=spec.licence,
        citation="",
        homepage="",
        doi="",
        emotions=spec.emotions,
        published=dict(spec.counts),
        utterances=dict(spec.cameo),
        refused={},
        speakers=1,
        groups=1,
        seconds=1.0,
        sample=False,
    )
    return msgspec.structs.replace(found, **changes)


def test_what_fits_leaves_no_gap() -> None:
    found = totals([entry(NEMO), entry(RAVDESS)], TWO)
    assert (found.gaps, found.absent, found.outside) == ((), {}, {})
    assert found.table == [
        ("utterances", 4481 + 1440, 41_265),
        ("emotions", 8, 17),
        ("languages", 2, 8),
        ("corpora", 2, 13),
    ]
    assert not found.complete


def test_a_corpus_that_is_not_there_is_named_with_its_number() -> None:
    found = totals([entry(NEMO)], TWO)
    assert found.absent == {"RAVDESS": 1440}
    assert "no RAVDESS (1,440)" in found.sentence()
    assert "calm" in found.emotions_absent and "anger" not in found.emotions_absent
    assert found.languages_absent == tuple(name for name in LANGUAGES if name != "Polish")


def test_a_corpus_without_a_single_utterance_is_absent() -> None:
    assert totals([entry(NEMO), entry(RAVDESS, utterances={})], TWO).absent == {"RAVDESS": 1440}


def test_gaps_name_corpus_and_emotion() -> None:
    counts = {**NEMO.cameo, "anger": 700, "fear": 740}
    del counts["surprise"]
    found = totals([entry(NEMO, utterances={**counts, "calm": 2}), entry(RAVDESS)], TWO)
    assert found.gaps == (
        Gap(corpus="nEMO", emotion="anger", found=700, cameo=749),
        Gap(corpus="nEMO", emotion="calm", found=2, cameo=0),
        Gap(corpus="nEMO", emotion="fear", found=740, cameo=736),
        Gap(corpus="nEMO", emotion="surprise", found=0, cameo=669),
    )
    assert found.by_corpus() == [("nEMO", 49 + 669, 2 + 4)]
    assert "nEMO: 718 too few and 6 too many" in found.sentence()


def test_what_cameo_left_out_is_named_with_the_switch() -> None:
    larger = msgspec.structs.replace(
        NEMO, cameo_counts={**NEMO.counts, "anger": 740}, in_cameo=lambda _clip: True
    )
    found = totals([entry(larger, utterances=dict(NEMO.counts))], {"nemo": larger})
    assert found.gaps == (Gap(corpus="nEMO", emotion="anger", found=749, cameo=740),)
    assert "CAMEO_COMPATIBLE=1 leaves out what CAMEO lacks of nEMO" in found.sentence()
    assert "CAMEO_COMPATIBLE" not in totals([entry(larger)], {"nemo": larger}).sentence()


def test_a_corpus_outside_cameo_changes_no_total() -> None:
    own = entry(NEMO, slug="calls", name="Calls", language="Klingon", utterances={"poker": 9})
    added = msgspec.structs.replace(NEMO, slug="emodb", name="EmoDB", language="German", added=True)
    without = totals([entry(NEMO)], TWO)
    found = totals([own, entry(added, utterances={"anger": 3}), entry(NEMO)], {**TWO, "emodb": added})
    assert found.outside == {"Calls": 9, "EmoDB": 3}
    assert msgspec.structs.replace(found, outside={}) == without
    assert "outside CAMEO and not counted: Calls (9), EmoDB (3)" in found.sentence()


def test_samples_are_called_samples_and_count_as_nothing_of_cameo() -> None:
    found = totals([entry(NEMO, sample=True, utterances={"anger": 3}), entry(RAVDESS)], TWO)
    assert (found.samples, found.absent, found.gaps) == (("nEMO",), {"nEMO": 4481}, ())
    assert found.sentence().startswith(
        "1,440 of 41,265 utterances of CAMEO; spoken samples, not the corpora: nEMO; emotions that"
    )


def test_samples_alone_are_said_in_one_line() -> None:
    entries, specs = whole()
    found = totals([msgspec.structs.replace(each, sample=True) for each in entries], specs)
    assert not found.complete, "even of the right numbers"
    assert (
        found.sentence()
        == "0 of 41,265 utterances of CAMEO; spoken samples, not the corpora: "
        + ", ".join(each.name for each in entries)
    )


def whole() -> tuple[list[CorpusEntry], dict[str, CorpusSpec]]:
    """The known corpora as CAMEO has them."""
    specs = {slug: spec for slug, spec in known().items() if not spec.added}
    assert len(specs) == CORPORA
    return [entry(spec) for spec in specs.values()], specs


def test_the_known_corpora_are_exactly_cameo() -> None:
    entries, specs = whole()
    found: Totals = totals(entries, specs)
    assert found.complete, found.sentence()
    assert found.utterances == UTTERANCES
    assert found.emotions == EMOTIONS
    assert found.languages == tuple(sorted(LANGUAGES))
    assert found.sentence() == "all 41,265 utterances of CAMEO"


def test_the_publisher_of_enterface_has_thirty_more() -> None:
    entries, specs = whole()
    entries = [
        entry(specs["enterface"], utterances=dict(specs["enterface"].counts))
        if each.slug == "enterface"
        else each
        for each in entries
    ]
    found = totals(entries, specs)
    assert not found.complete
    assert found.by_corpus() == [("eNTERFACE", 0, 30)]
    assert "CAMEO_COMPATIBLE=1" in found.sentence()
