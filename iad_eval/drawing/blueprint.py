"""What is the same in every good part of a class, drawn once, finely, and laid into each scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from iad_eval.drawing.canvas import SIZE, Colours, Plane
from iad_eval.drawing.scene import Scene

_FINER, _REACH = 2, 144  # dots to the pixel; px from the part's centre each way, past a turned corner
_DOTS = 2 * _REACH * _FINER
_COARSE = 2 * _REACH

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """The fields of a :class:`~iad_eval.drawing.camera.Part` that all good parts share.

    All but ``relief`` are between 0 and 1. ``marks`` are further planes that a class needs for its
    variation or its defects. Drawn by a function of (u, v), in px of the photograph.
    """

    cover: Plane
    colour: Colours
    relief: Plane
    gloss: Plane
    marks: tuple[Plane, ...] = ()


class Sheet:
    """A blueprint on paper: small enough to stay in a processor's cache while it is looked up."""

    def __init__(self, drawn: Blueprint) -> None:
        layers = (*drawn.colour, drawn.cover)
        packed = np.stack([_in_bytes(layer) for layer in layers], axis=-1)
        self._colour_and_cover = packed.view(np.uint32)[:, :, 0]
        self._others = tuple(_in_bytes(layer) for layer in (drawn.gloss, *drawn.marks))
        blocks = drawn.relief.reshape(_COARSE, _FINER, _COARSE, _FINER)
        self._relief = np.ascontiguousarray(blocks.mean(axis=(1, 3)))

    def laid(self, scene: Scene) -> Blueprint:
        """All planes (256 x 256) as the scene's camera sees them."""
        u, v = scene.u + np.float32(_REACH), scene.v + np.float32(_REACH)
        dots = (np.floor(v * _FINER) * _DOTS + np.floor(u * _FINER)).astype(np.intp)
        seen = np.take(self._colour_and_cover, dots, mode="clip").view(np.uint8)
        colour = np.empty((4, SIZE, SIZE), dtype=np.float32)
        np.multiply(np.moveaxis(seen.reshape(SIZE, SIZE, 4), 2, 0), np.float32(1 / 255), out=colour)
        gloss, *marks = (np.take(other, dots, mode="clip") * np.float32(1 / 255) for other in self._others)
        return Blueprint(colour[3], colour[:3], self._height(u, v), gloss, tuple(marks))

    def _height(self, u: Plane, v: Plane) -> Plane:
        """The relief between its dots: a step in height, however small, would cast a line of light."""
        u, v = u - np.float32(0.5), v - np.float32(0.5)
        column, row = np.floor(u), np.floor(v)
        dots = (row * _COARSE + column).astype(np.intp)
        u -= column
        v -= row
        upper, lower = self._along(dots, u), self._along(dots + _COARSE, u)
        lower -= upper
        lower *= v
        lower += upper
        return lower

    def _along(self, dots: NDArray[np.intp], right: Plane) -> Plane:
        here, beside = (np.take(self._relief, dots + step, mode="clip") for step in (0, 1))
        beside -= here
        beside *= right
        beside += here
        return beside


def once(draw: Callable[[Plane, Plane], Blueprint]) -> Callable[[], Sheet]:
    """Draws a blueprint when it is first asked for, and keeps it (2 MB)."""

    @lru_cache(maxsize=1)
    def drawn() -> Sheet:
        steps: Plane = (np.arange(_DOTS, dtype=np.float32) + np.float32(0.5)) / np.float32(_FINER) - _REACH
        u = np.ascontiguousarray(np.broadcast_to(steps, (_DOTS, _DOTS)))
        return Sheet(draw(u, np.ascontiguousarray(u.T)))

    return drawn


def _in_bytes(layer: Plane) -> Bytes:
    return (np.clip(layer, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
