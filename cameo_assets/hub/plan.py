"""What a publication holds and what it changes: plain data that lies beside the tree, never in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cameo_assets.errors import BadInput
from cameo_assets.store import Store

PUBLISH: Final = "publish"
"""Folder of the store that holds the trees and their plans."""

Kind = Literal["datasets", "spaces"]
"""The kinds of repo that are published, as the Hub spells them in its addresses."""


class PlannedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a tree.

    Attributes:
        path: Path inside the tree, with `/`.
        size: Bytes.
        sha256: Hex digest of the content.
    """

    path: str
    size: int
    sha256: str


class LicenceDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the audio of a corpus is published, and why.

    Attributes:
        corpus: Slug.
        licence: Spelling of its licence.
        redistribution: What the licence says of passing the audio on; None where a person has to decide.
        audio: Whether the audio is in the tree.
        reason: One sentence for people.
        by: Who decided, where a person did; empty where the licence alone did.
    """

    corpus: str
    licence: str
    redistribution: bool | None
    audio: bool
    reason: str
    by: str = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Two file lists compared: paths, each tuple sorted.

    Attributes:
        added: Only in the new list.
        changed: In both, with other content.
        same: In both, with the same content.
        deleted: Only in the old list.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the lists are the same."""
        return not (self.added or self.changed or self.deleted)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a tree holds, and what sending it would change.

    Attributes:
        kind: `datasets` or `spaces`.
        name: Name of the tree.
        target: Repo that it goes to; None while it is local only.
        files: Sorted by path.
        licences: One decision for each corpus, sorted by slug; empty where no audio could be published.
        changes: Against the plan before.
    """

    kind: Kind
    name: str
    target: str | None = None
    files: tuple[PlannedFile, ...]
    licences: tuple[LicenceDecision, ...] = ()
    changes: Changes

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def compare(before: Sequence[PlannedFile], after: Sequence[PlannedFile]) -> Changes:
    """What is different between two file lists.

    >>> old, new = (PlannedFile(path="a", size=1, sha256=sha) for sha in ("0", "1"))
    >>> compare([old], [new]).changed
    ('a',)
    """
    old = {file.path: file.sha256 for file in before}
    new = {file.path: file.sha256 for file in after}
    both = sorted(old.keys() & new.keys())
    return Changes(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(path for path in both if old[path] != new[path]),
        same=tuple(path for path in both if old[path] == new[path]),
        deleted=tuple(sorted(old.keys() - new.keys())),
    )


def read_plan(store: Store, kind: Kind, name: str) -> Plan | None:
    """The plan of a tree as it was last written; None where there is none.

    Raises:
        BadInput: The file is not a plan.
    """
    path = _place(kind, name)
    try:
        return msgspec.json.decode(store.read_bytes(path), type=Plan)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise BadInput(path, "plan", str(error), "a plan as written by this version; delete it") from error


def write_plan(store: Store, plan: Plan) -> bool:
    """Keeps a plan, unless all it says beside its changes is what the kept one says.

    So the kept plan always tells of the last change that there was.

    Returns:
        Whether the file is new or changed.
    """
    before = read_plan(store, plan.kind, plan.name)
    if before is not None and msgspec.structs.replace(before, changes=plan.changes) == plan:
        return False
    data = msgspec.json.format(msgspec.json.encode(plan), indent=1)
    return store.write_bytes(data + b"\n", _place(plan.kind, plan.name))


def _place(kind: Kind, name: str) -> str:
    return f"{PUBLISH}/{kind}/{name}.plan.json"
