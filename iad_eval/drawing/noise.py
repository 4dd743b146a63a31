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


def grain(rng: Generator) -> Plane:
    """Independent values of mean 0 and deviation 1, one for each pixel."""
    return rng.standard_normal((SIZE, SIZE), dtype=np.float32)


def table(rng: Generator, count: int, smoothing: int = 1) -> Table:
    """Random values of mean 0 and deviation 1, averaged over ``smoothing`` neighbours."""
    raw = rng.standard_normal(count + smoothing - 1, dtype=np.float32)
    total = np.zeros(count, dtype=np.float32)
    for shift in range(smoothing):
        total += raw[shift : shift + count]
    return total * np.float32(smoothing**-0.5)


def look_up(values: Table, position: Plane) -> Plane:
    """The table's values at fractional positions, interpolated; its ends go on for ever."""
    clipped = np.clip(position, 0, len(values) - 1.001)
    index = clipped.astype(np.int32)
    fraction = clipped - index
    return values[index] * (1 - fraction) + values[index + 1] * fraction
