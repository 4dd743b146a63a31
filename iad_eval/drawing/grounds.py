"""What parts lie on, lit and all: mats, belts, paper."""

from __future__ import annotations

import numpy as np

from iad_eval.drawing.canvas import RGB, Colours, X, Y, ink
from iad_eval.drawing.noise import cloudy, grain, look_up, smooth, table
from iad_eval.drawing.scene import Scene


def rubber_mat(scene: Scene, colour: RGB) -> Colours:
    """Dull and finely pebbled, with dust."""
    rng = scene.named("ground")
    pebbles = smooth(rng, 100)
    value = 1 + np.float32(0.09) * pebbles + np.float32(0.06) * smooth(rng, 5) + np.float32(0.05) * grain(rng)
    value += np.maximum(pebbles - np.float32(1.9), 0)
    return ink(colour) * value


def belt(scene: Scene, colour: RGB) -> Colours:
    """Ribbed along the direction of travel, here downward."""
    rng = scene.named("ground")
    phase = np.float32(rng.uniform(0, 6))
    ribs = np.sin((X + phase + smooth(rng, 3) * np.float32(0.5)) * np.float32(1.047))
    value = 1 + 0.10 * ribs + 0.06 * cloudy(rng, 5, 3) + 0.05 * grain(rng)
    return ink(colour) * value


def paper(scene: Scene, colour: RGB) -> Colours:
    """Nearly plain, with a hint of fibre."""
    rng = scene.named("ground")
    value = 1 + 0.012 * smooth(rng, 64) + 0.02 * cloudy(rng, 3, 2)
    return ink(colour) * value


def milled_table(scene: Scene, colour: RGB) -> Colours:
    """A machine table: faint straight milling marks."""
    rng = scene.named("ground")
    marks = look_up(table(rng, 300, 2), Y + np.float32(150) + smooth(rng, 3))
    value = 1 + 0.06 * marks + 0.05 * cloudy(rng, 4, 2) + 0.03 * grain(rng)
    return ink(colour) * value
