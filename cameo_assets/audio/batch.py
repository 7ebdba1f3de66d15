"""Normalises a corpus: on all cores, and never the same clip twice."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.audio.inspect import Inspection
from cameo_assets.audio.journal import Entry, Journal, read_inspections, settle
from cameo_assets.audio.policy import Policy
from cameo_assets.audio.worker import Reader, Worker
from cameo_assets.places import AUDIO
from cameo_assets.processes import cores
from cameo_assets.progress import Progress
from cameo_assets.store import Store

if TYPE_CHECKING:
    from cameo_assets.corpora.source import Place
    from cameo_assets.corpora.spec import Utterance

__all__ = ["WorkerError", "normalize_corpus", "read_inspections", "run_all"]

_CHUNK: Final = 48
_MOST_HELD: Final = 2**30
"""Bytes of archives that all processes together may hold. Some are read in pieces of many clips, such as a
Parquet table of one row group."""
_INLINE: Final = 200
"""Up to so many clips, starting processes takes longer than they save."""


class WorkerError(RuntimeError):
    """A process of the pool was killed, most often because memory ran out."""


def normalize_corpus(
    store: Store,
    source: Reader,
    utterances: Sequence[Utterance],
    *,
    policy: Policy | None = None,
    allow_silent: Collection[str] = frozenset(),
    workers: int = 0,
    progress: Progress | None = None,
    anew: bool = False,
) -> list[Inspection]:
    """Makes the FLACs and the inspection table of a corpus.

    Clips that were made from the same source by the same code under the same policy, and whose FLAC is whole,
    are left as they are. A run that was killed goes on where it stopped. FLACs that no utterance has any more
    are removed.

    Args:
        store: Takes `audio/<corpus>/` and `inspection/<corpus>.parquet`.
        source: Gives the recordings.
        utterances: All of one corpus, at least one.
        policy: What is taken.
        allow_silent: Source names of the clips that may be silent.
        workers: Processes; 0 takes one for each core.
        progress: Told after every few clips.
        anew: Whether to leave none as it is.

    Returns:
        One inspection for each utterance, sorted by file id.

    Raises:
        ValueError: No utterance, one of them twice, or more than one corpus.
        WorkerError: A process was killed; what was done is kept.
        OSError: A file cannot be read any more; what was done is kept.
    """
    corpus = _corpus_of(utterances)
    tell = progress or (lambda _done, _total, _message: None)
    worker = Worker(store, source, policy or Policy(), frozenset(allow_silent))
    journal = Journal(store, corpus)
    known = {} if anew else journal.known()
    entries = _still_true(known, worker, utterances, store)
    reused = len(entries)
    todo = [utterance for utterance in utterances if utterance.file_id not in entries]
    if todo:
        journal.begin(entries.values())
    for done in run_all(worker, source, todo, workers):
        settle(store, corpus, [entry.inspection.file_id for entry in done if entry.bytes])
        journal.append(done)
        entries |= {entry.inspection.file_id: entry for entry in done}
        tell(len(entries), len(utterances), _sentence(entries, reused))
    journal.finish(entries.values())
    _remove_others(store, corpus, entries)
    tell(len(entries), len(utterances), _sentence(entries, reused))
    return [entries[file_id].inspection for file_id in sorted(entries)]


def _corpus_of(utterances: Sequence[Utterance]) -> str:
    corpora = {utterance.corpus for utterance in utterances}
    if len(corpora) != 1:
        raise ValueError(f"utterances of one corpus are expected, not of {sorted(corpora) or 'none'}")
    counts = Counter(utterance.file_id for utterance in utterances)
    twice = [file_id for file_id, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"{len(twice)} utterances are listed more than once, among them {twice[0]}")
    return corpora.pop()


def _still_true(
    known: dict[str, Entry], worker: Worker, utterances: Sequence[Utterance], store: Store
) -> dict[str, Entry]:
    """The entries that would come out the same again, and whose FLAC is there and whole."""
    sizes = _sizes(store, _corpus_of(utterances)) if known else {}
    kept = {}
    for utterance in utterances:
        entry = known.get(utterance.file_id)
        if entry is None or entry.made_from != worker.made_from(utterance):
            continue
        if entry.inspection.status == "refused":
            kept[utterance.file_id] = entry
        elif sizes.get(utterance.file_id) == entry.bytes and (digest := _whole(store, utterance, entry)):
            kept[utterance.file_id] = msgspec.structs.replace(entry, sha256=digest)
    return kept


def _whole(store: Store, utterance: Utterance, entry: Entry) -> str:
    """The digest of a FLAC that is what its entry says; empty where it is not."""
    path = AUDIO.of(utterance.corpus, utterance.file_id)
    digest = hashlib.sha256(store.read_bytes(path)).hexdigest()
    if entry.sha256:
        return digest if digest == entry.sha256 else ""
    # An entry of an earlier version has no digest: the samples themselves say whether it is that recording.
    from cameo_assets.audio.stored import DamagedAudioError, read_stored

    try:
        read_stored(str(store.path(path)), entry.inspection.pcm_md5)
    except DamagedAudioError:
        return ""
    return digest


def _sort_for_reading(utterances: list[Utterance], places: Mapping[str, Place]) -> None:
    """Sorts so that parts of one file are neighbours, and that no archive is read backwards.

    A compressed tar can only be read forwards. Chunks are handed out in this order, so that each process goes
    through it once, whatever the names of its members.
    """

    def key(utterance: Utterance) -> tuple[Place, str, tuple[float, float]]:
        return places[utterance.source_path], utterance.source_path, utterance.span or (0.0, 0.0)

    utterances.sort(key=key)


def _sizes(store: Store, corpus: str) -> dict[str, int]:
    """Size of each FLAC of a corpus, by name, with one listing of the folder."""
    folder = store.path(AUDIO.of(corpus))
    if not folder.is_dir():
        return {}
    if isinstance(folder, Path):
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries}
    listed = folder.fs.ls(folder.path, detail=True)
    return {entry["name"].rpartition("/")[2]: entry["size"] for entry in listed}


def run_all(
    worker: Worker, source: Reader, utterances: Collection[Utterance], workers: int = 0
) -> Iterator[list[Entry]]:
    """Has a worker look at utterances of one corpus, in this process or, where they are many, in several.

    Args:
        worker: Sent to each process once.
        source: Where the worker reads; says in which order that is cheap.
        utterances: Of one corpus.
        workers: Processes at most; 0 takes one for each core.

    Yields:
        What is done, chunk by chunk, in no particular order.

    Raises:
        WorkerError: A process was killed.
    """
    todo = list(utterances)
    places = {path: source.place(path) for path in {utterance.source_path for utterance in todo}}
    _sort_for_reading(todo, places)
    chunks = [todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK)]
    held = max((place.held for place in places.values()), default=0)
    processes = min(workers or cores(), len(chunks), _MOST_HELD // max(held, 1))
    if processes <= 1 or len(todo) <= _INLINE:
        yield from map(worker.run, chunks)
    else:
        yield from _run_pool(worker, todo[0].corpus, chunks, processes)


def _run_pool(
    worker: Worker, corpus: str, chunks: list[list[Utterance]], processes: int
) -> Iterator[list[Entry]]:
    """Runs chunks in processes; a few wait in line, so that a stop is quick and memory stays bounded."""
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    from cameo_assets.audio import worker as process

    waiting = iter(chunks)
    running: dict[Future[list[Entry]], list[Utterance]] = {}
    # Not a fork: the threads of an orchestrator hold locks that a fork would copy locked.
    with ProcessPoolExecutor(processes, get_context("spawn"), process.start, (worker,)) as pool:
        try:
            while True:
                while len(running) < 2 * processes and (chunk := next(waiting, None)):
                    running[pool.submit(process.run, chunk)] = chunk
                if not running:
                    return
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                # All that is there is journalled at once, so that many processes do not wait for the disk.
                done = [future for future in finished if future.exception() is None]
                for future in done:
                    del running[future]
                if done:
                    yield [entry for future in done for entry in future.result()]
                for future in finished:
                    future.result()  # raises what the others raised
        except BrokenProcessPool as error:
            raise WorkerError(_obituary(corpus, running.values())) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _obituary(corpus: str, chunks: Collection[Sequence[Utterance]]) -> str:
    ranges = ", ".join(f"{chunk[0].source_path} to {chunk[-1].source_path}" for chunk in chunks)
    return (
        f"{corpus}: a process that normalises audio was killed, most likely because memory ran out. At work "
        f"or in line were {ranges}. What was done before is kept; run again, with fewer processes "
        "(CAMEO_WORKERS) if it comes back."
    )


def _remove_others(store: Store, corpus: str, entries: dict[str, Entry]) -> None:
    """Removes FLACs of utterances that are refused now, or not listed any more."""
    taken = {file_id for file_id, entry in entries.items() if entry.inspection.status == "ok"}
    for name in store.names(AUDIO.of(corpus)):
        if name not in taken:
            store.remove(AUDIO.of(corpus, name))


def _sentence(entries: dict[str, Entry], reused: int) -> str:
    refusals = sum(entry.inspection.status == "refused" for entry in entries.values())
    return f"{len(entries) - reused} looked at, {reused} as before; of all these {refusals} refused"
