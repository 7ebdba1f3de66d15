"""Models, corpora and records, resolved once for a run or a tick, and handed down from there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cameo_assets.corpora import landing
from cameo_assets.corpora import registry as registry_of_corpora
from cameo_assets.corpora.drop_in import is_drop_in
from cameo_assets.corpora.spec import SLUG, CorpusSpec
from cameo_assets.corpora.withdrawn import read_withdrawn
from cameo_assets.errors import BadInput
from cameo_assets.lineage.declaration import NotReady, Product
from cameo_assets.models.heartbeat import Heartbeat, quiet
from cameo_assets.models.registry import Registry, evaluations, load_all
from cameo_assets.places import RECORDS, WITHDRAWN
from cameo_assets.progress import Progress, silent
from cameo_assets.provenance import WHOLE, Details, Record, details_of, read_record, write_record
from cameo_assets.settings import Settings
from cameo_assets.store import Store

if TYPE_CHECKING:
    from cameo_assets.models.spec import Condition, ModelSpec

Kept = TypeVar("Kept")


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is, and who is told of progress.

    Attributes:
        store: Where the products are.
        landing: The landing zone, a local folder.
        workers: Processes for the normalisation of audio; 0 takes one for each core.
        compatible: Whether to leave out what publishers have and CAMEO has not.
        progress: Told how far a maker is.
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
        return cls(
            store=store,
            landing=Path(settings.landing) if settings.landing else Path(store.home) / "landing",
            workers=settings.workers,
            compatible=settings.compatible,
            progress=progress,
            heartbeat=heartbeat,
        )


class Snapshot:
    """The platform at one moment: each model file, folder and record is read once, when first asked for.

    What this process makes afterwards is in it too (see `keep`); what others make meanwhile is not.

    Args:
        platform: Where everything is.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.complaints: list[BadInput] = []
        """What was broken and counts as missing, such as records."""
        self._records: dict[tuple[str, str], Record | None] = {}
        self._memo: dict[Hashable, Any] = {}
        self._generation = 0

    @property
    def store(self) -> Store:
        """The whole store, for those who decide what is to be made."""
        return self.platform.store

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """The corpora that the maintainer took out of the benchmark; what cannot be read is complained of."""
        path = WITHDRAWN.of()
        if not self.store.exists(path):
            return frozenset()
        names, complaints = read_withdrawn(self.store.read_bytes(path))
        self.complaints += complaints
        return names

    def strangers(self) -> list[BadInput]:
        """Complaints about names in the list of the withdrawn that no corpus here has ever had."""
        names = {*registry_of_corpora.known(), *landing.corpora(self.platform.landing), *self._made("raw")}
        expected = "the name of a landing folder, such as crema_d"
        return [
            BadInput(WITHDRAWN.of(), "unknown_corpus", repr(name), expected)
            for name in sorted(self.withdrawn - names)
        ]

    @cached_property
    def landed(self) -> list[str]:
        """The corpora that lie in the landing zone, have a usable name and are not withdrawn, sorted."""
        zone = self.platform.landing
        names = [name for name in landing.corpora(zone) if SLUG.fullmatch(name)]
        known = registry_of_corpora.known()
        described = [name for name in names if name in known or is_drop_in(zone / name)]
        return sorted(set(described) - self.withdrawn)

    @property
    def normalized(self) -> list[str]:
        """The corpora that have been normalised at some time and are not withdrawn, sorted."""
        return sorted(set(self._made("normalized_audio")) - self.withdrawn)

    @property
    def corpora(self) -> list[str]:
        """All corpora that count: those that lie in the landing zone and those that were made from it."""
        return sorted({*self.landed, *self.normalized})

    @property
    def gone(self) -> list[str]:
        """Corpora of which the platform has all it needs, but whose landing folder is gone or unnamed."""
        return sorted(set(self.normalized) - set(self.landed))

    def spec_of(self, corpus: str) -> CorpusSpec:
        """The description of a corpus as its raw asset kept it.

        Raises:
            NotReady: Nothing was kept of a corpus that describes itself, or what was kept is damaged.
        """

        def read() -> CorpusSpec:
            if corpus in registry_of_corpora.known():
                return registry_of_corpora.known()[corpus]
            try:
                kept = landing.kept(self.store, corpus)
                if kept is not None:
                    return registry_of_corpora.spec_of(corpus, kept.description)
            except BadInput as error:
                self.complaints.append(error)
                self.mark_damaged("raw", corpus, str(error))
            raise NotReady(f"raw/{corpus} has not been materialised yet; do that first")

        return self.memo(("spec", corpus), read)

    @cached_property
    def registry(self) -> Registry:
        """All model specs, good and bad."""
        return load_all(self.store)

    @cached_property
    def evaluations(self) -> dict[str, tuple[ModelSpec, Condition]]:
        """The evaluations of all enabled models: key to spec and condition, sorted by key."""
        return evaluations(self.registry)

    def evaluation(self, key: str) -> tuple[ModelSpec, Condition]:
        """The spec and the condition of an evaluation.

        Raises:
            BadInput: No enabled model has this evaluation, or its spec is broken.
        """
        if key in self.evaluations:
            return self.evaluations[key]
        model = key.partition("@")[0]
        for error in self.registry.errors:
            if model in self.registry.broken and f"/{model}." in error.path:
                raise error
        raise BadInput(key, "unknown_evaluation", repr(key), f"one of {', '.join(self.evaluations)}")

    def partitions(self, product: Product) -> list[str]:
        """The partitions of a product that should be there now."""
        if product.partitions == "corpus":
            return self.corpora
        return list(self.evaluations) if product.partitions == "evaluation" else [WHOLE]

    def record(self, product: str, partition: str = WHOLE) -> Record | None:
        """The record of a product; None where it was never made, or where its record is broken."""
        place = (product.replace("/", "_"), partition)
        if place not in self._records:
            self._records[place] = read_record(self.store, *place, complaints=self.complaints)
        return self._records[place]

    def details(self, product: str, partition: str, kind: type[Details]) -> Details | None:
        """The typed details of a record; None where there is none, or where it is of another version."""
        record = self.record(product, partition)
        try:
            return None if record is None else details_of(record, kind)
        except msgspec.ValidationError:
            return None

    def version(self, product: str, partition: str = WHOLE) -> str:
        """The version of a product; empty where it was never made."""
        record = self.record(product, partition)
        return "" if record is None else record.output

    def output_of(self, product: str, partition: str = WHOLE) -> str:
        """The version of a product that another one reads.

        Raises:
            NotReady: It was never made.
        """
        record = self.record(product, partition)
        if record is None:
            where = product if partition == WHOLE else f"{product} of {partition}"
            raise NotReady(f"{where} has not been materialised yet; do that first")
        return record.output

    def keep(self, record: Record) -> None:
        """Writes a record, here and in the store."""
        write_record(self.store, record)
        self._records[record.product, record.partition] = record
        self._generation += 1

    def mark_damaged(self, product: str, partition: str, why: str) -> bool:
        """Has a product made anew because of what somebody found in it.

        Returns:
            Whether it was marked: not where it has been made anew meanwhile.
        """
        before = self.record(product, partition)
        self._records.pop((product.replace("/", "_"), partition), None)
        self._generation += 1
        now = self.record(product, partition)
        if now is None or before is None or now.made != before.made:
            return False
        self.keep(msgspec.structs.replace(now, damaged=why))
        return True

    def memo(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What was worked out from the records, once for as long as no record changes."""
        generation, found = self._memo.get(key, (-1, None))
        if generation != self._generation:
            found = make()
            self._memo[key] = (self._generation, found)
        kept: Kept = found
        return kept

    def _made(self, product: str) -> list[str]:
        """Partitions of a product that have a record, broken or not."""
        names = self.store.names(RECORDS.of("", product), suffix=".json")
        return [name.removesuffix(".json") for name in names]
