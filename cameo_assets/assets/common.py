"""What the assets share: running a stage, and turning its record into what the UI shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.resources import Cameo

if TYPE_CHECKING:
    from cameo_assets.provenance import Record
    from cameo_assets.stages.base import Outcome, Platform

OWNERS = ["team:benchmark"]


def run_stage(
    context: dg.AssetExecutionContext, cameo: Cameo, name: str, partition: str = "all"
) -> tuple[Platform, Outcome]:
    """Runs a stage and turns its complaints into failures that say what to do.

    Raises:
        Failure: An input is missing or unusable; a retry would not help.
    """
    from cameo_assets.errors import BadInput
    from cameo_assets.stages.base import NotReady, run
    from cameo_assets.stages.graph import stage

    platform = cameo.platform(context)
    platform.store.sweep()
    try:
        outcome = run(stage(name), platform, partition)
    except (NotReady, BadInput) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info("made anew" if outcome.changed else "unchanged: the inputs are those of the last time")
    return platform, outcome


def result(
    outcome: Outcome, metadata: Mapping[str, Any], checks: Sequence[dg.AssetCheckResult] = ()
) -> dg.MaterializeResult:
    """The materialisation of a stage, with the version of its product as data version."""
    record = outcome.record
    return dg.MaterializeResult(
        data_version=dg.DataVersion(record.output),
        metadata={"unchanged": not outcome.changed, "made from": made_from(record), **metadata},
        check_results=checks,
    )


def made_from(record: Record) -> dg.MetadataValue[str]:
    """The versions of the inputs, as a table."""
    return table(["input", "version"], sorted(record.inputs.items()))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MetadataValue[str]:
    """A table for the UI; where it has no rows, a word, which pages of checks show without a click."""
    cells = list(rows)
    if not cells:
        return dg.MetadataValue.text("none")
    lines = [columns, ["---"] * len(columns), *cells]
    text = "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)
    return dg.MetadataValue.md(text)


def times(counts: Mapping[str, int]) -> str:
    """How often what happened, in one line, such as `3 file_name, 1 spelling`."""
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def _cell(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def picture(png: bytes) -> dg.MarkdownMetadataValue:
    """A plot for the UI."""
    import base64

    return dg.MetadataValue.md(f"![plot](data:image/png;base64,{base64.b64encode(png).decode()})")


def check(
    name: str,
    passed: bool,
    *,
    warn: bool = False,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> dg.AssetCheckResult:
    """The result of one check; `warn` is for what a person should know and nobody has to mend."""
    severity = dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        check_name=name, passed=passed, severity=severity, metadata=metadata or {}, description=description
    )


def check_specs(
    asset: str | Sequence[str], partitions: dg.PartitionsDefinition[str] | None, **checks: str
) -> list[dg.AssetCheckSpec]:
    """Declares the checks of an asset, each with what it looks at; partitioned as the asset is."""
    return [
        dg.AssetCheckSpec(name, asset=dg.AssetKey(asset), description=about, partitions_def=partitions)
        for name, about in checks.items()
    ]
