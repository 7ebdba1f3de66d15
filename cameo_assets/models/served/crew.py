"""Asks a server about many utterances at once.

Imports httpx2 and soundfile at its top: import it inside functions only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from cameo_assets.models.engines.base import AUDIO, ENGINE, Answer, Ask, Item, Sampling, fault
from cameo_assets.models.served.background import Outlet, results
from cameo_assets.models.served.body import body
from cameo_assets.models.served.client import Client, Given, GivenUp
from cameo_assets.models.served.clip import BadClip, encoded

if TYPE_CHECKING:
    from cameo_assets.models.engines.openai import OpenAiOptions


class Job(msgspec.Struct, frozen=True):
    """One answer that is wanted: of which utterance, which draw, and its recording in base64 or its fault."""

    item: Item
    sampling: Sampling
    audio: str
    bad: str


class Crew:
    """Workers that share the requests to one server, in which one model has to answer all.

    Args:
        name: The model, for complaints.
        model: What the server calls it.
        options: How it is asked.
        key: What the server wants to see before it answers; empty for nothing.

    Attributes:
        server: What the server calls itself, as far as it has said.
    """

    def __init__(self, name: str, model: str, options: OpenAiOptions, key: str) -> None:
        self._name, self._model, self._options, self._key = name, model, options, key
        self.server = ""
        self._answering = ""

    def answers(
        self, asks: Iterable[Ask], most: int, word: Callable[[str], None] | None = None
    ) -> Generator[Answer, None, None]:
        """Answers as they come; errors as of `Client.check` and `Client.ask`.

        The draws of an utterance are asked one after another, so that a server which keeps what it has
        computed of a recording uses it again. A recording is read when its turn comes.

        Args:
            asks: What is wanted.
            most: Most requests under way.
            word: Told now and then, while no answers come, what keeps the server from giving them.
        """
        client: Client | None = None

        async def work(outlet: Outlet[Answer]) -> None:
            nonlocal client
            client = Client(self._name, self._model, self._options, self._key, most, self._answering)
            async with client:
                await client.check()
                try:
                    await self._share_out(client, _Jobs(asks, self._options), outlet, most)
                finally:
                    self._answering = client.answering

        def idle() -> None:
            if word and client and client.trouble:
                word(f"waits for the server: {client.trouble}")

        return results(work, 2 * most, idle)

    async def _share_out(self, client: Client, jobs: _Jobs, outlet: Outlet[Answer], most: int) -> None:
        async def worker() -> None:
            await outlet.room.acquire()
            while (job := await jobs.next()) is not None:
                outlet.put(await self._answer(client, job))
                await outlet.room.acquire()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(most):
                    group.create_task(worker())
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from None  # it stopped the others

    async def _answer(self, client: Client, job: Job) -> Answer:
        if job.bad:
            return fault(job.item, job.sampling, f"{AUDIO}: {job.bad}")
        request = body(job.item, job.sampling, job.audio, self._model, self._options)
        key = (job.sampling.seed, job.sampling.temperature, job.sampling.sample)
        try:
            given = await client.ask(request, job.item.file_id, *key)
        except GivenUp as reason:
            return fault(job.item, job.sampling, f"{ENGINE}: {reason}")
        self.server = given.server or self.server
        return Answer(
            file_id=job.item.file_id,
            sampling=job.sampling,
            text=given.reply.text,
            finish_reason=given.reply.finish_reason,
            latency=round(given.seconds, 6),
            details=self._details(given),
        )

    def _details(self, given: Given) -> dict[str, Any]:
        """What is known of an answer beside its text; what the server doesn't say is left out."""
        reply, options = given.reply, self._options
        cost = None
        if reply.tokens_in is not None and reply.tokens_out is not None and options.priced:
            paid = reply.tokens_in * (options.price_input or 0) + reply.tokens_out * (
                options.price_output or 0
            )
            cost = paid / 1e6
        found = {
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "model": reply.model or None,
            "cost": cost,
            "attempts": given.attempts,
            "logprob": reply.logprob,
        }
        return {name: value for name, value in found.items() if value is not None}


class _Jobs:
    """Hands out what is wanted, in order, to many workers; each recording is read once."""

    def __init__(self, asks: Iterable[Ask], options: OpenAiOptions) -> None:
        self._options = options
        self._jobs = self._all(asks)
        self._one_at_a_time = asyncio.Lock()

    async def next(self) -> Job | None:
        """The next job; None where there is none left."""
        async with self._one_at_a_time:
            return await anext(self._jobs, None)

    async def _all(self, asks: Iterable[Ask]) -> AsyncIterator[Job]:
        for ask in asks:
            audio = bad = ""
            try:
                # In a thread, as the store may be far away and the connections must not wait for it.
                form = self._options.audio_format
                audio = await asyncio.to_thread(encoded, ask.item.path, form, ask.item.pcm_md5)
            except BadClip as reason:
                bad = str(reason)
            for sampling in ask.samplings:
                yield Job(ask.item, sampling, audio, bad)
