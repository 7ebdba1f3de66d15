"""A small server of OpenAI's chat interface, as strict as real ones, with every fault that a server can have.

What it says depends on recording, seed and temperature alone. It runs as a process of its own (see `server`),
with a port and a folder as arguments. The folder holds `behaviour.json`, which says how it behaves, and
`log.jsonl`: a line for each request as it comes, and one for each reply that was sent whole.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import soundfile
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FIELDS = {
    "model",
    "messages",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
}


class Invalid(Exception):  # noqa: N818
    """A request that a real server would refuse."""


def need(holds: object, rule: str) -> None:
    if not holds:
        raise Invalid(rule)


def heard(message: dict[str, Any]) -> tuple[bytes, str]:
    """Samples and question of the user's message."""
    need(message["role"] == "user", "the last message must be the user's")
    audio, text = b"", ""
    for part in message["content"]:
        if part["type"] == "text":
            need(isinstance(part["text"], str) and part["text"], "an empty text part")
            text = part["text"]
        else:
            need(part["type"] == "input_audio", f"unknown part {part['type']}")
            sent = part["input_audio"]
            need(set(sent) == {"data", "format"}, "input_audio is {data, format}")
            with soundfile.SoundFile(io.BytesIO(base64.b64decode(sent["data"], validate=True))) as file:
                need(file.format == sent["format"].upper(), "the format is another")
                need((file.samplerate, file.channels, file.subtype) == (16_000, 1, "PCM_16"), "16 kHz mono")
                audio = file.read(dtype="int16").tobytes()
    need(audio and text, "a recording and a text")
    return audio, text


def checked(body: Any, model: str) -> tuple[str, str]:
    """Name of a request and the words it may be answered with.

    Raises:
        Invalid: It breaks a rule.
    """
    need(isinstance(body, dict) and set(body) <= FIELDS, f"unknown fields {sorted(set(body) - FIELDS)}")
    need(body["model"] == model, f"The model `{body['model']}` does not exist.")
    temperature, seed = body["temperature"], body.get("seed", 0)
    need(isinstance(temperature, int | float) and 0 <= temperature <= 2, "temperature is from 0 to 2")
    need(temperature or body["top_p"] == 1, "greedy with top_p")
    need(isinstance(seed, int) and 0 <= seed < 2**31, "seed is an int32")
    longest = body.get("max_tokens", body.get("max_completion_tokens"))
    need(isinstance(longest, int) and longest >= 1, "max_tokens is at least 1")
    audio, text = heard(body["messages"][-1])
    name = f"{hashlib.md5(audio).hexdigest()[:8]}/{seed}/{temperature:g}"
    return name, text


def answer(name: str, question: str) -> str:
    """One of the words of the question's list, always the same for a request; seeds don't matter at 0."""
    words = question.partition("these: ")[2].partition(".")[0].split(", ")
    audio, seed, temperature = name.split("/")
    key = audio if temperature == "0" else f"{audio}{seed}{temperature}"
    return words[int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(words)]


def completion(text: str | None, model: str, **changes: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": changes.pop("refusal", None)}
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": changes.pop("finish_reason", "stop"),
        "logprobs": {"content": [{"token": text, "logprob": -0.5}, {"token": "", "logprob": -0.25}]},
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": model,
        "choices": [choice],
        "usage": {"prompt_tokens": 100, "completion_tokens": 4, "total_tokens": 104},
        "system_fingerprint": "fp_1",
        **changes,
    }


ODD: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "refusal": lambda _, model: completion(None, model, refusal="I will not."),
    "content_filter": lambda _, model: completion("", model, finish_reason="content_filter"),
    "empty": lambda _, model: completion("", model),
    "length": lambda text, model: completion(text, model, finish_reason="length"),
    "thought": lambda _, model: completion(None, model, finish_reason="length"),
    "parts": lambda text, model: completion([{"type": "text", "text": text}], model),  # type: ignore[arg-type]
    "null": lambda _, model: completion(None, model),
    "nothing": lambda _, model: completion("", model, choices=[]),
    "aborted": lambda _, model: completion("an", model, finish_reason="abort"),
    "rename": lambda text, model: completion(text, f"{model}-2"),
    "inner": lambda *_: {"error": {"message": "busy within", "code": 429}},
}
"""Replies of status 200 that are out of the ordinary."""

PASSING = ("408", "429", "500", "502", "503", "529", "html", "half", "reset", "aborted", "inner")
"""Faults after which the same request is answered, and which come at once."""


class Whole(Response):
    """A response that says so when it was sent whole."""

    def __init__(self, content: bytes, sent: Callable[[], None], **more: Any) -> None:
        super().__init__(content, **more)
        self.sent = sent

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)
        self.sent()


class Dripping(Response):
    """A byte now and then, so that no wait for the next one is ever long."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):  # no test waits so long
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(0.05)


class Reset(Response):
    """Half a reply, after which the connection ends."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"choices"', "more_body": True})
        raise ConnectionError("as planned")


class Served:
    """The server's state: behaviour, and the number of requests so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = self.active = 0
        self.free = 0.0  # when the next request may be taken up, by the clock of the loop
        self.behaviour: dict[str, Any] = {}
        self.reread()

    def reread(self) -> None:
        self.behaviour = json.loads((self.folder / "behaviour.json").read_text())
        log = self.folder / "log.jsonl"
        self.count = log.read_text().count('"request"') if log.exists() else 0

    def note(self, event: str, name: str, **more: Any) -> None:
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({"event": event, "name": name, **more}) + "\n")

    async def control(self, _: Request) -> Response:
        self.reread()
        return JSONResponse({})

    async def models(self, request: Request) -> Response:
        listing = self.behaviour["listing"]
        if listing is None:
            return JSONResponse({"detail": "Not Found"}, 404)
        if listing == "silent":
            await asyncio.sleep(3600)
        if (denied := self.denied(request)) is not None:
            return denied
        return JSONResponse({"object": "list", "data": [{"id": name} for name in listing]})

    def denied(self, request: Request) -> Response | None:
        key = self.behaviour["key"]
        if key and request.headers.get("authorization") != f"Bearer {key}":
            return problem(401, "Incorrect API key provided")
        return None

    async def chat(self, request: Request) -> Response:
        if (denied := self.denied(request)) is not None:
            return denied
        model = self.behaviour["model"]
        body = await request.json()
        try:
            name, question = checked(body, model)
        except (Invalid, KeyError, TypeError, ValueError, soundfile.SoundFileError) as fault:
            self.note("invalid", str(fault))
            return problem(404 if "does not exist" in str(fault) else 400, str(fault))
        if self.turns_away():
            self.note("turned away", name)
            return problem(429, "Rate limit reached")
        faults = self.behaviour["faults"]
        fault = self.behaviour["poison"].get(name.partition("/")[0]) or faults.get(str(self.count), "")
        fault = fault or self.behaviour["always"]
        self.count += 1
        self.active += 1
        shaped = {**body, "messages": shape(body["messages"])}
        self.note("request", name, fault=fault, active=self.active, body=shaped)
        await asyncio.sleep(self.behaviour["delay"])
        self.active -= 1
        text = answer(name, question)
        if fault and fault not in ODD:
            return await self.fail(fault)
        reply = ODD[fault](text, model) if fault else completion(text, model)
        whole = fault not in ("inner", "aborted")
        return Whole(
            json.dumps(reply).encode(),
            lambda: self.note("answer", name, fault=fault) if whole else None,
            media_type="application/json",
        )

    def turns_away(self) -> bool:
        now, rate = asyncio.get_running_loop().time(), self.behaviour["rate"]
        if rate and now < self.free:
            return True
        self.free = now + 1 / rate if rate else now
        return False

    async def fail(self, fault: str) -> Response:
        kind, _, detail = fault.partition(":")
        if kind.isdecimal():
            return problem(int(kind), f"as planned, {kind}", {"Retry-After": detail} if detail else None)
        if kind == "silent":
            await asyncio.sleep(3600)
        if kind == "death":
            os.kill(os.getpid(), signal.SIGKILL)
        replies: dict[str, Response] = {
            "html": Response("<html><title>Bad gateway</title></html>", media_type="text/html"),
            "half": Response('{"choices": [{"mess', media_type="application/json"),
            "huge": Response(json.dumps(completion("a" * 10_000_000, "any")), media_type="application/json"),
            "drip": Dripping(),
            "reset": Reset(),
        }
        return replies[kind]


def shape(messages: list[dict[str, Any]]) -> list[Any]:
    """Messages without recordings: role, and the types of the parts or the text."""
    return [
        (
            each["role"],
            each["content"] if isinstance(each["content"], str) else [p["type"] for p in each["content"]],
        )
        for each in messages
    ]


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": "planned"}}, status, headers)


def application(folder: Path) -> Starlette:
    served = Served(folder)
    routes: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/control", served.control, "POST"),
        ("/v1/models", served.models, "GET"),
        ("/v1/chat/completions", served.chat, "POST"),
    ]
    return Starlette(routes=[Route(path, run, methods=[method]) for path, run, method in routes])


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[2])), port=int(sys.argv[1]), log_level="critical")
