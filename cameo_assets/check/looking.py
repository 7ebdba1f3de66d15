"""Looks at a copy of a corpus: which one it is, what it holds, and on demand what it sounds like."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cameo_assets.corpora.listing import look_through, no_clips
from cameo_assets.corpora.recognise import corpus_at
from cameo_assets.corpora.report import FoundArchive, Report, archives, report
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CorpusSpec, Utterance
from cameo_assets.errors import BadInput, Refusal
from cameo_assets.progress import Progress

if TYPE_CHECKING:
    from cameo_assets.audio.hearing import Heard


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a corpus file declares for people to read; see `CorpusSpec`."""

    slug: str
    name: str
    language: str
    licence: str
    licence_doubt: str
    homepage: str
    doi: str
    obtain: str
    citation: str
    defects: tuple[str, ...]


class Checked(msgspec.Struct, kw_only=True):
    """All that is known of a copy.

    Attributes:
        path: Where it lies.
        about: The corpus; None where nothing says which one it is.
        archives: Files that bear the name of a published archive.
        report: What it holds; None where nothing can be listed.
        sound: What came out of decoding it; None where that was not asked for.
        error: Why nothing can be used.
    """

    path: str
    about: About | None = None
    archives: tuple[FoundArchive, ...] = ()
    report: Report | None = None
    sound: Heard | None = None
    error: Refusal | None = None

    @property
    def usable(self) -> bool:
        """Whether there is at least one recording that can be used, as far as anybody looked."""
        return self.error is None and (self.sound is None or self.sound.taken > 0)


def look(path: Path, name: str = "", *, audio: bool = False, progress: Progress | None = None) -> Checked:
    """Looks at a copy of a corpus.

    Args:
        path: A folder, or an archive by itself.
        name: Of the corpus, as `corpora.recognise.corpus_at` takes it.
        audio: Whether to decode every recording.
        progress: Told about hashing and decoding.
    """
    checked = Checked(path=str(path))
    try:
        with _as_folder(path) as folder:
            source = Source(folder)
            spec = corpus_at(source, name)
            checked.about = msgspec.convert(spec, About, from_attributes=True)
            checked.archives = archives(spec, source, progress)
            listing = look_through(spec, source)
            checked.report = report(spec, listing)
            if not listing.utterances:
                raise no_clips(spec, source, listing)
            if audio:
                checked.sound = _hear(spec, source, listing.utterances, progress)
    except BadInput as error:
        checked.error = error.refusal("")
    return checked


def _hear(
    spec: CorpusSpec, source: Source, utterances: tuple[Utterance, ...], progress: Progress | None
) -> Heard:
    from cameo_assets.audio.hearing import hear

    return hear(source, utterances, allow_silent=spec.allow_silent, progress=progress)


@contextmanager
def _as_folder(path: Path) -> Iterator[Path]:
    """The folder itself, or for a single file a folder of the same name that holds nothing else."""
    path = path.resolve()
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / path.name
        folder.mkdir()
        (folder / path.name).symlink_to(path)
        yield folder
