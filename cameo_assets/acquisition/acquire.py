"""Fetches a corpus that is openly downloadable into the landing zone, as a whole or not at all.

Files are downloaded and verified in `<landing>/.downloads/<corpus>/`, which nothing else looks into, and
appear in the landing zone by a rename. What a person has laid there is never touched.
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from cameo_assets.acquisition.download import download, require_room
from cameo_assets.acquisition.published import Receipt, wanted_of
from cameo_assets.acquisition.web import Web
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Archive, CorpusSpec
from cameo_assets.corpora.spelling import composed
from cameo_assets.corpora.walking import walk
from cameo_assets.errors import BadInput
from cameo_assets.progress import Progress

ASIDE: Final = ".downloads"
_RECEIPTS: Final = "receipts.json"
_SECONDS_BETWEEN_WORDS: Final = 1.0
_MB: Final = 10**6


def downloadable(spec: CorpusSpec) -> bool:
    """Whether all that is needed of a corpus can be fetched without a person."""
    needed = _needed(spec)
    return bool(needed) and all(archive.url or archive.record for archive in needed)


def by_hand(spec: CorpusSpec, folder: Path) -> str:
    """What a person has to fetch, and where to put it."""
    where = f" ({spec.homepage})" if spec.homepage else ""
    return f"by hand: put {spec.obtain or 'the files as published'}{where} into {folder}"


def lacking(spec: CorpusSpec, folder: Path) -> list[Archive]:
    """The published files to download; none where the folder holds anything else but some of them.

    Unpacked files, another version, a spoken sample or a person's partial copy are left as they are.
    """
    needed = _needed(spec)
    if not folder.is_dir():
        return needed
    names = {composed(archive.name) for archive in needed}
    there = set()
    for path, entry in walk(folder):
        if isinstance(entry, os.stat_result) and composed(path) in names:
            there.add(composed(path))
        elif entry is not None:
            return []
    if there and Source(folder).is_sample:
        return []
    return [archive for archive in needed if composed(archive.name) not in there]


def acquire(
    spec: CorpusSpec, landing: Path, progress: Progress | None = None, web: Web | None = None
) -> list[Receipt]:
    """Downloads what a corpus lacks.

    Args:
        spec: The corpus.
        landing: The landing zone.
        progress: Told how far it is, in MB of what this call has to fetch.
        web: How patient to be.

    Returns:
        What was downloaded; nothing where nothing was lacking or a person has to fetch it.

    Raises:
        BadInput: A file could not be fetched or is not the published one; the disk is full or cannot be
            written to; or another process is at it.
    """
    folder = landing / spec.slug
    missing = lacking(spec, folder)
    if not missing or not downloadable(spec):
        return []
    aside = landing / ASIDE / spec.slug
    try:
        (aside / "ready").mkdir(parents=True, exist_ok=True)
        with _alone(aside):
            # Another process may have finished just before.
            missing = lacking(spec, folder)
            return _fetch_all(spec, missing, folder, aside, progress, web or Web()) if missing else []
    except OSError as error:
        seen = error.strerror or str(error)
        raise BadInput(str(error.filename or aside), "unwritable", seen, by_hand(spec, folder)) from error


def receipts(landing: Path, corpus: str) -> dict[str, Receipt]:
    """What was ever downloaded of a corpus, by file name."""
    try:
        data = (landing / ASIDE / corpus / _RECEIPTS).read_bytes()
        return {found.name: found for found in msgspec.json.decode(data, type=list[Receipt])}
    except (OSError, msgspec.DecodeError):
        return {}  # they are for information; without them, what lies there counts as laid by a person


def _needed(spec: CorpusSpec) -> list[Archive]:
    return [archive for archive in spec.archives if not archive.optional]


def _fetch_all(
    spec: CorpusSpec,
    missing: list[Archive],
    folder: Path,
    aside: Path,
    progress: Progress | None,
    web: Web,
) -> list[Receipt]:
    hint = by_hand(spec, folder)
    telling = _Telling(progress)
    web = msgspec.structs.replace(web, tell=telling.say)
    ready = aside / "ready"
    known = receipts(aside.parent.parent, spec.slug)
    for path in ready.iterdir():
        if path.name not in {archive.name for archive in missing}:
            path.unlink()  # of an earlier call that ended; the corpus file or the landing folder has changed
    todo = [archive for archive in missing if not _is_ready(ready / archive.name, known)]
    wanted = [wanted_of(archive, web, hint) for archive in todo]
    telling.sizes = {each.name: each.size for each in wanted}
    parts = {each.name: aside / f"{each.name}.part" for each in wanted}
    there = sum(part.stat().st_size for part in parts.values() if part.exists())
    require_room(aside, sum(each.size or 0 for each in wanted) - there, f"{spec.name}; {hint}")
    for each in wanted:
        receipt = download(each, parts[each.name], web, telling.about(each.name))
        known[each.name] = receipt
        _write(aside / _RECEIPTS, msgspec.json.encode(list(known.values())))
        parts[each.name].replace(ready / each.name)
        parts[each.name].with_name(parts[each.name].name + ".json").unlink(missing_ok=True)
        telling.finished(each.name, receipt.size)
    if lacking(spec, folder) != missing:
        seen = f"other files than before the download, which is in {ready}"
        raise BadInput(str(folder), "laid_meanwhile", seen, "a folder that nobody copies to meanwhile")
    _land(ready, folder, [archive.name for archive in missing])
    return [known[archive.name] for archive in missing]


def _is_ready(path: Path, known: dict[str, Receipt]) -> bool:
    """Whether a file was verified by an earlier call that ended before all were."""
    return path.is_file() and path.name in known and path.stat().st_size == known[path.name].size


class _Telling:
    """Turns bytes of single files into progress over all of them, counting what comes now only.

    What an earlier call had fetched is left out, or it would look like speed.

    Attributes:
        sizes: Bytes of each file, None where unknown.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.sizes: dict[str, int | None] = {}
        self._before: dict[str, int] = {}
        self._now: dict[str, int] = {}
        self._last = time.monotonic()
        self._last_bytes = 0

    def about(self, name: str) -> Callable[[int, int | None], None]:
        """The teller for one file."""

        def tell(done: int, size: int | None) -> None:
            self.sizes[name] = size
            if done < self._before.get(name, done + 1):
                self._before[name] = done
            self._now[name] = done - self._before[name]
            now = time.monotonic()
            if now - self._last >= _SECONDS_BETWEEN_WORDS:
                self._speed(name, now)

        return tell

    def finished(self, name: str, size: int) -> None:
        """To be called when a file is whole and verified."""
        self.sizes[name] = size
        self._now[name] = size - self._before.setdefault(name, size)
        self._speed(name, time.monotonic())

    def _speed(self, name: str, now: float) -> None:
        got = sum(self._now.values())
        rate = max(0, got - self._last_bytes) / max(now - self._last, 1e-9) / _MB
        self._last, self._last_bytes = now, got
        self.say(f"{name} at {rate:.1f} MB/s")

    def say(self, text: str) -> None:
        """Passes a word on, with how far all is."""
        if self._progress is None:
            return
        sizes = [size for size in self.sizes.values() if size is not None]
        unknown = len(sizes) < len(self.sizes)
        total = 0 if unknown else sum(sizes) - sum(self._before.values())
        # Rounded up, so that what is smaller than a MB is not taken for unknown.
        self._progress(-(-sum(self._now.values()) // _MB), -(-total // _MB), f"MB; {text}")


def _land(ready: Path, folder: Path, names: list[str]) -> None:
    """Moves verified files into the landing zone: all at once where there is no folder yet."""
    _sync(ready)
    try:
        ready.rename(folder)
    except OSError:
        # It is there already, with some of the files in it, or lies on another disk.
        folder.mkdir(exist_ok=True)
        for name in names:
            _move(ready / name, folder / name)
    _sync(folder.parent)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        aside = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, aside)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.rename(target)
        source.unlink()


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        file.write(data)
        os.fsync(file.fileno())
    aside.replace(path)


def _sync(folder: Path) -> None:
    """Makes renames in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(aside: Path) -> Iterator[None]:
    """Keeps a second process out; the system lets go of the lock when its holder dies, however it dies."""
    import fcntl

    with (aside / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            seen = f"another download of it under way ({file.read() or 'of unknown process'})"
            expected = "one at a time; wait for it to end"
            raise BadInput(str(aside), "under_way", seen, expected) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}")
        file.flush()
        yield
