"""Random structure of materials: smooth fields, grain, and tables along one axis."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from iad_eval.drawing.canvas import SIZE, Plane

Table = NDArray[np.float32]
"""(n,) float32: values along a line, a radius or an angle."""


def smooth(rng: Generator, across: int, along: int | None = None) -> Plane:
    """Random hills of mean 0 and deviation about 0.7: ``across`` of them by ``along`` (else as many)."""
    cells = rng.standard_normal((along or across, across), dtype=np.float32)
    return np.asarray(Image.fromarray(cells).resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def cloudy(rng: Generator, cells: int, octaves: int = 3) -> Plane:
    """Hills upon hills: each octave twice as fine and half as high."""
    field = smooth(rng, cells)
    weight = np.float32(1)
    for _ in range(octaves - 1):
        cells, weight = cells * 2, weight * np.float32(0.5)
        field = field + smooth(rng, min(cells, SIZE)) * weight
    return field


def grain(rng: Generator, size: int = SIZE) -> Plane:
    """Values of mean 0 and deviation 1 (sums of four bytes), one for each of ``size`` x ``size`` pixels."""
    words = rng.integers(0, 1 << 32, (size, size), dtype=np.uint32)
    pairs = (words & 0xFF00FF) + ((words >> 8) & 0xFF00FF)
    total = (pairs & 0xFFFF) + (pairs >> 16)
    return (total.astype(np.float32) - np.float32(510)) * np.float32(1 / 147.8)


def table(rng: Generator, count: int, smoothing: int = 1) -> Table:
    """Random values of mean 0 and deviation 1, averaged over ``smoothing`` neighbours."""
    raw = rng.standard_normal(count + smoothing - 1, dtype=np.float32)
    total = np.zeros(count, dtype=np.float32)
    for shift in range(smoothing):
        total += raw[shift : shift + count]
    return total * np.float32(smoothing**-0.5)


def look_up(values: Table, position: Plane) -> Plane:
    """The table's values at fractional positions, to an eighth of a step; its ends go on for ever."""
    steps = np.arange((len(values) - 1) * 8 + 1, dtype=np.float32) * np.float32(1 / 8)
    finer = np.interp(steps, np.arange(len(values)), values).astype(np.float32)
    return np.take(finer, (position * 8).astype(np.intp), mode="clip")
