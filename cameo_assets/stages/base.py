"""What a stage is, and how it is run: not at all when its inputs are the ones it was last made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.failures import forget_failure, note_failure
from cameo_assets.models.heartbeat import Heartbeat, quiet
from cameo_assets.progress import Progress, silent
from cameo_assets.provenance import WHOLE, Record, current, read_record, write_record
from cameo_assets.settings import Settings
from cameo_assets.store import Store


class NotReady(Exception):  # noqa: N818 - nothing is wrong, something is only missing
    """An input of the stage has not been made yet; the message says what to do first."""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """What every stage works with.

    Attributes:
        store: Where the products are.
        landing: The landing zone, a local folder.
        workers: Processes for the normalisation of audio; 0 takes one for each core.
        compatible: Whether to leave out what publishers have and CAMEO has not.
        progress: Told how far the stage is.
        heartbeat: Told how an evaluation is doing while it runs.
    """

    store: Store
    landing: Path
    workers: int = 0
    compatible: bool = False
    progress: Progress = silent
    heartbeat: Heartbeat = quiet

    @classmethod
    def of(cls, settings: Settings, progress: Progress = silent, heartbeat: Heartbeat = quiet) -> Platform:
        """The platform that the settings describe."""
        store = Store(settings.home)
        landing = Path(settings.landing) if settings.landing else Path(store.home) / "landing"
        return cls(
            store=store,
            landing=landing,
            workers=settings.workers,
            compatible=settings.compatible,
            progress=progress,
            heartbeat=heartbeat,
        )


class Made(msgspec.Struct, frozen=True):
    """What a stage made.

    Attributes:
        output: Version of the product: a hash of what is in it.
        details: Counts and the like, JSON-encodable.
    """

    output: str
    details: dict[str, Any]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One step from inputs to products.

    Attributes:
        name: Name of the stage and of its records.
        code_version: To be raised when the stage makes something else from the same inputs.
        inputs: Versions of the inputs of a partition; raises `NotReady` where one is missing.
        make: Writes the products of a partition and says what they are.
        products: Paths in the store that must exist for a partition to count as made.
        settled: Whether a record leaves nothing to do for the next run.
    """

    name: str
    code_version: str
    inputs: Callable[[Platform, str], dict[str, str]]
    make: Callable[[Platform, str], Made]
    products: Callable[[str], Sequence[str]]
    settled: Callable[[Record], bool] = lambda _record: True


class Outcome(msgspec.Struct, frozen=True):
    """What running a stage came to.

    Attributes:
        record: The record that holds now.
        changed: Whether anything had to be made.
    """

    record: Record
    changed: bool


def wanted(stage: Stage, platform: Platform, partition: str = WHOLE) -> dict[str, str]:
    """The inputs that a current product would have been made from, the stage's own code among them.

    Raises:
        NotReady: An input is missing.
    """
    return {"code": stage.code_version, **stage.inputs(platform, partition)}


def is_current(stage: Stage, platform: Platform, partition: str = WHOLE) -> bool:
    """Whether the product exists and was made from the inputs of now.

    Raises:
        NotReady: An input is missing.
    """
    return _current(stage, platform, partition, wanted(stage, platform, partition)) is not None


def run(stage: Stage, platform: Platform, partition: str = WHOLE) -> Outcome:
    """Makes a product, unless it is current.

    Raises:
        NotReady: An input is missing.
        BadInput: The input cannot be used at all.
    """
    inputs = wanted(stage, platform, partition)
    found = _current(stage, platform, partition, inputs)
    if found is not None:
        return Outcome(found, changed=False)
    try:
        made = stage.make(platform, partition)
    except Exception as error:
        failed(stage, platform, partition, inputs, error)
        raise
    return keep(stage, platform, partition, inputs, made)


def keep(stage: Stage, platform: Platform, partition: str, inputs: dict[str, str], made: Made) -> Outcome:
    """Records what a stage made; what it left undone counts as a failure that is tried again."""
    record = Record(
        stage=stage.name, partition=partition, inputs=inputs, output=made.output, details=made.details
    )
    write_record(platform.store, record)
    if stage.settled(record):
        forget_failure(platform.store, stage.name, partition)
    else:
        note_failure(platform.store, stage.name, partition, inputs, "something is left undone", final=False)
    return Outcome(record, changed=True)


def failed(
    stage: Stage, platform: Platform, partition: str, inputs: dict[str, str], error: Exception
) -> None:
    """Records that a stage failed; bad input is not tried again before it has changed."""
    final = isinstance(error, BadInput)
    note_failure(platform.store, stage.name, partition, inputs, str(error), final=final)


def _current(stage: Stage, platform: Platform, partition: str, inputs: dict[str, str]) -> Record | None:
    record = current(platform.store, stage.name, partition, inputs)
    if record is None or not stage.settled(record):
        return None
    present = all(platform.store.exists(product) for product in stage.products(partition))
    return record if present else None


def output_of(store: Store, stage: str, partition: str = WHOLE) -> str:
    """Version of a product that another stage reads.

    Raises:
        NotReady: It was never made.
    """
    record = read_record(store, stage, partition)
    if record is None:
        where = stage if partition == WHOLE else f"{stage} of {partition}"
        raise NotReady(f"{where} has not been materialised yet; do that first")
    return record.output
