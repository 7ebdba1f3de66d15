"""What the collection is made of: CAMEO's nine fields for others, and a wider table for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from cameo_assets.arrow import Int32, schema_of
from cameo_assets.corpora.spec import CAMEO_FIELDS

if TYPE_CHECKING:
    import pyarrow as pa


class Cameo(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `cameo.jsonl`: CAMEO's nine fields in CAMEO's order and spelling."""

    file_id: str
    emotion: str
    transcription: str | None
    speaker_id: str | None
    gender: str | None
    age: str | None
    dataset: str
    language: str
    license: str


assert Cameo.__struct_fields__ == CAMEO_FIELDS


class CorpusEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the collection knows of one corpus (`corpora.json`).

    Attributes:
        slug: Name of the corpus.
        name: CAMEO's spelling.
        language: English name.
        licence: Spelling of the licence.
        citation: How to cite it.
        homepage: Where it is published.
        doi: DOI, or empty.
        attribution: How its licence wants its authors to be named.
        licence_doubt: What a person has to decide before the audio is passed on, or empty.
        emotions: Options that a model is offered, sorted.
        published: Published number of utterances by emotion; empty where unknown.
        utterances: Utterances in the collection by emotion.
        refused: Number of refusals by rule.
        speakers: Speakers in the collection.
        groups: Clusters for resampling.
        seconds: Total duration.
        sample: Whether it is a spoken sample and not the corpus itself.
    """

    slug: str
    name: str
    language: str
    licence: str
    citation: str
    homepage: str
    doi: str
    emotions: tuple[str, ...]
    published: dict[str, int]
    utterances: dict[str, int]
    refused: dict[str, int]
    speakers: int
    groups: int
    seconds: float
    sample: bool
    # These came later: files that were written before lack them until the collection is made again.
    attribution: str = ""
    licence_doubt: str = ""

    @property
    def total(self) -> int:
        """Utterances in the collection."""
        return sum(self.utterances.values())


class Collected(Cameo, frozen=True, kw_only=True):
    """One row of `utterances.parquet`: CAMEO's nine fields, and ours.

    Attributes:
        corpus: As of `Utterance`, as are the next five.
        seconds: As of `Inspection`, as are the next four.
        votes: As of `Utterance`.
        flags: What was odd, in the listing or in the audio; sorted.
    """

    corpus: str
    source_name: str
    source_path: str
    span: tuple[float, float] | None
    group_id: str
    orthography: str | None
    seconds: float
    pcm_md5: str
    source_rate: Int32
    source_channels: Int32
    clipped_samples: Int32
    votes: dict[str, int] | None
    flags: tuple[str, ...]


OURS: Final = Collected.__struct_fields__[len(CAMEO_FIELDS) :]
"""Columns of `utterances.parquet` beside CAMEO's nine."""


def schema() -> pa.Schema:
    """Columns of `utterances.parquet`."""
    return schema_of(Collected)


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    """The rows as JSON Lines with CAMEO's nine fields, UTF-8, one line each."""
    records = [Cameo(**{name: row[name] for name in CAMEO_FIELDS}) for row in rows]
    return msgspec.json.Encoder().encode_lines(records)
