"""What one process of a normalisation does: chunks of clips, one after the other."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from cameo_assets.audio.inspect import refused
from cameo_assets.audio.journal import Entry
from cameo_assets.audio.normalize import normalize
from cameo_assets.audio.policy import AUDIO_VERSION, Policy
from cameo_assets.errors import BadInput
from cameo_assets.places import AUDIO
from cameo_assets.processes import die_with_parent
from cameo_assets.provenance import version_of
from cameo_assets.store import Store

if TYPE_CHECKING:
    from cameo_assets.corpora.source import Place
    from cameo_assets.corpora.spec import Utterance


class Reader(Protocol):
    """Where recordings come from, such as `corpora.source.Source`; must survive pickling."""

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises:
            BadInput: It cannot be read.
        """
        ...

    def place(self, path: str) -> Place:
        """Where a file lies, and what reading it takes."""
        ...

    def open(self, path: str) -> BinaryIO:
        """The same to seek in; `io.BytesIO` where there is no such file on the disk.

        Raises:
            BadInput: It cannot be read.
        """
        ...


class Worker:
    """Normalises clips into the store.

    Args:
        store: Takes the FLACs.
        source: Gives the recordings.
        policy: What is taken.
        allow_silent: Source names of the clips that may be silent.
    """

    def __init__(self, store: Store, source: Reader, policy: Policy, allow_silent: Collection[str]) -> None:
        self._store = store
        self._source = source
        self._policy = policy
        self._lenient = msgspec.structs.replace(policy, allow_silent=True)
        self._allow_silent = allow_silent
        self._open: tuple[str, bytes | BinaryIO] = ("", b"")

    def policy_of(self, utterance: Utterance) -> Policy:
        """The policy that holds for one utterance."""
        return self._lenient if utterance.source_name in self._allow_silent else self._policy

    def made_from(self, utterance: Utterance) -> str:
        """Version of all that decides what becomes of an utterance."""
        source = (utterance.source_path, utterance.source_version, utterance.span)
        return version_of(AUDIO_VERSION, source, self.policy_of(utterance))

    def run(self, chunk: Sequence[Utterance]) -> list[Entry]:
        """Normalises some clips; a bad one becomes a row that says so.

        Raises:
            OSError: A file cannot be read. A row would outlast the fault, as a clip is looked at only once.
        """
        try:
            return [self._one(utterance) for utterance in chunk]
        finally:
            self._close()

    def _one(self, utterance: Utterance) -> Entry:
        path = utterance.source_path
        try:
            recording = self._source.read(path) if utterance.span is None else self._opened(path)
            done = normalize(recording, path, self.policy_of(utterance), utterance.span)
            inspection = msgspec.structs.replace(done.inspection, file_id=utterance.file_id)
            size, sha256 = len(done.flac), hashlib.sha256(done.flac).hexdigest()
            place = AUDIO.of(utterance.corpus, utterance.file_id)
            self._store.write_bytes(done.flac, place, durable=False)
        except BadInput as error:
            if error.rule == "unreadable":
                advice = "what was done is kept; run again when the landing folder is there and at rest"
                raise OSError(f"{utterance.corpus}: {error}; {advice}") from error
            inspection, size, sha256 = refused(utterance.file_id, error), 0, ""
        except Exception as error:
            error.add_note(f"{utterance.corpus}: while normalising {path}")
            raise
        return Entry(
            inspection=inspection,
            source_version=utterance.source_version,
            made_from=self.made_from(utterance),
            bytes=size,
            sha256=sha256,
        )

    def _opened(self, path: str) -> bytes | BinaryIO:
        """Opens a long file once for all clips in a row that are parts of it."""
        if path != self._open[0]:
            self._close()
            self._open = ("", b"")  # lets go of the old file before the new one comes
            file = self._source.open(path)
            self._open = (path, file.getvalue() if isinstance(file, io.BytesIO) else file)
        return self._open[1]

    def _close(self) -> None:
        """Closes a file on the disk; one that had to be read into memory stays for more parts."""
        if not isinstance(self._open[1], bytes):
            self._open[1].close()
            self._open = ("", b"")


# A pool hands its processes nothing but a chunk at a time; what they share is sent once and kept here.
_worker: Worker | None = None


def start(worker: Worker) -> None:
    """Prepares a process of the pool."""
    global _worker
    _worker = worker
    die_with_parent()


def run(chunk: Sequence[Utterance]) -> list[Entry]:
    """Normalises a chunk in a process of the pool."""
    if _worker is None:
        raise RuntimeError("this process was not prepared by `start`")
    return _worker.run(chunk)
