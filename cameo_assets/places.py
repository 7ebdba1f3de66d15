"""Every place in the store, by name: the one module that spells paths.

    landing/{corpus}/                            what the publishers published; read only
    models/<model>.yaml  withdrawn.txt  licences.yaml        what people wrote
    landing_index/{corpus}.json                  hashes of raw files, by size and time stamp
    raw/{corpus}.json                            the raw files and their hashes; a drop-in's description
    utterances/{corpus}.parquet                  refused/{corpus}.parquet
    audio/{corpus}/<file_id>                     audio/{corpus}.sha256
    inspection/{corpus}.parquet                  inspection/{corpus}.parts/
    collection/                                  cameo.jsonl, utterances.parquet, versions/, splits
    features/                                    what probes extracted from recordings
    predictions/{model}/<revision>/part-*.parquet            parity/{model}/
    answers/{evaluation}.parquet                 metrics/{evaluation}/
    leaderboard/  analysis/  board/  publish/
    records/<product>/<partition>.json           what each product was made from (see provenance)
    failures/<product>/<partition>.json          what failed, and when to try again (see failures)

A place that ends in `/` is a folder with all that it holds.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

import msgspec

_SLOT: Final = re.compile(r"\{(corpus|evaluation|model)\}")


class Place(msgspec.Struct, frozen=True, dict=True):
    """A path of the store with a slot for what it belongs to.

    Attributes:
        pattern: Path with `/`, relative to the store; `{corpus}`, `{evaluation}` or `{model}` is its slot. A
            model's slot takes the key of an evaluation, too.
    """

    pattern: str

    def of(self, partition: str = "", *rest: str) -> str:
        """The path that belongs to a partition, and what lies in it.

        >>> Place("answers/{evaluation}.parquet").of("chance@0")
        'answers/chance@0.parquet'
        >>> Place("predictions/{model}/").of("chance@0", "r1")
        'predictions/chance/r1'
        """

        def fill(slot: re.Match[str]) -> str:
            return partition.partition("@")[0] if slot[1] == "model" else partition

        path = _SLOT.sub(fill, self.pattern)
        return path + "/".join(rest) if path.endswith("/") or not rest else "/".join((path, *rest))

    def partition_of(self, path: str) -> str | None:
        """What fills the slot in a path that is this place or lies in it; None where it does not.

        The empty text where there is no slot.

        >>> Place("audio/{corpus}/").partition_of("audio/nemo/1.flac")
        'nemo'
        >>> Place("audio/{corpus}/").partition_of("answers/chance@0.parquet") is None
        True
        """
        found = self._regex.match(path)
        return None if found is None else found.groupdict().get("slot") or ""

    def holds(self, path: str, partition: str) -> bool:
        """Whether a path is this place of a partition, or lies in it.

        >>> Place("predictions/{model}/").holds("predictions/chance/r1/part.parquet", "chance@0")
        True
        """
        found = self.partition_of(path)
        return found == "" or (found is not None and found in (partition, partition.partition("@")[0]))

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        parts = _SLOT.split(self.pattern)[::2]
        pattern = "(?P<slot>[^/]+)".join(re.escape(part) for part in parts)
        if pattern.endswith("/"):
            return re.compile(f"{pattern.removesuffix('/')}(/|$)")
        return re.compile(f"{pattern}$")


MODELS: Final = Place("models/")
WITHDRAWN: Final = Place("withdrawn.txt")
"""One corpus slug a line; `#` starts a comment."""
LICENCES: Final = Place("licences.yaml")
"""What people decided about passing audio on."""

LANDING_INDEX: Final = Place("landing_index/{corpus}.json")
RAW: Final = Place("raw/{corpus}.json")
UTTERANCES: Final = Place("utterances/{corpus}.parquet")
REFUSED: Final = Place("refused/{corpus}.parquet")
AUDIO: Final = Place("audio/{corpus}/")
AUDIO_DIGESTS: Final = Place("audio/{corpus}.sha256")
"""SHA-256 of every FLAC, as `sha256sum --check` reads it within `audio/`."""
INSPECTION: Final = Place("inspection/{corpus}.parquet")
INSPECTION_PARTS: Final = Place("inspection/{corpus}.parts/")

JSONL: Final = Place("collection/cameo.jsonl")
COLLECTION: Final = Place("collection/utterances.parquet")
CORPORA: Final = Place("collection/corpora.json")
VERSIONS: Final = Place("collection/versions/")
SPLITS: Final = Place("collection/splits.parquet")
SPLITS_PAGE: Final = Place("collection/splits.md")

FEATURES: Final = Place("features/")
PREDICTIONS: Final = Place("predictions/{model}/")
PARITY: Final = Place("parity/{model}/")
ANSWERS: Final = Place("answers/{evaluation}.parquet")
METRICS: Final = Place("metrics/{evaluation}/")
LEADERBOARD: Final = Place("leaderboard/")
ANALYSIS: Final = Place("analysis/")
BOARD: Final = Place("board/board.json")
PAGE: Final = Place("board/index.html")
PUBLISH: Final = Place("publish/")
DATASET: Final = Place("publish/datasets/cameo/")
DATASET_PLAN: Final = Place("publish/datasets/cameo.plan.json")
RESULTS: Final = Place("publish/datasets/cameo-results/")
RESULTS_PLAN: Final = Place("publish/datasets/cameo-results.plan.json")
SPACE: Final = Place("publish/spaces/cameo-leaderboard/")
SPACE_PLAN: Final = Place("publish/spaces/cameo-leaderboard.plan.json")

RECORDS: Final = Place("records/")
FAILURES: Final = Place("failures/")
