"""What a server says, as an answer or as a fault."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from cameo_assets.acquisition.web import retry_after
from cameo_assets.models.secrets import hidden
from cameo_assets.models.served.faults import BROKEN_OFF, NOT_JSON, WRONG_SHAPE, Fault

_LONGEST_MESSAGE: Final = 300
_LARGEST: Final = 2**53
"""Counts above this are no counts."""

_TAG: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_GIVEN_UP: Final = {"abort", "cancelled", "error"}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a server.

    Attributes:
        text: What the model said.
        finish_reason: As of `base.Answer`.
        model: What the server calls the model; empty where it doesn't say.
        tokens_in: Tokens of the question, audio included; None where it doesn't say.
        tokens_out: Tokens of the answer; None where it doesn't say.
        logprob: Natural logarithm of the probability of the text; None where it doesn't say.
        fingerprint: The server's word for its own version; empty where it doesn't say.
    """

    text: str
    finish_reason: Literal["stop", "length", "refusal"]
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    logprob: float | None = None
    fingerprint: str = ""


def read(status: int, headers: Mapping[str, str], data: bytes) -> Reply:
    """Reads a whole reply.

    Args:
        status: HTTP status.
        headers: Names in lower case.
        data: The body.

    Raises:
        Fault: It is no answer.
    """
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as fault:
        if status == 200:
            raise Fault(NOT_JSON, f"the reply is not JSON: {message(data)}") from fault
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    if status != 200 or error:
        if isinstance(error, dict) and "content_filter" in (error.get("code"), error.get("type")):
            return Reply(text="", finish_reason="refusal")
        status = _status_within(error) if status == 200 else status
        raise Fault(status, f"status {status}: {message(data)}", _wait(headers))
    return _answer(said)


def message(data: bytes) -> str:
    """What a reply says to people, in one short line.

    >>> message(b'{"error": {"message": "too  much"}}'), message(b"<html><p>Bad gateway</p></html>")
    ('too much', 'Bad gateway')
    """
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = _TAG.sub(" ", data.decode(errors="replace"))
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
    line = hidden(" ".join((said if isinstance(said, str) else json.dumps(said)).split()))
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def _answer(said: Any) -> Reply:
    choice = _part(_part(said, "choices", list), 0, dict)
    words = _part(choice, "message", dict)
    ended = choice.get("finish_reason")
    if ended in _GIVEN_UP:
        raise Fault(BROKEN_OFF, f"the server gave up on this answer: finish_reason {ended!r}")
    text = _text(words.get("content"))
    refusal = words.get("refusal")
    usage = said.get("usage") if isinstance(said.get("usage"), dict) else {}
    reason: Literal["stop", "length", "refusal"] = "length" if ended == "length" else "stop"
    if ended == "content_filter" or (isinstance(refusal, str) and refusal):
        reason, text = "refusal", text or (refusal if isinstance(refusal, str) else "")
    elif text is None and reason == "length":
        text = ""  # all tokens went into a reasoning that is not handed out
    if text is None:
        raise Fault(WRONG_SHAPE, f"the reply has no content: {_short(words)}")
    return Reply(
        text=text,
        finish_reason=reason,
        model=_name(said.get("model")),
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
        logprob=_logprob(choice.get("logprobs")),
        fingerprint=_name(said.get("system_fingerprint")),
    )


def _part(said: Any, key: str | int, kind: type) -> Any:
    try:
        found = said[key]
    except (KeyError, IndexError, TypeError):
        found = None
    if not isinstance(found, kind):
        what = "first choice" if key == 0 else key
        raise Fault(WRONG_SHAPE, f"the reply has no {what}: {_short(said)}")
    return found


def _text(content: Any) -> str | None:
    """The text of a message; some servers send it in parts."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    texts = [part.get("text") for part in content if isinstance(part, dict)]
    said = [text for text in texts if isinstance(text, str)]
    return "".join(said) if said else None


def _status_within(error: Any) -> int:
    """The status that some servers put into a reply of status 200."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def _wait(headers: Mapping[str, str]) -> float | None:
    return retry_after(headers.get("retry-after", ""))


def _count(number: Any) -> int | None:
    fits = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _LARGEST
    return number if fits else None


def _name(name: Any) -> str:
    """A name as it can be stored, without lone surrogates."""
    return name.encode(errors="replace").decode()[:_LONGEST_MESSAGE] if isinstance(name, str) else ""


def _logprob(logprobs: Any) -> float | None:
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        return None
    values = [token.get("logprob") for token in tokens]
    if not values or not all(isinstance(value, int | float) for value in values):
        return None
    total = math.fsum(values)
    return total if math.isfinite(total) else None


def _short(said: Any) -> str:
    return message(json.dumps(said).encode())
