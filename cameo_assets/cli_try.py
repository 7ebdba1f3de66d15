"""`cameo models try`: a model on a few clips, and what all of them would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cameo_assets.errors import BadInput
from cameo_assets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from cameo_assets.check.trial import Report
    from cameo_assets.models.trial import Timing

_LONGEST: Final = 100
_PAID: Final = {
    "tokens_in": "tokens read",
    "tokens_out": "tokens written",
    "cost": "cost",
}


@click.command("try")
@click.argument("model", metavar="ID|FILE")
@click.option(
    "--clips", type=click.IntRange(min=1), default=20, show_default=True, help="How many it is asked about."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def try_model(model: str, clips: int, as_json: bool) -> None:
    """Try a model on a few clips before it is asked about all.

    The clips come from all corpora and emotions of the collection in CAMEO_HOME; the model is asked under all
    its conditions, whether it is enabled or not. Its answers count: they are stored, and an evaluation does
    not ask for them again. Told are what it said and how that is read, its speed, and the time and the cost
    of a full pass.
    """
    import json
    from contextlib import closing

    import msgspec

    from cameo_assets.check.trial import report
    from cameo_assets.lineage.declaration import NotReady
    from cameo_assets.lineage.snapshot import Platform
    from cameo_assets.terminal import ProgressBar, page_console

    try:
        with closing(ProgressBar()) as bar:
            found = report(Platform.of(Settings.from_environment(), bar), model, clips)
    except (BadInput, NotReady) as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:  # whatever an engine raises; what was answered before it is kept
        raise click.ClickException(f"{model}: {type(error).__name__}: {error}") from error
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        console = page_console()
        for part in page(found):
            console.print(part)


def page(report: Report) -> Iterator[RenderableType]:
    """What is told of a trial, part by part."""
    from rich.text import Text

    where = f"the whole of {report.whole_corpus}" if report.whole_corpus else _of_corpora(report)
    yield Text(f"{report.name} ({report.model}) on {_clips(len(report.clips))}: {where}", style="bold")
    if report.whole_corpus:
        yield "  It learns from whole corpora, so it was tried on the smallest one."
    yield _lines(report)
    yield Text(f"\nWhat it said, as {report.examples[0].evaluation}", style="bold")
    yield _examples(report)
    yield Text("\nWhat that took", style="bold")
    yield _facts(_took(report))
    yield Text(f"\nA full pass over {_clips(report.utterances)}", style="bold")
    yield _full(report)
    yield _source(report)


def _of_corpora(report: Report) -> str:
    corpora = f"{len(report.corpora)} corp{'us' if len(report.corpora) == 1 else 'ora'}"
    return f"{_duration(report.seconds_of_audio)} of {corpora}, out of {_clips(report.utterances)}"


def _lines(report: Report) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 2))
    table.add_column("evaluation", no_wrap=True)
    for name in ("answers", "answered %", f"resolved % ({report.reader})"):
        table.add_column(name, justify="right")
    table.add_column("the others, such as")
    for line in report.lines:
        others = (
            f"{kind.count:,} {name}: {kind.example}"
            for name, kind in line.kinds.items()
            if name != "answered"
        )
        table.add_row(
            line.evaluation,
            f"{line.answers:,}",
            f"{100 * line.answered:.1f}",
            f"{100 * line.resolved:.1f}",
            _plain("\n".join(others)),
        )
    return table


def _examples(report: Report) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 2))
    for name in ("corpus", "label", "said", "read as"):
        table.add_column(name, overflow="fold")
    for each in report.examples:
        said = each.error or " ".join(each.text.split())
        read = each.read if each.resolved else f"{each.read or '-'} (not resolved)"
        table.add_row(each.corpus, each.emotion, _plain(said[:_LONGEST]), read)
    return table


def _took(report: Report) -> dict[str, str]:
    if report.timing is None:
        return {"time": "nothing was asked: all answers were there; ask about more with --clips"}
    timing = report.timing
    what = f"{timing.answers:,} answers on {_clips(timing.clips)}"
    return {
        "loading": _duration(timing.loading),
        "answering": f"{_duration(timing.answering)} for {what}",
        "speed": f"{timing.clips_per_second:.2f} clips/s, {timing.answering / timing.clips:.3f} s a clip",
        "memory": _memory(timing),
        "versions": ", ".join(f"{name} {version}" for name, version in report.versions.items()),
        **_paid(report.paid),
    }


def _memory(timing: Timing) -> str:
    text = f"{timing.memory / 2**30:.2f} GiB at most"
    if timing.accelerator_memory is None:
        return text
    return f"{text}, {timing.accelerator_memory / 2**30:.2f} GiB on the accelerator"


def _full(report: Report) -> Table:
    """A full pass and what is left of it, side by side."""
    from rich.table import Table

    both = (report.full, report.left)
    table = Table(box=None, padding=(0, 2, 0, 2))
    for name in ("", "all of it", "what is left"):
        table.add_column(name, justify="right" if name else "left")
    table.add_row("answers", *(f"{each.answers:,}" for each in both))
    if report.timing is not None:
        table.add_row("time, about", *(_duration(each.seconds or 0) for each in both))
    for name, label in _PAID.items():
        if name in report.paid:
            table.add_row(f"{label}, about", *(_number(each.paid[name]) for each in both))
    return table


def _source(report: Report) -> str:
    given = sum(line.answers for line in report.lines)
    source = f"  Extrapolated from {given:,} answers on {_clips(len(report.clips))}."
    if report.whole_corpus:
        return f"{source} Larger corpora take longer to learn from."
    return f"{source} An engine that asks about many clips at once is faster on a full pass."


def _paid(paid: Mapping[str, float]) -> dict[str, str]:
    return {label: _number(paid[name]) for name, label in _PAID.items() if name in paid}


def _facts(facts: Mapping[str, str]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, _plain(value))
    return table


def _clips(number: int) -> str:
    return f"{number:,} clip{'' if number == 1 else 's'}"


def _number(value: float) -> str:
    """A count in full, an amount of money to four digits.

    >>> _number(12000), _number(0.01234567)
    ('12,000', '0.01235')
    """
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:.4g}"


def _duration(seconds: float) -> str:
    """A time as people say it.

    >>> _duration(0.41), _duration(75), _duration(4000), _duration(400_000)
    ('0.4 s', '1 min 15 s', '1 h 7 min', '4 d 15 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    for unit, size, smaller, part in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    raise AssertionError("unreachable")


def _plain(text: str) -> Text:
    r"""The text as it is, no markup in it, with `\x..` for what would move the cursor."""
    from rich.text import Text

    return Text("".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text))
