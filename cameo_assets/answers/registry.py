"""The readers that every evaluation is read with, the headline's first."""

from __future__ import annotations

from typing import Final

from cameo_assets.answers.published import PUBLISHED
from cameo_assets.answers.reading import Reader
from cameo_assets.answers.strict import STRICT

READERS: Final[tuple[Reader, ...]] = (PUBLISHED, STRICT)
"""Readers in the order in which the board shows them."""

READERS_VERSION: Final = ",".join(f"{reader.name}@{reader.version}" for reader in READERS)
"""Changes when a reader comes, goes or changes, so that all answers are read again."""
