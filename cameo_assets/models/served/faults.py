"""What can go wrong with a request, and what follows from it."""

from __future__ import annotations

from typing import Final, Literal

Verdict = Literal["again", "crowded", "failed", "stop"]
"""`again`: it may pass by itself. `crowded`: so may this, and the server has too much to do. `failed`: this
request gets no answer, others may. `stop`: no request will get one before a person has done something."""

TIMEOUT: Final = "timeout"
UNREACHABLE: Final = "unreachable"
CUT_OFF: Final = "cut off"
NOT_JSON: Final = "not JSON"
BROKEN_OFF: Final = "broken off"
TOO_LONG: Final = "too long"
WRONG_SHAPE: Final = "wrong shape"

VERDICTS: Final[dict[int | str, Verdict]] = {
    301: "stop",  # the address leads elsewhere; audio and key follow to no server that nobody named
    302: "stop",
    303: "stop",
    307: "stop",
    308: "stop",
    401: "stop",  # the key
    402: "stop",  # the account
    403: "stop",
    404: "stop",  # the address, or the model's name
    405: "stop",
    410: "stop",
    408: "crowded",
    409: "again",
    425: "again",
    429: "crowded",
    501: "stop",
    503: "crowded",
    504: "crowded",
    505: "stop",
    529: "crowded",
    TIMEOUT: "crowded",  # no whole reply in time
    UNREACHABLE: "again",  # no connection, so the request was never sent
    CUT_OFF: "again",  # the connection ended within the exchange
    NOT_JSON: "again",  # the page of a gateway, or half a reply
    BROKEN_OFF: "again",  # the server says that it gave up on this answer
    TOO_LONG: "failed",
    WRONG_SHAPE: "failed",
}
"""Verdict by status or kind of fault. Any other status of 500 or more is `again`; all others are `failed`."""


_TURNED_AWAY: Final = frozenset({429, 503, 529})


class Fault(Exception):  # noqa: N818 - it is one fault of many, most of which pass
    """An exchange that brought no answer.

    Args:
        kind: A status, or one of the kinds of `VERDICTS`.
        seen: What happened, for people.
        wait: Seconds that the server asks to wait; None where it says nothing.
    """

    def __init__(self, kind: int | str, seen: str, wait: float | None = None) -> None:
        super().__init__(seen)
        self.kind = kind
        self.wait = wait

    @property
    def verdict(self) -> Verdict:
        """What follows from it."""
        other: Verdict = "again" if isinstance(self.kind, int) and self.kind >= 500 else "failed"
        return VERDICTS.get(self.kind, other)

    @property
    def turned_away(self) -> bool:
        """Whether the server did not begin with the request, as it has too much to do."""
        return self.kind in _TURNED_AWAY

    @property
    def sent(self) -> bool:
        """Whether the server may have seen the request, so that the request may be to blame."""
        return self.kind != UNREACHABLE


class ServerLost(RuntimeError):  # noqa: N818 - it names what happened
    """The server gives no answers any more. What it had answered is kept; the next run goes on from there."""
