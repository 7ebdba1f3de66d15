"""Many answers at once: each distinct answer is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cameo_assets.answers.reading import Reader, Reading
from cameo_assets.errors import BadInput
from cameo_assets.models.predictions import FINAL, kind_of

if TYPE_CHECKING:
    import pyarrow as pa


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
        Columns `file_id`, `corpus`, `sample`, `reader`, `reader_version`, `label` (null where there is none),
        `matched_word`, `similarity`, `tied`, `reason`, `resolved`; sorted by reader, file_id and sample.

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
    keys = [rows[name].cast(kind) for name, kind in _key_types()]
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
    return pa.concat_tables(tables).combine_chunks() if tables else _schema().empty_table()


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
    schema = _schema()
    columns = {
        "label": [reading.label for reading in distinct],
        "matched_word": [reading.matched_word for reading in distinct],
        "similarity": [reading.similarity for reading in distinct],
        "tied": [reading.tied for reading in distinct],
        "reason": [reading.reason for reading in distinct],
        "resolved": [reading.resolved for reading in distinct],
    }
    fields = pa.schema([schema.field(name) for name in columns])
    spread = pa.table(columns, schema=fields).take(pa.array(codes, pa.int64()))
    names = [pa.repeat(pa.scalar(value, pa.string()), len(codes)) for value in (reader.name, reader.version)]
    return pa.table([*keys, *names, *spread.columns], schema=schema)


def _key_types() -> list[tuple[str, pa.DataType]]:
    import pyarrow as pa

    return [("file_id", pa.string()), ("corpus", pa.string()), ("sample", pa.int32())]


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            *_key_types(),
            ("reader", pa.string()),
            ("reader_version", pa.string()),
            ("label", pa.string()),
            ("matched_word", pa.string()),
            ("similarity", pa.float64()),
            ("tied", pa.list_(pa.string())),
            ("reason", pa.string()),
            ("resolved", pa.bool_()),
        ]
    )
