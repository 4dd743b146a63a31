"""What a patch looks like: statistics of colour and fine structure around each cell of a grid."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE_PX: Final = 192
"""Every image is squashed to this square, so that a cell means the same place in all of them.

Squashing, not letterboxing: bars would be the strongest edges of the picture, and a class
whose photographs differ in size by a few pixels would see its grid jump.
"""

CELL_PX: Final = 6
GRID: Final = SIDE_PX // CELL_PX
"""Cells along each side: a descriptor stands at the centre of each."""

WINDOWS: Final = (0.5, 1.0, 2.0)
"""Standard deviations, in cells, of the Gaussian windows: the patch, its rim, its surroundings."""

_SCALES: Final = 2
_ORIENTATIONS: Final = 4
WIDTH: Final = len(WINDOWS) * (6 + _SCALES * (_ORIENTATIONS + 1))
"""Numbers in a descriptor."""

_MEAN_LIGHT: Final = np.float32(0.5)
_FAINT: Final = np.float32(1e-6)  # keeps square roots away from the kink at zero

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def working_pixels(image: Image.Image) -> Pixels:
    """An RGB image of any size as (SIDE_PX, SIDE_PX, 3) uint8."""
    small = image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small, dtype=np.uint8)


def descriptors(pixels: Pixels) -> Floats:
    """(SIDE_PX, SIDE_PX, 3) uint8 to (GRID, GRID, WIDTH) float32.

    For each window: the mean and the spread of brightness and two opponent colours, and at
    two scales the strength of gradients along four orientations and of the Laplacian. The
    image is first scaled to one mean brightness: lamps differ from day to day.
    """
    colours = _colours(pixels)
    moments = [_cell_means(colours), _cell_means(colours * colours)]
    light = colours[0]
    for _ in range(_SCALES):
        moments.append(_cell_means(_structure(light)))
        light = _halved(light)
    stacked = np.concatenate(moments)
    statistics = np.concatenate([_statistics(stacked, window) for window in WINDOWS])
    return np.ascontiguousarray(statistics.transpose(1, 2, 0))


def smoothed(grid: Floats, window: float) -> Floats:
    """Gaussian means of (..., GRID, GRID) values; ``window`` is a standard deviation in cells."""
    weights = _weights(window)
    return np.asarray(weights @ grid @ weights.T, np.float32)


def _colours(pixels: Pixels) -> Floats:
    """Brightness, red against green, yellow against blue, each (SIDE_PX, SIDE_PX)."""
    red, green, blue = pixels.transpose(2, 0, 1).astype(np.float32)
    brightness = (red + green + blue) / np.float32(3)
    gain = _MEAN_LIGHT / (brightness.mean() + np.float32(1))  # + 1: a black image stays black
    opponents = [brightness, red - green, (red + green) / np.float32(2) - blue]
    return np.asarray(np.stack(opponents) * gain, np.float32)


def _structure(light: Floats) -> Floats:
    """Products of the gradient's parts (xx, xy, yy) and the squared Laplacian, (4, height, width)."""
    padded = np.pad(light, 1, mode="edge")
    east, west = padded[1:-1, 2:], padded[1:-1, :-2]
    south, north = padded[2:, 1:-1], padded[:-2, 1:-1]
    across, down = east - west, south - north
    bend = east + west + south + north - np.float32(4) * light
    return np.stack([across * across, across * down, down * down, bend * bend])


def _halved(light: Floats) -> Floats:
    return np.asarray(
        (light[::2, ::2] + light[1::2, ::2] + light[::2, 1::2] + light[1::2, 1::2]) / 4, np.float32
    )


def _cell_means(maps: Floats) -> Floats:
    """(k, height, width) to (k, GRID, GRID)."""
    count, height, width = maps.shape
    rows = maps.reshape(count, GRID, height // GRID, width).mean(axis=2)
    return np.asarray(rows.reshape(count, GRID, GRID, width // GRID).mean(axis=3), np.float32)


def _statistics(moments: Floats, window: float) -> Floats:
    """Means, spreads and strengths under one window, (WIDTH / windows, GRID, GRID)."""
    around = smoothed(moments, window)
    means, squares = around[:3], around[3:6]
    energies = [np.maximum(squares - means * means, 0)]
    for start in range(6, len(around), 4):
        tensor = around[start : start + 3].reshape(3, -1)
        energies.append((_projections() @ tensor).reshape(-1, GRID, GRID))
        energies.append(around[start + 3 : start + 4])
    return np.concatenate([means, np.sqrt(np.maximum(np.concatenate(energies), 0) + _FAINT)])


@cache
def _projections() -> Floats:
    """What turns a gradient tensor (xx, xy, yy) into the mean squared gradient along each orientation."""
    angles = np.arange(_ORIENTATIONS) * np.pi / _ORIENTATIONS
    across, down = np.cos(angles), np.sin(angles)
    return np.stack([across**2, 2 * across * down, down**2], axis=1).astype(np.float32)


@cache
def _weights(window: float) -> Floats:
    """(GRID, GRID), rows sum to 1: what lies beyond the edge is left out."""
    cells = np.arange(GRID)
    weights = np.exp(-0.5 * ((cells[:, None] - cells[None, :]) / window) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
