"""Cards: YAML that the Hub reads, and Markdown that text from elsewhere cannot break."""

from __future__ import annotations

import doctest

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cameo_assets.hub import card, dataset_card, licences, plan, results


def test_front_matter_keeps_order_and_letters() -> None:
    text = card.card({"b": "ø", "a": [1]}, "# Title", "", "Text").decode()
    assert text == "---\nb: ø\na:\n- 1\n---\n\n# Title\n\nText\n"
    assert yaml.safe_load(text.split("---\n")[1]) == {"b": "ø", "a": [1]}


@given(st.text())
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    shown = card.plain(text)
    assert len(shown.splitlines()) <= 1
    assert "<" not in shown
    unescaped = shown.replace("\\\\", "")
    assert unescaped.count("|") == unescaped.count("\\|")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.org/x", "[text](https://a.org/x)"),
        ("javascript:alert(1)", "text"),
        ("https://a.org/x) [y](https://b.org", "text"),
        ("", "text"),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, shown: str) -> None:
    assert card.link("text", url) == shown


@pytest.mark.parametrize("doi", ["10.1/x", "doi:10.1/x", "https://doi.org/10.1/x"])
def test_a_doi_may_be_given_in_any_form(doi: str) -> None:
    assert licences.doi_url(doi) == "https://doi.org/10.1/x"


@pytest.mark.parametrize("module", [card, dataset_card, licences, plan, results])
def test_examples_in_docstrings_hold(module) -> None:
    assert doctest.testmod(module).failed == 0
