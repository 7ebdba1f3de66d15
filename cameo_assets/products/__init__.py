"""The products of the graph, one file each; those that answer a question are in `analysis/`.

A module of this package declares `PRODUCT`, a module of `analysis/` declares `ANALYSIS`; that alone puts them
into the graph. The other modules here serve several products.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cameo_assets.lineage.declaration import Product


@lru_cache(maxsize=1)
def products() -> dict[str, Product]:
    """Every product by its name.

    Raises:
        ValueError: Two have the same name or the same records.
    """
    found: dict[str, Product] = {}
    for product in _declared():
        if product.name in found or any(product.record == other.record for other in found.values()):
            raise ValueError(f"two products are called {product.name}, or keep their records in one place")
        found[product.name] = product
    return found


def _declared() -> list[Product]:
    from cameo_assets import analysis

    found = []
    for package, attribute in ((import_module(__name__), "PRODUCT"), (analysis, "ANALYSIS")):
        for each in iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{each.name}")
            product = vars(module).get(attribute)
            # A module may import the declaration of another one.
            if product is not None and product.make.__module__ == module.__name__:
                found.append(product)
    return found
