"""Asks one server, one request at a time or many, with patience.

Imports httpx2 at its top: import it inside functions only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx2
import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.served.faults import CUT_OFF, TIMEOUT, TOO_LONG, UNREACHABLE, Fault, ServerLost
from cameo_assets.models.served.pacing import Pace, Turns
from cameo_assets.models.served.reply import Reply, read
from cameo_assets.models.typed import suggestion

if TYPE_CHECKING:
    from types import TracebackType

    from cameo_assets.models.engines.openai import OpenAiOptions

T = TypeVar("T")

LARGEST: Final = 2**20
"""Bytes of a reply; a label with all that servers put around it takes some thousand."""

_LISTING_SECONDS: Final = 30.0
_LARGEST_LISTING: Final = 2**24
_MANY: Final = 30
_TIMES_TURNED_AWAY: Final = 10
"""A request may be turned away this many times as often as it may fail: many wait for their turn at a server
that lets few in."""
_CONNECT_SECONDS: Final = 15.0
_KEEP_ALIVE_SECONDS: Final = 4.0
"""Servers commonly close an idle connection after five seconds; a request must not meet that moment."""


class Given(msgspec.Struct, frozen=True):
    """An answer, and what it took.

    Attributes:
        reply: What the server said.
        seconds: Of the exchange that brought it.
        attempts: How often the request was sent.
        server: What the server calls itself; empty where it doesn't say.
    """

    reply: Reply
    seconds: float
    attempts: int
    server: str


class GivenUp(Exception):  # noqa: N818 - it names what happened
    """A request that got no answer."""


class Client:
    """A server, for one event loop; an asynchronous context.

    Args:
        name: The model, for complaints.
        model: What the server calls it.
        options: How it is asked.
        key: What the server wants to see before it answers; empty for nothing.
        most: Most requests under way.
        answering: What the server called the model that answered before; empty where none has.

    Attributes:
        answering: What it called the model in its first reply.
        trouble: The last fault since the last answer; empty where all is well.
    """

    def __init__(
        self, name: str, model: str, options: OpenAiOptions, key: str, most: int, answering: str = ""
    ) -> None:
        self._place = f"{name}: {options.base_url}"
        self._model, self._options = model, options
        self._pace = Pace(most, options.pause_seconds, options.longest_pause_seconds)
        self._turns = Turns(self._pace)
        self.answering = answering
        self.trouble = ""
        self._http = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx2.Timeout(None, connect=min(_CONNECT_SECONDS, options.timeout_seconds)),
            limits=httpx2.Limits(max_connections=most + 1, keepalive_expiry=_KEEP_ALIVE_SECONDS),
        )

    async def __aenter__(self) -> Client:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, fault, trace)

    async def check(self) -> None:
        """Looks whether the server is there and offers the model, as far as it lists its models.

        Raises:
            BadInput: The key is refused, or the model is not offered.
            ServerLost: No server is there.
        """
        for attempt in range(1, self._options.attempts + 1):
            try:
                names = await self._listing()
                break
            except Fault as fault:
                if fault.verdict == "stop":
                    raise self._complaint(fault, []) from fault
                if attempt == self._options.attempts:
                    raise ServerLost(f"{self._place}: {fault}; is the server up at that address?") from fault
                self.trouble = str(fault)
                await asyncio.sleep(self._patience(fault, attempt, "listing"))
        if names and not any(self._model in (name, name.removeprefix("models/")) for name in names):
            raise BadInput(
                self._place, "unknown_model", repr(self._model), suggestion(self._model, names[:_MANY])
            )

    async def ask(self, body: bytes, file_id: str, *key: object) -> Given:
        """Sends a request until it is answered.

        Args:
            body: The request; it is the same in all attempts.
            file_id: The utterance that it is about.
            *key: With it, what the waiting times depend on.

        Raises:
            GivenUp: It gets no answer; others may.
            BadInput: No request will get one before a person has done something.
            ServerLost: The server has given no answer for too long.
        """
        attempts = failures = turned_away = 0
        while True:
            async with self._turns.turn() as started:
                try:
                    given = await self._exchange("POST", "/chat/completions", LARGEST, _answer_in, body)
                except Fault as fault:
                    await self._note(fault, file_id, started)
                    failure = fault
                else:
                    self._check_name(given.reply)
                    self._pace.answered()
                    self.trouble = ""
                    return msgspec.structs.replace(given, attempts=attempts + 1)
            failures += 1
            attempts += failure.sent
            turned_away += failure.turned_away
            used_up = (
                attempts - turned_away == self._options.attempts
                or turned_away == self._options.attempts * _TIMES_TURNED_AWAY
            )
            if failure.verdict == "failed" or used_up:
                tries = f" ({attempts} attempts)" if attempts > 1 else ""
                raise GivenUp(f"{failure}{tries}") from failure
            if failure.sent:  # else the pace makes everyone wait
                await asyncio.sleep(self._patience(failure, failures, file_id, *key))

    async def _note(self, fault: Fault, file_id: str, started: float) -> None:
        """Lets the pace know of a fault.

        Raises:
            BadInput, ServerLost: See `ask`.
        """
        if fault.verdict == "stop":
            raise self._complaint(fault, await self._names()) from fault
        if fault.verdict == "failed":
            self._pace.replied()
            return
        self.trouble = str(fault)
        self._pace.failed(fault, file_id, started, asyncio.get_running_loop().time())
        if self._pace.failures >= self._options.give_up_after:
            raise ServerLost(
                f"{self._place}: no answer after {self._pace.failures} faults in a row, the last: {fault}; "
                "the answers so far are kept, and the next run asks for the rest"
            ) from fault

    def _check_name(self, reply: Reply) -> None:
        """Answers of two models must not stand under one name."""
        self.answering = self.answering or reply.model
        if reply.model and reply.model != self.answering:
            raise BadInput(
                self._place,
                "model_changed",
                f"a reply of {reply.model!r}",
                f"{self.answering!r}, which answered first; the answers so far are kept, and the next run "
                "asks for the rest once one model answers all",
            )

    async def _names(self) -> list[str]:
        """The models that the server lists; none where it cannot."""
        try:
            return await self._listing()
        except Fault:  # this is only for a complaint about another fault
            return []

    async def _listing(self) -> list[str]:
        try:
            return await self._exchange("GET", "/models", _LARGEST_LISTING, _names_in)
        except Fault as fault:
            if fault.kind in (404, 405, 501):
                return []  # a server needs no list
            raise

    async def _exchange(
        self, method: str, path: str, largest: int, reading: Callable[[_Whole], T], body: bytes | None = None
    ) -> T:
        """Sends a request, takes the whole reply within the time allowed, and reads it.

        Raises:
            Fault: There is none in time, it is too large, or it cannot be used.
        """
        listing = method == "GET"
        seconds = min(self._options.timeout_seconds, _LISTING_SECONDS if listing else float("inf"))
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            async with asyncio.timeout(seconds):
                return reading(await self._whole(method, path, largest, headers, body))
        except TimeoutError as fault:
            raise Fault(TIMEOUT, f"no whole reply within {seconds:g} s") from fault
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as fault:
            raise Fault(UNREACHABLE, f"no connection: {str(fault) or type(fault).__name__}") from fault
        except httpx2.RequestError as fault:
            raise Fault(CUT_OFF, f"the exchange broke off: {str(fault) or type(fault).__name__}") from fault

    async def _whole(
        self, method: str, path: str, largest: int, headers: dict[str, str], body: bytes | None
    ) -> _Whole:
        clock = asyncio.get_running_loop().time
        start, data = clock(), bytearray()
        url = self._options.base_url.rstrip("/") + path
        async with self._http.stream(method, url, headers=headers, content=body) as response:
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > largest:
                    raise Fault(TOO_LONG, f"the reply is longer than {largest:,} bytes")
            found = {name.lower(): value for name, value in response.headers.items()}
            return _Whole(response.status_code, found, bytes(data), clock() - start)

    def _patience(self, fault: Fault, failures: int, *key: object) -> float:
        if fault.wait is not None:
            return min(fault.wait, self._options.longest_pause_seconds)
        return self._pace.patience(failures, *key)

    def _complaint(self, fault: Fault, offered: list[str]) -> BadInput:
        variable = self._options.api_key_env
        if fault.kind in (401, 402, 403):
            expected = (
                f"in the environment variable {variable} a key that may use {self._model!r}"
                if variable
                else "a server that needs no key, or its environment variable's name as options.api_key_env"
            )
        else:
            expected = f"a server there that answers /chat/completions with the model {self._model!r}"
            expected += f"; it lists {', '.join(offered[:_MANY])}" if offered else ""
        return BadInput(self._place, "refused", str(fault), expected)


class _Whole(msgspec.Struct, frozen=True):
    """A reply as it came: status, headers with names in lower case, body, seconds."""

    status: int
    headers: dict[str, str]
    data: bytes
    seconds: float


def _answer_in(whole: _Whole) -> Given:
    reply = read(whole.status, whole.headers, whole.data)
    server = " ".join(filter(None, (whole.headers.get("server", ""), reply.fingerprint)))
    return Given(reply, whole.seconds, 1, server)


def _names_in(whole: _Whole) -> list[str]:
    if whole.status != 200:
        read(whole.status, whole.headers, whole.data)
    try:
        listed: Any = json.loads(whole.data)["data"]
        return [str(entry["id"]) for entry in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []  # a list in another shape says nothing about the model
