"""Signed distances (px, negative inside) of the outlines that parts are made of."""

from __future__ import annotations

import math

import numpy as np

from iad_eval.drawing.canvas import Plane

_HALF, _SLANT = np.float32(0.5), np.float32(3**0.5 / 2)


def radius(u: Plane, v: Plane) -> Plane:
    """Distance from the centre."""
    square = u * u
    square += v * v
    np.sqrt(square, out=square)
    return square


def hexagon(u: Plane, v: Plane, apothem: float) -> Plane:
    """A hexagon with flat sides above and below; ``apothem`` is half its width across flats."""
    up, slant = np.abs(v), np.abs(u) * _SLANT
    return np.maximum(up, slant + up * _HALF) - np.float32(apothem)


def box(u: Plane, v: Plane, half_width: float, half_height: float, rounding: float = 0.0) -> Plane:
    """An upright rectangle around the centre with rounded corners."""
    du = np.abs(u) - np.float32(half_width - rounding)
    dv = np.abs(v) - np.float32(half_height - rounding)
    outer = radius(np.maximum(du, 0), np.maximum(dv, 0))
    return outer + np.minimum(np.maximum(du, dv), 0) - np.float32(rounding)


def stadium(u: Plane, v: Plane, half_length: float, thickness: float) -> Plane:
    """All points within ``thickness`` of a level line of ``half_length`` each way."""
    return radius(np.maximum(np.abs(u) - np.float32(half_length), 0), v) - np.float32(thickness)


def star(u: Plane, v: Plane, points: int, outer: float, inner: float) -> Plane:
    """A star with one point up; near its outline, about the distance to it."""
    angle = np.arctan2(u, -v) * np.float32(points / (2 * math.pi))
    fold = np.abs(angle - np.floor(angle + _HALF)) * np.float32(2 * math.pi / points)
    far = radius(u, v)
    x, y = far * np.cos(fold), far * np.sin(fold)
    half = math.pi / points
    to_x, to_y = inner * math.cos(half) - outer, inner * math.sin(half)
    length = math.hypot(to_x, to_y)
    off: Plane = (x - np.float32(outer)) * np.float32(to_y) - y * np.float32(to_x)
    return off * np.float32(1 / length)
