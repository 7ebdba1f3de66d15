"""What was said in a comparison that is under way, kept beside its gate until it ends.

An engine may stop in the middle of its parity gate, as when its server dies. Neither way's answers are
ordinary ones before the gate is passed, yet they were paid for. So they wait here, and who goes on asks for
the rest:

    parity/<model>/asked-<settings>.json
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.models.engines.base import Answer, Sampling
from cameo_assets.models.predictions import settled, storable
from cameo_assets.models.spec import gate_version

if TYPE_CHECKING:
    from cameo_assets.models.spec import ModelSpec
    from cameo_assets.store import Store

Way = Literal["together", "alone"]
Key = tuple[str, Sampling]
"""An utterance (file_id) and how it is asked about."""

_SECONDS_BETWEEN_WRITES: Final = 1.0
_IN_WORDS: Final[dict[Way, str]] = {"together": "at once", "alone": "one by one"}


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, with its request key and the versions of the libraries that mattered."""

    way: Way
    key: str
    versions: dict[str, str]
    answer: Answer


class Comparison:
    """The answers of both ways so far. Faults are not kept, as they are asked again.

    Args:
        store: Where they are.
        spec: The model.
        keys: Request key of each answer that is compared.
        versions: Of the engine's libraries; what was said under others doesn't count.
        say: Told with each answer how far the comparison is.

    Raises:
        BadInput: The file is damaged.
    """

    def __init__(
        self,
        store: Store,
        spec: ModelSpec,
        keys: Mapping[Key, str],
        versions: Mapping[str, str],
        say: Callable[[str], object],
    ) -> None:
        self._store, self._keys, self._say = store, keys, say
        self._path = _path(spec)
        self._said = {
            (each.way, each.key): each
            for each in self._read()
            if all(each.versions.get(name) == value for name, value in versions.items())
        }
        self._written = time.monotonic()

    @property
    def versions(self) -> dict[str, str]:
        """Those of the libraries under which the answers were given."""
        return {name: value for each in self._said.values() for name, value in each.versions.items()}

    def known(self, way: Way) -> dict[Key, Answer]:
        """What was said in one way."""
        return {
            place: self._said[way, key].answer
            for place, key in self._keys.items()
            if (way, key) in self._said
        }

    def note(self, way: Way, answer: Answer, versions: Mapping[str, str]) -> Answer:
        """Keeps an answer, in the file within a second of the next one; gives it as it will be stored."""
        if not settled(answer.error):
            return answer
        if answer.text is not None:
            answer = msgspec.structs.replace(answer, text=storable(answer.text))
        key = self._keys[answer.file_id, answer.sampling]
        self._said[way, key] = _Said(way=way, key=key, versions=dict(versions), answer=answer)
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES:
            self.flush()
        self._say(f"parity gate: {len(self.known(way))} of {len(self._keys)} {_IN_WORDS[way]}")
        return answer

    def flush(self) -> None:
        """Writes what is kept."""
        if self._said:
            said = sorted(self._said.values(), key=lambda each: (each.way, each.key))
            data = msgspec.json.format(msgspec.json.encode(said, order="sorted"), indent=1)
            self._store.write_bytes(data, *self._path)
        else:
            self._store.remove(*self._path)
        self._written = time.monotonic()

    def drop(self) -> None:
        """Forgets what was said in this comparison, as it has ended."""
        ended = set(self._keys.values())
        self._said = {place: each for place, each in self._said.items() if each.key not in ended}
        self.flush()

    def _read(self) -> list[_Said]:
        try:
            return msgspec.json.decode(self._store.read_bytes(*self._path), type=list[_Said])
        except FileNotFoundError:
            return []
        except msgspec.DecodeError as fault:
            raise BadInput(
                "/".join(self._path),
                "damaged_comparison",
                str(fault),
                "answers to the probe set; remove the file, and they are asked again",
            ) from fault


def forget(store: Store, spec: ModelSpec) -> None:
    """Removes what is kept of any comparison of a model, as asked now."""
    store.remove(*_path(spec))


def _path(spec: ModelSpec) -> tuple[str, str, str]:
    return ("parity", spec.id, f"asked-{gate_version(spec)}.json")
