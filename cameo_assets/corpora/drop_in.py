"""A corpus that describes itself: `corpus.yaml` and `metadata.jsonl` (or `.csv`) beside its audio.

No code and no restart: the folder in the landing zone is all. Its ids cannot collide with those of CAMEO.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from cameo_assets.corpora.drop_in_rows import Tables, read_tables, unknown_key
from cameo_assets.corpora.source import Source
from cameo_assets.corpora.spec import Clip, CorpusSpec, Description
from cameo_assets.corpora.spelling import composed
from cameo_assets.errors import BadInput
from cameo_assets.vocabulary import EMOTIONS, LICENCES

DESCRIPTION: Final = "corpus.yaml"
AUDIO: Final = frozenset(
    {".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".mp3", ".ogg", ".oga", ".opus"}
    | {".avi", ".flv", ".m4a", ".mka", ".mkv", ".mp4", ".webm"}
)
"""Extensions of files that should have a row."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Number = Annotated[int, msgspec.Meta(ge=0)]


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `corpus.yaml` may say.

    Attributes:
        name: Display name.
        language: English name of the language.
        licence: Spelling of the licence, as in `vocabulary.LICENCES`; `unknown` keeps the audio unpublished.
        citation: How to cite it.
        homepage: Where it is published.
        doi: DOI.
        labels: The corpus's label to an emotion of the vocabulary, or to null for a label to leave out.
            Without it, labels are the emotions themselves.
        counts: Published number of utterances for each emotion.
        speakers: Published number of speakers.
    """

    name: Text
    language: Text
    licence: str
    citation: str = ""
    homepage: str = ""
    doi: str = ""
    labels: dict[str, str | None] = {}
    counts: dict[str, Number] = {}
    speakers: Number | None = None


def is_drop_in(folder: Path) -> bool:
    """Whether a landing folder describes itself."""
    return (folder / DESCRIPTION).is_file()


def text_of(folder: Path) -> str:
    """The text of a description that `load` can read; YAML in UTF-16 says so by its byte order mark."""
    data = (folder / DESCRIPTION).read_bytes()
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if marked else "utf-8-sig")


def load(folder: Path, slug: str = "") -> CorpusSpec:
    """Reads the description of a drop-in corpus.

    Args:
        folder: Its folder in the landing zone.
        slug: What to call it; the name of the folder by default.

    Raises:
        BadInput: There is no description, or it breaks a rule.
    """
    where = f"{folder.name}/{DESCRIPTION}"
    if not is_drop_in(folder):
        raise BadInput(
            where, "missing_description", "no such file", f"{DESCRIPTION}, or a corpus known by name"
        )
    return from_text((folder / DESCRIPTION).read_bytes(), slug or folder.name, where)


def from_text(description: str | bytes, slug: str, where: str = "") -> CorpusSpec:
    """The spec that the text of a `corpus.yaml` describes.

    Args:
        description: The text.
        slug: What to call the corpus.
        where: Where the text is, for complaints.

    Raises:
        BadInput: It breaks a rule.
    """
    about = _about(where or f"{slug}/{DESCRIPTION}", description)
    labels = about.labels or {emotion: emotion for emotion in EMOTIONS}
    return CorpusSpec(
        slug=slug,
        name=about.name,
        language=about.language,
        licence=about.licence,
        citation=about.citation,
        homepage=about.homepage,
        doi=about.doi,
        labels=labels,
        read_tables=read_tables,
        find=find,
        describe=lambda clip, tables: describe(clip, tables, labels),
        counts=about.counts,
        speakers=about.speakers,
        added=True,
        # Another version than a file of its own has: a corpus that gets one is read again.
        code_version="described",
    )


def _about(where: str, data: str | bytes) -> About:
    import yaml

    try:
        raw = yaml.safe_load(data)
        repeated = _repeated_key(yaml.compose(data, yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: the 30th of February
        raise BadInput(where, "yaml", str(error).replace("\n", " "), "valid YAML") from error
    if not isinstance(raw, dict):
        raise BadInput(where, "yaml", type(raw).__name__, "a mapping of keys to values")
    if repeated is not None:
        raise BadInput(where, "repeated_key", repr(repeated), "each key once")
    fields = About.__struct_fields__
    for key in raw:
        if key not in fields:
            raise unknown_key(where, key, fields)
    try:
        about = msgspec.convert(raw, About)
    except msgspec.ValidationError as error:
        raise BadInput(where, "value", str(error), _hint(str(error))) from error
    if about.licence not in LICENCES:
        raise BadInput(where, "licence", repr(about.licence), f"one of {', '.join(LICENCES)}")
    for emotion in [*(value for value in about.labels.values() if value is not None), *about.counts]:
        if emotion not in EMOTIONS:
            raise BadInput(where, "unknown_emotion", repr(emotion), f"one of {', '.join(EMOTIONS)}")
    return about


def _repeated_key(node: Any) -> str | None:
    """A key that a mapping of a YAML tree holds twice; a parsed mapping shows the last one only."""
    if not isinstance(getattr(node, "value", None), list) or node.id != "mapping":
        return None
    keys = [key.value for key, _ in node.value]
    twice = [key for key in keys if isinstance(key, str) and keys.count(key) > 1]
    return next(iter(twice), None) or next(
        filter(None, (_repeated_key(value) for _, value in node.value)), None
    )


def _hint(complaint: str) -> str:
    if "Expected `str" in complaint and "got" in complaint:
        return "text; YAML takes no, off, on, numbers and dates for something else unless they are in quotes"
    return "what the README says in 'Adding a corpus'"


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every recording that has a row, and reports rows without recording and the reverse."""
    yield from tables.refused
    members = {member.path: member for member in source.members}
    alike = {_folded(path): path for path in members}
    for path, (where, _) in tables.entries.items():
        member = members.get(path)
        if member is None:
            near = alike.get(_folded(path))
            seen = f"no such file, but {near!a}" if near else "no such file"
            yield BadInput(path, "missing_audio", seen, f"a file, as {where} says")
        else:
            yield Clip(name=path, path=path, version=member.version)
    for path, member in members.items():
        if member.suffix in AUDIO and path not in tables.entries:
            yield BadInput(path, "no_metadata", "a file without a row", "a row in the metadata")


def _folded(path: str) -> str:
    """The same for names that differ in case or in how accents are encoded."""
    return composed(path).casefold()


def describe(clip: Clip, tables: Tables, labels: dict[str, str | None]) -> Description:
    """Takes the row and maps its label."""
    where, entry = tables.entries[clip.path]
    if entry.emotion not in labels:
        seen = f"{entry.emotion!r} in {where}"
        raise BadInput(clip.path, "unknown_emotion", seen, f"one of {', '.join(labels)}")
    emotion = labels[entry.emotion]
    if emotion is None:
        expected = f"nothing: {DESCRIPTION} leaves this label out"
        raise BadInput(clip.path, "left_out", f"{entry.emotion!r} in {where}", expected)
    return Description(
        emotion=emotion,
        transcription=entry.transcription,
        speaker=entry.speaker,
        gender=entry.gender,
        age=entry.age,
        group=entry.group,
    )
