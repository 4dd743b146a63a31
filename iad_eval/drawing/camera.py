"""From a part to a photograph: light and shadow, lens, sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from iad_eval.drawing.canvas import SIZE, Colours, Plane, X, Y, shrink_and_grow, soften
from iad_eval.drawing.scene import Scene

_AMBIENT = 0.42
_FALL_OFF = (X * X + Y * Y) * np.float32(0.10 / (SIZE * SIZE / 4))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What lies before the camera, before it is lit.

    ``ground`` is the lit picture of what the part lies on; ``cover`` (0..1) is where the part
    hides it; ``colour`` the part's own colour; ``relief`` its height in px; ``gloss`` (0..1)
    how much it mirrors the lamp, over a spot that shrinks as ``polish`` grows (1..7);
    ``stands`` is how far the part's shadow falls, in px (0: none).
    """

    ground: Colours
    cover: Plane
    colour: Colours
    relief: Plane
    gloss: Plane
    polish: int = 4
    stands: float = 0.0


def photograph(part: Part, scene: Scene) -> Colours:
    """The picture (0..1) that falls on the sensor, before noise."""
    picture = _lit(part, scene)
    if part.stands > 0:
        cover = part.cover[:, :, None]
        ground = part.ground * (1 - 0.62 * _shadow(part, scene))[:, :, None]
        picture = ground + (picture - ground) * cover
    slope = X * np.float32(scene.slope[0] / SIZE) + Y * np.float32(scene.slope[1] / SIZE)
    light = (1 + slope - _FALL_OFF) * np.float32(scene.gain)
    picture = picture * light[:, :, None]
    picture *= np.asarray(scene.tint, dtype=np.float32)
    return np.clip(soften(picture, scene.blur), 0, 1)


def develop(picture: Colours, scene: Scene, rng: Generator) -> NDArray[np.uint8]:
    """The 8-bit photograph: noise grows with the light, most of it shared by the colours."""
    shared = rng.standard_normal((SIZE, SIZE, 1), dtype=np.float32)
    own = rng.standard_normal((SIZE // 2, SIZE // 2, 3), dtype=np.float32)
    deviation = np.sqrt(picture * np.float32(0.9) + np.float32(0.25)) * np.float32(scene.noise)
    noise = (shared + own.repeat(2, axis=0).repeat(2, axis=1) * np.float32(0.5)) * deviation
    return np.clip((picture + noise) * 255 + np.float32(0.5), 0, 255).astype(np.uint8)


def _lit(part: Part, scene: Scene) -> Colours:
    light_x, light_y, light_z = scene.light
    across, down = _slopes(part.relief)
    length = 1 / np.sqrt(1 + across * across + down * down)
    facing = (light_z - across * light_x - down * light_y) * length
    diffuse = _AMBIENT + (1 - _AMBIENT) / light_z * np.maximum(facing, 0)
    half = math.sqrt(2 * (1 + light_z))  # the direction midway between lamp and camera
    mirrored = ((1 + light_z) - across * light_x - down * light_y) * length * np.float32(1 / half)
    mirrored = np.maximum(mirrored, 0)
    for _ in range(part.polish):
        mirrored = mirrored * mirrored
    return part.colour * diffuse[:, :, None] + (part.gloss * mirrored)[:, :, None]


def _slopes(relief: Plane) -> tuple[Plane, Plane]:
    across, down = np.zeros_like(relief), np.zeros_like(relief)
    across[:, 1:-1] = (relief[:, 2:] - relief[:, :-2]) * np.float32(0.5)
    down[1:-1] = (relief[2:] - relief[:-2]) * np.float32(0.5)
    across[:, 0], across[:, -1] = across[:, 1], across[:, -2]
    down[0], down[-1] = down[1], down[-2]
    return across, down


def _shadow(part: Part, scene: Scene) -> Plane:
    """Cast away from the lamp, sharper under the part's edge than further out."""
    near = shrink_and_grow(part.cover, 4)
    steps = (round(-scene.light[1] * part.stands), round(-scene.light[0] * part.stands))
    cast = np.roll(shrink_and_grow(part.cover, 8), steps, axis=(0, 1))
    return np.clip(np.maximum(cast, near * np.float32(0.85)), 0, 1)
