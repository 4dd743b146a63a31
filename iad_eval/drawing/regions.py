"""Where a defect sits: fields that grow, and regions of an exact area cut from them.

A field is larger where the defect reaches first and falls by about 1 for each px further out,
so that a region of any area is all pixels above one threshold.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from iad_eval.drawing.canvas import Plane, X, Y
from iad_eval.drawing.noise import look_up, smooth, table

Point = tuple[float, float]
"""x and y in px from the picture's centre."""


def somewhere(rng: Generator, allowed: Plane) -> Point:
    """A random pixel where ``allowed`` is above one half."""
    spots = np.flatnonzero(allowed.ravel() > 0.5)
    spot = int(spots[int(rng.integers(len(spots)))])
    return float(X.ravel()[spot]), float(Y.ravel()[spot])


def grow(field: Plane, allowed: Plane, pixels: float, softness: float = 1.2) -> Plane:
    """Coverage 0..1 of the ``pixels`` highest pixels of the field where ``allowed`` is above one half."""
    return cut(field, allowed, pixels, softness) * allowed


def cut(field: Plane, allowed: Plane, pixels: float, softness: float = 1.2) -> Plane:
    """The same region, but going on beyond what is allowed: for pieces that break off."""
    candidates = field[allowed > 0.5]
    rank = len(candidates) - max(1, min(len(candidates), round(pixels)))
    threshold = np.partition(candidates, rank)[rank]
    region: Plane = np.clip((field - threshold) * np.float32(1 / softness) + np.float32(0.5), 0, 1)
    return region


def blob(rng: Generator, centre: Point, pixels: float, ragged: float = 0.3, longer: float = 1.6) -> Plane:
    """A round-ish spot: ``ragged`` (0..1) is how far its outline wanders, ``longer`` its greatest aspect."""
    size = math.sqrt(pixels / math.pi)
    turn, aspect = float(rng.uniform(0, math.pi)), float(rng.uniform(1, longer)) ** 0.5
    along, across = _turned(centre, turn)
    far = np.sqrt((along * np.float32(1 / aspect)) ** 2 + (across * np.float32(aspect)) ** 2)
    wander = smooth(rng, max(4, min(48, round(300 / size))))
    fine = smooth(rng, max(12, min(128, round(900 / size))))
    return (wander + fine * np.float32(0.4)) * np.float32(ragged * size) - far


def line(
    rng: Generator, centre: Point, length: float, turn: float, bend: float = 0.12, jags: float = 0.0
) -> Plane:
    """A tapering line: ``bend`` is its sag as a fraction of its length, ``jags`` its zigzag in px."""
    along, across = _turned(centre, turn)
    count = max(8, math.ceil(length))
    run = np.linspace(-1, 1, count, dtype=np.float32)
    sag = (1 - run * run) * np.float32(float(rng.uniform(-bend, bend)) * length)
    walk = np.cumsum(table(rng, count, smoothing=5)) * np.float32(jags * 0.45)
    path = sag + walk - np.linspace(walk[0], walk[-1], count, dtype=np.float32)
    position = (along + np.float32(length / 2)) * np.float32((count - 1) / length)
    off = np.abs(across - look_up(path, position))
    end = np.maximum(np.abs(along) - np.float32(length / 2), 0)
    reach = np.clip(1 - (along * np.float32(2 / length)) ** 2, 0, 1)
    field: Plane = -off / (np.float32(0.3) + np.float32(0.7) * reach) - end * 3
    return field


def scuff(rng: Generator, centre: Point, pixels: float, turn: float, longer: float = 3.0) -> Plane:
    """A bundle of parallel strokes, ``longer`` times as long as wide over all."""
    along, across = _turned(centre, turn)
    size = math.sqrt(pixels)
    far = np.sqrt((along * np.float32(longer**-0.5)) ** 2 + (across * np.float32(longer**0.5)) ** 2)
    strokes = table(rng, 200, 2)
    lean = along * np.float32(float(rng.normal(0, 0.02)))
    ends = smooth(rng, 24) * np.float32(0.12 * size)
    return look_up(strokes, (across + lean) * np.float32(0.7) + 100) * np.float32(0.5 * size) + ends - far


def side(rng: Generator, centre: Point, turn: float, wander_px: float) -> Plane:
    """A half plane that grows from beyond ``centre`` in the direction ``turn``, with a broken edge."""
    along, _ = _turned(centre, turn)
    field: Plane = along + smooth(rng, 9) * np.float32(wander_px)
    field += smooth(rng, 40) * np.float32(wander_px * 0.25)
    return field


def _turned(centre: Point, turn: float) -> tuple[Plane, Plane]:
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = X - np.float32(centre[0]), Y - np.float32(centre[1])
    return x * np.float32(cos) + y * np.float32(sin), y * np.float32(cos) - x * np.float32(sin)
