"""PAVOQUE, a corpus of expressive German speech by one speaker in five styles.

Origin: GitHub marytts/pavoque-data, release v0.2: one long FLAC for each style, and a YAML list of the same
name in the repository, with text, start and end of each utterance in it. Licence: CC BY-NC-SA 4.0.
CAMEO numbers the utterances of a style in the order of its list. The publisher's own name of an utterance,
`<prompt>-<style>`, is kept as its group; the outtakes, which CAMEO has not, are passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from cameo_assets.corpora.source import Member, Source
from cameo_assets.corpora.spec import Archive, Clip, CorpusSpec, Description
from cameo_assets.errors import BadInput

LABELS = {"angry": "anger", "happy": "happiness", "neutral": "neutral", "poker": "poker", "sad": "sadness"}
OUTTAKES = "pavoque-outtakes.flac"
KEYS = {"prompt", "text", "style", "start", "end"}
NOTHING = 0.0005
"""Seconds by which numbers in the lists may differ and mean the same."""
SLACK = 0.05
"""Seconds by which a FLAC may be shorter than its list says."""
SEGMENTS = re.compile(
    r"^  segments:\r?\n(?:  - \{.*\}\r?\n)*  - \{.*, end: ([\d.]+)\}\r?\n(?=- |  \w|\Z)", re.MULTILINE
)
"""The phones of an utterance as published, up to the next key or utterance; only the last end is wanted."""
DEEPEST = 8
"""How deeply a list may be nested; 4 as published, and unlimited depth would crash the C parser."""


class Row(msgspec.Struct, frozen=True):
    """One utterance of a list; times are seconds in the FLAC of its style."""

    where: str
    prompt: str
    style: str
    text: str
    start: float
    end: float
    late_segment: bool


class Tables(msgspec.Struct, frozen=True):
    """The good rows by source name, and what is wrong with the lists and the other rows."""

    rows: dict[str, Row]
    refused: list[BadInput]


def read_tables(source: Source) -> Tables:
    """Reads the lists of all styles that are there; a bad list or row does not keep the others away.

    Raises:
        BadInput: There is none.
    """
    lists = {style: source.named(f"pavoque-{style}.yaml") for style in LABELS}
    if not any(lists.values()):
        expected = (
            "pavoque-angry.yaml and its like, the lists of utterances of github.com/marytts/pavoque-data"
        )
        raise BadInput("pavoque-angry.yaml", "missing_table", "no such file", expected)
    tables = Tables({}, [])
    for style, member in lists.items():
        if member is not None:
            try:
                _read_list(source, member, style, tables)
            except BadInput as error:
                tables.refused.append(error)
    return tables


def _read_list(source: Source, member: Member, style: str, tables: Tables) -> None:
    previous: float | None = 0.0
    for number, entry in enumerate(parse(member.path, source.text(member))):
        where = f"{member.path} item {number}"
        try:
            row = _row(where, entry, style, previous)
        except BadInput as error:
            tables.refused.append(error)
            previous = None  # the next one cannot be compared
            continue
        tables.rows[f"pavoque-{style}-{number}"] = row
        previous = row.end


def parse(path: str, text: str) -> list[Any]:
    """The items of a list, with every number as the text that it is.

    Raises:
        BadInput: It is no YAML, or no list.
    """
    import yaml

    # In pure Python this takes four times as long.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    # 98 % of the time would go into the phones.
    text = SEGMENTS.sub(r"  segments: \1\n", text)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise BadInput(path, "yaml", f"lists in lists, {depth} deep", f"at most {DEEPEST}")
        items = yaml.load(text, Loader=loader)  # builds nothing but lists, maps and texts
    except yaml.YAMLError as error:
        raise BadInput(path, "yaml", " ".join(str(error).split()), "a list in YAML") from error
    if not isinstance(items, list):
        raise BadInput(path, "yaml", f"a {type(items).__name__}", "a list of utterances")
    return items


def _row(where: str, entry: Any, style: str, previous: float | None) -> Row:
    """Checks one item; `previous` is the end of the one before, None where that is unknown."""
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys - {"segments"} != KEYS:
        seen = repr(sorted(keys)) if keys else _shown(entry)
        raise BadInput(where, "keys", seen, f"{sorted(KEYS)}, and segments or not")
    prompt, text = entry["prompt"], entry["text"]
    if not isinstance(prompt, str) or not prompt:
        raise BadInput(where, "no_prompt", _shown(prompt), "a code such as spike0001")
    if not isinstance(text, str) or not text.strip():
        raise BadInput(where, "no_text", _shown(text), "a sentence")
    if entry["style"] != style:
        raise BadInput(where, "style_disagrees", _shown(entry["style"]), f"{style}, as the file is called")
    start, end = _seconds(entry["start"]), _seconds(entry["end"])
    if not 0 <= start < end:
        seen = f"{_shown(entry['start'])} to {_shown(entry['end'])}"
        raise BadInput(where, "span", seen, "a start before an end, in seconds")
    if previous is not None and abs(start - previous) > NOTHING:
        raise BadInput(
            where, "not_contiguous", f"a start at {start:g} s", f"{previous:g} s, the end of the one before"
        )
    late = _last_segment(entry) > end - start + NOTHING
    return Row(where, prompt, style, text.strip(), start, end, late)


def _shown(value: Any) -> str:
    """A value for a message. A list is not printed: aliases can make a short one endless."""
    return repr(value) if isinstance(value, str) else f"a {type(value).__name__}"


def _seconds(value: Any) -> float:
    """The number; NaN where it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _last_segment(entry: dict[str, Any]) -> float:
    """Where the last phone ends, in seconds from the start of the utterance; NaN where that is unknown."""
    segments = entry.get("segments")
    if isinstance(segments, list) and segments and isinstance(segments[-1], dict):
        segments = segments[-1].get("end")
    return _seconds(segments)


def find(source: Source, tables: Tables) -> Iterator[Clip | BadInput]:
    """Yields every row of which the FLAC is there and long enough; reports the others."""
    yield from tables.refused
    audio = {style: source.named(f"pavoque-{style}.flac") for style in LABELS}
    lengths = {style: _length(source, member) for style, member in audio.items() if member is not None}
    for name, row in tables.rows.items():
        member = audio[row.style]
        if member is None:
            part = f"{row.start:g} to {row.end:g} s of it"
            yield BadInput(row.where, "missing_audio", f"no pavoque-{row.style}.flac", part)
        elif row.end > lengths[row.style] + SLACK:
            seen = f"{lengths[row.style]:.2f} s of sound in {member.path}"
            yield BadInput(row.where, "span", seen, f"at least {row.end:g} s")
        else:
            yield Clip(name=name, path=member.path, version=member.version, span=(row.start, row.end))
    for member in source.members:
        if member.suffix != ".flac" or member in audio.values():
            continue
        rule = "outtake" if member.name == OUTTAKES else "file_name"
        yield BadInput(member.path, rule, repr(member.name), "one pavoque-<style>.flac for each style")
    for style, member in audio.items():
        if member is not None and source.named(f"pavoque-{style}.yaml") is None:
            yield BadInput(member.path, "no_metadata", "a FLAC without its list", f"pavoque-{style}.yaml")


def _length(source: Source, member: Member) -> float:
    """Seconds by the header of a FLAC; infinite where it has none, which the decoder will say better."""
    with source.open(member.path) as file:
        head = file.read(42)
    # After `fLaC` and four bytes, STREAMINFO has the rate in 20 bits at byte 10 and the length in the last 36
    # bits before byte 18 (RFC 9639, 8.2).
    info = head[8:]
    rate, samples = int.from_bytes(info[10:13]) >> 4, int.from_bytes(info[13:18]) & (1 << 36) - 1
    return samples / rate if head[:4] == b"fLaC" and rate and samples else math.inf


def describe(clip: Clip, tables: Tables) -> Description:
    """Takes the row; the one speaker has no name in the data, and repeats few texts within a style."""
    row = tables.rows[clip.name]
    return Description(
        emotion=LABELS[row.style],
        transcription=row.text,
        speaker="1",
        gender="male",
        # All share the speaker, so that utterances are the only clusters there are.
        group=f"{row.prompt}-{row.style}",
        flags=("late_segment",) if row.late_segment else (),
    )


def _archives() -> Iterator[Archive]:
    lists = {
        "angry": (641_141, "42c2c5c1a8de2df81436431c8ecb1a23f96fc911cfd96a8662b4409c6a46c002"),
        "happy": (611_136, "e76139c7a638e9ef0247e1bf3236a28abf2f02e0eac926452e2a1ed049991bd1"),
        "neutral": (None, None),
        "poker": (630_189, "49defe79762791e6c43752902b1983f01375ba30ddc777240b41f05aeecb51ff"),
        "sad": (604_376, "adf7fac6b285fd58f575c614829c405d55f392b8ede6fecbef7de8a3b1915955"),
    }
    for style, (size, sha256) in lists.items():
        name = f"pavoque-{style}"
        raw = f"https://raw.githubusercontent.com/marytts/pavoque-data/v0.2/{name}.yaml"
        release = f"https://github.com/marytts/pavoque-data/releases/download/v0.2/{name}.flac"
        yield Archive(name=f"{name}.yaml", url=raw, size=size, sha256=sha256)
        yield Archive(name=f"{name}.flac", url=release)


SPEC = CorpusSpec(
    slug="pavoque",
    name="PAVOQUE",
    language="German",
    licence="CC BY-NC-SA 4.0",
    citation=(
        "Steiner, Schröder and Klepp (2013), The PAVOQUE corpus as a resource for analysis and synthesis of "
        "expressive speech, Phonetik und Phonologie 9"
    ),
    homepage="https://github.com/marytts/pavoque-data",
    labels=LABELS,
    read_tables=read_tables,
    find=find,
    describe=describe,
    archives=tuple(_archives()),
    obtain=(
        "pavoque-{angry,happy,neutral,poker,sad}.flac of release v0.2 of github.com/marytts/pavoque-data, "
        "and the five .yaml of the same names from its repository"
    ),
    counts={"anger": 601, "happiness": 584, "neutral": 3126, "poker": 575, "sadness": 556},
    speakers=1,
    attribution="PAVOQUE, copyright 2009 DFKI GmbH; speaker Stefan Röttig; CC BY-NC-SA 4.0",
    defects=(
        "In six utterances (3 angry, 1 happy, 2 sad) the last phone ends up to 11 ms late: late_segment.",
        "From the 517th on, sad utterances lie off the grid of 0.02 s.",
        "The 1,892 outtakes overlap each other and are not in CAMEO; they are passed over.",
        "Releases before v0.2 hold other files under another licence, and are not read.",
    ),
)
