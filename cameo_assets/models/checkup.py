"""What stands between a model file and its evaluations: `cameo models check`.

A sound file is not enough: packages, a folder with weights or a token may be missing. What stops a model that
is enabled is an error; what would stop one that is switched off is a note.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from cameo_assets.corpora.registry import known
from cameo_assets.errors import BadInput
from cameo_assets.models.engines import engine_class, options_of
from cameo_assets.models.local.repository import Unreachable, folder_of, folder_revision
from cameo_assets.models.pin import declared

if TYPE_CHECKING:
    from pathlib import Path

    from cameo_assets.models.inventory import Entry
    from cameo_assets.models.spec import ModelSpec

_LOCAL: Final = ("accelerate", "torch", "transformers")
_COMMIT: Final = re.compile("[0-9a-f]{40}")
PACKAGES: Final = {"classifier": _LOCAL, "encoder-probe": _LOCAL, "transformers": _LOCAL}
"""What engines need beyond what every installation has; the extra `transformers` brings it."""


class Finding(msgspec.Struct, frozen=True):
    """One sentence about a model file.

    Attributes:
        level: An `error` keeps the model from being evaluated; a `note` does not.
        text: The sentence.
    """

    level: Literal["error", "note"]
    text: str


def examine(entry: Entry, store_home: str, *, online: bool = False) -> list[Finding]:
    """What is to be said of a model file.

    Args:
        entry: The file.
        store_home: The store, to which folders of models may be relative.
        online: Whether the Hub may be asked.
    """
    if entry.spec is None:
        return [Finding("error", entry.error)]
    spec = entry.spec
    obstacle: Literal["error", "note"] = "error" if spec.enabled else "note"
    found = [Finding(obstacle, text) for text in _obstacles(spec, store_home)]
    if online and _of_hub(spec, store_home):
        found += [Finding(obstacle, text) for text in _hub_obstacles(spec)]
    found += [Finding("note", text) for text in _strange_corpora(spec)]
    if not spec.enabled:
        by_hand = not spec.repository or declared(spec.engine, spec.revision)
        how = "`enabled: true`" if by_hand else f"`cameo models pin {spec.id}`"
        found.append(Finding("note", f"switched off: {how} switches it on"))
    return found


def _obstacles(spec: ModelSpec, store_home: str) -> Iterator[str]:
    """What can be seen to be missing without asking anyone."""
    missing = [name for name in PACKAGES.get(spec.engine, ()) if importlib.util.find_spec(name) is None]
    if missing:
        yield (
            f"the engine {spec.engine} needs {', '.join(missing)}: "
            "pip install 'cameo_assets[transformers]' in this environment"
        )
    if engine_class(spec.engine).pinned and not spec.revision:
        yield f"no revision is pinned: `cameo models pin {spec.id}` pins what is there now"
    variable = getattr(options_of(spec), "api_key_env", "")
    if variable and not os.environ.get(variable):
        yield f"the environment variable {variable} is not set; options.api_key_env takes the key from there"
    folder = folder_of(spec.repository, store_home)
    if folder is not None and not engine_class(spec.engine).served:
        yield from _folder_obstacles(spec, folder)


def _strange_corpora(spec: ModelSpec) -> Iterator[str]:
    """A corpus that a user adds may have any name, so a strange one is no error."""
    for corpus in sorted(spec.exposure.keys() - known().keys()):
        close = get_close_matches(corpus, list(known()), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        yield f"exposure.{corpus}: none of CAMEO's corpora{hint}"


def _folder_obstacles(spec: ModelSpec, folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        yield f"repository: there is no folder {folder}"
    elif spec.revision and (seen := folder_revision(folder)) != spec.revision:
        yield (
            f"revision: {folder} is {seen}, not {spec.revision}: bring the old files back, or "
            f"`cameo models pin {spec.id} --force` takes these, and all answers are asked for anew"
        )


def _of_hub(spec: ModelSpec, store_home: str) -> bool:
    """Whether the Hub must know the model; one that a cloud serves may be of no repository."""
    if not spec.repository or folder_of(spec.repository, store_home) is not None:
        return False
    return not engine_class(spec.engine).served or _COMMIT.fullmatch(spec.revision) is not None


def _hub_obstacles(spec: ModelSpec) -> Iterator[str]:
    """What the Hub says against it."""
    from cameo_assets.models.local.published import look_up

    try:
        published = look_up(spec.repository, spec.revision)
    except (BadInput, Unreachable) as fault:
        yield str(fault)
        return
    if published.gated and not published.allowed:
        yield (
            f"{spec.repository} is gated: accept its licence on its page on the Hub, and set HF_TOKEN to a "
            "token of that account"
        )
