"""Making a product: not at all while it is current, and with a line that says why where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.failures import forget_failure, note_failure
from cameo_assets.lineage.declaration import Made, NotReady, Product, Read
from cameo_assets.lineage.integrity import absent, damaged
from cameo_assets.lineage.job import Job, partitions_of
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.view import DamagedError
from cameo_assets.provenance import FORMAT, WHOLE, Digest, Record, details_of


class Outcome(msgspec.Struct, frozen=True):
    """What running a product came to.

    Attributes:
        record: The record that holds now.
        details: Its details, typed as the product declares.
        why: Why it was made; empty where it was current.
        passing: What is of interest about this run alone (see `Made`).
    """

    record: Record
    details: Any
    why: str = ""
    passing: Mapping[str, float] = {}

    @property
    def changed(self) -> bool:
        """Whether anything had to be made."""
        return bool(self.why)


def wanted(product: Product, snapshot: Snapshot, partition: str = WHOLE) -> dict[str, str]:
    """The inputs that a current product would have been made from, the version of its code among them.

    Raises:
        NotReady: An input is missing, or two inputs do not belong together.
        BadInput: A setting that decides cannot be used.
    """
    inputs = {"code": product.code_version}
    for read in product.upstream:
        for each in partitions_of(read, snapshot, partition):
            inputs[_name(read, each)] = snapshot.output_of(read.product, each)
    for read in product.upstream:
        for each in partitions_of(read, snapshot, partition):
            _demand_agreement(snapshot, read, each, inputs)
    return {**inputs, **product.also(snapshot, partition)}


def _name(read: Read, partition: str) -> str:
    return read.product if partition == WHOLE else f"{read.product}/{partition}"


def _demand_agreement(snapshot: Snapshot, read: Read, partition: str, inputs: Mapping[str, str]) -> None:
    """What is read beside something else must have been made from that, and not from an earlier version."""
    record = snapshot.record(read.product, partition)
    for name, version in (record.inputs if record else {}).items():
        if name != "code" and name in inputs and inputs[name] != version:
            where = read.product if partition == WHOLE else f"{read.product} of {partition}"
            raise NotReady(f"{where} is of an earlier version of {name}; materialise it first")


def reason_to_make(product: Product, snapshot: Snapshot, partition: str, inputs: Mapping[str, str]) -> str:
    """Why a product is to be made, in words; empty where it is current."""
    record = snapshot.record(product.name, partition)
    if record is None:
        return "there is no record of it"
    if record.format != FORMAT:
        return "its record is of an earlier version of the platform"
    if record.inputs != dict(inputs):
        return f"changed: {', '.join(_differences(record.inputs, inputs))}"
    if record.damaged:
        return record.damaged
    try:
        if not product.settled(details_of(record, product.details)):
            return "something was left undone"
    except msgspec.ValidationError:
        return "its record is of an earlier version of the platform"
    return absent(snapshot.store, record)


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def is_current(product: Product, snapshot: Snapshot, partition: str = WHOLE) -> bool:
    """Whether a product was made from the inputs of now, and what was made is there.

    Raises:
        NotReady: An input is missing.
    """
    return not reason_to_make(product, snapshot, partition, wanted(product, snapshot, partition))


def current(product: Product, snapshot: Snapshot, partition: str) -> Outcome:
    """What the record of a current product says."""
    record = snapshot.record(product.name, partition)
    assert record is not None  # it is current
    return Outcome(record, details_of(record, product.details))


def run(product: Product, snapshot: Snapshot, partition: str = WHOLE, *, anew: bool = False) -> Outcome:
    """Makes a product, unless it is current.

    Args:
        product: What.
        snapshot: Of the platform; knows what was made afterwards.
        partition: Of which corpus or evaluation.
        anew: Whether to make it whatever its record says.

    Raises:
        NotReady: An input is missing.
        BadInput: The input cannot be used at all.
        DamagedError: An input is damaged; it counts as out of date from now on.
    """
    inputs = wanted(product, snapshot, partition)
    why = "asked for anew" if anew else reason_to_make(product, snapshot, partition, inputs)
    if not why:
        return current(product, snapshot, partition)
    job = Job(product, snapshot, partition, anew=anew)
    try:
        made = product.make(job)
    except Exception as error:
        failed(product, snapshot, partition, inputs, error)
        raise
    return keep(product, snapshot, partition, inputs, made, job.store.made, why)


def keep(
    product: Product,
    snapshot: Snapshot,
    partition: str,
    inputs: dict[str, str],
    made: Made,
    written: Mapping[str, Digest],
    why: str,
) -> Outcome:
    """Records what was made; what is left undone counts as a failure that is tried again."""
    folders = tuple(path for path in made.files if path.endswith("/"))
    files = {path: digest for path, digest in written.items() if not path.startswith(folders or ("\0",))}
    record = Record(
        product=product.record,
        partition=partition,
        inputs=inputs,
        output=made.output,
        details=msgspec.to_builtins(made.details),
        made=dict(sorted({**files, **made.files}.items())),
        format=FORMAT,
    )
    snapshot.keep(record)
    if product.settled(made.details):
        forget_failure(snapshot.store, product.record, partition)
    else:
        note_failure(
            snapshot.store, product.record, partition, inputs, "something is left undone", final=False
        )
    return Outcome(record, made.details, why, made.passing)


def failed(
    product: Product, snapshot: Snapshot, partition: str, inputs: dict[str, str], error: Exception
) -> None:
    """Notes that a product failed; bad input is not tried again before it has changed.

    A damaged input is marked, so that it is made anew before this is tried again.
    """
    if isinstance(error, DamagedError):
        snapshot.mark_damaged(error.product, error.partition, str(error))
    final = isinstance(error, BadInput)
    try:
        note_failure(snapshot.store, product.record, partition, inputs, str(error), final=final)
    except OSError as second:  # as on a full or read-only disk, where the first error says more
        error.add_note(f"and that could not be noted: {second}")


def verify(product: Product, snapshot: Snapshot, partition: str = WHOLE) -> list[str]:
    """Reads every byte of a product; what is damaged is made anew by whoever looks for what is out of date.

    Returns:
        What is damaged, in words; nothing of a product that was never made.
    """
    record = snapshot.record(product.name, partition)
    if record is None:
        return []
    found = damaged(snapshot.store, record)
    if product.verify is not None:
        found += product.verify(Job(product, snapshot, partition))
    if found and not record.damaged:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        snapshot.mark_damaged(product.name, partition, f"damaged: {'; '.join(found[:3])}{more}")
    return found
