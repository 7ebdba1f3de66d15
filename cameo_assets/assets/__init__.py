"""Dagster's side of the products: an asset for each declaration, made from it. Nothing here computes."""

import warnings

import dagster as dg

# Both are needed and work; each would print a line in every process that loads the code.
warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec", dg.PreviewWarning)
warnings.filterwarnings("ignore", ".*`backfill_policy`.*", dg.BetaWarning)
