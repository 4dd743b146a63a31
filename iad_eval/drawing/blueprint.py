"""What is the same in every good part of a class, drawn once, finely, and laid into each scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from iad_eval.drawing.canvas import SIZE, Colours, Plane
from iad_eval.drawing.scene import Scene

FINER, REACH = 2, 144
"""A blueprint has two dots to the pixel and reaches 144 px from the part's centre each way."""

_DOTS = 2 * REACH * FINER


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """The fields of a :class:`~iad_eval.drawing.camera.Part` that all good parts share.

    ``marks`` are further planes that a class needs for its defects or its variation. Drawn by a
    function of (u, v), with which distances are in px of the photograph.
    """

    cover: Plane
    colour: Colours
    relief: Plane
    gloss: Plane
    marks: tuple[Plane, ...] = ()

    def laid(self, scene: Scene) -> Blueprint:
        """All planes as the scene's camera sees them: the nearest dot, for the relief between dots."""
        u = (scene.u + np.float32(REACH)) * FINER
        v = (scene.v + np.float32(REACH)) * FINER
        column, row = u.astype(np.intp), v.astype(np.intp)
        dots = row * _DOTS + column

        def seen(sheet: Plane) -> Plane:
            return np.take(sheet, dots, mode="clip")

        colour = np.empty((3, SIZE, SIZE), dtype=np.float32)
        for channel, sheet in zip(colour, self.colour, strict=True):
            np.take(sheet, dots, mode="clip", out=channel)
        u -= column
        v -= row
        relief = _between(self.relief, dots, u, v)
        return Blueprint(seen(self.cover), colour, relief, seen(self.gloss), tuple(map(seen, self.marks)))


def once(draw: Callable[[Plane, Plane], Blueprint]) -> Callable[[], Blueprint]:
    """Draws a blueprint when it is first asked for, and keeps it (about 10 MB)."""

    @lru_cache(maxsize=1)
    def drawn() -> Blueprint:
        steps = (np.arange(_DOTS, dtype=np.float32) + np.float32(0.5)) / FINER - REACH
        u = np.ascontiguousarray(np.broadcast_to(steps, (_DOTS, _DOTS)))
        return draw(u, np.ascontiguousarray(u.T))

    return drawn


def _between(sheet: Plane, dots: NDArray[np.intp], right: Plane, down: Plane) -> Plane:
    """Interpolated: a step in height, however small, would cast a line of light."""
    rows = []
    for _ in range(2):
        here = np.take(sheet, dots, mode="clip")
        beside = np.take(sheet, dots + 1, mode="clip")
        beside -= here
        beside *= right
        beside += here
        rows.append(beside)
        dots = dots + _DOTS
    upper, lower = rows
    lower -= upper
    lower *= down
    lower += upper
    return lower
