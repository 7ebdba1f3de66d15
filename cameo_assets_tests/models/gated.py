"""An engine with a gate: asked about many at once it may say something else than one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from cameo_assets.models.engines import ENGINES
from cameo_assets.models.engines.base import Answer, Ask, EngineDefaults, Item, Method, Reference, Sampling
from cameo_assets.models.engines.noise import uniform
from cameo_assets.models.spec import ModelSpec


class GatedOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the engine.

    Attributes:
        batch: How many are asked at once.
        wrong: Share of the utterances of which it says something else if that is more than one.
        wrong_by: The methods by which it does so.
        faults: Utterances (file_id) with a fault, and how often.
        audio: Utterances whose recording cannot be used.
        release: Version of its library.
        dies_after: Answers, by both ways, after which it stops for good.
        log: File that gets a line for each word of what it does.
    """

    batch: int = 8
    wrong: float = 0.0
    wrong_by: tuple[Method, ...] = ("generation", "likelihood")
    faults: dict[str, int] = {}
    audio: tuple[str, ...] = ()
    release: str = "1"
    dies_after: int | None = None
    log: str = ""


class Died(RuntimeError):  # noqa: N818 - it is what happened
    """The engine stopped."""


class Gated(EngineDefaults):
    """See `base.GatedEngine`."""

    family = "gated/1"
    Options: type[msgspec.Struct] = GatedOptions
    methods = frozenset({"generation", "likelihood"})
    operational = frozenset({"batch", "wrong", "wrong_by", "faults", "audio", "release", "dies_after", "log"})
    gate: ClassVar[frozenset[str] | None] = frozenset({"batch"})

    def __init__(self, _spec: ModelSpec, options: GatedOptions, _store_home: str) -> None:
        self._options = options
        self._faults = dict(options.faults)
        self._left = float("inf") if options.dies_after is None else options.dies_after
        self.versions = {"library": options.release}
        self._note("load")

    def answer(self, asks: Iterable[Ask], _references: Mapping[str, Sequence[Reference]]) -> Iterator[Answer]:
        for ask in asks:
            for sampling in ask.samplings:
                self._live()
                drawn = uniform(ask.item.file_id, sampling.method)
                wrong = self._options.batch > 1 and drawn < self._options.wrong
                wrong = wrong and sampling.method in self._options.wrong_by
                self._note(f"together {ask.item.file_id} {sampling.temperature:g}")
                self.versions["learnt"] = "late"  # as a server tells what it is with its first answer
                yield self._answer(ask.item, sampling, " or so" if wrong else "")

    def alone(self, asks: Iterable[Ask]) -> Iterator[Answer]:
        for ask in asks:
            for sampling in ask.samplings:
                self._live()
                self._note(f"alone {ask.item.file_id} {sampling.temperature:g}")
                yield self._answer(ask.item, sampling, "")

    def close(self) -> None:
        self._note("close")

    def _live(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Died("as planned")

    def _answer(self, item: Item, sampling: Sampling, more: str) -> Answer:
        error = ""
        if item.file_id in self._options.audio:
            error = "audio: empty"
        elif self._faults.get(item.file_id, 0) > 0:
            self._faults[item.file_id] -= 1
            error = "engine: down"
        return Answer(
            file_id=item.file_id,
            sampling=sampling,
            text=None if error else f"{item.options[0]}{more}",
            finish_reason="error" if error else "stop",
            error=error,
        )

    def _note(self, word: str) -> None:
        if self._options.log:
            with Path(self._options.log).open("a") as log:
                log.write(f"{word}\n")


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the engine `gated` known."""
    monkeypatch.setitem(ENGINES, "gated", f"{__name__}:Gated")


def noted(log: Path) -> list[str]:
    """First words of the lines of the log."""
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []
