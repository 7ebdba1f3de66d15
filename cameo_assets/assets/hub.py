"""Rows `hub/*`: the repos as they would be published, built in the local publish folder."""

import dagster as dg

from cameo_assets.assets.board import board_page
from cameo_assets.assets.collection import splits, unified_jsonl
from cameo_assets.assets.common import OWNERS, check, check_specs, result, run_stage, table
from cameo_assets.automation.conditions import when_settled
from cameo_assets.resources import Cameo

CHECKS = {"licences": "Audio is published only where its licence says, or a person decided, that it may be."}


def _asset(
    name: str,
    upstream: list[dg.AssetsDefinition],
    about: str,
    *kinds: str,
    code_version: str = "1",
    following: str = "",
) -> dg.AssetsDefinition:
    @dg.asset(
        key=["hub", name],
        deps=upstream,
        group_name="hub",
        kinds={"huggingface", *kinds},
        owners=OWNERS,
        code_version=code_version,
        automation_condition=when_settled(following),
        check_specs=check_specs(["hub", name], None, **CHECKS),
        description=about,
    )
    def hub(context: dg.AssetExecutionContext, cameo: Cameo) -> dg.MaterializeResult:
        platform, outcome = run_stage(context, cameo, f"hub_{name}")
        details = outcome.record.details
        held_back = [row for row in details["licences"] if not row["audio"]]
        decided = [row for row in details["licences"] if row["by"]]
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
                "decided by a person": table(
                    ["corpus", "who", "audio", "why"],
                    [
                        (row["corpus"], row["by"], "yes" if row["audio"] else "no", row["reason"])
                        for row in decided
                    ],
                ),
            },
            [check("licences", not unlawful, metadata={"held back": len(held_back)})],
        )

    return hub


ASSETS = [
    _asset(
        "dataset",
        [unified_jsonl, splits],
        "The dataset repo: audio in Parquet, metadata, folds, card, licences.",
        "parquet",
        code_version="3",
        # The folds follow every new collection, so that following both would build the repo twice.
        following="splits",
    ),
    _asset(
        "results",
        [board_page],
        "The results repo: every score, every confusion, every raw answer.",
        "parquet",
        code_version="2",
    ),
    _asset("board", [board_page], "The leaderboard as a static Space.", "html"),
]
