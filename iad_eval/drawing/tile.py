"""Speckled stoneware tiles with grout between them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, inside, lay, plane, rise
from iad_eval.drawing.defects import scratched, stained
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import cloudy, grain, smooth
from iad_eval.drawing.regions import blob, grow, line, somewhere
from iad_eval.drawing.scene import Looseness, Scene

_TILE, _GROUT = 150.0, 3.4
_CLAY, _DARK, _RUSSET = (0.64, 0.61, 0.56), (0.22, 0.21, 0.21), (0.50, 0.33, 0.24)


def paint(scene: Scene) -> Part:
    """Good tiles: the joints always near the same place, the speckles never."""
    rng = scene.named("stone")
    u = scene.u + np.float32(rng.uniform(-9, 9)) + 52
    v = scene.v + np.float32(rng.uniform(-9, 9)) + 44
    to_joint = np.float32(_TILE / 2) - np.maximum(_from_middle(u), _from_middle(v))
    grout = inside(to_joint - np.float32(_GROUT), 1.5)
    coarse, fine = smooth(rng, 44), smooth(rng, 90)
    dark = rise(coarse + fine * np.float32(0.5), 0.98, 1.16)
    russet = rise(fine - coarse * np.float32(0.55), 1.0, 1.2)
    light = rise(-coarse - fine * np.float32(0.5), 1.0, 1.3)
    colour = lay(ink(_CLAY) * (1 + np.float32(0.03) * smooth(rng, 6)), _DARK, dark * np.float32(0.8))
    colour = lay(colour, _RUSSET, russet * np.float32(0.75))
    colour = lay(colour, (0.82, 0.80, 0.76), light * np.float32(0.7))
    sand = 1 + np.float32(0.12) * grain(rng)
    colour = lay(colour, ink((0.40, 0.39, 0.37)) * sand, grout)
    relief = (
        -inside(to_joint - np.float32(_GROUT + 1.5), 4) * 3
        + grout * (sand - 1) * 2
        + coarse * np.float32(0.10)
    )
    gloss = (1 - grout) * np.float32(0.26)
    return Part(colour, plane(1), colour, relief, gloss, polish=5)


def _from_middle(u: Plane) -> Plane:
    middle: Plane = np.floor(u * np.float32(1 / _TILE) + np.float32(0.5)) * np.float32(_TILE)
    u = u - middle
    return np.abs(u)


def _crack(part: Part, scene: Scene, fault: Fault) -> Part:
    """A jagged crack with a branch, from hairline to gaping."""
    rng = fault.rng
    centre, turn = somewhere(rng, part.cover), float(rng.uniform(0, math.pi))
    length = min(300.0, 8 * fault.pixels**0.5)
    field = line(rng, centre, length, turn, 0.08, 1.6)
    at = float(rng.uniform(-0.35, 0.35)) * length
    fork = (centre[0] + at * math.cos(turn), centre[1] + at * math.sin(turn))
    branch = line(rng, fork, length * 0.6, turn + float(rng.choice([-0.7, 0.7])), 0.08, 1.6)
    cover = grow(np.maximum(field, branch), part.cover, fault.pixels)
    return scratched(part, cover, (0.13, 0.12, 0.11), fault.between(0.30, 0.9), fault.between(0.3, 1.0))


def _flaked(part: Part, scene: Scene, fault: Fault) -> Part:
    """The face flaked off: raw clay, rough and sunk."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.22, 2.0)
    cover = grow(field, part.cover, fault.pixels, 2)
    rough = cloudy(rng, 40, 2)
    clay = ink((0.62, 0.47, 0.37)) * (1 + 0.08 * rough + 0.06 * grain(rng))
    strength = fault.between(0.18, 0.9)
    return replace(
        part,
        colour=lay(part.colour, clay, cover * np.float32(strength)),
        relief=part.relief + cover * np.float32(strength) * (rough * np.float32(0.5) - 2.5),
        gloss=part.gloss * (1 - cover),
    )


def _stain(part: Part, scene: Scene, fault: Fault) -> Part:
    """Ink or tea dried on the glaze."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.25)
    cover = grow(field, part.cover, fault.pixels, 4)
    tint = (0.42, 0.50, 0.72) if rng.random() < 0.5 else (0.66, 0.48, 0.28)
    return stained(part, cover, tint, fault.between(0.12, 0.7), rng)


TILE = Motif(
    "tile",
    "texture",
    paint,
    Looseness(),
    (
        Defect("crack", _crack, largest=0.06, fringe_px=33),
        Defect("flaked", _flaked, largest=0.25),
        Defect("stain", _stain),
    ),
)
