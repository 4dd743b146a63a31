"""What parts lie on: one large sheet of each material, of which every photograph shows another piece."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from iad_eval.drawing.canvas import RGB, SIZE, Colours, Plane, ink
from iad_eval.drawing.noise import grain, look_up, table
from iad_eval.drawing.scene import Scene
from iad_eval.drawing.streams import stream

_SHEET = 640


def rubber_mat(scene: Scene, colour: RGB) -> Colours:
    """Dull and finely pebbled, with dust."""
    return ink(colour) * _piece(_rubber(), scene)


def belt(scene: Scene, colour: RGB) -> Colours:
    """Ribbed along the direction of travel, here downward."""
    return ink(colour) * _piece(_ribbed(), scene)


def paper(scene: Scene, colour: RGB) -> Colours:
    """Nearly plain, with a hint of fibre."""
    return ink(colour) * _piece(_fibrous(), scene)


def milled_table(scene: Scene, colour: RGB) -> Colours:
    """A machine table: faint straight milling marks."""
    return ink(colour) * _piece(_milled(), scene)


def _piece(sheet: Plane, scene: Scene) -> Plane:
    left, top = (int(start) for start in scene.named("ground").integers(_SHEET - SIZE, size=2))
    return sheet[top : top + SIZE, left : left + SIZE]


@lru_cache(maxsize=1)
def _rubber() -> Plane:
    pebbles = _hills("rubber pebbles", 250)
    dust = np.maximum(_hills("rubber dust", 320) - np.float32(1.9), 0)
    sheet: Plane = 1 + 0.09 * pebbles + 0.06 * _hills("rubber clouds", 12) + 0.05 * _grain("rubber") + dust
    return sheet


@lru_cache(maxsize=1)
def _ribbed() -> Plane:
    across = np.arange(_SHEET, dtype=np.float32) + _hills("ribs", 8) * np.float32(0.5)
    ribs = np.sin(across * np.float32(2 * np.pi / 6))
    sheet: Plane = 1 + 0.10 * ribs + 0.07 * _hills("belt wear", 14) + 0.05 * _grain("belt")
    return sheet


@lru_cache(maxsize=1)
def _fibrous() -> Plane:
    fibres, clouds = _hills("fibres", 160), _hills("paper clouds", 8)
    sheet: Plane = 1 + 0.012 * fibres + 0.02 * clouds + 0.008 * _grain("paper")
    return sheet


@lru_cache(maxsize=1)
def _milled() -> Plane:
    down = np.arange(_SHEET, dtype=np.float32)[:, None] + _hills("milling drift", 7)
    marks = look_up(table(stream(0, "milling marks"), _SHEET + 20, 2), down + 10)
    sheet: Plane = 1 + 0.06 * marks + 0.05 * _hills("table wear", 11) + 0.03 * _grain("table")
    return sheet


def _hills(name: str, across: int) -> Plane:
    cells = stream(0, name).standard_normal((across, across), dtype=np.float32)
    return np.asarray(Image.fromarray(cells).resize((_SHEET, _SHEET), Image.Resampling.BICUBIC))


def _grain(name: str) -> Plane:
    return grain(stream(0, name), _SHEET)
