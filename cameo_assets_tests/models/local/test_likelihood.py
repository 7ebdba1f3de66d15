from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Ask
from cameo_assets.models.local import likelihood, probabilities
from cameo_assets.models.local.decoding import answer_alone, answer_batch
from cameo_assets.models.local.inputs import Batch
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.prefix import Prefix
from cameo_assets.models.local.probabilities import options_of
from cameo_assets_tests.models.local.speakers import (
    Table,
    a_batch,
    a_model,
    a_sampling,
    asks,
)

WORDS = {"b": (3,), "bc": (3, 4), "bcc": (3, 4, 4), "cb": (4, 3), "d": (5,)}
"""Options of the toy model; some are the beginnings of others."""
PROMPT, ENDS = (6,), (1, 2)
VOCABULARY = 7
HEATS = (0.0, 0.3, 1.0, 2.5)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Letters:
    """A tokenizer of one letter for each token; 6 is the prompt."""

    name_or_path = "letters"

    def encode(self, text: str, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return list(WORDS[text])

    def decode(self, tokens: Sequence[int], skip_special_tokens: bool) -> str:
        assert not skip_special_tokens
        return "".join("_12bcd?"[token] for token in tokens)


def speaker(rows: Mapping[tuple[int, ...], Sequence[float]]) -> LoadedModel:
    return LoadedModel(
        model=Table({(*PROMPT, *path): logits for path, logits in rows.items()}, VOCABULARY),
        processor=None,
        tokenizer=Letters(),
        device=torch.device("cpu"),
        dtype=torch.float32,
        encoder_decoder=False,
        end_tokens=ENDS,
        pad_token=0,
        versions={},
    )


def asked(options: Sequence[str] = tuple(WORDS), heats: Sequence[float] = HEATS) -> Batch:
    samplings = [a_sampling(heat, method="likelihood") for heat in heats]
    ids = torch.tensor([PROMPT])
    return Batch(
        tuple(asks(1, *samplings, options=tuple(options))),
        {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
    )


def answers(
    rows: Mapping[tuple[int, ...], Sequence[float]], *options: str, heats: Sequence[float] = HEATS
) -> dict[float, Answer]:
    batch = asked(options or tuple(WORDS), heats)
    return {answer.sampling.temperature: answer for answer in answer_batch(speaker(rows), batch)}


def spoken(rows: Mapping[tuple[int, ...], Sequence[float]], heat: float, most: int = 4) -> dict[Any, float]:
    """The probability of everything that may be said in so many tokens, by brute force."""
    said: dict[Any, float] = {}
    for length in range(most):
        for path in itertools.product(range(VOCABULARY), repeat=length):
            if set(path) & set(ENDS):
                continue
            chance = 1.0
            for count in range(length + 1):
                logits = rows.get(path[:count], [0.0] * VOCABULARY)
                weights = [math.exp((logit - max(logits)) / heat) for logit in logits]
                wanted = ENDS if count == length else path[count : count + 1]
                chance *= sum(weights[token] for token in wanted) / sum(weights)
            said[path] = chance
    return said


LOGITS = st.lists(st.floats(-4, 4, width=32), min_size=VOCABULARY, max_size=VOCABULARY)
PATHS = sorted({word[:count] for word in WORDS.values() for count in range(len(word) + 1)})
TABLES = st.fixed_dictionaries(dict.fromkeys(PATHS, LOGITS))


@settings(max_examples=60, deadline=None)
@given(TABLES, st.sampled_from([0.3, 1.0, 2.5]))
def test_probabilities_are_those_of_free_answers(
    rows: dict[tuple[int, ...], list[float]], heat: float
) -> None:
    said = spoken(rows, heat)
    raw = {word: said[path] for word, path in WORDS.items()}
    answer = answers(rows)[heat]
    assert answer.details["mass"] == pytest.approx(sum(raw.values()), rel=1e-5)
    assert answer.details["probabilities"] == pytest.approx(
        {word: chance / sum(raw.values()) for word, chance in raw.items()}, abs=1e-5
    )
    assert raw[str(answer.text)] == pytest.approx(max(raw.values()), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {path: st.lists(st.integers(-2, 2), min_size=VOCABULARY, max_size=VOCABULARY) for path in PATHS}
    )
)
def test_at_0_they_are_the_limit(rows: dict[tuple[int, ...], list[int]]) -> None:
    """Whole logits make ties, and a temperature of 0.02 is as good as 0 between them."""
    found = answers(rows, heats=(0.0, 0.02))
    for name in ("probabilities", "mass"):
        assert found[0.0].details[name] == pytest.approx(found[0.02].details[name], abs=1e-5)
    assert found[0.0].details["probabilities"][found[0.0].text] > 0


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_the_plain_way_gives_the_same(rows: dict[tuple[int, ...], list[float]]) -> None:
    batch = asked()
    for ours, plain in zip(
        answer_batch(speaker(rows), batch), answer_alone(speaker(rows), batch), strict=True
    ):
        assert ours.text == plain.text
        assert ours.details["mass"] == pytest.approx(plain.details["mass"], rel=1e-5)
        assert ours.details["probabilities"] == pytest.approx(plain.details["probabilities"], abs=2e-6)


def test_the_beginning_of_an_option_is_not_the_option() -> None:
    """`b` may well begin an answer, but this model always goes on with `c`."""
    sure = 30.0
    rows = {
        (): [0, 0, 0, sure, 0, 0, 0],
        (3,): [0, 0, 0, 0, sure, 0, 0],
        (3, 4): [0, sure, 0, 0, 0, 0, 0],
    }
    found = answers(rows, "b", "bc", "d")
    for heat, answer in found.items():
        assert answer.text == "bc", heat
        assert answer.finish_reason == "stop"
    assert found[1.0].details == {
        "probabilities": {"b": 0.0, "bc": 1.0, "d": 0.0},
        "mass": pytest.approx(1.0),
    }


def test_all_end_tokens_count() -> None:
    rows = {(5,): [-9, 1.0, 1.0, -9, -9, -9, -9]}
    assert answers(rows, "d")[1.0].details["mass"] == pytest.approx(1 / VOCABULARY, rel=1e-3)


def test_equals_go_by_alphabet() -> None:
    rows = {(): [0.0] * VOCABULARY, (3,): [1.0] * VOCABULARY, (5,): [1.0] * VOCABULARY}
    for options in (("b", "d"), ("d", "b")):
        for answer in answers(rows, *options).values():
            assert answer.text == "b"
            assert answer.details["probabilities"] == {"b": 0.5, "d": 0.5}


@pytest.mark.parametrize("said", [False, True])
def test_the_mass_at_0_says_whether_the_greedy_answer_is_an_option(said: bool) -> None:
    rows = {(): [0, 0, 0, 0, 0, 5, 0 if said else 9], (5,): [0, 5, 0, 0, 0, 0, 0]}
    answer = answers(rows, "b", "d")[0.0]
    assert (answer.text, answer.details["mass"]) == ("d", float(said))


@pytest.mark.parametrize("bad", [math.nan, -math.inf])
def test_a_model_that_can_say_no_option_is_an_error(bad: float) -> None:
    for answer in answers({(): [0, 0, 0, bad, bad, bad, 0]}).values():
        assert (answer.text, answer.finish_reason) == (None, "error")
        assert answer.error.startswith("engine: ")


def test_one_option_that_cannot_be_said_is_none() -> None:
    for answer in answers({(): [0, 0, 0, -math.inf, 0, 0, 0]}, "b", "d").values():
        assert answer.text == "d"
        assert answer.details["probabilities"] == {"b": 0.0, "d": 1.0}


def test_an_option_whose_tokens_read_otherwise_is_refused() -> None:
    strange = SimpleNamespace(
        name_or_path="strange",
        encode=lambda _text, **_: [3],
        decode=lambda _tokens, **_: "<unk>",
    )
    loaded = LoadedModel(**{**vars(speaker({})), "tokenizer": strange})
    with pytest.raises(BadInput) as caught:
        options_of(loaded, ["anger"], [6])
    assert caught.value.path == "strange: option 'anger'"
    assert "<unk>" in caught.value.seen


@pytest.fixture(scope="module", params=["qwen2_audio", "audio_flamingo3", "whisper"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return a_model(tmp_path_factory.mktemp(request.param), request.param)


def mixed_asks() -> list[Ask]:
    """Utterances of two corpora, some of which want no likelihood."""
    samplings = [a_sampling(heat, method="likelihood") for heat in HEATS]
    few = asks(4, *samplings, options=("anger", "sadness"))
    return [*asks(1, *samplings), few[1], *asks(3, a_sampling(0.7))[2:], few[3]]


def close(ours: Sequence[Answer], theirs: Sequence[Answer]) -> None:
    for our, their in zip(ours, theirs, strict=True):
        assert (our.file_id, our.sampling, our.text) == (their.file_id, their.sampling, their.text)
        if our.sampling.method == "likelihood":
            assert our.details["probabilities"] == pytest.approx(their.details["probabilities"], abs=1e-4)
            assert our.details["mass"] == pytest.approx(their.details["mass"], rel=1e-3)


def test_a_batch_equals_each_alone(loaded: LoadedModel) -> None:
    wanted = mixed_asks()
    alone = [answer for ask in wanted for answer in answer_alone(loaded, a_batch(loaded, [ask]))]
    close(list(answer_batch(loaded, a_batch(loaded, wanted))), alone)
    close(list(answer_batch(loaded, a_batch(loaded, wanted), shared=False)), alone)


def test_the_answer_is_an_option_and_probabilities_add_up(loaded: LoadedModel) -> None:
    wanted = [ask for ask in mixed_asks() if len(ask.samplings) == len(HEATS)]
    found = list(answer_batch(loaded, a_batch(loaded, wanted)))
    assert len({answer.details["mass"] for answer in found}) > len(found) / 2
    for answer, ask in zip(found, [ask for ask in wanted for _ in HEATS], strict=True):
        shares = answer.details["probabilities"]
        assert tuple(shares) == ask.item.options
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert shares[answer.text] == max(shares.values())
        assert 0 <= answer.details["mass"] <= 1


def test_small_parts_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = a_model(tmp_path, "qwen2_audio")
    batch = a_batch(loaded, mixed_asks())
    usual = list(answer_batch(loaded, batch))
    widths: list[int] = []
    real = Prefix.rows
    monkeypatch.setattr(likelihood, "_ELEMENTS", 500)
    monkeypatch.setattr(probabilities, "_AT_ONCE", 900)
    monkeypatch.setattr(Prefix, "rows", lambda self, chosen: widths.append(len(chosen)) or real(self, chosen))
    close(list(answer_batch(loaded, batch)), usual)
    assert max(widths) == 1
