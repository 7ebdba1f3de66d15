"""What a spec of a served model may say; `served/` asks a real server."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import yaml

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.openai import OpenAi, OpenAiOptions
from cameo_assets.models.request import context
from cameo_assets.models.spec import ModelSpec, gate_version, identity, load
from cameo_assets_tests.models.examples import a_sampling, a_spec

HEX = "0123456789abcdef0123456789abcdef"
SPEC = {
    "id": "served",
    "name": "Served",
    "kind": "model",
    "engine": "openai",
    "licence": "MIT",
    "temperatures": [0, 0.7],
    "prompt": "cameo-1",
    "repository": "a/tiny",
    "revision": "2025-01-01",
}


def loaded(**changes: Any) -> ModelSpec:
    return load(yaml.safe_dump({**SPEC, **changes}).encode(), "models/served.yaml")


def key_of(**options: Any) -> str:
    model = identity(a_spec(engine="openai", options=options))
    return context(model=model, family=OpenAi.family, prompt="", options=(), sampling=a_sampling())


@pytest.mark.parametrize("revision", ["2025-01-01", HEX + HEX[:8], "gpt-4o-audio-preview-2024-12-17"])
def test_a_revision_is_what_the_server_is_said_to_have(revision: str) -> None:
    assert loaded(revision=revision).revision == revision


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"revision": ""}, "revision: missing_revision: .*dated name"),
        ({"repository": ""}, "repository: missing_key"),
        ({"methods": ["likelihood"]}, "methods: .*generation"),
        ({"options": {"concurency": 3}}, "did you mean concurrency"),
        ({"options": {"concurrency": 0}}, "options.concurrency: .*>= 1"),
        ({"options": {"audio_format": "mp3"}}, "one of"),
        ({"options": {"extra": {"seed": 3}}}, "extra without seed"),
        ({"options": {"extra": {"stream": True}}}, "extra without stream"),
        ({"options": {"base_url": "localhost:8000"}}, "base_url"),
        ({"options": {"base_url": "http://host/v1?key=1"}}, "base_url"),
        ({"options": {"base_url": "http://host:99999/v1"}}, "base_url"),
    ],
)
def test_a_bad_spec_is_refused_with_the_key_and_what_is_allowed(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        loaded(**changes)


def test_a_disabled_model_may_lack_a_revision() -> None:
    assert not loaded(revision="", enabled=False).enabled


@pytest.mark.parametrize(
    ("options", "secret"),
    [
        ({"api_key_env": HEX}, HEX),
        ({"api_key_env": "sk-proj-abcdefgh12345678"}, "abcdefgh12345678"),
        ({"extra": {"headers": ["Bearer abcdefgh12345678"]}}, "abcdefgh12345678"),
        ({"system": "sk-abcdefgh12345678"}, "abcdefgh12345678"),
        ({"base_url": "http://me:pass-word@host/v1"}, "pass-word"),
    ],
)
def test_a_key_in_a_file_is_refused_and_not_shown(options: dict[str, Any], secret: str) -> None:
    with pytest.raises(BadInput) as refused:
        loaded(options=options)
    assert secret not in str(refused.value)


OTHERS: dict[str, Any] = {
    "base_url": "https://elsewhere/v1",
    "model": "other",
    "api_key_env": "KEY",
    "concurrency": 3,
    "timeout_seconds": 3.0,
    "attempts": 3,
    "give_up_after": 3,
    "pause_seconds": 3.0,
    "longest_pause_seconds": 3.0,
    "audio_format": "flac",
    "audio_first": False,
    "system": "Be brief.",
    "max_tokens_key": "max_completion_tokens",
    "seed": False,
    "extra": {"top_p": 0.9},
    "logprobs": True,
    "price_input": 3.0,
    "price_output": 3.0,
}
SHAPING = {"model", "audio_first", "system", "max_tokens_key", "seed", "extra"}


def test_the_table_of_options_is_whole() -> None:
    assert set(OTHERS) == {field.name for field in msgspec.structs.fields(OpenAiOptions)}


@pytest.mark.parametrize("name", OTHERS)
def test_only_what_shapes_an_answer_asks_again(name: str) -> None:
    assert (key_of(**{name: OTHERS[name]}) != key_of()) == (name in SHAPING)


@pytest.mark.parametrize("name", OTHERS)
def test_only_concurrency_asks_for_another_gate(name: str) -> None:
    changed = a_spec(engine="openai", options={name: OTHERS[name]})
    assert (gate_version(changed) != gate_version(a_spec(engine="openai"))) == (name == "concurrency")
