from __future__ import annotations

import random
from collections import Counter

import pytest

from cameo_assets.models.engines.base import Ask, Reference
from cameo_assets.models.engines.noise import uniform
from cameo_assets.models.registry import build_engine
from cameo_assets_tests.models.examples import a_sampling, a_spec, an_ask, baseline, said

MANY = [an_ask(f"u{number}", *(a_sampling(0.7, sample) for sample in range(2))) for number in range(900)]


def reference(emotion: str) -> Reference:
    return Reference(file_id="x", path="", pcm_md5="", emotion=emotion, group_id="")


@pytest.mark.parametrize("spec", [baseline("chance"), a_spec()], ids=["chance", "scripted"])
def test_the_order_and_company_of_questions_never_changes_an_answer(spec: object) -> None:
    engine = build_engine(spec, "")  # type: ignore[arg-type]
    together = said(engine.answer(MANY, {}))
    shuffled = random.Random(1).sample(MANY, len(MANY))
    assert said(engine.answer(shuffled, {})) == together
    alone = [Ask(item=ask.item, samplings=(each,)) for ask in MANY[:50] for each in ask.samplings]
    for ask in alone:
        assert said(engine.answer([ask], {})).items() <= together.items()


def test_chance_takes_each_option_equally_often() -> None:
    texts = Counter(said(build_engine(baseline("chance"), "").answer(MANY, {})).values())
    assert set(texts) == {"anger", "neutral", "sadness"}
    # 1,800 draws: five standard deviations are 100.
    assert all(abs(count - 600) < 100 for count in texts.values())


def test_chance_depends_on_seed_and_sample() -> None:
    engine = build_engine(baseline("chance"), "")
    answers = [
        [*said(engine.answer([an_ask(f"u{n}", sampling) for n in range(50)], {})).values()]
        for sampling in (a_sampling(), a_sampling(sample=1), a_sampling(seed=1))
    ]
    assert len({tuple(row) for row in answers}) == 3


def test_noise_depends_on_each_part_of_its_key_and_on_where_it_ends() -> None:
    keys = [(0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1), (0, "a", 10), (0, "a1", 0)]
    assert len({uniform(*key) for key in keys}) == len(keys)
    assert all(0 <= uniform(number) < 1 for number in range(1000))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["sadness", "anger", "sadness"], ("sadness", 0.666667)),
        (["sadness", "anger"], ("anger", 0.5)),
        (["neutral"], ("neutral", 1.0)),
    ],
)
def test_majority_is_the_most_frequent_label_and_the_first_of_equals(
    labels: list[str], expected: tuple[str, float]
) -> None:
    engine = build_engine(baseline("majority"), "")
    references = {"alpha": [reference(label) for label in labels]}
    (answer,) = engine.answer([an_ask("u")], references)
    assert (answer.text, answer.details["share"]) == expected
