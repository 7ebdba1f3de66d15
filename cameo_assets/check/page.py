"""What `cameo check` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cameo_assets.vocabulary import LICENCES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cameo_assets.audio.hearing import Heard
    from cameo_assets.check.looking import About, Checked
    from cameo_assets.corpora.report import FoundArchive, Reason, Report
    from cameo_assets.errors import Refusal

_INDENT: Final = (0, 0, 0, 2)
_VERDICTS: Final = {"not published": "here; its publisher gives no size or checksum"}
"""Verdicts of `landing.verdict` that are too short for a reader."""


def page(checked: Checked) -> Group:
    """All that is known of a copy, from what it is to what is wrong with it."""
    parts: list[RenderableType] = []
    if checked.about is None:
        parts.append(_bold(_shown(checked.path)))
    else:
        parts += _head(checked.about, checked.path)
    sample = checked.report is not None and checked.report.state == "sample"
    if checked.report is not None:
        parts += _body(checked.report)
    parts += _archives(checked.archives, sample)
    if checked.report is not None:
        parts += _reasons("Rows without a recording in this copy", checked.report.not_here)
        parts += _reasons("Passed over, which is no fault of the copy", checked.report.passed_over)
        parts += _reasons("Refused", checked.report.refused)
    if checked.sound is not None:
        parts += _sound(checked.sound)
    if checked.error is not None:
        parts += _unusable(checked.error)
    return Group(*parts)


def _head(about: About, path: str) -> Iterator[RenderableType]:
    """What the corpus is, where it comes from, and under which licence."""
    yield _bold(f"{about.name} ({about.slug})")
    yield _facts(
        {
            "copy": path,
            "language": about.language,
            "licence": " ".join(filter(None, (about.licence, LICENCES[about.licence].url))),
            "to be decided": about.licence_doubt,
            "comes from": " ".join(filter(None, (about.homepage, about.doi and f"doi:{about.doi}"))),
            "to fetch": about.obtain,
            "to be cited": about.citation,
        }
    )


def _unusable(error: Refusal) -> Iterator[RenderableType]:
    """Why nothing of a copy can be used."""
    yield Text("\nNothing here can be used", style="bold red")
    facts = {"where": error.path, "rule": error.rule, "seen": error.seen, "expected": error.expected}
    yield _facts(facts)


def _body(report: Report) -> Iterator[RenderableType]:
    """What the copy holds."""
    yield _bold(f"\n{verdict(report)}")
    if report.state == "empty" and not report.not_here:
        return  # of another corpus, as like as not: a table of zeros would say nothing
    yield Padding(_tallies(report), _INDENT, expand=False)
    yield _facts(
        {
            "speakers": _beside(report.speakers, report.published_speakers, report.without_speaker),
            "sentences": _beside(report.sentences, report.published_sentences, report.without_text),
            "known oddities": ", ".join(f"{flag} {n:,}" for flag, n in report.flags.items()),
            "ignored": f"{report.ignored:,} files of operating systems" if report.ignored else "",
        }
    )


def verdict(report: Report) -> str:
    """How much of the corpus this is, in one sentence."""
    found = f"{report.recordings:,} recording{'s' * (report.recordings != 1)}"
    published = f"{report.published or 0:,}"
    rows = sum(reason.number for reason in report.not_here)
    return {
        "empty": f"No recordings; {rows:,} rows of the tables are without one" if rows else "No recordings",
        "complete": f"Complete: all {found} that were published",
        "partial": f"A partial copy: {found} of {published} that were published",
        "too many": f"{found}, where {published} were published: see the emotions with too many",
        "unknown": f"{found}; nothing is published to compare their number with",
        "sample": f"A spoken sample with {found}, not the corpus itself",
    }[report.state]


def _archives(found: tuple[FoundArchive, ...], sample: bool) -> Iterator[RenderableType]:
    """Published archives that are there, and whether they are what was published."""
    if not found:
        return
    yield _bold("\nArchives beside the published ones")
    if sample:
        yield _line("not compared: a sample only borrows their names")
    else:
        yield _facts({each.path: _VERDICTS.get(each.verdict, each.verdict) for each in found})


def _sound(heard: Heard) -> Iterator[RenderableType]:
    """What came out of decoding every recording."""
    long = f"{heard.seconds / 3600:.2f} h" if heard.seconds >= 3600 else f"{heard.seconds / 60:.1f} min"
    yield _bold(f"\nDecoded: {heard.taken:,} of {heard.recordings:,} recordings, {long}")
    yield _facts({"oddities": ", ".join(f"{flag} {n:,}" for flag, n in heard.flags.items())})
    if heard.duplicates:
        yield _bold(f"\nThe same sound under several names: {len(heard.duplicates):,}")
        for paths in heard.duplicates:
            yield _line(" = ".join(paths))
    yield from _reasons("Refused when decoded", heard.refused)


def _tallies(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_footer=len(report.tallies) > 1)
    table.add_column("emotion", footer="all")
    for name, total in (
        ("here", report.recordings),
        ("published", report.published),
        ("in CAMEO", report.cameo),
    ):
        table.add_column(name, justify="right", footer=_number(total))
    for each in report.tallies:
        odd = each.published is not None and each.found > each.published
        style = "red" if odd else "yellow" if each.published and each.found < each.published else ""
        table.add_row(
            each.emotion, _number(each.found), _number(each.published), _number(each.cameo), style=style
        )
    return table


def _reasons(title: str, reasons: tuple[Reason, ...]) -> Iterator[RenderableType]:
    """Each rule with how many broke it, and one example in full."""
    if not reasons:
        return
    yield _bold(f"\n{title}: {sum(each.number for each in reasons):,}")
    for each in reasons:
        yield _line(f"{each.rule}  {each.number:,}", style="yellow")
        example = each.example
        kinds = ", ".join(f"{number:,} {seen}" for seen, number in each.kinds.items())
        facts = {
            "of these": kinds,
            "such as": example.path,
            "seen": example.seen,
            "expected": example.expected,
        }
        yield Padding(_facts(facts), _INDENT, expand=False)


def _facts(facts: dict[str, str]) -> Padding:
    """Names and what there is to say; a name without anything is left out."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(Text(_shown(name)), Text(_shown(value)))
    return Padding(table, _INDENT, expand=False)


def _bold(text: str) -> Text:
    return Text(text, style="bold")


def _line(text: str, style: str = "") -> Padding:
    return Padding(Text(_shown(text), style=style, overflow="fold"), _INDENT, expand=False)


def _beside(found: int, published: int | None, unknown: int) -> str:
    text = f"{found:,}" if published is None else f"{found:,} of {published:,}"
    if not unknown:
        return text
    return f"{text}; unknown for {unknown:,} recordings" if found else "unknown"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _shown(text: str) -> str:
    r"""The text with `\x..` for what would move the cursor, such as a line break in a file name."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
