from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.engines.base import Item
from cameo_assets.models.engines.openai import OpenAiOptions
from cameo_assets.models.served.body import body, seed_of
from cameo_assets_tests.models.examples import a_sampling


def written(temperature: float = 0.7, prompt: str = "Which?", **options: Any) -> dict[str, Any]:
    item = Item(
        file_id="a.flac", corpus="alpha", path="", pcm_md5="", seconds=1.0, options=("a",), prompt=prompt
    )
    found: dict[str, Any] = json.loads(
        body(item, a_sampling(temperature), "QUJD", "tiny", OpenAiOptions(**options))
    )
    return found


def test_a_request_says_all_that_shapes_the_answer() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}}
    assert written() == {
        "model": "tiny",
        "messages": [{"role": "user", "content": [audio, {"type": "text", "text": "Which?"}]}],
        "temperature": 0.7,
        "top_p": 1,
        "max_tokens": 8,
        "seed": seed_of(0, "a.flac", 0),
    }


@pytest.mark.parametrize(
    ("options", "there", "gone"),
    [
        ({"max_tokens_key": "max_completion_tokens"}, {"max_completion_tokens": 8}, {"max_tokens"}),
        ({"seed": False}, {}, {"seed"}),
        ({"logprobs": True}, {"logprobs": True}, set()),
        ({"extra": {"top_p": 0.9, "user": "me"}}, {"top_p": 0.9, "user": "me"}, set()),
    ],
)
def test_options_change_the_request(options: dict[str, Any], there: dict[str, Any], gone: set[str]) -> None:
    found = written(**options)
    assert there.items() <= found.items()
    assert not gone & found.keys()


def test_at_temperature_0_nothing_but_the_likeliest_token_is_asked_for() -> None:
    found = written(0.0, extra={"top_p": 0.9, "top_k": 5, "repetition_penalty": 1.1, "user": "me"})
    assert (found["top_p"], found["user"]) == (1, "me")
    assert not {"top_k", "repetition_penalty"} & found.keys()


def test_a_model_that_is_asked_nothing_gets_the_recording_alone() -> None:
    assert [part["type"] for part in written(prompt="")["messages"][0]["content"]] == ["input_audio"]


@given(st.integers(0, 2**63 - 1), st.text(), st.integers(0, 100))
def test_seeds_fit_into_31_bits(seed: int, file_id: str, sample: int) -> None:
    assert 0 <= seed_of(seed, file_id, sample) < 2**31
    assert seed_of(seed, file_id, sample) == seed_of(seed, file_id, sample)
    assert len({seed_of(seed, file_id, each) for each in range(sample, sample + 4)}) == 4
