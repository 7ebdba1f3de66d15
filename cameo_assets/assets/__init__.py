"""Thin Dagster covers of the stages: run one, and show what came out. Nothing here computes."""

import warnings

import dagster as dg

# Both are needed and work; each would print a line in every process that loads the code.
warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec", dg.PreviewWarning)
warnings.filterwarnings("ignore", ".*`backfill_policy`.*", dg.BetaWarning)
