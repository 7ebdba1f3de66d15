from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.models.spec import (
    Condition,
    ModelSpec,
    conditions,
    draws,
    evaluation_key,
    fingerprint,
    load,
    parse_key,
)
from cameo_assets_tests.models.examples import COLD, WARM, a_spec, baseline

SOUND = """
id: parrot
name: Parrot 7B
kind: model
engine: scripted
licence: Apache-2.0
temperatures: [0, 0.7]
prompt: cameo-1
"""


def spec_of(text: str, name: str = "parrot.yaml") -> ModelSpec:
    return load(text.encode(), name)


def test_a_minimal_file_is_enough() -> None:
    spec = spec_of(SOUND)
    assert (spec.id, spec.temperatures, spec.samples, spec.enabled) == ("parrot", (0.0, 0.7), 3, True)


def test_a_file_is_read_by_its_path(tmp_path: Any) -> None:
    path = tmp_path / "parrot.yaml"
    path.write_text(SOUND)
    assert load(path) == spec_of(SOUND)


def test_yes_no_and_dates_are_text_as_people_write_them() -> None:
    spec = spec_of(
        SOUND
        + "released: 2024-07-15\n"
        + "exposure: {ravdess: {seen: yes, citation: paper}, nemo: {seen: no, citation: card}}\n"
    )
    assert spec.released == "2024-07-15"
    assert [spec.exposure[corpus].seen for corpus in ("ravdess", "nemo")] == ["yes", "no"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("temperature: 1", ["unknown_key", "seen temperature", "did you mean temperatures?", "samples"]),
        ("needs: {gpu: 3}", ["parrot.yaml: needs", "seen gpu", "gpu_memory_gib"]),
        ("exposure: {nemo: {sen: no}}", ["exposure.nemo", "seen sen", "one of seen, citation"]),
        ("exposure: {nemo: {seen: maybe}}", ["exposure.nemo.seen", "'maybe'", "yes, no, unknown"]),
        ("exposure: {nemo: {seen: no}}", ["exposure.nemo", "a citation"]),
        ("options: {styles: {labl: 1}}", ["options.styles", "seen labl", "did you mean label?"]),
        ("options: {delay_seconds: soon}", ["options.delay_seconds", "'soon'", "a number"]),
        ("options: 3", ["options", "seen 3", "a mapping of keys to values"]),
        ("seed: -1", ["seed", "seen -1", ">= 0"]),
        ("samples: 0", ["samples", "seen 0", ">= 1"]),
        ("samples: some", ["samples", "'some'", "a whole number"]),
        ("revision: 1234567", ["revision", "seen 1234567", "text (put it in quotes)"]),
        ("revision: ../../secrets", ["revision", "'../../secrets'", "letters"]),
        ("languages: [en, 3]", ["languages.1", "seen 3", "text"]),
        ("trust_remote_code: true", ["trust_remote_code", "revision and code_revision"]),
        ("trust_remote_code: true\nrevision: abc", ["trust_remote_code", "code_revision"]),
        ("name: Twice", ["'name' is given twice"]),
        ("1: 2", ["the keys [1]", "text"]),
        ("needs: {", ["yaml"]),
    ],
)
def test_a_bad_line_is_named_with_what_is_allowed(lines: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        spec_of(SOUND + lines + "\n")
    for word in ["parrot.yaml", *words]:
        assert word in str(complaint.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: parrot", "id: Parrot", ["parrot.yaml: id", "'Parrot'"]),
        ("id: parrot", "id: other", ["the file's own name, 'parrot'"]),
        ("name: Parrot 7B", "", ["missing_key", "the key name"]),
        ("name: Parrot 7B", "name: 0089", ["name", "put it in quotes"]),
        ("kind: model", "kind: modell", ["kind", "did you mean model?", "baseline"]),
        ("engine: scripted", "engine: scriptd", ["engine", "did you mean scripted?", "chance"]),
        ("engine: scripted", "engine: majority", ["temperatures", "[0, 0.7]", "[0]"]),
        ("prompt: cameo-1", "prompt: cameo-0", ["prompt", "did you mean cameo-1?"]),
        ("prompt: cameo-1", "", ["prompt", "one of cameo-1"]),
        ("[0, 0.7]", "[]", ["temperatures", "length >= 1"]),
        ("[0, 0.7]", "[0, 0.0]", ["temperatures", "each once"]),
        ("[0, 0.7]", "[-0.1]", ["temperatures", "[-0.1]", "from 0 to 100"]),
        ("[0, 0.7]", "[.nan]", ["temperatures.0", "a number"]),
        ("[0, 0.7]", "[1e300]", ["temperatures", "from 0 to 100"]),
        ("[0, 0.7]", "warm", ["temperatures", "'warm'", "a list"]),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        spec_of(SOUND.replace(old, new))
    for word in ["parrot.yaml", *words]:
        assert word in str(complaint.value)


LOADED = (
    SOUND.replace("engine: scripted", "engine: transformers") + f"repository: a/b\nrevision: {'c' * 40}\n"
)
ASKED = SOUND.replace("engine: scripted", "engine: openai") + "repository: a/b\nrevision: 2026-10-01\n"
UNASKED = LOADED.replace("prompt: cameo-1\n", "").replace("[0, 0.7]", "[0]")
CLASSIFIER = UNASKED.replace("engine: transformers", "engine: classifier")
PROBE = UNASKED.replace("engine: transformers", "engine: encoder-probe")


@pytest.mark.parametrize(
    "text", [LOADED, ASKED, PROBE, CLASSIFIER + "options: {labels: {hot: anger, dull: null}}\n"]
)
def test_a_file_for_each_way_of_asking(text: str) -> None:
    assert spec_of(text).repository == "a/b"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("repository: a/b\n", "", ["repository", "seen nothing", "owner/name on the Hub, or a folder"]),
        ("revision: ", "code_revision: ", ["revision", "40 hex digits", "`cameo models pin parrot`"]),
        ("c" * 40, "main", ["revision", "unpinned", "'main'", "`cameo models pin parrot`"]),
        ("c" * 40, "c" * 39, ["revision", "unpinned", "40 hex digits"]),
        ("c" * 40, f"{'c' * 40}\ncode_revision: v1", ["code_revision", "unpinned", "'v1'"]),
    ],
)
def test_a_model_that_is_loaded_must_be_pinned(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        spec_of(LOADED.replace(old, new))
    for word in ["parrot.yaml: ", *words]:
        assert word in str(complaint.value)


def test_a_model_that_is_off_may_still_have_to_be_pinned() -> None:
    assert spec_of(LOADED.replace("c" * 40, '""') + "enabled: false\n").revision == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LOADED + "methods: [generation, guess]", ["methods.1", "'guess'", "one of generation, likelihood"]),
        (LOADED + "methods: []", ["methods", "length >= 1"]),
        (LOADED + "methods: [likelihood, likelihood]", ["methods", "each once"]),
        (ASKED + "methods: [likelihood]", ["methods", "'likelihood'", "one of generation"]),
        (LOADED + "options: {dtype: int8}", ["options.dtype", "'int8'", "one of auto, float32, bfloat16"]),
        (LOADED + "options: {batch_token: 3}", ["options", "did you mean batch_tokens?"]),
        (LOADED + "parameters: 7B", ["parameters", "'7B'", "a whole number or nothing"]),
        (ASKED + "options: {concurrency: 0}", ["options.concurrency", "seen 0", ">= 1"]),
        (ASKED + "options: {price_input: cheap}", ["options.price_input", "'cheap'", "a number or nothing"]),
        (ASKED + "options: {extra: {model: x}}", ["options", "extra without model"]),
        (CLASSIFIER, ["options", "the key labels"]),
        (CLASSIFIER + "options: {labels: {hot: angr}}", ["'hot'", "not 'angr'", "did you mean anger?"]),
        (CLASSIFIER + "options: {labels: {hot: 3}}", ["options.labels.hot", "seen 3", "text or nothing"]),
        (PROBE + "options: {layer: last}", ["options.layer", "'last'", "one of a whole number, mean"]),
        (PROBE + "options: {layer: 1.5}", ["options.layer", "seen 1.5", "a whole number or text"]),
        (PROBE + "options: {pooling: max}", ["options.pooling", "'max'", "one of mean, mean+std"]),
        (PROBE + "prompt: cameo-1", ["prompt", "'cameo-1'", "encoder-probe is asked nothing"]),
    ],
)
def test_a_bad_line_for_a_model_is_named_with_what_is_allowed(text: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as complaint:
        spec_of(text + "\n")
    for word in ["parrot.yaml: ", *words]:
        assert word in str(complaint.value)


@pytest.mark.parametrize("content", [b"", b"- 1\n", b"parrot", b"\xff\xfe"])
def test_what_is_no_mapping_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match=r"parrot\.yaml"):
        load(content, "parrot.yaml")


@pytest.mark.parametrize(
    ("temperature", "key"),
    [(0, "parrot@0"), (0.7, "parrot@0.7"), (1.0, "parrot@1"), (-0.0, "parrot@0"), (1e-5, "parrot@1e-05")],
)
def test_an_evaluation_is_called_by_model_and_temperature(temperature: float, key: str) -> None:
    assert evaluation_key(a_spec(), Condition(temperature)) == key


@given(
    st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True),
    st.builds(Condition, st.floats(0, 100), st.sampled_from(["generation", "likelihood"])),
)
def test_keys_are_slugs_and_can_be_read_back(model: str, condition: Condition) -> None:
    key = evaluation_key(a_spec(id=model), condition)
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789._@-")
    assert parse_key(key) == (model, condition)


@pytest.mark.parametrize(
    "key", ["parrot", "parrot@", "@0", "Parrot@0", "parrot@warm", "parrot@1..5", "a|b@0"]
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(BadInput, match="<model>@<temperature>"):
        parse_key(key)


def test_greedy_answers_are_drawn_once() -> None:
    assert [draws(a_spec(samples=5), condition) for condition in (COLD, WARM)] == [1, 5]


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "someone/parrot"},
        {"revision": "abc"},
        {"code_revision": "abc"},
        {"engine": "chance"},
        {"prompt": ""},
        {"samples": 9},
        {"max_new_tokens": 9},
        {"seed": 9},
        {"options": {"styles": {"label": 9}}},
    ],
)
def test_what_shapes_answers_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint(a_spec(**change), WARM) != fingerprint(a_spec(), WARM)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"licence": "MIT-0"},
        {"homepage": "https://example.org"},
        {"released": "2020"},
        {"enabled": False},
        {"temperatures": (0.7,)},
        {"options": {"log": "elsewhere", "delay_seconds": 1.0}},
        {"options": {"styles": {"label": 4.0}}},
    ],
)
def test_what_does_not_shape_answers_leaves_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint(a_spec(**change), WARM) == fingerprint(a_spec(), WARM)


def test_each_condition_has_its_own_fingerprint() -> None:
    spec = a_spec(methods=("generation", "likelihood"), samples=1)
    assert len({fingerprint(spec, condition) for condition in conditions(spec)}) == 4


def test_a_likelihood_is_exact_and_needs_one_draw_at_any_temperature() -> None:
    spec = a_spec(methods=("generation", "likelihood"), samples=5)
    assert {evaluation_key(spec, each): draws(spec, each) for each in conditions(spec)} == {
        "parrot@0": 1,
        "parrot@likelihood-0": 1,
        "parrot@0.7": 5,
        "parrot@likelihood-0.7": 1,
    }


def test_the_number_of_samples_means_nothing_at_temperature_zero() -> None:
    assert fingerprint(a_spec(samples=9), COLD) == fingerprint(a_spec(), COLD)


def test_baselines_need_no_prompt() -> None:
    assert len(fingerprint(baseline("chance"), COLD)) == 16
