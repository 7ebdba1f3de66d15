"""What the maker of one product is given: a limited store, its partition, and what it declared to read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cameo_assets.acquisition.acquire import by_hand, downloadable
from cameo_assets.corpora.drop_in import DESCRIPTION
from cameo_assets.corpora.registry import known
from cameo_assets.lineage.declaration import NotReady, Product, Read, Setting
from cameo_assets.lineage.snapshot import Snapshot
from cameo_assets.lineage.view import Readable, UndeclaredError, View
from cameo_assets.places import LICENCES, MODELS, Place
from cameo_assets.provenance import WHOLE, Details, Digest

if TYPE_CHECKING:
    from cameo_assets.corpora.spec import CorpusSpec
    from cameo_assets.models.registry import Registry
    from cameo_assets.models.spec import Condition, ModelSpec
    from cameo_assets.progress import Progress

_FILES = {Setting.LICENCES: LICENCES, Setting.MODELS: MODELS, Setting.MODEL_FILES: MODELS}


class Job:
    """One product of one partition, to be made or shown.

    Args:
        product: Its declaration.
        snapshot: The platform.
        partition: The partition.
        others: Partitions of the same model that are made together with it.
        anew: Whether a person asked to make it whatever its record says.
    """

    def __init__(
        self,
        product: Product,
        snapshot: Snapshot,
        partition: str = WHOLE,
        *,
        others: Sequence[str] = (),
        anew: bool = False,
    ) -> None:
        self.product, self.partition, self.anew = product, partition, anew
        self._snapshot, self._others = snapshot, tuple(others)

    @cached_property
    def store(self) -> View:
        """The store, limited to what the product declares."""
        own, caches = (
            [(place, partition) for partition in {self.partition, *self._others} for place in places]
            for places in (self.product.places, self.product.caches)
        )
        readable = [Readable(_FILES[each]) for each in self.product.settings if each in _FILES]
        for read in self.product.reads:
            if isinstance(read, Read):
                readable += self._readable(read)
        return View(self._snapshot.store.home, self.product.name, own, caches, readable)

    def _readable(self, read: Read) -> list[Readable]:
        """The places of a product that is read, each with the digests of what lies there."""
        product = _declared(read.product)
        partitions = self.partitions_of(read)
        places: dict[Place, dict[str, tuple[str, Digest]]] = {place: {} for place in product.places}
        for partition in partitions:
            record = self._snapshot.record(product.name, partition)
            for path, digest in (record.made if record else {}).items():
                for place, digests in places.items():
                    if place.holds(path, partition):
                        digests[path] = (partition, digest)
        # The slot of a model is filled by the first part of an evaluation's key.
        slots = (
            None
            if not product.partitions
            else frozenset(name for each in partitions for name in (each, each.partition("@")[0]))
        )
        return [Readable(place, product.name, slots, digests) for place, digests in places.items()]

    def partitions_of(self, read: Read) -> list[str]:
        """The partitions of a product that this job reads."""
        return partitions_of(read, self._snapshot, self.partition)

    def keys(self, product: str) -> list[str]:
        """The partitions of a product that this job reads, by its name."""
        return self.partitions_of(self._read(product))

    def details(self, product: str, kind: type[Details], partition: str | None = None) -> Details:
        """The typed details in the record of a product that this job reads.

        Raises:
            UndeclaredError: It does not declare to read it.
            NotReady: There is no record, or it is of another version of the platform.
        """
        read = self._read(product)
        partition = partition or self.partitions_of(read)[0]
        found = self._snapshot.details(product, partition, kind)
        if found is None:
            raise NotReady(f"{product} of {partition} has not been materialised yet; do that first")
        return found

    def version(self, product: str, partition: str | None = None) -> str:
        """The version of a product that this job reads; errors as for `details`."""
        read = self._read(product)
        return self._snapshot.output_of(product, partition or self.partitions_of(read)[0])

    @property
    def landing(self) -> Path:
        """The landing folder of the corpus.

        Raises:
            UndeclaredError: The product does not declare to read the landing zone.
            NotReady: The folder is not there.
        """
        self._demand(Setting.LANDING)
        folder = self._snapshot.platform.landing / self.partition
        if not folder.is_dir():
            raise NotReady(f"{folder} is not there: {remedy(self.partition, folder)}")
        return folder

    @property
    def spec(self) -> CorpusSpec:
        """The description of the corpus, as the raw asset kept it."""
        return self.spec_of(self.partition)

    def spec_of(self, corpus: str) -> CorpusSpec:
        """The description of a corpus that this job reads."""
        self._read("raw")
        return self._snapshot.spec_of(corpus)

    @property
    def evaluation(self) -> tuple[ModelSpec, Condition]:
        """The model and the condition of the evaluation."""
        return self.evaluation_of(self.partition)

    def evaluation_of(self, key: str) -> tuple[ModelSpec, Condition]:
        """The model and the condition of any evaluation."""
        self._demand(Setting.MODELS, Setting.MODEL_FILES)
        return self._snapshot.evaluation(key)

    @property
    def evaluations(self) -> dict[str, tuple[ModelSpec, Condition]]:
        """All evaluations of enabled models."""
        self._demand(Setting.MODELS, Setting.MODEL_FILES)
        return self._snapshot.evaluations

    @property
    def registry(self) -> Registry:
        """All model files, good and bad."""
        self._demand(Setting.MODELS, Setting.MODEL_FILES)
        return self._snapshot.registry

    @property
    def snapshot(self) -> Snapshot:
        """What decides which partitions are read; for the functions that `Read.keys` and `also` name."""
        return self._snapshot

    @property
    def progress(self) -> Progress:
        """Told how far the job is."""
        return self._snapshot.platform.progress

    @property
    def workers(self) -> int:
        """Processes that may be used; 0 takes one for each core."""
        return self._snapshot.platform.workers

    @property
    def compatible(self) -> bool:
        """Whether to leave out what publishers have and CAMEO has not."""
        return self._snapshot.platform.compatible

    def located(self, path: str) -> str:
        """The full path of a file or folder of the store, for people."""
        return str(self.store.path(path))

    def _read(self, product: str) -> Read:
        for each in self.product.reads:
            if isinstance(each, Read) and each.product == product:
                return each
        if product == self.product.name:
            return Read(product)
        raise UndeclaredError(f"{self.product.name} reads {product}, which it does not declare in `reads`")

    def _demand(self, *settings: Setting) -> None:
        if not self.product.settings.intersection(settings):
            words = " or ".join(each.value for each in settings)
            raise UndeclaredError(f"{self.product.name} reads {words}, which it does not declare in `reads`")


def partitions_of(read: Read, snapshot: Snapshot, partition: str) -> list[str]:
    """The partitions of a product that a reader of this partition reads."""
    if read.keys is not None:
        return list(read.keys(snapshot))
    return [partition if _declared(read.product).partitions else WHOLE]


def remedy(corpus: str, folder: Path) -> str:
    """How a person gets a corpus into its landing folder."""
    spec = known().get(corpus)
    if spec is None:
        return f"put a folder with corpus.yaml, metadata.jsonl and audio into {folder} (README)"
    by_itself = f"materialise raw/{corpus}, which downloads it; or " if downloadable(spec) else ""
    return by_itself + by_hand(spec, folder)


def gone(snapshot: Snapshot, corpus: str) -> str:
    """What is to be said of a corpus that was made and lies in the landing zone no more; else empty."""
    folder = snapshot.platform.landing / corpus
    if corpus not in snapshot.gone:
        return ""
    what = f"it has no {DESCRIPTION} any more" if folder.is_dir() else "it is not there any more"
    return (
        f"{folder}: {what}. What was made of it stays on the board and cannot be made anew; put it back, or "
        "name the corpus in withdrawn.txt"
    )


def _declared(name: str) -> Product:
    from cameo_assets.products import products

    return products()[name]
