"""What a file must be, by its corpus file or by the record of its publisher, and what came of fetching it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from cameo_assets.acquisition.web import Web
from cameo_assets.corpora.spec import Archive
from cameo_assets.corpora.spelling import composed
from cameo_assets.errors import BadInput

_LONGEST_RECORD: Final = 2**24


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file to download, and what it must be.

    Attributes:
        name: File name.
        url: Where it is.
        size: Bytes, where published.
        md5: Where published.
        sha256: Where published.
        source: Who says so: the corpus file, or the address of the publisher's record.
        by_hand: What a person can do instead, for complaints.
    """

    name: str
    url: str
    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    source: str = "the corpus file"
    by_hand: str = "the file as published"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came whole.

    Attributes:
        name: File name.
        url: Where it came from.
        size: Bytes.
        sha256: Of its content.
        verified: When, in UTC.
        against: What it was compared with.
    """

    name: str
    url: str
    size: int
    sha256: str
    verified: str
    against: str


def wanted_of(archive: Archive, web: Web, hint: str) -> Wanted:
    """What to download, with size and checksum from the publisher's record where the corpus file has none.

    Args:
        archive: The file as the corpus file knows it.
        web: How patient to be.
        hint: What a person can do instead, for complaints.

    Raises:
        BadInput: The record cannot be read, or does not know the file.
    """
    if not archive.record or archive.md5 or archive.sha256:
        return Wanted(
            name=archive.name,
            url=archive.url,
            size=archive.size,
            md5=archive.md5,
            sha256=archive.sha256,
            by_hand=hint,
        )
    record = archive.record
    entry = web.patiently(record, lambda: _entry(record, archive.name, web, hint), lambda: 0, hint)
    kind, _, checksum = str(entry.get("checksum", "")).partition(":")
    return Wanted(
        name=archive.name,
        url=archive.url or str(entry["links"]["self"]),
        size=entry["size"],
        md5=checksum if kind == "md5" else None,
        sha256=checksum if kind == "sha256" else None,
        source=record,
        by_hand=hint,
    )


def _entry(record: str, name: str, web: Web, hint: str) -> dict[str, Any]:
    """What a Zenodo record says about one of its files."""
    body = bytearray()
    with web.opened(record, {"Accept": "application/json"}, hint) as reply:
        for piece in reply.pieces():
            body += piece
            if len(body) > _LONGEST_RECORD:
                break
    try:
        found = {composed(entry["key"]): entry for entry in msgspec.json.decode(bytes(body))["files"]}
        entry = found[composed(name)]
        if not (isinstance(entry["size"], int) and isinstance(entry["links"]["self"], str)):
            raise TypeError(repr(entry))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        seen = f"{type(error).__name__} {error} in {bytes(body[:80])!r}"
        expected = f"a record whose `files` name {name} with `size`, `checksum` and `links.self`; {hint}"
        raise BadInput(record, "record", seen, expected) from error
    assert isinstance(entry, dict)  # it has been indexed by names
    return entry
