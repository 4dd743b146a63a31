"""Planes of 256 x 256 float32 values, their coordinates, and the few operations all drawing is made of."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = 256
"""Width and height of a photograph, in pixels."""

Plane: TypeAlias = NDArray[np.float32]
"""(256, 256) float32."""

Colours: TypeAlias = NDArray[np.float32]
"""(256, 256, 3) float32, RGB, 0..1."""

RGB: TypeAlias = tuple[float, float, float]
"""One colour, 0..1 each."""


def _axes() -> tuple[Plane, Plane]:
    steps = np.arange(SIZE, dtype=np.float32) - np.float32((SIZE - 1) / 2)
    x = np.ascontiguousarray(np.broadcast_to(steps, (SIZE, SIZE)))
    y = np.ascontiguousarray(x.T)
    x.setflags(write=False)
    y.setflags(write=False)
    return x, y


X, Y = _axes()
"""Pixel coordinates from the picture's centre: x to the right, y down."""


def plane(value: float) -> Plane:
    """A plane of one value."""
    return np.full((SIZE, SIZE), value, dtype=np.float32)


def colours(colour: RGB) -> Colours:
    """A picture of one colour."""
    return np.broadcast_to(np.asarray(colour, dtype=np.float32), (SIZE, SIZE, 3)).copy()


def inside(distance: Plane, softness: float = 1.0) -> Plane:
    """Coverage 0..1 of a shape from its signed distance (px, negative inside), soft over ``softness`` px."""
    return np.clip(np.float32(0.5) - distance / np.float32(softness), 0, 1)


def rise(value: Plane, low: float, high: float) -> Plane:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)


def lay(under: Colours, over: Colours | RGB, cover: Plane) -> Colours:
    """``over`` on top of ``under`` where ``cover`` is 1."""
    top = np.asarray(over, dtype=np.float32)
    return under + (top - under) * cover[:, :, None]


def shrink_and_grow(value: Plane, factor: int) -> Plane:
    """A wide blur: averages over ``factor`` px blocks and interpolates back."""
    small = Image.fromarray(value).reduce(factor)
    return np.asarray(small.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def soften(picture: Colours, weight: float) -> Colours:
    """The slight blur of a lens: each pixel gives ``weight`` to each neighbour across and along."""
    keep, give = np.float32(1 - 2 * weight), np.float32(weight)
    across = picture * keep
    across[:, 1:] += picture[:, :-1] * give
    across[:, :-1] += picture[:, 1:] * give
    across[:, 0] += picture[:, 0] * give
    across[:, -1] += picture[:, -1] * give
    along = across * keep
    along[1:] += across[:-1] * give
    along[:-1] += across[1:] * give
    along[0] += across[0] * give
    along[-1] += across[-1] * give
    return along
