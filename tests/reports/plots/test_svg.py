"""SVG that follows a theme by itself and takes a page's when it stands in one."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from iad_eval.reports.chart import Chart, Dots, Panel
from iad_eval.reports.plots import draw
from iad_eval.reports.plots.svg import DARK, LIGHT, inline

ALT = 'Accuracy of <b> & "others".'


def _svg(name: str = "one") -> str:
    dots = [Dots(f"model {group}", ((0.0, float(group)),), group=group) for group in range(8)]

    def nothing(sample: str, perturbation: str) -> Path | None:
        return None

    return draw(Chart(name, name, ALT, (Panel(tuple(dots)),)), nothing, nothing).svg


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_series_stand_out_from_the_ground(palette: dict[str, str]) -> None:
    assert _contrast(palette["ink"], palette["paper"]) >= 7
    assert _contrast(palette["muted"], palette["paper"]) >= 4.5
    assert all(_contrast(palette[str(group)], palette["paper"]) >= 3 for group in range(8))
    assert len(set(palette.values())) == len(palette) == 12


def test_every_colour_can_be_themed() -> None:
    svg = _svg()
    drawn = re.sub(r"<style>.*?</style>", "", svg, count=1, flags=re.DOTALL)
    themed = re.sub(r"var\(--fig-\w+, #[0-9a-f]{6}\)", "", drawn)
    assert set(re.findall(r"#[0-9a-f]{6}\b", themed)) == set()
    for group in range(8):
        assert f"var(--fig-{group}, {LIGHT[str(group)]})" in drawn


def test_a_file_knows_both_themes_and_tells_what_it_shows() -> None:
    svg = _svg()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == ALT
    assert "prefers-color-scheme: dark" in svg
    assert DARK["ink"] in svg
    assert "metadata" not in svg
    assert "DOCTYPE" not in svg


def test_in_a_page_the_pages_colours_and_width_count() -> None:
    part = inline(_svg(), "one")
    root = ElementTree.fromstring(part)
    assert root.get("width") is None
    assert root.get("viewBox")
    assert "<style" not in part
    assert part.startswith("<svg")
    assert "http://" not in part.replace("http://www.w3.org/", "")


def test_two_figures_in_a_page_share_no_id() -> None:
    parts = [inline(_svg(name), name) for name in ("one", "a two")]
    ids = [set(re.findall(r'\bid="([^"]+)"', part)) for part in parts]
    assert ids[0]
    assert not ids[0] & ids[1]
    for part, own in zip(parts, ids, strict=True):
        used = set(re.findall(r'(?:url\(#|xlink:href="#)([^")]+)', part))
        assert used
        assert used <= own
