"""Keys and tokens that must stand in no file, and in no message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_KEY: Final = re.compile(
    r"\b(?:(?:sk|pk|rk|hf|gsk|xai|nvapi|ghp|r8|pplx|fw)[-_]|AIza|Bearer\s+)[A-Za-z0-9._~+/-]{12,}"
)
"""How the keys of the usual providers look."""

_LOGIN: Final = re.compile(r"//[^/@\s]+@")
"""A login within an address."""


def looks_like_key(value: Any) -> bool:
    """Whether some text in plain data looks like a key.

    >>> looks_like_key({"headers": ["Bearer abcdefghijkl0123"]}), looks_like_key("OPENAI_API_KEY")
    (True, False)
    """
    if isinstance(value, Mapping):
        return any(looks_like_key(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(map(looks_like_key, value))
    return isinstance(value, str) and _KEY.search(value) is not None


def hidden(text: str) -> str:
    """A text in which keys are made unreadable.

    >>> hidden("model 'sk-abcdefghijklmnop'")
    "model '(a key)'"
    """
    return _LOGIN.sub("//(a login)@", _KEY.sub("(a key)", text))
