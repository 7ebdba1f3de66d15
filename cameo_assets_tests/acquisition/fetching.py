"""One file that is downloaded from a `Publisher`, for the tests."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import msgspec
import pytest

from cameo_assets.acquisition.download import download
from cameo_assets.acquisition.published import Receipt, Wanted
from cameo_assets.acquisition.web import Web
from cameo_assets.errors import BadInput
from cameo_assets_tests.acquisition.publisher import Publisher

CONTENT = b"PK" + random.Random(0).randbytes(50_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "speech.zip"


class Fetched:
    """One download, with the pauses that it took."""

    def __init__(self, publisher: Publisher, folder: Path, **published: object) -> None:
        self.part = folder / f"{NAME}.part"
        self.pauses: list[float] = []
        self.told: list[tuple[int, int | None]] = []
        self.words: list[str] = []
        self.web = Web(sleep=self.pauses.append, tell=self.words.append, read_seconds=2, connect_seconds=2)
        facts = {"name": NAME, "url": publisher.of(NAME), "by_hand": "by hand", **published}
        self.wanted = msgspec.convert(facts, Wanted)

    def run(self) -> Receipt:
        return download(self.wanted, self.part, self.web, lambda *told: self.told.append(told))

    def fails(self) -> BadInput:
        with pytest.raises(BadInput) as error:
            self.run()
        assert "by hand" in error.value.expected
        return error.value
