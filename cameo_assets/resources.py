"""The one resource: where the platform keeps its data, and how it shows progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.settings import Settings

if TYPE_CHECKING:
    from cameo_assets.lineage.snapshot import Platform, Snapshot
    from cameo_assets.models.heartbeat import Heartbeat
    from cameo_assets.progress import Progress

SECONDS_BETWEEN_LINES = 5.0


class Cameo(dg.ConfigurableResource):
    """Store, landing zone and progress.

    Attributes:
        home: Folder or fsspec URL of the store.
        landing: Local folder of the landing zone; empty for `landing` in the home.
        workers: Processes for the normalisation of audio; 0 takes one for each core.
        compatible: Whether to leave out what publishers have and CAMEO has not.
        bars: Whether to draw progress bars on the terminal instead of logging a line now and then.
    """

    home: str
    landing: str = ""
    workers: int = 0
    compatible: bool = False
    bars: bool = False

    @classmethod
    def from_environment(cls, *, bars: bool = False) -> Cameo:
        """The resource that the environment describes."""
        found = Settings.from_environment()
        return cls(
            home=found.home,
            landing=found.landing,
            workers=found.workers,
            compatible=found.compatible,
            bars=bars,
        )

    def platform(self, context: Any = None, heartbeat: Heartbeat | None = None) -> Platform:
        """Where everything is, and who is told of progress.

        Args:
            context: Dagster's execution context, whose log gets a line of progress every few seconds.
            heartbeat: Told how an evaluation is doing; it writes the log then, and progress does not.
        """
        from cameo_assets.lineage.snapshot import Platform
        from cameo_assets.models.heartbeat import quiet
        from cameo_assets.progress import silent

        settings = Settings(
            home=self.home, landing=self.landing, workers=self.workers, compatible=self.compatible
        )
        if self.bars:
            from cameo_assets.terminal import ProgressBar

            return Platform.of(settings, ProgressBar(), heartbeat or quiet)
        logs = context is not None and heartbeat is None
        return Platform.of(settings, log_progress(context.log.info) if logs else silent, heartbeat or quiet)

    def snapshot(self, context: Any = None, heartbeat: Heartbeat | None = None) -> Snapshot:
        """The platform at this moment, resolved once for a run or a tick; arguments as for `platform`."""
        from cameo_assets.lineage.snapshot import Snapshot

        return Snapshot(self.platform(context, heartbeat))


def log_progress(write: Callable[[str], object]) -> Progress:
    """A progress that writes a line with rate and time left every few seconds, and one at the end.

    A total of 0 stands for an unknown one.
    """
    started = last = time.monotonic()

    def show(done: int, total: int, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < SECONDS_BETWEEN_LINES and (done < total or not total):
            return
        last = now
        rate = done / max(now - started, 1e-9)
        if not total:
            write(f"{done} ({rate:.1f}/s) {text}")
            return
        left = (total - done) / rate if rate else float("inf")
        write(f"{done} of {total} ({rate:.1f}/s, {left:.0f} s left) {text}")

    return show
