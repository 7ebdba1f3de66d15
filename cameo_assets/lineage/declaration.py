"""What a product of the graph is: everything that is said of it, said once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from cameo_assets.places import Place
from cameo_assets.provenance import WHOLE, Digest

if TYPE_CHECKING:
    from cameo_assets.lineage.job import Job
    from cameo_assets.lineage.shown import Shown
    from cameo_assets.lineage.snapshot import Snapshot

Partitions = Literal["corpus", "evaluation", ""]
"""One product for each corpus, for each evaluation, or a single one."""


class NotReady(Exception):  # noqa: N818 - nothing is wrong, something is only missing
    """An input of a product has not been made yet; the message says what to do first."""


class Setting(Enum):
    """What people put beside the products, and what a maker may declare to read of it."""

    LANDING = "landing"
    """The folder of the corpus in the landing zone, or the whole zone."""
    MODELS = "models"
    """The model files, in so far as they shape answers: followed as the asset `model_specs`."""
    MODEL_FILES = "model files"
    """The model files for display and for the list of evaluations."""
    LICENCES = "licences"
    """`licences.yaml`."""


class Read(msgspec.Struct, frozen=True):
    """A product that another one reads.

    Attributes:
        product: Its name.
        keys: Which of its partitions; by default the reader's own, or the only one there is.
        vouched_by: The product that names what is read by its content, as the collection names each recording
            by the MD5 of its samples. Then that product's version stands for it, and no lineage is drawn.
    """

    product: str
    keys: Callable[[Snapshot], Sequence[str]] | None = None
    vouched_by: str = ""


class KeepCurrent(msgspec.Struct, frozen=True):
    """Made by itself when its own upstream partition was.

    Attributes:
        following: The one upstream product whose updates count; by default all count.
        with_upstream: Whether it is made in the same run as its upstream partition.
    """

    following: str = ""
    with_upstream: bool = False


class WhenSettled(msgspec.Struct, frozen=True):
    """Made by itself once, after the last upstream partition that is under way.

    Attributes:
        following: As in `KeepCurrent`.
    """

    following: str = ""


class Made(msgspec.Struct, frozen=True):
    """What a maker made.

    Attributes:
        output: Version of the product: a hash of what is in it.
        details: Counts and the like, of the type that the product declares.
        files: What was written past the view, by path, such as the folder of a corpus's audio that worker
            processes fill; a folder's path ends in `/` (see `integrity.listing`).
        passing: What is of interest about this run alone, and is not kept, by name.
    """

    output: str
    details: msgspec.Struct
    files: Mapping[str, Digest] = {}
    passing: Mapping[str, float] = {}


class NoDetails(msgspec.Struct, frozen=True):
    """Nothing but the product itself."""


def _nothing(_snapshot: Snapshot, _partition: str) -> Mapping[str, str]:
    return {}


def _always(_details: Any) -> bool:
    return True


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product of the graph.

    Dagster's asset with its dependencies, checks and condition, the inputs that decide whether it is current,
    its place in the order, the steps of the demo and the lines of `cameo status` all follow from this.

    Attributes:
        name: Its key, with `/` between the parts.
        about: What it is, for people.
        group: Group of the UI.
        kinds: Labels of the UI.
        partitions: What it is made for.
        reads: All that its maker reads beside its own places.
        places: Where it lies. What it keeps there from an earlier time it may read as well.
        caches: Where its maker keeps what only saves time, and may be removed at any moment.
        code_version: To be raised when the maker makes something else from the same inputs.
        make: Writes it and says what it is.
        details: Type of the details that are kept in its record.
        show: What people see of it, and the results of its checks.
        checks: What is checked, by name.
        by_itself: When it is made without anybody asking; None where a sensor asks for it.
        also: Further versions that decide whether it is current, by name: of rules, of settings.
        settled: Whether a record of these details leaves nothing to do for the next run.
        verify: Paths of what is damaged in the folders of a partition; what the record has a digest of is
            compared anyway.
    """

    name: str
    about: str
    group: str
    kinds: tuple[str, ...]
    partitions: Partitions = ""
    reads: tuple[Read | Setting, ...] = ()
    places: tuple[Place, ...]
    caches: tuple[Place, ...] = ()
    code_version: str
    make: Callable[[Job], Made]
    details: type[msgspec.Struct] = NoDetails
    show: Callable[[Job, Any], Shown]
    checks: Mapping[str, str] = {}
    by_itself: KeepCurrent | WhenSettled | None
    also: Callable[[Snapshot, str], Mapping[str, str]] = _nothing
    settled: Callable[[Any], bool] = _always
    verify: Callable[[Job], Sequence[str]] | None = None

    @property
    def record(self) -> str:
        """Name of its records."""
        return self.name.replace("/", "_")

    @property
    def upstream(self) -> tuple[Read, ...]:
        """The products that it is made from."""
        return tuple(each for each in self.reads if isinstance(each, Read) and not each.vouched_by)

    @property
    def settings(self) -> frozenset[Setting]:
        """What it reads of people's files."""
        return frozenset(each for each in self.reads if isinstance(each, Setting))

    def named(self, partition: str = WHOLE) -> str:
        """The product of one partition, as records and messages name it."""
        return f"{self.name}/{partition}" if self.partitions else self.name
