"""What is computed once of each recording of a corpus, and kept in the store.

It is kept by `pcm_md5`, so a recording that got another name or label is not computed again. What is kept is
a function of the recordings alone: neither their order nor earlier runs show in the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

    from cameo_assets.models.engines.base import Reference
    from cameo_assets.store import Store

BLOCK: Final = 512
"""Recordings after which what was computed is written."""

KEY: Final = "pcm_md5"


class Unreadable(Exception):  # noqa: N818 - it names what is wrong
    """A recording of the store cannot be read."""


class Recording(NamedTuple):
    """A recording of the store.

    Attributes:
        path: Of its FLAC.
        pcm_md5: MD5 of its samples.
    """

    path: str
    pcm_md5: str


Compute = Callable[[Sequence[Recording]], Iterator[Mapping[str, Any]]]
"""From recordings to a row for each, in their order, with the same columns always."""


Told = Callable[[int, int], None]
"""Called with how many recordings are done, and of how many, when each of them is."""


def untold(_done: int, _total: int) -> None:
    """Tells nobody."""


def computed_once(
    store: Store,
    place: tuple[str, ...],
    references: Sequence[Reference],
    compute: Compute,
    told: Told = untold,
) -> pa.Table:
    """A row for each recording, from the store where it is known.

    A run that dies keeps the blocks that it wrote. Rows of recordings that have left the corpus are dropped.

    Args:
        store: Where they are kept.
        place: The Parquet file there; its name must say what was computed, with its version.
        references: The recordings.
        compute: Computes what is missing.
        told: Told of what is missing alone.

    Returns:
        The columns of `compute` and `pcm_md5`, by which the rows are sorted; each recording once.

    Raises:
        Unreadable: A recording is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    paths = {reference.pcm_md5: reference.path for reference in references}
    known = _known(store, place)
    missing = sorted(paths.keys() - set(known[KEY].to_pylist() if known else ()))
    rows = zip(
        missing,
        _counted(compute([Recording(paths[key], key) for key in missing]), len(missing), told),
        strict=True,
    )
    while block := [{KEY: key, **row} for key, row in islice(rows, BLOCK)]:
        new = pa.Table.from_pylist(block)
        known = pa.concat_tables([known, new]) if known else new
        _keep(store, place, known)
    if known is None:
        return pa.table({KEY: pa.array([], pa.string())})
    if known.num_rows > len(paths):
        known = known.filter(pc.is_in(known[KEY], pa.array(paths)))
        _keep(store, place, known)
    return known.sort_by(KEY).combine_chunks()


def _known(store: Store, place: tuple[str, ...]) -> pa.Table | None:
    """What was computed before; nothing where it is damaged, as it only saves time."""
    import pyarrow as pa

    try:
        return store.read_table(*place) if store.exists(*place) else None
    except (OSError, pa.ArrowException):
        return None


def _counted(rows: Iterator[Mapping[str, Any]], total: int, told: Told) -> Iterator[Mapping[str, Any]]:
    for done, row in enumerate(rows, start=1):
        told(done, total)
        yield row


def _keep(store: Store, place: tuple[str, ...], known: pa.Table) -> None:
    store.write_table(known.sort_by(KEY).combine_chunks(), *place)
