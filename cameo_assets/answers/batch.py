"""Many answers at once: each distinct answer is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cameo_assets.answers.reading import Reader, Reading
from cameo_assets.arrow import Int32, schema_of, to_table
from cameo_assets.errors import BadInput
from cameo_assets.models.predictions import FINAL, kind_of

if TYPE_CHECKING:
    import pyarrow as pa


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Which answer it is.

    Attributes:
        file_id: Id of the utterance.
        corpus: Slug.
        sample: Index of the draw.
    """

    file_id: str
    corpus: str
    sample: Int32


class Read(Key, frozen=True, kw_only=True):
    """One answer as one reader read it.

    Attributes:
        reader: Name of the rule.
        reader_version: Its version.
        label: As of `Reading`, as are those that follow.
    """

    reader: str
    reader_version: str
    label: str | None
    matched_word: str | None
    similarity: float | None
    tied: tuple[str, ...]
    reason: str
    resolved: bool


_NOT_APPLICABLE: Final = Reading(label=None, reason="not_applicable", resolved=False)


def read_answers(
    texts: Sequence[str | None], options: Sequence[tuple[str, ...]], reader: Reader
) -> list[Reading]:
    """Reads answers in order.

    Args:
        texts: Raw answers; None where there is none.
        options: For each answer, the emotions of its corpus.
        reader: The rule.

    Returns:
        One reading for each answer; equal answers share one.

    Raises:
        ValueError: There are not as many options as answers.
    """
    known: dict[tuple[str, ...], dict[str | None, Reading]] = {}
    readings = []
    for text, offered in zip(texts, options, strict=True):
        seen = known.setdefault(offered, {})
        reading = seen.get(text)
        if reading is None:
            reading = seen[text] = reader.read(text, offered)
        readings.append(reading)
    return readings


def answers_table(
    predictions: pa.Table, options_by_corpus: Mapping[str, tuple[str, ...]], readers: Sequence[Reader]
) -> pa.Table:
    """Reads the raw answers of one evaluation with every reader.

    Args:
        predictions: Columns `file_id`, `corpus`, `sample` (whole number), `text` (may be null) and `error`
            (empty where there was none). A row with an error has no answer, whatever its text; where the
            error is final, no reader puts a label in.
        options_by_corpus: The emotions of each corpus.
        readers: The rules; their names differ.

    Returns:
        The columns of `Read`, sorted by reader, file_id and sample.

    Raises:
        BadInput: A corpus has no options, or an utterance has two answers for one sample.
    """
    import pyarrow as pa

    rows = predictions.sort_by([("file_id", "ascending"), ("sample", "ascending")])
    _refuse_twice(rows)
    texts = [
        None if error else text
        for text, error in zip(rows["text"].to_pylist(), rows["error"].to_pylist(), strict=True)
    ]
    options = _options_of(rows["corpus"].to_pylist(), options_by_corpus)
    keys = [rows[field.name].cast(field.type) for field in schema_of(Key)]
    final = [kind_of(error) == FINAL for error in rows["error"].to_pylist()]
    tables = [
        _reading_table(
            keys,
            [
                _NOT_APPLICABLE if never else reading
                for never, reading in zip(final, read_answers(texts, options, reader), strict=True)
            ],
            reader,
        )
        for reader in sorted(readers, key=lambda reader: reader.name)
    ]
    return pa.concat_tables(tables).combine_chunks() if tables else schema_of(Read).empty_table()


def _refuse_twice(rows: pa.Table) -> None:
    """Refuses sorted rows in which an utterance has two answers for one sample."""
    import pyarrow.compute as pc

    if rows.num_rows < 2:
        return
    same = pc.and_(
        pc.equal(rows["file_id"][1:], rows["file_id"][:-1]), pc.equal(rows["sample"][1:], rows["sample"][:-1])
    )
    twice = pc.index(same, True).as_py()
    if twice >= 0:
        row = rows.slice(twice, 1).to_pylist()[0]
        raise BadInput(row["file_id"], "answer_twice", f"two of sample {row['sample']}", "one")


def _options_of(
    corpora: Sequence[str], options_by_corpus: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, ...]]:
    unknown = sorted(set(corpora) - options_by_corpus.keys())
    if unknown:
        raise BadInput(
            "predictions", "unknown_corpus", repr(unknown[0]), f"one of {sorted(options_by_corpus)}"
        )
    return [options_by_corpus[corpus] for corpus in corpora]


def _reading_table(keys: Sequence[pa.Array], readings: Sequence[Reading], reader: Reader) -> pa.Table:
    """Writes each distinct reading out once and spreads it over its rows."""
    import pyarrow as pa

    position: dict[int, int] = {}
    distinct: list[Reading] = []
    codes = []
    for reading in readings:
        code = position.setdefault(id(reading), len(distinct))
        if code == len(distinct):
            distinct.append(reading)
        codes.append(code)
    said = [name for name in Read.__struct_fields__ if name in Reading.__struct_fields__]
    spread = to_table(distinct, Reading).select(said).take(pa.array(codes, pa.int64()))
    names = [pa.repeat(pa.scalar(value, pa.string()), len(codes)) for value in (reader.name, reader.version)]
    return pa.table([*keys, *names, *spread.columns], schema=schema_of(Read))
