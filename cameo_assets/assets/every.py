"""Every asset, in the order of the graph."""

from __future__ import annotations

import dagster as dg

from cameo_assets.assets.common import asset_of
from cameo_assets.assets.predictions import model_specs, predictions_of
from cameo_assets.assets.raw import raw_of
from cameo_assets.lineage.graph import ordered


def assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """One asset for each product; of the raw corpora one each, as each has a publisher of its own."""
    found: list[dg.AssetsDefinition | dg.AssetSpec] = [model_specs]
    for product in ordered():
        if product.name == "raw":
            found += raw_of(product)
        elif product.name == "predictions":
            found.append(predictions_of(product))
        else:
            found.append(asset_of(product))
    return found
