"""The scene of one photograph: where the part lies, and how it is lit. Good parts differ in these, too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from iad_eval.drawing.canvas import RGB, Plane, X, Y


@dataclass(frozen=True, slots=True)
class Looseness:
    """How much good photographs of a class differ.

    ``shift_px`` each way, ``turn_deg`` each way, ``zoom`` and ``gain`` as fractions each way,
    ``azimuth_deg`` of the light each way, ``tint`` as a fraction each way and channel.
    """

    shift_px: float = 3.0
    turn_deg: float = 3.0
    zoom: float = 0.015
    gain: float = 0.06
    azimuth_deg: float = 12.0
    tint: float = 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """``u`` and ``v`` are the part's own coordinates (px, from its centre) at each pixel.

    ``light`` points to the lamp (unit vector; x right, y down, z to the camera), ``gain`` scales the
    exposure, ``slope`` is the brightness lost across the picture along x and y, and ``named``
    gives the random stream of a purpose, the same one each time it is asked.
    """

    u: Plane
    v: Plane
    centre: tuple[float, float]
    turn: float
    zoom: float
    light: tuple[float, float, float]
    gain: float
    slope: tuple[float, float]
    tint: RGB
    blur: float
    noise: float
    named: Callable[[str], Generator]


def set_scene(named: Callable[[str], Generator], looseness: Looseness) -> Scene:
    """Draws pose and light for one photograph."""
    rng = named("scene")

    def each_way(reach: float) -> float:
        return float(rng.uniform(-reach, reach))

    centre = (each_way(looseness.shift_px), each_way(looseness.shift_px))
    turn = math.radians(each_way(looseness.turn_deg))
    zoom = 1 + each_way(looseness.zoom)
    azimuth = math.radians(228 + each_way(looseness.azimuth_deg))
    height = math.radians(50 + each_way(5))
    light = (
        math.cos(azimuth) * math.cos(height),
        math.sin(azimuth) * math.cos(height),
        math.sin(height),
    )
    gain = 1 + each_way(looseness.gain)
    slope = (each_way(0.07), each_way(0.07))
    tint = (1 + each_way(looseness.tint), 1.0, 1 + each_way(looseness.tint))
    blur = float(rng.uniform(0.06, 0.16))
    noise = float(rng.uniform(0.008, 0.017))
    cos, sin = math.cos(turn) / zoom, math.sin(turn) / zoom
    x, y = X - centre[0], Y - centre[1]
    return Scene(
        u=x * cos + y * sin,
        v=y * cos - x * sin,
        centre=centre,
        turn=turn,
        zoom=zoom,
        light=light,
        gain=gain,
        slope=slope,
        tint=tint,
        blur=blur,
        noise=noise,
        named=named,
    )
