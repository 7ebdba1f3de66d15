"""Copies of corpora without sound: file names and side tables are all that the corpus files read."""

from __future__ import annotations

import gzip
import io
import itertools
import lzma
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from cameo_assets.corpora.crema_d import ACTORS, SENTENCES
from cameo_assets.corpora.listing import Listing, list_corpus
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import CorpusSpec, Utterance
from cameo_assets.samples.rar import rar

REAL = Path(__file__).parents[2] / "../shared/real_corpora"

Files = dict[str, bytes]


def real(*parts: str) -> Path:
    """A file of a real corpus; skips where these are absent."""
    path = REAL.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs the real corpora: {'/'.join(parts)}")
    return path


def lay(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files by path; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)  # by its name alone, it would carry the time of day
    return sink.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """The files as a tar."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def listing(spec: CorpusSpec, folder: Path, files: Mapping[str, bytes]) -> Listing:
    """Lays the files and lists them."""
    return list_corpus(spec, Source(lay(folder, files)))


def only(found: Listing) -> Utterance:
    """The one utterance that there is."""
    (utterance,) = found.utterances
    return utterance


def speakers(found: Listing) -> Counter[str | None]:
    """Number of speakers by gender."""
    return Counter(dict({(u.speaker_id, u.gender) for u in found.utterances}).values())


def facts(found: Listing) -> list[tuple[object, ...]]:
    """All that is known of the utterances but where they lie."""
    hidden = ("source_path", "source_version")
    fields = [field for field in found.utterances[0].__struct_fields__ if field not in hidden]
    return [tuple(getattr(u, field) for field in fields) for u in found.utterances]


def refused(found: Listing) -> dict[str, str]:
    """Rule by path."""
    return {refusal.path: refusal.rule for refusal in found.refusals}


# The publishers' layouts.


def ravdess_names() -> list[str]:
    """All 1,440 paths of the speech archive."""
    combinations = itertools.product(range(1, 25), range(1, 9), (1, 2), (1, 2), (1, 2))
    return [
        f"Actor_{actor:02d}/03-01-{emotion:02d}-{level:02d}-{sentence:02d}-{repetition:02d}-{actor:02d}.wav"
        for actor, emotion, level, sentence, repetition in combinations
        if (emotion, level) != (1, 2)
    ]


def crema_d_stems() -> list[str]:
    """All 7,442 stems: the grid without the twenty that were never published."""
    actors = [fact.split(":")[0] for fact in ACTORS.split()]
    missing = ("1002_TIE_NEU", "1008_WSI_", "1009_MTI_", "1019_ITH_", "1076_ITS_NEU")
    grid = [
        f"{actor}_{sentence}_{emotion}_{level}"
        for actor, sentence, emotion in itertools.product(
            actors, SENTENCES, ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
        )
        for level in (("LO", "MD", "HI") if sentence == "IEO" and emotion != "NEU" else ("XX",))
    ]
    return [stem for stem in grid if not stem.startswith(missing)]


def soundless(paths: Iterable[str]) -> Files:
    """Empty files of these paths."""
    return dict.fromkeys(paths, b"")


NEMO_HEADER = "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage"


def nemo_row(stem: str, speaker: str = "", emotion: str = "", text: str = "Tak.") -> str:
    """A row as published, eight blanks included."""
    native, label, _ = stem.split("_")
    return f"{stem}.wav\t{emotion or label}\t{text}\ttak\t        {speaker or native}\tfemale\t27"


def nemo_table(*rows: str) -> bytes:
    return "\n".join([NEMO_HEADER, *rows, ""]).encode()


def small_ravdess() -> Files:
    return soundless(
        f"Actor_{actor}/03-01-{emotion}-01-01-01-{actor}.wav"
        for actor, emotion in itertools.product(("01", "02"), ("01", "05", "08"))
    )


def small_crema_d() -> Files:
    stems = ("1001_IEO_ANG_LO", "1001_DFA_NEU_XX", "1002_TAI_SAD_XX")
    return {
        **soundless(f"AudioWAV/{stem}.wav" for stem in stems),
        "VideoDemographics.csv": b'"ActorID","Age","Sex"\n1001,51,"Male"\n1002,21,"Female"\n',
        "SentenceFilenames.csv": (
            '"Stimulus_Number","Filename"\n' + "\n".join(f'{n},"{stem}"' for n, stem in enumerate(stems))
        ).encode(),
    }


def small_nemo() -> Files:
    stems = ("EB0_anger_1", "EB0_surprised_64", "WR0_neutral_90")
    return {
        **soundless(f"samples/{stem}.wav" for stem in stems),
        "data.tsv": nemo_table(*map(nemo_row, stems)),
    }


SMALL: dict[str, Callable[[], Files]] = {
    "crema_d": small_crema_d,
    "nemo": small_nemo,
    "ravdess": small_ravdess,
}


def _around(files: Files) -> Files:
    return {f"a folder/around it/{path}": data for path, data in files.items()}


LAYOUTS: dict[str, Callable[[Files], Files]] = {
    "unpacked": lambda files: files,
    "folder around it": _around,
    "zip": lambda files: {"download.zip": zipped(files)},
    "ZIP in capitals": lambda files: {"DOWNLOAD.ZIP": zipped(files)},
    "zip with a folder in it": lambda files: {"download.zip": zipped(_around(files))},
    "zip in a folder around it": lambda files: _around({"download.zip": zipped(files)}),
    "tar": lambda files: {"download.tar": tarred(files)},
    "tar.gz in a folder around it": lambda files: _around({"x.tar.gz": gzip.compress(tarred(files))}),
    "tar.xz with a folder in it": lambda files: {"download.tar.xz": lzma.compress(tarred(_around(files)))},
    "rar": lambda files: {"download.rar": rar(files)},
}
