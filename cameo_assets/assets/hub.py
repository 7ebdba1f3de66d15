"""Rows `hub/*`: the repos as they would be published, built in the local publish folder."""

import dagster as dg

from cameo_assets.assets.board import board_page
from cameo_assets.assets.collection import unified_jsonl
from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table
from cameo_assets.automation.conditions import when_settled
from cameo_assets.resources import Cameo

CHECKS = {"licences": "Audio of a corpus is published only where its licence says that it may be."}


def _asset(name: str, upstream: dg.AssetsDefinition, about: str, *kinds: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["hub", name],
        deps=[upstream],
        group_name="hub",
        kinds={"huggingface", *kinds},
        owners=OWNERS,
        code_version="1",
        automation_condition=when_settled(),
        check_specs=check_specs(["hub", name], None, **CHECKS),
        description=about,
    )
    def hub(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
        platform, outcome = run_stage(context, cameo, f"hub_{name}")
        details = outcome.record.details
        held_back = [row for row in details["licences"] if not row["audio"]]
        unlawful = [row for row in details["licences"] if row["audio"] and not row["redistribution"]]
        changes = {what: len(paths) for what, paths in details["changes"].items()}
        return result(
            outcome,
            {
                "path": dg.MetadataValue.path(str(platform.store.path("publish", details["repo"]))),
                "files": details["files"],
                "bytes": details["bytes"],
                "changes since the last build": table(["what", "files"], changes.items()),
                "audio held back": table(
                    ["corpus", "licence", "why"],
                    [(row["corpus"], row["licence"], row["reason"]) for row in held_back],
                ),
            },
            [check("licences", not unlawful, metadata={"held back": len(held_back)})],
        )

    return hub


ASSETS = [
    _asset(
        "dataset", unified_jsonl, "The dataset repo: audio in Parquet, metadata, card, licences.", "parquet"
    ),
    _asset(
        "results", board_page, "The results repo: every score, every confusion, every raw answer.", "parquet"
    ),
    _asset("board", board_page, "The leaderboard as a static Space.", "html"),
]
