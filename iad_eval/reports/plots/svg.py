"""SVG made by the plotting library, finished: themed colours, a style of its own, ready for a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

LIGHT: Final[Mapping[str, str]] = {
    "ink": "#1c2127",
    "muted": "#59626c",
    "grid": "#e0e3e7",
    "paper": "#ffffff",
    "0": "#0063a8",
    "1": "#c04a00",
    "2": "#007d5c",
    "3": "#a83c86",
    "4": "#8a6100",
    "5": "#1b7f97",
    "6": "#7a51b8",
    "7": "#6b6b66",
}
"""Colours by role: text, secondary text, grid, ground, then the series, also for colour-blind eyes."""

DARK: Final[Mapping[str, str]] = {
    "ink": "#e6e9ec",
    "muted": "#9da7b2",
    "grid": "#2c333b",
    "paper": "#1a1f24",
    "0": "#6cb4f0",
    "1": "#ff9e57",
    "2": "#45c79e",
    "3": "#ee8fcb",
    "4": "#e0b84b",
    "5": "#63c5dc",
    "6": "#b79cf2",
    "7": "#a9a9a2",
}
"""The same roles on a dark ground."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def themed(svg: str) -> str:
    """Each colour of the light palette as a variable, which falls back to that colour."""
    for role, colour in LIGHT.items():
        svg = svg.replace(colour, f"var(--fig-{role}, {colour})")
    svg = re.sub(r"font-family: [^;\"]+", f"font-family: {_FONT}", svg)
    return re.sub(r"(font: [^;\"]*?px) [^;\"]+", rf"\1 {_FONT}", svg)


def standalone(svg: str, alt: str) -> str:
    """A file that follows the reader's light or dark theme by itself."""
    opening, rest = _opened(svg)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_labelled(opening, alt)}{_style()}{rest}'


def inline(svg: str, name: str) -> str:
    """A standalone figure as part of a page, which gives colours and width; its ids are its own."""
    opening, rest = _opened(svg)
    opening = re.sub(r'\s(?:width|height)="[^"]*"', "", opening)
    rest = re.sub(r"<style.*?</style>", "", rest, flags=re.DOTALL)
    opening = f'{opening[:-1]} style="stroke-linejoin: round; stroke-linecap: butt">'
    prefix = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    whole = re.sub(r'\bid="', f'id="{prefix}-', opening + rest)
    whole = re.sub(r"url\(#", f"url(#{prefix}-", whole)
    return re.sub(r'xlink:href="#', f'xlink:href="#{prefix}-', whole)


def _opened(svg: str) -> tuple[str, str]:
    """The opening tag and what follows it; prolog, document type and metadata are left out."""
    start = svg.index("<svg")
    end = svg.index(">", start) + 1
    rest = re.sub(r"\s*<metadata>.*?</metadata>", "", svg[end:], flags=re.DOTALL)
    return svg[start:end], rest


def _labelled(opening: str, alt: str) -> str:
    plain = " ".join(alt.split())
    return f'{opening[:-1]} role="img" aria-label={quoteattr(plain)}>\n <title>{escape(plain)}</title>'


def _style() -> str:
    def variables(palette: Mapping[str, str]) -> str:
        return " ".join(f"--fig-{role}: {colour};" for role, colour in palette.items())

    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}"
    ground = "svg { background: var(--fig-paper); }"
    return f"\n <style>:root {{ {variables(LIGHT)} }} {dark} {ground}</style>"
