"""How figures look: one type, few lines, colours of one palette."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import Any, Final

from iad_eval.reports.plots.svg import LIGHT
from iad_eval.visible import visible

DPI: Final = 160
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "p")
DASHES: Final = (
    "-",
    "--",
    "-.",
    (0, (1, 1.2)),
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (7, 2)),
    (0, (3, 3)),
    (0, (2, 1)),
)
"""Shapes and dashes tell series apart where colours do not."""

_LONGEST: Final = 44  # signs of a label: what fits a legend

SETTINGS: Final[dict[str, Any]] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "iad-eval",
    "text.parse_math": False,  # names may hold a dollar sign
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": LIGHT["muted"],
    "axes.facecolor": LIGHT["paper"],
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": LIGHT["ink"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT["ink"],
    "axes.titlelocation": "left",
    "figure.facecolor": LIGHT["paper"],
    "grid.color": LIGHT["grid"],
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.labelcolor": LIGHT["ink"],
    "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "xtick.labelcolor": LIGHT["muted"],
    "ytick.labelcolor": LIGHT["muted"],
}
"""What matplotlib is told while it draws."""


def colour(group: int) -> str:
    """The colour of a series."""
    return LIGHT[str(group % 8)]


def short(text: str, most: int = _LONGEST) -> str:
    """One line of at most ``most`` signs, the middle left out where there are more."""
    shown = visible(text)
    if sum(unicodedata.combining(sign) == 0 for sign in shown) <= most:
        return shown
    return f"{shown[: most // 2 - 1]}…{shown[-(most // 2 - 1) :]}"


def wrapped(text: str, width: int) -> str:
    """The same on several lines of at most ``width`` signs."""
    return "\n".join(textwrap.wrap(short(text), width)) or " "
