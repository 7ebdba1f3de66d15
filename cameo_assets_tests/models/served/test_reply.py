from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.models.served.faults import Fault
from cameo_assets.models.served.reply import Reply, message, read

USUAL = {"choices": [{"message": {"content": "anger"}, "finish_reason": "stop"}]}


def reply(**changes: Any) -> Reply:
    return read(200, {}, json.dumps({**USUAL, **changes}).encode())


def choice(content: Any = "anger", ended: Any = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content, **more}, "finish_reason": ended}]}


@pytest.mark.parametrize(
    ("said", "text", "reason"),
    [
        (choice(), "anger", "stop"),
        (choice(ended=None), "anger", "stop"),
        (choice(ended="length"), "anger", "length"),
        (choice(None, "length"), "", "length"),
        (choice(""), "", "stop"),
        (choice([{"type": "text", "text": "an"}, {"type": "text", "text": "ger"}]), "anger", "stop"),
        (choice(None, refusal="No."), "No.", "refusal"),
        (choice("Well, no.", refusal="No."), "Well, no.", "refusal"),
        (choice(None, "content_filter"), "", "refusal"),
        (choice("ang", "content_filter"), "ang", "refusal"),
        ({"error": {"code": "content_filter", "message": "policy"}}, "", "refusal"),
    ],
)
def test_what_is_an_answer(said: dict[str, Any], text: str, reason: str) -> None:
    found = read(200, {}, json.dumps(said).encode())
    assert (found.text, found.finish_reason) == (text, reason)


def test_a_filter_that_refuses_the_question_is_a_refusal_whatever_the_status() -> None:
    data = json.dumps({"error": {"code": "content_filter", "message": "policy"}}).encode()
    assert read(400, {}, data).finish_reason == "refusal"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"", "again"),
        (b"<html></html>", "again"),
        (b'{"choices": [', "again"),
        (b"\xff\xfe\xff", "again"),
        (b"[" * 100_000, "again"),
        (b"[]", "failed"),
        (b"null", "failed"),
        (b"{}", "failed"),
        (b'{"choices": []}', "failed"),
        (b'{"choices": {"0": {}}}', "failed"),
        (b'{"choices": [{}]}', "failed"),
        (b'{"choices": [{"message": {}}]}', "failed"),
        (b'{"choices": [{"message": {"content": 5}}]}', "failed"),
        (b'{"choices": [{"message": {"content": [{"type": "image"}]}}]}', "failed"),
        (b'{"choices": [{"message": {"content": "an"}, "finish_reason": "abort"}]}', "again"),
        (b'{"error": {"code": 429, "message": "busy"}}', "crowded"),
        (b'{"error": "odd"}', "again"),
    ],
)
def test_what_is_none(data: bytes, verdict: str) -> None:
    with pytest.raises(Fault) as fault:
        read(200, {}, data)
    assert fault.value.verdict == verdict


@given(st.binary(max_size=50), st.sampled_from([200, 204, 302, 400, 404, 429, 500]))
def test_whatever_comes_is_an_answer_or_a_fault(data: bytes, status: int) -> None:
    try:
        assert isinstance(read(status, {}, data), Reply)
    except Fault as fault:
        assert str(fault)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists))
def test_odd_numbers_and_names_are_left_out(odd: Any) -> None:
    found = reply(
        usage={"prompt_tokens": odd, "completion_tokens": odd}, model=odd, system_fingerprint=odd, service=odd
    )
    assert found.text == "anger"
    assert found.tokens_in is None or (isinstance(found.tokens_in, int) and found.tokens_in >= 0)
    assert isinstance(found.model, str) and isinstance(found.fingerprint, str)


def test_what_the_server_tells_is_read() -> None:
    tokens = {"content": [{"token": "an", "logprob": -1.0}, {"token": "ger", "logprob": -0.5}]}
    said = {
        "choices": [{"message": {"content": "anger"}, "finish_reason": "stop", "logprobs": tokens}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        "model": "m-2025",
        "system_fingerprint": "fp",
    }
    assert read(200, {}, json.dumps(said).encode()) == Reply(
        text="anger",
        finish_reason="stop",
        model="m-2025",
        tokens_in=7,
        tokens_out=2,
        logprob=-1.5,
        fingerprint="fp",
    )


@pytest.mark.parametrize(("header", "wait"), [("3", 3.0), ("soon", None), ("", None)])
def test_the_wait_that_a_server_asks_for_is_read(header: str, wait: float | None) -> None:
    with pytest.raises(Fault) as fault:
        read(429, {"retry-after": header}, b"{}")
    assert fault.value.wait == wait


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{"error": {"message": "too  much"}}', "too much"),
        (b'{"message": "too much"}', "too much"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"error": "plain"}', "plain"),
        (b'{"error": "no such key: sk-abcdefgh12345678"}', "no such key: (a key)"),
        (b"<html><style>p {}</style><p>Bad\n gateway</p></html>", "Bad gateway"),
        (b"", ""),
        (b'{"error": {"message": "' + b"a" * 999 + b'"}}', "a" * 300 + "…"),
    ],
)
def test_a_message_is_one_short_line(data: bytes, line: str) -> None:
    assert message(data) == line
