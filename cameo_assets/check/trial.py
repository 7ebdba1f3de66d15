"""A model tried on a few utterances of the collection. No product: nothing is recorded of it but answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.answers.batch import read_answers
from cameo_assets.answers.registry import READERS
from cameo_assets.collection import files
from cameo_assets.lineage.declaration import NotReady
from cameo_assets.lineage.snapshot import Platform, Snapshot
from cameo_assets.models.inventory import unknown_model
from cameo_assets.models.spec import ModelSpec, load
from cameo_assets.models.taxonomy import Kind, taxonomy
from cameo_assets.models.trial import Estimate, Timing, Trial, try_out

if TYPE_CHECKING:
    import pyarrow as pa

READER: Final = READERS[0]
"""The headline's."""
EXAMPLES: Final = 5

Options = Mapping[str, tuple[str, ...]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation in a trial.

    Attributes:
        evaluation: Key.
        answers: How many there are.
        kinds: What became of them (see `taxonomy`).
        resolved: Share of them in which the reader found an emotion.
    """

    evaluation: str
    answers: int
    kinds: dict[str, Kind]
    resolved: float

    @property
    def answered(self) -> float:
        """Share of the answers that are texts which ended by themselves."""
        return self.kinds["answered"].count / self.answers if "answered" in self.kinds else 0.0


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One answer.

    Attributes:
        evaluation: Key.
        file_id: The utterance.
        corpus: Its corpus.
        emotion: Its label.
        text: What the model said; empty where there is no answer.
        error: Why there is none.
        read: The emotion that the reader made of it.
        resolved: Whether the answer itself names it.
    """

    evaluation: str
    file_id: str
    corpus: str
    emotion: str
    text: str
    error: str
    read: str
    resolved: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a trial; attributes that are not here are those of `models.trial.Trial`.

    Attributes:
        name: Name of the model for people.
        corpora: Corpora of the tried utterances, sorted.
        reader: Name of the reader of the answers.
        lines: One for each evaluation.
        examples: Some answers.
    """

    model: str
    name: str
    engine: str
    versions: dict[str, str]
    whole_corpus: str
    corpora: tuple[str, ...]
    clips: tuple[str, ...]
    seconds_of_audio: float
    reader: str
    lines: tuple[Line, ...]
    examples: tuple[Example, ...]
    timing: Timing | None
    paid: dict[str, float]
    utterances: int
    full: Estimate
    left: Estimate


def find(platform: Platform, name: str) -> ModelSpec:
    """The model of an id or of a file.

    Args:
        platform: The platform, whose models count beside the catalogue's.
        name: Id, or path of a YAML file.

    Raises:
        BadInput: There is no such model, or its file is broken.
    """
    if Path(name).is_file():
        return load(name)
    found = Snapshot(platform).registry
    if name in found.specs:
        return found.specs[name]
    for error in found.errors:
        if name in found.broken and f"/{name}." in error.path:
            raise error
    raise unknown_model(name, list(found.specs))


def report(platform: Platform, name: str, clips: int) -> Report:
    """Tries a model, and reads what it said.

    Args:
        platform: The platform.
        name: Id of a model, enabled or not; or the path of its file.
        clips: On how many utterances.

    Raises:
        NotReady: There is no collection yet.
        BadInput: There is no such model, or it cannot be tried.
        Exception: Whatever stops the engine; what it answered is kept.
    """
    spec = find(platform, name)
    if not platform.store.exists(files.TABLE):
        raise NotReady(
            f"there is no collection in {platform.store.home}; `make demo` makes a small one, and the "
            "README says how to make the real one"
        )
    rows, options = files.read_rows(platform.store), files.options(platform.store)
    trial = try_out(platform.store, spec, rows, options, clips=clips, progress=platform.progress)
    labels = _of_each(rows, "emotion", trial.clips)
    return Report(
        model=trial.model,
        name=spec.name,
        engine=trial.engine,
        versions=trial.versions,
        whole_corpus=trial.whole_corpus,
        corpora=tuple(sorted(set(_of_each(rows, "corpus", trial.clips).values()))),
        clips=trial.clips,
        seconds_of_audio=trial.seconds_of_audio,
        reader=READER.name,
        lines=tuple(_line(key, table, options) for key, table in trial.answers.items()),
        examples=tuple(_examples(trial, labels, options)),
        timing=trial.timing,
        paid=trial.paid,
        utterances=trial.utterances,
        full=trial.full,
        left=trial.left,
    )


def _of_each(rows: pa.Table, column: str, chosen: tuple[str, ...]) -> dict[str, str]:
    """A column of the collection by id, for some utterances."""
    pairs = zip(rows["file_id"].to_pylist(), rows[column].to_pylist(), strict=True)
    wanted = set(chosen)
    return {file_id: value for file_id, value in pairs if file_id in wanted}


def _line(key: str, table: pa.Table, options: Options) -> Line:
    texts, corpora = table["text"].to_pylist(), table["corpus"].to_pylist()
    readings = read_answers(texts, [options[corpus] for corpus in corpora], READER)
    resolved = sum(reading.resolved for reading in readings)
    return Line(
        evaluation=key,
        answers=len(readings),
        kinds=taxonomy(table),
        resolved=resolved / len(readings) if readings else 0.0,
    )


def _examples(trial: Trial, labels: Mapping[str, str], options: Options) -> Iterator[Example]:
    """Answers under the first condition about the first utterances."""
    key, table = next(iter(trial.answers.items()))
    rows = {row["file_id"]: row for row in table.to_pylist()}
    for file_id in trial.clips[:EXAMPLES]:
        row = rows[file_id]
        reading = READER.read(row["text"], options[row["corpus"]])
        yield Example(
            evaluation=key,
            file_id=file_id,
            corpus=row["corpus"],
            emotion=labels[file_id],
            text=row["text"] or "",
            error=row["error"],
            read=reading.label or "",
            resolved=reading.resolved,
        )
