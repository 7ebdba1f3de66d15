"""A corpus file that is pointed at the sample of another corpus says so, whatever the two are."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from cameo_assets.corpora.listing import list_corpus
from cameo_assets.corpora.recognise import recognised
from cameo_assets.corpora.registry import known
from cameo_assets.corpora.source import Source
from cameo_assets.errors import BadInput
from cameo_assets.samples import SAMPLES


@pytest.fixture(scope="module")
def copies(landing: Path) -> dict[str, Source]:
    """The samples; each is looked through once for all tests."""
    return {slug: Source(landing / slug) for slug in SAMPLES}


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_sample_is_recognised(slug: str, copies: dict[str, Source]) -> None:
    match = recognised(copies[slug])
    assert match is not None
    assert match.slug == slug


@pytest.mark.parametrize(("mine", "yours"), [*permutations(sorted(SAMPLES), 2)])
def test_a_sample_in_the_wrong_folder_is_called_by_its_name(
    mine: str, yours: str, copies: dict[str, Source]
) -> None:
    with pytest.raises(BadInput) as error:
        list_corpus(known()[mine], copies[yours])
    name = known()[yours].name
    assert f"{name} (" in error.value.seen
    assert error.value.expected.endswith(f"; {name} belongs into the landing folder {yours!r}")
