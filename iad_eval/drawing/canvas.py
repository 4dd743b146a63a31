"""Planes of 256 x 256 float32 values, their coordinates, and the few operations all drawing is made of."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SIZE = 256
"""Width and height of a photograph, in pixels."""

Plane: TypeAlias = NDArray[np.float32]
"""(256, 256) float32."""

Colours: TypeAlias = NDArray[np.float32]
"""(3, 256, 256) float32, RGB, 0..1: colours first, so that a plane multiplies all three."""

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


def ink(colour: RGB) -> NDArray[np.float32]:
    """A colour of shape (3, 1, 1), ready to multiply planes."""
    return np.asarray(colour, dtype=np.float32)[:, None, None]


def inside(distance: Plane, softness: float = 1.0) -> Plane:
    """Coverage 0..1 of a shape from its signed distance (px, negative inside), soft over ``softness`` px."""
    cover = distance * np.float32(-1 / softness)
    cover += np.float32(0.5)
    return np.clip(cover, 0, 1, out=cover)


def rise(value: Plane, low: float, high: float) -> Plane:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = value - np.float32(low)
    t *= np.float32(1 / (high - low))
    np.clip(t, 0, 1, out=t)
    smooth = t * np.float32(-2)
    smooth += np.float32(3)
    smooth *= t
    smooth *= t
    return smooth


def lay(under: Colours, over: Colours | RGB, cover: Plane) -> Colours:
    """``over`` on top of ``under`` where ``cover`` is 1."""
    top = ink(over) if isinstance(over, tuple) else over
    mixed = top - under
    mixed *= cover
    mixed += under
    return mixed


def soften(channel: Plane, weight: float) -> None:
    """The slight blur of a lens, in place: a pixel gives ``weight`` to each neighbour, across and along."""
    for one_way in (channel, channel.T):
        given = one_way * np.float32(weight)
        one_way *= np.float32(1 - 2 * weight)
        one_way[:, 1:] += given[:, :-1]
        one_way[:, :-1] += given[:, 1:]
        one_way[:, 0] += given[:, 0]
        one_way[:, -1] += given[:, -1]
