from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from transformers import DynamicCache, GenerationConfig
from transformers.cache_utils import DynamicSlidingWindowLayer

from cameo_assets.models.engines.base import Answer
from cameo_assets.models.local import decoding, prefix
from cameo_assets.models.local.decoding import answer_alone, answer_batch, prefill, same_as_stock
from cameo_assets.models.local.loading import LoadedModel
from cameo_assets.models.local.prefix import NotShareable, Prefix
from cameo_assets_tests.models.local.speakers import a_batch, a_model, a_sampling, asks, plainly

FOUR = tuple(a_sampling(temperature) for temperature in (0.0, 0.3, 0.7, 1.0))
DRAWS = (*FOUR[:1], *(a_sampling(heat, sample) for heat in (0.3, 0.7, 1.0) for sample in range(2)))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=["qwen2_audio", "audio_flamingo3", "whisper"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return a_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return a_model(tmp_path_factory.mktemp("qwen"), "qwen2_audio")


def answered(loaded: LoadedModel, wanted: Any, **how: Any) -> list[Answer]:
    return list(answer_batch(loaded, a_batch(loaded, wanted), **how))


def test_each_sampling_of_each_ask_is_answered_once(loaded: LoadedModel) -> None:
    wanted = asks(3, *DRAWS)
    assert [(answer.file_id, answer.sampling) for answer in answered(loaded, wanted)] == [
        (ask.item.file_id, sampling) for ask in wanted for sampling in ask.samplings
    ]


def test_answers_differ_by_draw(loaded: LoadedModel) -> None:
    """Else the tests below compare nothing."""
    answers = answered(loaded, asks(3, *DRAWS))
    assert len({tuple(answer.details["tokens"]) for answer in answers}) > len(answers) / 2


def test_four_temperatures_at_once_equal_four_calls(loaded: LoadedModel) -> None:
    together = plainly(answered(loaded, asks(4, *DRAWS)))
    apart = [plainly(answered(loaded, asks(4, sampling))) for sampling in DRAWS]
    assert together == {key: value for each in apart for key, value in each.items()}


def test_batched_equals_alone(loaded: LoadedModel) -> None:
    wanted = asks(4, *DRAWS)
    alone = [plainly(list(answer_alone(loaded, a_batch(loaded, [ask])))) for ask in wanted]
    assert plainly(answered(loaded, wanted)) == {key: value for each in alone for key, value in each.items()}


def test_the_order_of_a_batch_changes_nothing(loaded: LoadedModel) -> None:
    wanted = asks(4, *DRAWS)
    assert plainly(answered(loaded, wanted[::-1])) == plainly(answered(loaded, wanted))


def test_the_stock_way_gives_the_same(loaded: LoadedModel) -> None:
    wanted = asks(3, *DRAWS)
    assert plainly(answered(loaded, wanted, shared=False)) == plainly(answered(loaded, wanted))


@pytest.mark.parametrize("shared", [True, False])
def test_utterances_may_want_different_draws(loaded: LoadedModel, shared: bool) -> None:
    wanted = [
        msgspec.structs.replace(ask, samplings=samplings)
        for ask, samplings in zip(asks(3), (FOUR[:1], FOUR[1:], DRAWS[2:5]), strict=True)
    ]
    full = plainly(answered(loaded, asks(3, *DRAWS)))
    found = plainly(answered(loaded, wanted, shared=shared))
    assert found == {key: full[key] for key in found}
    assert len(found) == 7


@pytest.mark.parametrize("shared", [True, False])
def test_a_shorter_answer_is_the_beginning_of_a_longer_one(loaded: LoadedModel, shared: bool) -> None:
    short, long = a_sampling(max_new_tokens=2), a_sampling(max_new_tokens=9)
    answers = answered(loaded, asks(3, short, long), shared=shared)
    for first, second in zip(answers[::2], answers[1::2], strict=True):
        assert first.details["tokens"] == second.details["tokens"][:2]
        assert len(second.details["tokens"]) <= 9


def test_an_answer_ends_with_any_end_token_or_is_cut(qwen: LoadedModel) -> None:
    answers = answered(qwen, asks(6, *DRAWS))
    for answer in answers:
        tokens = answer.details["tokens"]
        assert not set(tokens[:-1]) & set(qwen.end_tokens)
        ended = tokens[-1] in qwen.end_tokens
        assert answer.finish_reason == ("stop" if ended else "length")
        assert ended or len(tokens) == answer.sampling.max_new_tokens
        said = qwen.tokenizer.decode(tokens[: len(tokens) - ended], skip_special_tokens=True)
        assert answer.text == said.strip()
    assert {answer.finish_reason for answer in answers} == {"stop", "length"}


def test_every_token_may_end_an_answer(qwen: LoadedModel) -> None:
    first = {answer.details["tokens"][0] for answer in answered(qwen, asks(3))}
    eager = dataclasses.replace(qwen, end_tokens=tuple(first))
    for shared in (True, False):
        for answer in answered(eager, asks(3), shared=shared):
            assert (answer.text, answer.finish_reason) == ("", "stop")
            assert len(answer.details["tokens"]) == 1


def test_the_log_probability_is_that_of_the_model_at_temperature_1(qwen: LoadedModel) -> None:
    (answer,) = answered(qwen, asks(1, a_sampling(0.7)))
    batch = a_batch(qwen, asks(1))
    tokens = torch.tensor([answer.details["tokens"]])
    ids = torch.cat([batch.inputs["input_ids"], tokens], dim=-1)
    inputs = {**batch.inputs, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.no_grad():
        logits = qwen.model(**inputs).logits[0, -tokens.shape[1] - 1 : -1]
    expected = logits.log_softmax(-1).gather(1, tokens.T).sum().item()
    assert answer.details["logprob"] == pytest.approx(expected, abs=2e-3)


def test_settings_of_the_repository_do_not_leak_in(loaded: LoadedModel) -> None:
    wanted = asks(3, *DRAWS)
    before = plainly(answered(loaded, wanted))
    own = loaded.model.generation_config
    loaded.model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=1,
        top_p=0.1,
        temperature=0.01,
        repetition_penalty=5.0,
        num_beams=1,
        suppress_tokens=[next(iter(before.values()))[3][0]],
        decoder_start_token_id=own.decoder_start_token_id,
    )
    try:
        for shared in (True, False):
            assert plainly(answered(loaded, wanted, shared=shared)) == before
    finally:
        loaded.model.generation_config = own


def test_ended_rows_are_dropped_or_carried_along_with_the_same_result(
    qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = asks(5, *DRAWS)
    usual = plainly(answered(qwen, wanted))
    for share in (0.0, 1.0):
        monkeypatch.setattr(decoding, "_WORTH_A_COPY", share)
        assert plainly(answered(qwen, wanted)) == usual


def test_one_forward_reads_the_audio_of_all_samplings(
    qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    forward = type(qwen.model.model.audio_tower).forward
    monkeypatch.setattr(
        type(qwen.model.model.audio_tower),
        "forward",
        lambda self, *args, **named: calls.append(1) or forward(self, *args, **named),
    )
    answered(qwen, asks(2, *DRAWS, *(a_sampling(heat, method="likelihood") for heat in (0.0, 1.0))))
    assert len(calls) == 1


def test_a_greedy_answer_is_decoded_once(qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    real = Prefix.become
    monkeypatch.setattr(Prefix, "become", lambda self, chosen: rows.append(len(chosen)) or real(self, chosen))
    answers = answered(qwen, asks(2, a_sampling(), a_sampling(sample=1), a_sampling(seed=5)))
    assert rows[0] == 2
    assert len(answers) == 6


def test_there_are_never_two_whole_caches(qwen: LoadedModel) -> None:
    prefix = Prefix.of(qwen, a_batch(qwen, asks(2)).inputs)
    expected = prefix.rows([1, 0, 1])
    before = [weakref.ref(layer.keys) for layer in prefix._cache.layers]
    prefix.become([1, 0, 1])
    assert [layer() for layer in before] == [None] * len(before)
    tokens = torch.tensor([[5], [6], [7]])
    assert torch.equal(prefix.logits, expected.logits)
    torch.testing.assert_close(prefix.extend(tokens), expected.extend(tokens))


@pytest.mark.parametrize("family", ["qwen2_audio", "audio_flamingo3"])
def test_the_prefill_gives_the_logits_of_each_utterance_alone(family: str, tmp_path: Path) -> None:
    loaded = a_model(tmp_path, family)
    batch = a_batch(loaded, asks(3))
    logits, cache = prefill(loaded, batch.inputs)
    assert cache.get_seq_length() == batch.inputs["input_ids"].shape[1]
    for place, ask in enumerate(batch.asks):
        with torch.no_grad():
            expected = loaded.model(**a_batch(loaded, [ask]).inputs).logits[0, -1]
        torch.testing.assert_close(logits[place], expected, atol=1e-5, rtol=1e-5)


def test_the_shared_way_is_found_to_be_the_same(loaded: LoadedModel) -> None:
    assert same_as_stock(loaded, a_batch(loaded, asks(3, *FOUR))) == []


def test_a_model_whose_positions_differ_is_found_out(
    qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        prefix, "positions", lambda _loaded, mask: {"position_ids": mask.long().cumsum(-1) // 2}
    )
    differences = same_as_stock(qwen, a_batch(qwen, asks(3)))
    assert differences
    assert all("token" in difference and ".flac" in difference for difference in differences)


def test_a_forward_that_fails_is_a_difference(qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise TypeError("forward takes no position_ids")

    monkeypatch.setattr(Prefix, "extend", fails)
    (difference,) = same_as_stock(qwen, a_batch(qwen, asks(2)))
    assert "forward takes no position_ids" in difference


def test_lack_of_memory_is_no_difference(qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Prefix, "extend", fails)
    with pytest.raises(torch.OutOfMemoryError):
        same_as_stock(qwen, a_batch(qwen, asks(2)))


def test_a_sliding_window_cannot_be_shared(qwen: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DynamicCache()
    cache.layers = [DynamicSlidingWindowLayer(sliding_window=4)]
    monkeypatch.setattr(prefix, "prefill", lambda *_: (torch.zeros(2, 5), cache))
    batch = a_batch(qwen, asks(2))
    assert same_as_stock(qwen, batch) == [
        "Qwen2AudioForConditionalGeneration keeps DynamicSlidingWindowLayer, which cannot be shared"
    ]
    with pytest.raises(NotShareable):
        list(answer_batch(qwen, batch))


def test_overflow_is_an_error_of_its_utterance(qwen: LoadedModel) -> None:
    batch = a_batch(qwen, asks(2, a_sampling(), a_sampling(0.7), a_sampling(method="likelihood")))
    features = batch.inputs["input_features"].clone()
    features[1] = torch.nan
    broken = type(batch)(batch.asks, {**batch.inputs, "input_features": features})
    answers = list(answer_batch(qwen, broken))
    assert [bool(answer.error) for answer in answers] == [False] * 3 + [True] * 3
    assert all(answer.error.startswith("engine: ") and "NaN" in answer.error for answer in answers[3:])
    assert all(answer.text is None and answer.finish_reason == "error" for answer in answers[3:])


def test_alone_takes_one(qwen: LoadedModel) -> None:
    with pytest.raises(ValueError, match="not of 2"):
        list(answer_alone(qwen, a_batch(qwen, asks(2))))
