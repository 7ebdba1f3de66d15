"""Asking publishers' servers politely: time-outs, redirects, and what is worth another try."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from cameo_assets.errors import BadInput

if TYPE_CHECKING:
    from requests import Response, Session

T = TypeVar("T")

AGENT: Final = "cameo_assets (benchmark of speech emotion recognition)"
_PIECE: Final = 2**14
"""Bytes taken from the connection at once; what does not fill a piece when time is up is lost."""

_SECONDS_BETWEEN_WORDS: Final = 10.0
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MANY: Final = 10
_WORTH_ANOTHER_TRY: Final = {408, 425, 429}
_WHAT_TO_DO: Final = {
    401: "the server asks for a login",
    403: "the server refuses; the file may ask for a login, a form, or another network",
    404: "nothing is there any more",
    410: "nothing is there any more",
    451: "the server may not hand it out here",
}


class Hiccup(Exception):  # noqa: N818 - nothing is wrong yet, it is only worth another try
    """A failure that may pass by itself.

    Args:
        seen: What happened.
        wait: Seconds that the server asks to wait; None where it says nothing.
    """

    def __init__(self, seen: str, wait: float | None = None) -> None:
        super().__init__(seen)
        self.wait = wait


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer whose body has not been read yet.

    Attributes:
        status: 200, 206 or 416.
        headers: Of the last server, names in lower case.
        linked: `x-linked-...` of any server on the way; Hugging Face tells size and SHA-256 as it redirects.
        pieces: Gives the body as it was sent; raises `Hiccup` where the connection ends too early.
    """

    status: int
    headers: Mapping[str, str]
    linked: Mapping[str, str]
    pieces: Callable[[], Iterator[bytes]]


class Web(msgspec.Struct, frozen=True, kw_only=True):
    """How patient to be.

    Attributes:
        tries: Failures in a row, without a byte gained, after which to give up.
        first_pause: Seconds before the second try; doubled from try to try, less a random part.
        longest_pause: Seconds that no pause exceeds, even where a server asks for more.
        connect_seconds: How long to wait for a connection.
        read_seconds: How long to wait for the next bytes.
        sleep: Waits for a number of seconds.
        tell: Told why there is a pause and how long it is, every few seconds of it.
    """

    tries: int = 5
    first_pause: float = 1.0
    longest_pause: float = 300.0
    connect_seconds: float = 20.0
    read_seconds: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = lambda _: None

    def patiently(self, url: str, attempt: Callable[[], T], gained: Callable[[], int], expected: str) -> T:
        """Tries until an attempt succeeds, or until too many in a row have gained nothing.

        Args:
            url: What it is about.
            attempt: Does the work, or raises `Hiccup`.
            gained: Something that changes when an attempt got further.
            expected: For the complaint: what was wanted, and what a person can do.

        Raises:
            BadInput: It was given up.
        """
        failures = 0
        while True:
            before = gained()
            try:
                return attempt()
            except Hiccup as hiccup:
                failures = 1 if gained() != before else failures + 1
                if failures >= self.tries:
                    seen = f"{hiccup}, {failures} times in a row"
                    raise BadInput(url, "download", seen, expected) from hiccup
                self._wait(self._pause(failures, hiccup.wait), str(hiccup))

    def _wait(self, seconds: float, why: str) -> None:
        while seconds > 0:
            self.tell(f"{why}; the next try is in {seconds:.0f} s")
            step = min(seconds, _SECONDS_BETWEEN_WORDS)
            self.sleep(step)
            seconds -= step

    def _pause(self, failures: int, asked: float | None) -> float:
        if asked is not None:
            return min(asked, self.longest_pause)
        # Those whom the same fault cut off should not all come back at the same moment.
        return min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause) * random.uniform(0.5, 1.0)

    @contextmanager
    def opened(self, url: str, headers: Mapping[str, str], expected: str) -> Iterator[Reply]:
        """Sends a request, follows redirects, and hands over the answer before its body.

        Raises:
            Hiccup: It is worth another try.
            BadInput: It is not: the server refuses, or leads from https to http.
        """
        import requests

        with requests.Session() as session:
            linked: dict[str, str] = {}
            place = url
            for _ in range(_MANY):
                response = self._get(session, place, headers)
                with response:
                    found = {name.lower(): value for name, value in response.headers.items()}
                    linked |= {name: value for name, value in found.items() if name.startswith("x-linked-")}
                    if response.status_code in _REDIRECTS and "location" in found:
                        place = _next(url, place, found["location"], expected)
                        continue
                    _refuse(url, response.status_code, found, expected)
                    yield Reply(
                        status=response.status_code,
                        headers=found,
                        linked=linked,
                        pieces=lambda answer=response: _pieces(answer),  # type: ignore[misc]
                    )
                    return
            raise BadInput(url, "redirects", f"more than {_MANY} redirects", expected)

    def _get(self, session: Session, url: str, headers: Mapping[str, str]) -> Response:
        import requests

        # Sizes and checksums are those of the file, so it must not be packed for the way.
        own = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        limits = (self.connect_seconds, self.read_seconds)
        try:
            return session.get(
                url, headers={**own, **headers}, stream=True, timeout=limits, allow_redirects=False
            )
        except requests.Timeout as error:
            raise Hiccup(f"no answer of {urlsplit(url).hostname} in time") from error
        except requests.RequestException as error:
            host = urlsplit(url).hostname
            raise Hiccup(f"{host} could not be reached ({_root(error)})") from error


def _next(url: str, place: str, location: str, expected: str) -> str:
    """Where a redirect leads; never from a protected connection to an open one."""
    target = urljoin(place, location)
    schemes = (urlsplit(place).scheme, urlsplit(target).scheme)
    if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
        raise BadInput(url, "redirects", f"a redirect from {schemes[0]} to {schemes[1]}", expected)
    return target


def _refuse(url: str, status: int, headers: Mapping[str, str], expected: str) -> None:
    if status in (200, 206, 416):
        return
    if status in _WORTH_ANOTHER_TRY or status >= 500:
        raise Hiccup(f"status {status}", retry_after(headers.get("retry-after", "")))
    meaning = f" ({_WHAT_TO_DO[status]})" if status in _WHAT_TO_DO else ""
    raise BadInput(url, "download", f"status {status}{meaning}", expected)


def _pieces(response: Response) -> Iterator[bytes]:
    import urllib3

    try:
        yield from response.raw.stream(_PIECE, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Hiccup(f"the connection ended too early ({_root(error)})") from error


def retry_after(text: str, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` asks for, given as a number or a date; None where it is neither.

    >>> retry_after("120"), retry_after("soon"), retry_after("")
    (120.0, None, None)
    """
    text = text.strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _root(error: BaseException) -> str:
    """The innermost cause, which says what happened; those around it only say where."""
    inner = error.__cause__ or error.__context__
    while inner is not None:
        error, inner = inner, inner.__cause__ or inner.__context__
    return str(error) or type(error).__name__
