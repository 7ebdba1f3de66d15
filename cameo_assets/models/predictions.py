"""Raw answers in the store: appended, never changed, kept for ever.

    predictions/<model>/<revision>/part-<number>-<hash>.parquet

Each part is written whole. Its name carries a hash of its content, so that two runs which append at the same
time never write over each other. Whatever was asked twice, or stands in two parts because a process was
killed within `compact`, is one row again when it is loaded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.arrow import schema_of, to_table
from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Item

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.plan import Subject
    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

FINAL: Final = "not applicable"
"""Kind of an error that would come again, because it follows from what the request key covers (such as a
corpus that a probe cannot learn from). Its answer is as settled as a text: it is not asked again."""

_PART: Final = re.compile(r"part-(\d+)-[0-9a-f]+\.parquet")
_PATIENCE: Final = 10
_ORDER: Final = ("method", "temperature", "corpus", "file_id", "sample", "request_key")


# gc=False: there are many at once, and none can be part of a cycle.
class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One raw answer as it is stored.

    Attributes:
        request_key: What may use it again (see `request`).
        file_id: Id of the utterance.
        corpus: Slug.
        pcm_md5: Identity of the audio that was heard.
        method: As of `Sampling`.
        temperature: Of the draw.
        sample: Index of the draw.
        seed: Of the draw.
        text: What the model said, or None.
        finish_reason: As of `Answer`.
        error: `<kind>: <message>` of the fault, else empty.
        latency: Seconds, as the engine reports them.
        details: JSON object.
        prompt_id: Id of the wording.
        engine_family: Name and version of the way of asking.
        engine_versions: JSON object: versions of the libraries that matter.
    """

    request_key: str
    file_id: str
    corpus: str
    pcm_md5: str
    method: str
    temperature: float
    sample: int
    seed: int
    text: str | None
    finish_reason: str
    error: str
    latency: float
    details: str
    prompt_id: str
    engine_family: str
    engine_versions: str


def row(
    answer: Answer,
    item: Item | Subject,
    *,
    request_key: str,
    prompt_id: str,
    family: str,
    versions: Mapping[str, str],
) -> Row:
    """An answer with what must be known of it later."""
    return Row(
        request_key=request_key,
        file_id=item.file_id,
        corpus=item.corpus,
        pcm_md5=item.pcm_md5,
        method=answer.sampling.method,
        temperature=answer.sampling.temperature,
        sample=answer.sampling.sample,
        seed=answer.sampling.seed,
        text=None if answer.text is None else storable(answer.text),
        finish_reason=answer.finish_reason,
        error=storable(answer.error),
        latency=answer.latency,
        details=_json(answer.details),
        prompt_id=prompt_id,
        engine_family=family,
        engine_versions=_json(versions),
    )


def append(store: Store, spec: ModelSpec, rows: Sequence[Row]) -> None:
    """Writes answers as one new part, sorted and durably; nothing where there are none."""
    if rows:
        table = to_table(sorted(rows, key=attrgetter(*_ORDER)), Row)
        _write(store, spec, table, number=_next_number(store, spec))


def load(store: Store, spec: ModelSpec, columns: Sequence[str] | None = None) -> pa.Table:
    """All answers of a model, one row for each request key, part by part as they came.

    Of several rows with a key the first with a settled answer is taken (later ones come from runs at the same
    time), else the last fault.

    Args:
        store: Where they are.
        spec: The model.
        columns: What to read, by default all.

    Raises:
        BadInput: A part is damaged.
    """
    wanted = list(Row.__struct_fields__ if columns is None else columns)
    _, table = _read(store, spec, sorted({*wanted, "request_key", "error"}))
    return _one_each(table).select(wanted)


def settled_keys(store: Store, spec: ModelSpec) -> set[str]:
    """The request keys that need not be asked again.

    Raises:
        BadInput: A part is damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    _, table = _read(store, spec, ["error", "request_key"])
    # Of many answers most have the same error, which is none.
    errors = [error for error in pc.unique(table["error"]).to_pylist() if settled(error)]
    done = pc.is_in(table["error"], value_set=pa.array(errors, pa.string()))
    return set(table["request_key"].filter(done).to_pylist())


def compact(store: Store, spec: ModelSpec) -> bool:
    """Merges all parts into one, sorted. A process killed within leaves rows twice, which `load` removes.

    The same answers give the same bytes, in whatever parts they came.

    Returns:
        Whether there was anything to merge.

    Raises:
        BadInput: A part is damaged.
    """
    if len(_parts(store, spec)) < 2:
        return False
    names, table = _read(store, spec, list(Row.__struct_fields__))
    merged = _sorted(_one_each(table))
    # The first number keeps the merged rows in front of what another run appends meanwhile.
    written = _write(store, spec, merged, number=_number(names[0]))
    for name in names:
        if name != written:
            store.remove(*_folder(spec), name)
    return True


def settled(error: str) -> bool:
    """Whether an answer with this error (or none) need not be asked again."""
    return not error or kind_of(error) == FINAL


def kind_of(error: str) -> str:
    """The kind of a fault: what stands before the colon."""
    return error.partition(":")[0]


def storable(text: str) -> str:
    """Text without lone surrogates, which a server that cuts an answer within a character may send."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def schema() -> pa.Schema:
    """The columns of a part."""
    return schema_of(Row)


def _folder(spec: ModelSpec) -> tuple[str, str, str]:
    return ("predictions", spec.id, spec.revision or "unversioned")


def _number(name: str) -> int:
    found = _PART.fullmatch(name)
    if found is None:
        raise BadInput(name, "part_name", name, "part-<number>-<hash>.parquet")
    return int(found[1])


def _parts(store: Store, spec: ModelSpec) -> list[str]:
    names = [name for name in store.names(*_folder(spec)) if _PART.fullmatch(name)]
    return sorted(names, key=lambda name: (_number(name), name))


def _next_number(store: Store, spec: ModelSpec) -> int:
    return max(map(_number, _parts(store, spec)), default=0) + 1


def _write(store: Store, spec: ModelSpec, table: pa.Table, *, number: int) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data = sink.getvalue().to_pybytes()
    name = f"part-{number:06d}-{hashlib.sha256(data).hexdigest()[:8]}.parquet"
    store.write_bytes(data, *_folder(spec), name)
    return name


def _read(store: Store, spec: ModelSpec, columns: list[str]) -> tuple[list[str], pa.Table]:
    """All parts at one moment: names and rows. Another run may compact while this one reads."""
    import pyarrow as pa

    for attempt in range(_PATIENCE):
        names = _parts(store, spec)
        try:
            tables = [_read_part(store, spec, name, columns) for name in names]
        except FileNotFoundError:
            if attempt + 1 == _PATIENCE:
                raise
        else:
            return names, pa.concat_tables([schema().empty_table().select(columns), *tables])
    raise AssertionError("unreachable")


def _read_part(store: Store, spec: ModelSpec, name: str, columns: list[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = store.read_bytes(*_folder(spec), name)
        table = pq.ParquetFile(pa.BufferReader(data)).read(columns=columns)
        if "method" in columns and "method" not in table.column_names:  # written before there were two
            table = table.append_column("method", pa.repeat("generation", table.num_rows))
        return table.select(columns)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, KeyError) as fault:
        raise BadInput(
            "/".join((*_folder(spec), name)),
            "damaged_part",
            " ".join(str(fault).split()),
            "a Parquet file of answers; move it away, and only its answers are asked again",
        ) from fault


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([(column, "ascending") for column in _ORDER]).combine_chunks()


def _one_each(table: pa.Table) -> pa.Table:
    """The row to take for each request key (see `load`), in order of first appearance."""
    import pyarrow.compute as pc

    if pc.count_distinct(table["request_key"]).as_py() == table.num_rows:
        return table
    chosen: dict[str, int] = {}
    done: set[str] = set()
    keys, errors = table["request_key"].to_pylist(), table["error"].to_pylist()
    for position, (key, error) in enumerate(zip(keys, errors, strict=True)):
        if key not in done:
            chosen[key] = position
            if settled(error):
                done.add(key)
    return table.take(list(chosen.values()))


def _json(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def parts(store: Store, spec: ModelSpec) -> list[str]:
    """Paths of the parts of a model's answers, in the order of their numbers."""
    return ["/".join((*_folder(spec), name)) for name in _parts(store, spec)]


def set_aside(store: Store, spec: ModelSpec) -> list[str]:
    """Puts damaged parts aside, so that what was in them counts as never asked; they are kept for people.

    A part's name has a hash of its content, so that a single flipped bit is found as well as a cut.

    Returns:
        Where they are now.
    """
    moved = []
    for path in parts(store, spec):
        data = store.read_bytes(path)
        folder, _, name = path.rpartition("/")
        if hashlib.sha256(data).hexdigest()[:8] != name.rpartition("-")[2].partition(".")[0]:
            aside = f"{folder}/damaged-{name}"
            store.write_bytes(data, aside)
            store.remove(path)
            moved.append(aside)
    return moved
