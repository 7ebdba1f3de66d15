"""Every pair of text and ground that the stylesheet makes is readable: WCAG 2.2, level AA."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cameo_assets.board import page

_CSS = (Path(page.__file__).parent / "page.css").read_text("utf-8")
COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", _CSS)
}

TEXT = 4.5
GRAPHIC = 3.0
PAIRS = [
    *(("text", ground, TEXT) for ground in ("page", "soft", "hover", "shade")),
    *(("muted", ground, TEXT) for ground in ("page", "soft", "hover")),
    *(("accent", ground, TEXT) for ground in ("page", "soft", "hover")),
    *(("warn", ground, TEXT) for ground in ("page", "soft", "warn-soft")),
    ("tip-text", "tip", TEXT),
    ("warn", "shade", GRAPHIC),
    ("accent", "shade", 1.8),  # the ring around a hit, which is bold as well
    ("edge", "page", GRAPHIC),
    ("chance", "page", GRAPHIC),
    ("chance", "soft", GRAPHIC),
]


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast(front: str, ground: str, least: float, scheme: str) -> None:
    assert contrast(COLOURS[front][scheme], COLOURS[ground][scheme]) >= least
