from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from cameo_assets.errors import BadInput
from cameo_assets.models.plan import Plan, make_plan
from cameo_assets.models.prompts import PROMPTS, prompt_text
from cameo_assets.models.spec import Condition, ModelSpec, conditions
from cameo_assets.store import Store
from cameo_assets_tests.models.examples import COLD, OPTIONS, a_collection, a_spec, baseline


def plan_of(spec: ModelSpec, rows: list[dict[str, Any]], **options: tuple[str, ...]) -> Plan:
    return make_plan(spec, conditions(spec), rows, {**OPTIONS, **options})


def keys(plan: Plan) -> dict[tuple[str, float, int], str]:
    return {
        (each.subject.file_id, each.sampling.temperature, each.sampling.sample): each.key
        for each in plan.wanted
    }


def test_one_answer_is_wanted_for_each_utterance_and_draw() -> None:
    plan = plan_of(a_spec(samples=2), a_collection(3))
    assert len(plan.wanted) == 3 * (1 + 2)
    assert len(set(keys(plan).values())) == len(plan.wanted)


def test_a_table_is_as_good_as_rows() -> None:
    rows = a_collection(3)
    table = pa.Table.from_pylist([{**row, "transcription": "more"} for row in rows])
    assert make_plan(a_spec(), [COLD], table, OPTIONS) == make_plan(a_spec(), [COLD], rows, OPTIONS)


def test_all_draws_of_an_utterance_are_asked_together(store: Store) -> None:
    plan = plan_of(a_spec(samples=2), a_collection(2))
    asks = list(plan.asks(store, plan.wanted))
    assert [[(s.temperature, s.sample) for s in ask.samplings] for ask in asks] == [
        [(0.0, 0), (0.7, 0), (0.7, 1)]
    ] * 2
    assert asks[0].item.path.endswith("audio/alpha/alpha-0000.flac")


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "someone/parrot"},
        {"revision": "abc"},
        {"seed": 1},
        {"max_new_tokens": 1},
        {"prompt": ""},
        {"options": {"styles": {"label": 9}}},
    ],
)
def test_a_stored_answer_does_not_serve_a_changed_model(change: dict[str, Any]) -> None:
    rows = a_collection(2)
    before, after = keys(plan_of(a_spec(), rows)), keys(plan_of(a_spec(**change), rows))
    assert not set(before.values()) & set(after.values())


def test_other_options_are_another_question() -> None:
    rows = a_collection(1)
    before = keys(plan_of(a_spec(), rows))
    after = keys(plan_of(a_spec(), rows, alpha=(*OPTIONS["alpha"], "calm")))
    assert not set(before.values()) & set(after.values())


def test_the_order_in_which_options_are_given_is_no_difference() -> None:
    rows = a_collection(1)
    assert keys(plan_of(a_spec(), rows, alpha=OPTIONS["alpha"][::-1])) == keys(plan_of(a_spec(), rows))


def test_more_samples_keep_those_there_are() -> None:
    rows = a_collection(2)
    few, many = keys(plan_of(a_spec(samples=2), rows)), keys(plan_of(a_spec(samples=4), rows))
    assert few.items() <= many.items()


def test_only_changed_audio_is_another_question() -> None:
    rows = a_collection(3)
    before = keys(plan_of(a_spec(), rows))
    rows[1]["pcm_md5"] = "other"
    after = keys(plan_of(a_spec(), rows))
    assert {place[0] for place in before if before[place] != after[place]} == {"alpha-0001.flac"}


def test_two_utterances_of_the_same_audio_are_asked_apart() -> None:
    rows = a_collection(2)
    rows[1]["pcm_md5"] = rows[0]["pcm_md5"]
    assert len(set(keys(plan_of(a_spec(), rows)).values())) == 2 * 3


@pytest.mark.parametrize("field", ["emotion", "group_id"])
def test_labels_matter_to_engines_that_learn_and_to_no_other(field: str) -> None:
    for spec, matters in ((a_spec(), False), (baseline("majority"), True)):
        rows = a_collection(3)
        before = keys(plan_of(spec, rows))
        rows[1][field] = "anger" if field == "emotion" else "another"
        after = keys(plan_of(spec, rows))
        assert (not set(before.values()) & set(after.values())) == matters


def test_a_change_in_one_corpus_leaves_what_was_learnt_from_another() -> None:
    spec, alpha, beta = baseline("majority"), a_collection(3), a_collection(3, "beta")
    before, after = keys(plan_of(spec, alpha + beta)), keys(plan_of(spec, alpha + beta[:2]))
    same = {place[0] for place in after if before[place] == after[place]}
    assert same == {row["file_id"] for row in alpha}


def test_labels_are_given_to_engines_that_learn_and_to_no_other(store: Store) -> None:
    rows = a_collection(3) + a_collection(2, "beta")
    assert plan_of(a_spec(), rows).references(store, ["alpha"]) == {}
    learnt = plan_of(baseline("majority"), rows).references(store, ["beta"])
    assert [reference.emotion for reference in learnt["beta"]] == ["anger", "calm"]
    assert learnt.keys() == {"beta"}


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(BadInput, match=r"alpha-0000\.flac.*twice"):
        plan_of(a_spec(), a_collection(1) * 2)


def test_a_corpus_without_options_is_refused() -> None:
    with pytest.raises(BadInput, match="beta"):
        make_plan(a_spec(), [COLD], a_collection(1, "beta"), {"alpha": ("anger",)})


@pytest.mark.parametrize("strange", [Condition(0.3), Condition(0.7, "likelihood")])
def test_a_condition_that_is_none_of_the_models_is_refused(strange: Condition) -> None:
    with pytest.raises(BadInput, match=r"parrot@.*expected one of parrot@0, parrot@0\.7"):
        make_plan(a_spec(), [COLD, strange], a_collection(1), OPTIONS)


def test_the_question_names_the_options_in_order_and_asks_for_one_word() -> None:
    text = prompt_text("cameo-1", ["sadness", "anger"])
    assert "anger, sadness" in text
    assert "one word" in text


def test_a_published_wording_is_never_edited() -> None:
    # A new wording gets a new id: answers to the old one are kept for ever under its name.
    assert msgspec.json.encode(PROMPTS["cameo-1"]).decode() == (
        r'"Listen to the recording and judge the speaker\'s voice. Which emotion does it express?\n'.replace(
            "\\'", "'"
        )
        + r'Choose one of these: {options}.\nAnswer with that one word and nothing else."'
    )
