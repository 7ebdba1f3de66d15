"""What is shown of a product, as Dagster's metadata and check results."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from cameo_assets.lineage.shown import Check, Located, Markdown, Picture, Table, table

if TYPE_CHECKING:
    from cameo_assets.lineage.run import Outcome


def metadata(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Dagster's metadata."""
    return {name: _value(value) for name, value in values.items()}


def of_outcome(outcome: Outcome, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a materialisation: what was made from what, and what the product shows."""
    record = outcome.record
    inputs = table(["input", "version"], sorted(record.inputs.items()))
    files = table(["file", "bytes", "SHA-256"], [(p, d.size, d.sha256) for p, d in record.made.items()][:50])
    why = {"made because": outcome.why} if outcome.changed else {}
    return {
        "unchanged": not outcome.changed,
        **why,
        **metadata({"made from": inputs, "files made": files}),
        **metadata(shown),
        **metadata(outcome.passing),
    }


def check_result(found: Check) -> dg.AssetCheckResult:
    """The result of a check."""
    return dg.AssetCheckResult(
        check_name=found.name,
        passed=found.passed,
        severity=_severity(found),
        metadata=metadata(found.metadata),
        description=found.description,
    )


def check_event(asset: dg.AssetKey, partition: str | None, found: Check) -> dg.AssetCheckEvaluation:
    """The same as an event, for a partition that is no output of its step."""
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=found.name,
        passed=found.passed,
        severity=_severity(found),
        metadata=metadata(found.metadata),
        description=found.description,
        partition=partition,
    )


def _severity(found: Check) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if found.warn else dg.AssetCheckSeverity.ERROR


def _value(value: Any) -> Any:
    if isinstance(value, Table):
        return _table(value)
    if isinstance(value, Markdown):
        return dg.MetadataValue.md(value.text)
    if isinstance(value, Picture):
        return dg.MetadataValue.md(f"![plot](data:image/png;base64,{base64.b64encode(value.png).decode()})")
    return dg.MetadataValue.path(value.path) if isinstance(value, Located) else value


def _table(found: Table) -> dg.MetadataValue[str]:
    """A table for the UI; where it has no rows, a word, which pages of checks show without a click."""
    if not found.rows:
        return dg.MetadataValue.text("none")
    lines = [found.columns, ["---"] * len(found.columns), *found.rows]
    text = "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)
    return dg.MetadataValue.md(text)


def _cell(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
