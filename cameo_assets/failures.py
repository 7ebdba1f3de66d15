"""What failed, how often, and when to try again.

Dagster's conditions see only that the latest run failed, so they retry for ever or not at all. A failure is
kept beside the records (see provenance) with the inputs that it happened on. The same inputs are tried again
after a pause that grows; changed inputs are tried at once, and what cannot get better by itself is not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.places import FAILURES
from cameo_assets.provenance import read_small
from cameo_assets.store import Store

FIRST_PAUSE: Final = 10.0
"""Seconds before the first retry; each further pause is four times as long."""
LONGEST_PAUSE: Final = 6 * 3600.0


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The failures of one product on the same inputs.

    Attributes:
        product: Name of the product, as records spell it.
        partition: Corpus, evaluation, or `provenance.WHOLE`.
        inputs: Version of each input, by name.
        message: What was wrong the last time.
        final: Whether only other inputs can help.
        times: How often it failed.
        last: When it failed last, seconds since the epoch.
    """

    product: str = msgspec.field(name="stage")
    partition: str
    inputs: dict[str, str]
    message: str
    final: bool
    times: int
    last: float

    def due(self, now: float) -> bool:
        """Whether it is time to try again."""
        pause = min(FIRST_PAUSE * 4.0 ** (self.times - 1), LONGEST_PAUSE)
        # A note from the future was made by a clock that was wrong.
        return not self.final and (now >= self.last + pause or self.last > now)


def read_failure(
    store: Store,
    product: str,
    partition: str,
    inputs: Mapping[str, str],
    complaints: list[BadInput] | None = None,
) -> Failure | None:
    """The failures of a product on these inputs; None where it did not fail on them, or the note is broken.

    Args:
        store: Where the note is.
        product: Name of the product, as records spell it.
        partition: Its partition.
        inputs: The inputs of now.
        complaints: Takes a complaint about a broken note, which names its path.
    """
    path = FAILURES.of("", product, f"{partition}.json")
    found = read_small(store, path, Failure, "a note of a failure; it counts as missing", complaints)
    return found if found is not None and found.inputs == dict(inputs) else None


def note_failure(
    store: Store, product: str, partition: str, inputs: Mapping[str, str], message: str, *, final: bool
) -> None:
    """Adds a failure to those on the same inputs; failures on other inputs are forgotten."""
    before = read_failure(store, product, partition, inputs)
    failure = Failure(
        product=product,
        partition=partition,
        inputs=dict(inputs),
        message=message,
        final=final,
        times=before.times + 1 if before else 1,
        last=time.time(),
    )
    data = msgspec.json.format(msgspec.json.encode(failure, order="sorted"), indent=1)
    store.write_bytes(data, FAILURES.of("", product, f"{partition}.json"))


def forget_failure(store: Store, product: str, partition: str) -> None:
    """Drops the failures of a product that has been made."""
    store.remove(FAILURES.of("", product, f"{partition}.json"))
