"""From a part to a photograph: light and shadow, lens, sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from iad_eval.drawing.canvas import SIZE, Colours, Plane, X, Y, soften
from iad_eval.drawing.noise import grain
from iad_eval.drawing.scene import Scene

_AMBIENT = 0.42
_FALL_OFF = (X * X + Y * Y) * np.float32(0.10 / (SIZE * SIZE / 4))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What lies before the camera, before it is lit.

    ``ground`` is the lit picture of what the part lies on; ``cover`` (0..1) is where the part
    hides it; ``colour`` the part's own colour; ``relief`` its height in px; ``gloss`` (0..1)
    how much it mirrors the lamp, over a spot that shrinks as ``polish`` grows (1..7);
    ``stands`` is how far the part's shadow falls, in px (0: the part fills the picture, no ground shows).
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
    diffuse, mirrored = _reflected(part, scene)
    dim = 1 - _shadow(part, scene) * np.float32(0.62) if part.stands > 0 else None
    light = X * np.float32(scene.slope[0] / SIZE)
    light += Y * np.float32(scene.slope[1] / SIZE)
    light -= _FALL_OFF
    light += 1
    light *= np.float32(scene.gain)
    picture = np.empty_like(part.colour)
    for channel, colour, ground, tint in zip(picture, part.colour, part.ground, scene.tint, strict=True):
        np.multiply(colour, diffuse, out=channel)
        channel += mirrored
        if dim is not None:
            below = ground * dim
            channel -= below
            channel *= part.cover
            channel += below
        channel *= light
        channel *= np.float32(tint)
        soften(channel, scene.blur)
        np.clip(channel, 0, 1, out=channel)
    return picture


def develop(picture: Colours, scene: Scene, rng: Generator) -> Image.Image:
    """The 8-bit photograph: noise grows with the light, most of it shared by the colours."""
    deviation = np.sqrt(picture[1] * np.float32(0.9) + np.float32(0.25))
    deviation *= np.float32(scene.noise * 255)
    # One field of noise, seen at four places: what the colours share, and what each has of its own.
    field = grain(rng, SIZE + 24)
    channels = []
    for channel, start in zip(picture, (8, 16, 24), strict=True):
        noise = field[start : start + SIZE, start : start + SIZE] * np.float32(0.5)
        noise += field[:SIZE, :SIZE]
        noise *= deviation
        noise += channel * 255
        noise += np.float32(0.5)
        channels.append(Image.fromarray(np.clip(noise, 0, 255, out=noise).astype(np.uint8)))
    return Image.merge("RGB", channels)


def _reflected(part: Part, scene: Scene) -> tuple[Plane, Plane]:
    """What the part throws back of the lamp: a factor on its own colour, and the mirrored light."""
    light_x, light_y, light_z = scene.light
    leaning, down = _slopes(part.relief)
    steep = leaning * leaning
    steep += down * down
    steep += 1
    np.sqrt(steep, out=steep)
    leaning *= np.float32(-light_x)
    down *= np.float32(-light_y)
    leaning += down  # to the lamp
    diffuse = leaning + np.float32(light_z)
    diffuse /= steep
    np.maximum(diffuse, 0, out=diffuse)
    diffuse *= np.float32((1 - _AMBIENT) / light_z)
    diffuse += np.float32(_AMBIENT)
    mirrored = leaning  # to the direction midway between lamp and camera
    mirrored += np.float32(1 + light_z)
    mirrored /= steep
    mirrored *= np.float32(1 / math.sqrt(2 * (1 + light_z)))
    np.maximum(mirrored, 0, out=mirrored)
    for _ in range(part.polish):
        mirrored *= mirrored
    mirrored *= part.gloss
    return diffuse, mirrored


def _slopes(relief: Plane) -> tuple[Plane, Plane]:
    across, down = np.zeros_like(relief), np.zeros_like(relief)
    np.subtract(relief[:, 2:], relief[:, :-2], out=across[:, 1:-1])
    np.subtract(relief[2:], relief[:-2], out=down[1:-1])
    across *= np.float32(0.5)
    down *= np.float32(0.5)
    return across, down


def _shadow(part: Part, scene: Scene) -> Plane:
    """Cast away from the lamp, and darkest close to the part; worked out on every fourth pixel."""
    near = _averaged(part.cover[2::4, 2::4], 1)
    steps = (round(-scene.light[1] * part.stands / 4), round(-scene.light[0] * part.stands / 4))
    cast = np.roll(_averaged(near, 2), steps, axis=(0, 1))
    small = Image.fromarray(np.maximum(cast, near * np.float32(0.85)))
    return np.asarray(small.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def _averaged(value: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """The mean over ``reach`` neighbours each way, across and along."""
    for axis in (0, 1):
        total = np.zeros_like(value)
        for step in range(-reach, reach + 1):
            total += np.roll(value, step, axis)
        value = total / np.float32(2 * reach + 1)
    return value
