"""Sheets of pictures by matplotlib: tiles of one size with their captions below."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Plot
from PIL import Image

from iad_eval.reports.chart import Sheet, Tile
from iad_eval.reports.plots.style import DPI
from iad_eval.reports.plots.svg import LIGHT
from iad_eval.visible import visible

Files = Callable[[str, str], Path | None]
"""Sample and perturbation -> the file of a view's picture or outline, None where the run has none."""

_COLUMNS: Final = 4
_TILE: Final = 2.2  # inches
_LINE: Final = 0.135  # inches of a caption's line


def sheet_plot(sheet: Sheet, picture: Files, outline: Files) -> Plot:
    """Tiles of one size, each row as high as its longest caption; in inches, so that nothing is cut."""
    columns = min(_COLUMNS, max(1, len(sheet.tiles)))
    rows = [sheet.tiles[first : first + columns] for first in range(0, len(sheet.tiles), columns)]
    heights = [_TILE + _LINE * (1.5 + max(len(_caption(tile)) for tile in row)) for row in rows]
    width, height, gap = columns * (_TILE + 0.12), sum(heights) or _TILE, 0.06
    plot = Plot(figsize=(width, height), dpi=DPI)
    top = height
    for row, taken in zip(rows, heights, strict=True):
        for place, tile in enumerate(row):
            left, below = place * (_TILE + 0.12) + gap, top - _TILE
            axes = plot.add_axes((left / width, below / height, _TILE / width, (_TILE - gap) / height))
            _tile(axes, tile, picture, outline)
        top -= taken
    return plot


def _tile(axes: Axes, tile: Tile, picture: Files, outline: Files) -> None:
    shown = _composed(
        picture(tile.sample, tile.perturbation),
        outline(tile.sample, tile.perturbation) if tile.has_outline else None,
    )
    axes.set_xticks([])
    axes.set_yticks([])
    if shown is None:
        axes.text(
            0.5, 0.5, "no picture\nin this run", ha="center", va="center", color=LIGHT["muted"], fontsize=8
        )
    else:
        axes.set_axis_off()
        axes.imshow(shown, interpolation="none")
    axes.annotate(
        "\n".join(_caption(tile)),
        (0, 0),
        (0, -4),
        xycoords="axes fraction",
        textcoords="offset points",
        annotation_clip=False,
        ha="left",
        va="top",
        fontsize=7.5,
        linespacing=1.2,
    )


def _caption(tile: Tile) -> list[str]:
    return [line for text in tile.caption for line in textwrap.wrap(visible(text), 38)[:10] or [""]]


def _composed(picture: Path | None, outline: Path | None) -> Image.Image | None:
    if picture is None:
        return None
    try:
        with Image.open(picture) as image:
            whole = image.convert("RGBA")
        if outline is not None:
            with Image.open(outline) as line:
                whole.alpha_composite(line.convert("RGBA").resize(whole.size))
    except (OSError, ValueError):  # half a file in a copied run
        return None
    return whole.convert("RGB")
